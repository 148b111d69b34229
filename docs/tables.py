"""Write the tables of docs/commands.md, as `--help` has them: `python -m docs.tables`."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from frontdesk.cli import main

DOCUMENT = Path(__file__).parent / "commands.md"
_MARKED = re.compile(
    r"(?<=^<!-- table: )(\w[\w ]*)( -->\n).*?(?=^<!-- end -->$)", re.MULTILINE | re.DOTALL
)


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, by its whole name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        elif command:
            yield f"{path} {name}", command


def _value(option: click.Option) -> str:
    """What follows an option: nothing for a flag."""
    if option.is_flag:
        return ""
    if isinstance(option.type, click.IntRange):
        return " N"
    if isinstance(option.type, click.Choice) and len(option.type.choices) < 5:
        return f" {'|'.join(option.type.choices)}"
    if option.type is click.STRING or isinstance(option.type, click.Choice):
        return f" {option.opts[0].rpartition('-')[2].upper()}"
    return f" {option.type.name.upper()}"


def _default(option: click.Option) -> str:
    if option.required:
        return "required"
    return f"`{option.default}`" if option.show_default else ""


def _table(lines: list[tuple[str, ...]]) -> str:
    cells = ([cell.replace("|", r"\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in cells)


def options(name: str, command: click.Command) -> str:
    """How a command with arguments is called, and a table of its options."""
    found = [each for each in command.params if isinstance(each, click.Option)]
    pieces = command.collect_usage_pieces(click.Context(command))[0 if found else 1 :]
    usage = f"```text\n{' '.join([name, *pieces])}\n```\n" if pieces[bool(found) :] else ""
    if not found:
        return usage or "It has no options.\n"
    rows: list[tuple[str, ...]] = [("option", "default", "what"), ("---",) * 3]
    for option in found:
        spelt = [*option.opts, *option.secondary_opts]
        names = " / ".join(f"`{one}{_value(option)}`" for one in spelt)
        rows.append((names, _default(option), (option.help or "").rstrip(".")))
    if not any(default for _, default, _ in rows[2:]):
        rows = [(first, last) for first, _, last in rows]
    return "\n".join(filter(None, (usage, _table(rows))))


def contents() -> str:
    """All commands, each with the first sentence of its help."""
    rows: list[tuple[str, ...]] = [("command", "what it does"), ("---",) * 2]
    for name, command in commands(main, "frontdesk"):
        sentence = (command.help or "").partition("\n")[0].rstrip(".")
        rows.append((f"[`{name}`](#{name.replace(' ', '-')})", sentence))
    return _table(rows)


def page(text: str) -> str:
    """A document with its tables as they have to be."""
    tables = {name: options(name, command) for name, command in commands(main, "frontdesk")}
    tables["all commands"] = contents()
    return _MARKED.sub(lambda found: f"{found[1]}{found[2]}\n{tables[found[1]]}\n", text)


if __name__ == "__main__":
    DOCUMENT.write_text(page(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
