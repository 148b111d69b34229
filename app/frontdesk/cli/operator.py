"""What every command needs: the settings, the journal, and sentences for what goes wrong."""

import getpass
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from frontdesk.cli.printing import ATTENTION, WRONG, errors, plain, progress
from frontdesk.config import ConfigError, Settings
from frontdesk.delivery.destination import DeliveryError
from frontdesk.extension import open_journal
from frontdesk.journal.files import Journal, JournalError
from frontdesk.journal.ledger import Ledger
from frontdesk.journal.lines import Damage, Line


class Operator:
    """The person at the command line; loads the configuration when it is first needed."""

    def __init__(self, load: Callable[[], Settings], config: Path | None = None) -> None:
        self._load = load
        self.config = config

    @cached_property
    def settings(self) -> Settings:
        return self._load()

    @cached_property
    def journal(self) -> Journal:
        return open_journal(self.settings)

    def ledger(self, lines: Iterable[Line | Damage] | None = None) -> Ledger:
        """The journal folded; damaged lines are reported on standard error."""
        ledger = Ledger()
        with progress("Reading the journal") as step:
            for line in self.journal.read() if lines is None else lines:
                if isinstance(line, Damage):
                    errors.print(plain(f"skipped {line}"))
                else:
                    ledger.apply(line.event)
                    step()
        return ledger


pass_operator = click.make_pass_decorator(Operator)


class Command(click.Command):
    """A command whose expected errors are sentences, never tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            for problem in error.problems:
                errors.print(plain(problem))
            raise SystemExit(WRONG) from None
        except JournalError as error:
            errors.print(plain(error))
            raise SystemExit(ATTENTION) from None
        except DeliveryError as error:
            errors.print(plain(told(error)))
            raise SystemExit(ATTENTION) from None
        except UnicodeError:
            errors.print("an argument is not valid text")
            raise SystemExit(WRONG) from None
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            errors.print(plain(f"{error.filename or 'error'}: {error.strerror}"))
            raise SystemExit(ATTENTION) from None


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
