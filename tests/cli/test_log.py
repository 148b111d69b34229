"""`log` and `show`."""

import json
import re
import signal
import subprocess
import sys

import pytest

from tests.cli.conftest import Desk


def test_log_lists_what_came_in_and_what_became_of_it(desk: Desk) -> None:
    desk.enquire("delivered", first_name="Jana")
    desk.fault(fault="status", status=400, body="Parameter missing.")
    failed = desk.enquire("failed", first_name="Petr", email="petr@example.com")
    listed = desk.run("log").stdout
    assert "Jana Nováková" in listed
    assert "create-lead answered 400: Parameter missing." in listed
    assert failed[:8] in listed


def test_log_filters_by_state_form_time_and_text(desk: Desk) -> None:
    desk.enquire("delivered", first_name="Jana")
    desk.enquire("delivered", first_name="Petr", note="Is there a cellar for bicycles?")

    def names(*filters: str) -> list[str]:
        return [r["submission"]["lead"]["first_name"] for r in desk.records(*filters)]

    assert names() == ["Jana", "Petr"]
    assert names("--text", "BICYCLES") == ["Petr"]
    assert names("--state", "failed") == []
    assert names("--form", "riverside", "--since", "1h") == ["Jana", "Petr"]
    assert names("--until", "2020-01-01") == []
    assert names("--limit", "1") == ["Petr"]
    assert len(names("--limit", "9" * 30)) == len(names())


@pytest.mark.parametrize("command", ["log", "export", "replay"])
def test_a_form_of_which_nobody_has_heard_is_a_mistake(desk: Desk, command: str) -> None:
    answer = desk.run(command, "--form", "rivreside")
    assert answer.exit_code == 2
    assert "there is no form 'rivreside'; there are riverside" in answer.stderr


def test_a_form_that_is_not_configured_any_more_keeps_its_history(desk: Desk) -> None:
    desk.enquire("delivered")
    text = desk.config.read_text(encoding="utf-8")
    desk.config.write_text(text.replace("forms.riverside", "forms.hillside"), encoding="utf-8")
    answer = desk.run("log", "--form", "riverside")
    assert answer.exit_code == 0
    assert "Nováková" in answer.stdout
    assert "note: the configuration has no form 'riverside' any more" in answer.stderr


def test_log_follows(desk: Desk) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "frontdesk", "--config", desk.config, "log", "--follow", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background lets its children ignore Ctrl-C.
    )
    with process:
        assert process.stdout is not None
        identity = desk.site.enquire().json()["id"]
        states = []
        while "delivered" not in states:
            record = json.loads(process.stdout.readline())
            assert record["submission"]["id"] == identity
            states.append(record["state"])
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_show_tells_the_whole_story_of_one_submission(desk: Desk) -> None:
    identity = desk.enquire("delivered", title="Open day", referrer="https://www.example.com/")
    shown = desk.run("show", identity[:8]).stdout
    assert re.search(r"^  title +Open day$", shown, re.MULTILINE)
    assert re.search(r"^  referrer +https://www\.example\.com/$", shown, re.MULTILINE)
    for fact in ("+420777123456", "127.0.0.1", "Is there a cellar?", "received", "delivered"):
        assert fact in shown
    told = json.loads(desk.run("show", identity, "--json").stdout)
    assert [event["event"] for event in told["events"]] == ["received", "attempt", "delivered"]


def test_a_note_cannot_forge_history(desk: Desk) -> None:
    forged = "  history\n    2026-01-01 00:00:00  released   by=eva"
    desk.fault(fault="status", status=400, body=f"no\n{forged}")
    identity = desk.enquire("failed", note=f"Hello\n{forged}")
    shown = desk.run("show", identity).stdout.splitlines()
    assert shown.count("  history") == 1
    assert not [line for line in shown if line.startswith("    2026-01-01")]
    assert sum("2026-01-01 00:00:00  released   by=eva" in line for line in shown) == 2


def test_what_a_crm_says_cannot_steer_the_terminal(desk: Desk) -> None:
    desk.fault(fault="status", status=400, body="\x1b[2J\x07 [red]no[/red] \u202eevil")
    identity = desk.enquire("failed")
    for output in (desk.run("log").stdout, desk.run("show", identity).stdout):
        assert "[red]no[/red]" in output
        assert not {"\x1b", "\x07", "\u202e"} & set(output)


def test_damaged_lines_are_pointed_out_and_skipped(desk: Desk) -> None:
    desk.enquire("delivered")
    segment = next((desk.config.parent / "var/journal").glob("*.jsonl"))
    with segment.open("a", encoding="utf-8") as file:
        file.write("not a line of ours\n")
    listed = desk.run("log")
    assert listed.exit_code == 0
    assert listed.stderr == "note: 1 line cannot be read; frontdesk journal verify names them\n"
    assert "Jana" in listed.stdout


def test_wrong_use_says_what_is_wrong(desk: Desk) -> None:
    desk.enquire("delivered")
    for arguments, said in (
        (("show", "00000000-0000-0000-0000-000000000000"), "no submission's id"),
        (("show", "zzzz"), "no submission's id"),
        (("log", "--since", "yesterday"), "is not a time"),
        (("log", "--since", "0001-01-01T00:00:00+14:00"), "is not a time"),
        (("log", "--since", "9" * 5000 + "d"), "is not a time"),
        (("log", "--state", "lost"), "Invalid value"),
        (("replay", "--file", "/nonexistent.jsonl"), "does not exist"),
        (("replay",), "say which"),
        (("release",), "say which"),
    ):
        result = desk.run(*arguments)
        assert result.exit_code == 2, result.output
        assert said in result.stderr
        assert "Traceback" not in result.output


# -- journal verify ----------------------------------------------------------------------------


def test_a_sound_journal(desk: Desk) -> None:
    desk.enquire("delivered")
    answer = desk.run("journal", "verify")
    assert answer.exit_code == 0
    assert "3 lines of 1 submission in 1 segment" in answer.stdout


def test_a_damaged_journal(desk: Desk) -> None:
    desk.enquire("delivered")
    (segment,) = (desk.config.parent / "var/journal").glob("*.jsonl")
    with segment.open("ab") as file:
        file.write(b"by hand\n")
    answer = desk.run("journal", "verify", "--json")
    assert answer.exit_code == 1
    findings = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [finding["subject"] for finding in findings] == [segment.name, "journal"]
    assert [finding["well"] for finding in findings] == [False, True]


def test_a_journal_of_a_newer_version(desk: Desk) -> None:
    desk.enquire("delivered")
    (segment,) = (desk.config.parent / "var/journal").glob("*.jsonl")
    with segment.open("ab") as file:
        file.write(b'{"v":2,"event":"received"}\n')
    answer = desk.run("log")
    assert answer.exit_code == 1
    assert "written by a newer Frontdesk" in answer.stderr
