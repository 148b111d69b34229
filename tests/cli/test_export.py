"""`frontdesk export`, on a running site."""

import codecs
import csv
import io
import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from frontdesk.store.files.segments import Journal
from tests.cli.conftest import Desk
from tests.samples import received

HOSTILE = '=HYPERLINK("https://evil.example","Click")'


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_spreadsheet(desk: Desk) -> None:
    desk.enquire("delivered", note=f"{HOSTILE}\nsecond line; with, signs", campaign="+49 30 1234")
    answer = desk.run("export")
    assert answer.exit_code == 0
    (row,) = rows(answer.stdout)
    assert row["state"] == "delivered"
    assert row["first_name"] == "Jana"
    assert row["phone"] == "+420777123456"
    assert row["campaign"] == "+49 30 1234"
    assert row["rooms"] == "2+kk, 3+kk"
    assert row["price_max"] == "8500000"
    assert row["consents"] == "2"
    assert row["note"] == f"'{HOSTILE}\nsecond line; with, signs", "no formula"
    assert row["customer in crm"] == "60001"
    assert row["ip"] == "127.0.0.1"


def test_a_consent_that_was_revoked_is_nobodys_to_use(desk: Desk) -> None:
    """Whoever sends news to all who have agreed to them asks a spreadsheet."""
    desk.enquire("delivered", consents=[2, 1])
    assert desk.run("consents", "revoke", "1", "--email", "jana@example.com").exit_code == 0
    desk.enquire("delivered", consents=[2, 1], note="I have thought again.")
    before, after = rows(desk.run("export").stdout)
    assert (before["consents"], before["revoked consents"]) == ("2", "1")
    assert (after["consents"], after["revoked consents"]) == ("2, 1", "")


def test_filters_and_json_lines(desk: Desk) -> None:
    desk.enquire("delivered")
    held = desk.enquire("held", link="https://spam.example")
    answer = desk.run("export", "--format", "jsonl", "--state", "held")
    (record,) = map(json.loads, answer.stdout.splitlines())
    assert record["submission"]["id"] == held


@pytest.mark.parametrize(
    ("options", "name", "marked"),
    [
        (["--format", "csv"], "leads.csv", True),
        ([], "LEADS.CSV", True),
        ([], "leads.txt", False),
        (["--format", "jsonl"], "leads.csv", False),
    ],
)
def test_excel_reads_a_csv_file(
    desk: Desk, tmp_path: Path, options: list[str], name: str, marked: bool
) -> None:
    desk.enquire("delivered")
    path = tmp_path / name
    assert desk.run("export", *options, "--output", str(path)).exit_code == 0
    assert path.read_bytes().startswith(codecs.BOM_UTF8) is marked
    assert path.read_bytes().count(codecs.BOM_UTF8) == marked
    assert "Nováková" in path.read_text(encoding="utf-8-sig")
    assert not desk.run("export", *options).stdout.startswith("\ufeff")


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_file_that_only_we_can_read(desk: Desk, tmp_path: Path, kind: str) -> None:
    desk.enquire("delivered")
    path = tmp_path / "export"
    answer = desk.run("export", "--format", kind, "--output", str(path))
    assert answer.exit_code == 0, answer.output
    assert "1 submission" in answer.stderr
    assert path.stat().st_mode & 0o777 == 0o600
    assert "jana@example.com" in path.read_text(encoding="utf-8")
    again = desk.run("export", "--output", str(path))
    assert again.exit_code == 2
    assert "is there already and is not written over" in again.stderr


def test_a_terminal_gets_nothing_that_steers_it(desk: Desk) -> None:
    journal = Journal(desk.config.parent / "var/journal")
    journal.append(received(first_name="J\x9b2J\u202e\U000e0041", note="ž"))
    journal.close()
    whole = desk.run("export").stdout
    assert "\x9b2J\u202e\U000e0041" in whole, "another program gets every character"
    try:
        ours, theirs = pty.openpty()
    except OSError:
        if "CI" in os.environ:
            raise
        pytest.skip("this machine has no pseudo-terminals (no /dev/pts)")
    command = [sys.executable, "-m", "frontdesk", "--config", str(desk.config), "export"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    subprocess.run(command, stdout=theirs, check=True, timeout=60, env=environment)
    os.close(theirs)
    shown = b""
    with os.fdopen(ours, "rb", buffering=0) as terminal, suppress(OSError):
        while piece := terminal.read(4096):
            shown += piece
    assert "J\ufffd2J\ufffd\ufffd" in shown.decode()
    assert "ž" in shown.decode()


def test_json_lines_escape_what_steers_a_terminal(desk: Desk) -> None:
    journal = Journal(desk.config.parent / "var/journal")
    name = "J\x9b2J\x7f\u202e\U000e0041 Žofie"
    journal.append(received(first_name=name))
    journal.close()
    for command in (("log", "--json"), ("export", "--format", "jsonl")):
        text = desk.run(*command).stdout
        assert r"J\u009b2J\u007f\u202e\udb40\udc41 Žofie" in text
        assert json.loads(text)["submission"]["lead"]["first_name"] == name
    (line, *_) = desk.run("person", "jana@example.com", "export").stdout.splitlines()
    assert "\x9b" not in line
    assert json.loads(line)["lead"]["first_name"] == name
