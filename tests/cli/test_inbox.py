"""`inbox password`: at a terminal, and through a pipe; `inbox totp`."""

import os
import pty
import re
import subprocess
import sys
import tomllib
from typing import IO

import pytest
from click.testing import CliRunner
from werkzeug.security import check_password_hash

from frontdesk.cli import main
from frontdesk.config import InboxPerson
from frontdesk.inbox.sign_in import totp

GOOD = "Ünlocked heron 9"


def test_a_pipe_gives_a_password() -> None:
    made = CliRunner().invoke(main, ["inbox", "password"], input=f"{GOOD}\r\n")
    assert made.exit_code == 0, made.output
    assert check_password_hash(tomllib.loads(made.stdout)["password"], GOOD)
    assert GOOD not in made.output


@pytest.mark.parametrize("typed", ["", "too short", "x" * 1001])
def test_a_bad_one_is_refused(typed: str) -> None:
    made = CliRunner().invoke(main, ["inbox", "password"], input=f"{typed}\n")
    assert made.exit_code == 2
    assert "a password has 10 to 1000 characters" in made.stderr
    assert made.stdout == ""


def until(stream: IO[str], said: str) -> None:
    """Read up to a question: what is typed before it is thrown away, as getpass does."""
    told = ""
    while not told.endswith(said):
        read = stream.read(1)
        assert read, f"no {said!r} in {told!r}"
        told += read


@pytest.mark.parametrize(("second", "status"), [(GOOD, 0), ("something else", 2)])
def test_at_a_terminal_it_is_asked_for_twice(second: str, status: int) -> None:
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "frontdesk", "inbox", "password"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # without a controlling terminal it asks on standard error
    )
    try:
        assert running.stderr is not None
        for question, answer in (("Password: ", GOOD), ("Once more: ", second)):
            until(running.stderr, question)
            os.write(ours, f"{answer}\n".encode())
        told, complained = running.communicate(timeout=60)
    finally:
        running.kill()
        running.communicate()
        os.close(theirs)
        os.close(ours)
    assert running.returncode == status, complained
    assert GOOD not in told + complained
    if status == 0:
        assert check_password_hash(tomllib.loads(told)["password"], GOOD)
    else:
        assert "the two are not the same" in complained


def test_a_secret_and_codes_for_the_second_step() -> None:
    made = CliRunner().invoke(main, ["inbox", "totp", "Eva Nováková"])
    assert made.exit_code == 0, made.output
    lines = tomllib.loads(made.stdout)
    assert (
        f"otpauth://totp/Frontdesk:Eva%20Nov%C3%A1kov%C3%A1?secret={lines['totp']}" in made.stderr
    )
    codes = re.findall(r"^[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}$", made.stderr, re.MULTILINE)
    assert [totp.recovery_hash(code) for code in codes] == lines["recovery"]
    assert len(set(codes)) == 10
    person = InboxPerson(name="Eva", **lines)
    assert totp.step_of(person.totp, totp.code(lines["totp"], 1), 30) == 1
    assert "▄" in made.stderr, "a picture for a camera"
    assert not any(code in made.stdout for code in codes)


def test_without_the_package_for_pictures_the_text_is_enough() -> None:
    script = (
        "import sys; sys.modules['segno'] = None; from frontdesk.cli import main;"
        " main(['inbox', 'totp'])"
    )
    made = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert "otpauth://totp/Frontdesk:inbox?secret=" in made.stderr
    assert "▄" not in made.stderr
    assert tomllib.loads(made.stdout)["totp"]
