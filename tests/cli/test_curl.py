"""`show --request`: what was sent, as commands that send the same again."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
import requests
from flask import Flask

from frontdesk.cli import curl
from frontdesk.model.events import Attempt, Failed
from frontdesk.model.exchange import Answer, Request
from tests.cli.conftest import Desk
from tests.support import FORM, Site, journal_lines, leads, open_app, with_real_geeks

# What a shell, curl or a terminal could take for something else; all of it is left in a note.
EVIL = (
    "'; echo out; ' $(id) `id` \"x\" \\ @/etc/passwd !! %41 a=b&c\n\tsecond – Ř 👩\u200d👧 \u061c"
)


def run(command: str, *secrets: str) -> None:
    """Run a command as somebody in support would, once the secrets are filled in."""
    for placeholder, secret in zip(("LOGIN", "PASSWORD"), secrets, strict=True):
        assert command.count(placeholder) == 1
        command = command.replace(placeholder, secret)
    command = command.replace("curl ", "curl --silent --show-error --fail ", 1)
    subprocess.run(["bash", "-c", command], check=True, timeout=60, capture_output=True)


def commands(desk: Desk, identity: str) -> list[str]:
    shown = desk.run("show", "--request", identity)
    assert shown.exit_code == 0, shown.output
    return shown.stdout.removeprefix("#").split("\n#")


@pytest.mark.parametrize(
    "text", [EVIL, "", "plain", "@file", "-d", "it's", "\x1b[2J\x85\u2028", "a\u202e1\\\u202e7'!!"]
)
def test_the_shell_reads_the_very_text(text: str) -> None:
    word = curl.quoted(text)
    assert word.isprintable(), "on one line, and nothing in it can steer a terminal"
    read = subprocess.run(["bash", "-c", f"printf %s {word}"], check=True, capture_output=True)
    assert read.stdout.decode() == text


@pytest.mark.parametrize("said", ["$(echo out)", "`id`; id", "it's !! 50% off", "a\x1b[2Jb", "* ~"])
def test_also_what_was_answered_and_where_is_no_command(said: str) -> None:
    """As in zsh, in which nothing that is pasted is a comment."""
    attempt = Attempt(
        id=UUID(int=1),
        destination="crm\n$(id)",
        request=Request("http://crm.example.com/$(id)", "form", method="POST; id"),
    )
    answer = Answer(400, 0.3, said)
    failed = Failed(
        id=UUID(int=1), destination="crm", attempt=attempt.attempt, answer=answer, reason="400"
    )
    (lines,) = curl.commands([attempt, failed])
    pasted = "echo -E " + lines.removeprefix("#").replace("\ncurl ", "\nprintf '%s\\n' ")
    read = subprocess.run(["bash", "-c", pasted], check=True, capture_output=True, text=True)
    first, rest = read.stdout.split("\n--request\n")
    assert first.endswith(f"UTC to crm\n$(id): answered 400 in 0.3 s: {said}")
    assert rest.startswith("POST; id\nhttp://crm.example.com/$(id)\n")


def test_each_request_is_printed_and_can_be_sent_again(desk: Desk) -> None:
    desk.fault(fault="status", status=400, body="No\x1b[2J.\ncurl evil")
    identity = desk.enquire("failed", note=EVIL)
    assert desk.run("amend", identity, "phone=777 999 888").exit_code == 0
    assert desk.run("replay", identity).exit_code == 0
    (sent,) = leads(desk.crm)
    first, second = commands(desk, identity)
    assert "UTC to crm: answered 400 in " in first.splitlines()[0]
    assert "UTC to crm: answered 200 in " in second.splitlines()[0]
    assert "\x1b" not in first
    assert not [line for line in first.splitlines() if line.startswith("curl evil")]
    assert "+420777123456" in first
    assert "+420777999888" in second
    assert "sandbox" not in first.replace("/_sandbox", "")
    # What the configuration added is there, and what was sent is sent: no more, no less.
    for parameter in ("project=1234", "referral=77", "tags=web", "updateconsents=2"):
        assert parameter in second
    run(second.partition("\n")[2], "sandbox", "sandbox")
    again = leads(desk.crm)[1]["parameters"]
    assert again == sent["parameters"]
    assert again["note"].startswith("'; echo out; ' $(id)")
    # The history stays short.
    assert "referral" not in desk.run("show", identity).stdout


def test_a_request_in_json(
    write_config: Callable[..., Path],
    serve: Callable[[Flask], Site],
    crm: str,
    geeks: str,
) -> None:
    config = write_config(with_real_geeks(geeks, FORM))
    desk = Desk(config, serve(open_app(config)), crm)
    identity = desk.enquire("delivered", note=EVIL)
    (command,) = [one for one in commands(desk, identity) if "UTC to geeks" in one]
    (before,) = leads(geeks)
    assert requests.delete(f"{geeks}/_sandbox/leads", timeout=30).ok
    run(command.partition("\n")[2], "sandbox", "sandbox")
    (after,) = leads(geeks)
    for what in ("id", "fields", "activities"):
        assert after[what] == before[what], what
    assert after["fields"]["notes"].startswith("'; echo out; ' $(id)")


def test_what_is_erased_and_what_is_old_is_not_there(desk: Desk) -> None:
    identity = desk.enquire("delivered", note="My dog is called Rex.")
    journal = desk.config.parent / "var/journal"
    (attempt,) = [line for line in journal_lines(journal) if line["event"] == "attempt"]
    assert attempt["request"]["form"]["email"] == "jana@example.com"
    assert not {"login", "password"} & attempt["request"]["form"].keys()
    assert desk.run("person", "jana@example.com", "erase", "--yes").exit_code == 0
    for path in journal.iterdir():
        for secret in (b"jana@example.com", b"777123456", b"Rex", b"Nov\xc3\xa1kov\xc3\xa1"):
            assert secret not in path.read_bytes()
    (attempt,) = [line for line in journal_lines(journal) if line["event"] == "attempt"]
    assert "request" not in attempt
    assert "erased, or from before it was kept" in desk.run("show", "--request", identity).stdout


def test_of_a_revocation_nothing_is_said_to_be_lost(desk: Desk) -> None:
    desk.enquire("delivered")
    revoke = ("consents", "revoke", "2", "--email", "jana@example.com", "--json")
    identity = json.loads(desk.run(*revoke).stdout)["id"]
    said = desk.run("show", "--request", identity).stdout
    assert "answered 200" in said
    assert "`frontdesk show`" in said
    assert "erased" not in said


def test_an_attempt_of_an_earlier_version_can_be_read(desk: Desk) -> None:
    identity = desk.enquire("delivered")
    lines = journal_lines(desk.config.parent / "var/journal")
    (segment,) = (desk.config.parent / "var/journal").glob("*.jsonl")
    old = b'{"v":1,"event":"attempt","id":"%s","at":"2026-11-22T01:05:38Z","destination":"crm"' % (
        identity.encode()
    )
    with segment.open("ab") as file:
        file.write(old + b',"attempt":"0c734a87-47e9-46d1-9de8-ffd44d23ad21"}\n')
    assert len(lines) == 3
    printed = commands(desk, identity)
    assert "no outcome is known" in printed[1]
    assert "from before it was kept" in printed[2]
