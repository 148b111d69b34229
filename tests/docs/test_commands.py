"""docs/commands.md has every command with its options; each that a document shows can be typed."""

import re
import shlex
from typing import Any

import click
import pytest

from docs import tables
from docs.tables import commands
from frontdesk.cli import main
from tests.docs import pages
from tests.docs.session import steps

DOCUMENT = "docs/commands.md"
# Our program in a line of a shell, up to what ends a command.
_CALL = re.compile(r"(?:^|/bin/|flask )frontdesk ([^|&;>#(\n]*)", re.MULTILINE)


COMMANDS: list[Any] = [pytest.param(*each, id=each[0]) for each in commands(main, "frontdesk")]


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_command_and_option_is_documented(name: str, command: click.Command) -> None:
    described = pages.section(DOCUMENT, f"`{name}`")
    mentioned = {part.split()[0] for row in pages.rows(described) for part in pages.code(row[0])}
    options = {
        spelling
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for spelling in (*parameter.opts, *parameter.secondary_opts)
    }
    assert mentioned == options


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_documented_defaults_are_the_options(name: str, command: click.Command) -> None:
    defaults = {
        option: str(parameter.default)
        for parameter in command.params
        if isinstance(parameter, click.Option) and parameter.show_default
        for option in parameter.opts
    }
    table = pages.rows(pages.section(DOCUMENT, f"`{name}`"))
    documented = {
        pages.code(row[0])[0].split()[0]: "".join(pages.code(row[1])[:1])
        for row in table
        if len(row) == 3
    }
    assert {option: documented.get(option) for option in defaults} == defaults


def test_no_command_is_documented_that_there_is_not() -> None:
    headings = {title for title in pages.headings(DOCUMENT) if title.startswith("`frontdesk ")}
    assert headings == {f"`{name}`" for name, _ in commands(main, "frontdesk")}


def test_options_of_the_group_are_documented() -> None:
    described = pages.own(DOCUMENT, "Commands")
    for parameter in main.params:
        assert any(
            f"{option} " in described or f"`{option}`" in described for option in parameter.opts
        )


def test_the_tables_are_what_help_says() -> None:
    text = pages.text(DOCUMENT)
    assert text == tables.page(text)
    marked = re.findall(r"^<!-- table: (.+) -->$", text, re.MULTILINE)
    assert marked == ["all commands", *documented()]


def documented() -> list[str]:
    """The commands in the order of the document."""
    return [one.strip("`") for one in pages.headings(DOCUMENT) if one.startswith("`frontdesk ")]


def called(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that is meant, and what comes after its name."""
    command: click.Command = main
    if words[:1] == ["--config"]:
        words = words[2:]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found, f"there is no command {words[0]}"
        command, words = found, words[1:]
    return command, words


@pytest.mark.parametrize("document", [each for each in pages.DOCUMENTS if each != "CHANGELOG.md"])
def test_what_a_document_has_typed_is_taken(document: str) -> None:
    """It is read as when it is called, and not run."""
    for step in steps(pages.text(document)):
        for said in _CALL.findall(step.command.replace("\\\n", "")):
            command, words = called(shlex.split(said))
            if "--help" not in words:
                command.make_context(said, words)


@pytest.mark.parametrize("document", [each for each in pages.DOCUMENTS if each != "CHANGELOG.md"])
def test_what_a_document_mentions_is_there(document: str) -> None:
    spans = [span for line in pages.prose(document).splitlines() for span in pages.code(line)]
    for span in spans:
        if not re.fullmatch(r"frontdesk [a-z-].*", span):
            continue
        command, words = called(span.removeprefix("frontdesk ").split())
        spelt = {one for each in command.params for one in (*each.opts, *each.secondary_opts)}
        for word in words:
            assert not word.startswith("-") or word in spelt, f"{span}: there is no {word}"


def test_the_guards_of_what_is_typed_look_at_something() -> None:
    shown = [step.command for step in steps(pages.text(DOCUMENT))]
    assert len([said for each in shown for said in _CALL.findall(each)]) > 25
