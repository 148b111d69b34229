"""docs/commands.md has every command with its options."""

from collections.abc import Iterator
from typing import Any

import click
import pytest

from frontdesk.cli import main
from tests.docs import pages

DOCUMENT = "docs/commands.md"


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


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
