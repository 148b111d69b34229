"""`inbox password`: at a terminal, and through a pipe."""

import os
import pty
import subprocess
import sys
import tomllib
from typing import IO

import pytest
from click.testing import CliRunner
from werkzeug.security import check_password_hash

from frontdesk.cli import main

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
