"""`note`: what somebody has to say is in the story, and is found."""

import json

from tests.cli.conftest import Desk


def test_a_note(desk: Desk) -> None:
    identity = desk.enquire("delivered")
    done = desk.run("note", identity[:8], "called", "back,", "wants a cellar")
    assert (done.exit_code, done.output) == (0, f"{identity[:8]} noted\n")
    shown = desk.run("show", identity).output
    assert "commented" in shown
    assert "text=called back, wants a cellar" in shown
    assert json.loads(desk.run("show", identity, "--json").stdout)["events"][-1]["text"]
    assert identity[:8] in desk.run("log", "--text", "a CELLAR").output
    assert "wants a cellar" in desk.run("person", "jana@example.com", "export").output
    assert "wants a cellar" not in desk.run("show", identity, "--evidence").output


def test_what_is_no_note(desk: Desk) -> None:
    identity = desk.enquire("delivered")
    for text, said in (
        (" ", "there is nothing to be seen in it"),
        ("x" * 2001, "a note has at most 2000 characters"),
        ("a\x1b[31m", "there is a character in it that nobody can see"),
    ):
        done = desk.run("note", identity, text)
        assert done.exit_code == 2, done.output
        assert said in done.output
    assert desk.run("person", "jana@example.com", "erase", "--yes").exit_code == 0
    assert "was erased" in desk.run("note", identity, "Hello").output
