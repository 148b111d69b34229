"""What every command needs: the settings, the journal, and sentences for what goes wrong."""

import getpass
import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from frontdesk.cli.printing import ATTENTION, WRONG, errors, plain
from frontdesk.cli.sentences import sentence
from frontdesk.config import ConfigError, Settings
from frontdesk.data_dir import open_store
from frontdesk.delivery.destination import DeliveryError
from frontdesk.operations.errors import OperationError
from frontdesk.store.base import Store
from frontdesk.store.errors import JournalError


class Operator:
    """The person at the command line; loads the configuration when it is first needed."""

    def __init__(self, load: Callable[[], Settings], config: Path | None = None) -> None:
        """`load`: reads the configuration anew each time. `config`: its path, if it has one."""
        self.load = load
        self.config = config

    @cached_property
    def settings(self) -> Settings:
        return self.load()

    @cached_property
    def store(self) -> Store:
        return open_store(self.settings)


def point_out_damage(store: Store) -> None:
    """Say that something of the journal could not be read, and how to learn what."""
    if damaged := store.facts().damaged:
        lines = f"{damaged} lines" if damaged > 1 else "1 line"
        errors.print(plain(f"note: {lines} cannot be read; frontdesk journal verify names them"))


pass_operator = click.make_pass_decorator(Operator)


class Command(click.Command):
    """A command whose expected errors are sentences, never tracebacks."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        for name, value in ctx.params.items():
            if isinstance(value, str):
                ctx.params[name] = _text(value)
            elif isinstance(value, tuple):
                ctx.params[name] = tuple(_text(v) if isinstance(v, str) else v for v in value)
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            for problem in error.problems:
                errors.print(plain(problem))
            raise SystemExit(WRONG) from None
        except OperationError as error:
            raise click.UsageError(sentence(error), ctx) from None
        except JournalError as error:
            errors.print(plain(error))
            raise SystemExit(ATTENTION) from None
        except DeliveryError as error:
            errors.print(plain(told(error)))
            raise SystemExit(ATTENTION) from None


def _text(argument: str) -> str:
    """An argument as text: bytes that the locale cannot decode are read as UTF-8.

    Raises UsageError if they are none. Paths do not come here: any bytes can name a file.
    """
    try:
        return os.fsencode(argument).decode() if not _is_text(argument) else argument
    except UnicodeDecodeError:
        raise click.UsageError(f"the argument {argument!r} is not valid text") from None


def _is_text(argument: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in argument)


def told(error: DeliveryError) -> str:
    """What went wrong, with the start of what the CRM said."""
    said = error.answer.said[:200] if error.answer else ""
    return f"{error}: {said}" if said else str(error)


def by() -> str:
    """Who acts, for the journal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
