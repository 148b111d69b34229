"""What commands say where the terminal's encoding lacks a character, and to a pipe that closes."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from frontdesk.store.files.segments import Journal
from tests.cli.conftest import Desk
from tests.samples import received

LOCALES: Mapping[str, Mapping[str, str]] = {
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "ascii": {"PYTHONIOENCODING": "ascii:strict"},
    "C": {"LC_ALL": "C"},
    "C, and nothing helps": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
NOTE = "Řeka 🏠 \u200b“€”"


@pytest.fixture
def one(desk: Desk) -> str:
    """The id of an enquiry with letters of all kinds."""
    desk.site.app.extensions["frontdesk"].close()
    event = received(first_name="Žofie", last_name="Łużna", note=NOTE, email="jána@example.com")
    journal = Journal(desk.config.parent / "var/journal")
    journal.append(event)
    journal.close()
    return str(event.id)


def run(desk: Desk, locale: str, *arguments: str | bytes) -> "subprocess.CompletedProcess[bytes]":
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHON"))}
    command = [sys.executable, "-m", "frontdesk", "--config", str(desk.config), *arguments]
    return subprocess.run(
        command, capture_output=True, timeout=60, check=False, env={**environ, **LOCALES[locale]}
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_every_command_speaks_in_any_locale(desk: Desk, one: str, locale: str) -> None:
    for command in (
        ("show", one),
        ("export",),
        ("amend", "--help"),
    ):
        ran = run(desk, locale, *command)
        said = ran.stdout + ran.stderr
        assert b"Traceback" not in said, said
        assert b"not valid text" not in said
        assert ran.returncode in (0, 1), said
        assert ran.stdout
    listed = run(desk, locale, "log", "--text", "Žofie".encode()).stdout
    assert one[:8].encode() in listed


@pytest.mark.parametrize("locale", LOCALES)
def test_json_stays_json(desk: Desk, one: str, locale: str) -> None:
    encoding = LOCALES[locale].get("PYTHONIOENCODING", "utf-8").partition(":")[0]
    (line,) = run(desk, locale, "log", "--json").stdout.decode(encoding).splitlines()
    assert json.loads(line)["submission"]["lead"]["note"] == NOTE


@pytest.mark.parametrize("locale", ["C", "latin-1"])
def test_an_argument_that_is_no_text_is_told_apart(desk: Desk, one: str, locale: str) -> None:
    ran = run(desk, locale, "show", b"\xff\xfe")
    if ran.returncode == 2 and b"is not valid text" in ran.stderr:
        return
    assert locale == "latin-1", ran.stderr  # there all bytes are letters
    assert b"Traceback" not in ran.stderr


def test_a_path_may_be_any_bytes(desk: Desk, one: str) -> None:
    path = os.fsencode(desk.config.parent) + b"/l\xe9ads.csv"
    ran = run(desk, "C", "export", "--output", path)
    assert ran.returncode == 0, ran.stderr
    assert path in map(os.fsencode, desk.config.parent.iterdir())


@pytest.mark.parametrize("command", [("log",), ("export",)])
def test_a_pipe_that_closes_ends_it_without_a_word(
    desk: Desk, one: str, command: tuple[str, ...]
) -> None:
    journal = Journal(desk.config.parent / "var/journal")
    journal.append(*(received(note="x" * 500) for _ in range(2000)))
    journal.close()
    arguments = [sys.executable, "-m", "frontdesk", "--config", str(desk.config), *command]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) in (0, 1)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["log", "--help"], ["status"]])
def test_what_cannot_be_written_is_told_in_a_sentence(desk: Desk, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "frontdesk", "--config", str(desk.config), *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (1, b"error: No space left on device\n")
