"""`reload`: what runs takes the configuration as it is now. And what those do who are told so."""

import logging
from collections.abc import Callable

import click

from frontdesk.cli import control
from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import ATTENTION, WRONG, console, errors, plain
from frontdesk.config import ConfigError, Settings, data_dir, find, unchangeable
from frontdesk.store.base import JournalError

log = logging.getLogger("frontdesk.reload")


@click.command(cls=Command)
@pass_operator
def reload(operator: Operator) -> None:
    """Have what runs take the configuration as it is now, without a dropped request."""
    folder = data_dir(operator.config or find())
    status = ATTENTION  # that nobody was there is for a person to know, too
    for answer in control.ask_all(folder):
        who = f"{answer.what} (process {answer.pid})" if answer.pid else answer.what
        if answer.problems:
            errors.print(plain(f"{who} refuses the new configuration, and goes on with the old:"))
            for problem in answer.problems:
                errors.print(plain(problem))
            status = WRONG
        else:
            console.print(plain(f"{who} goes by the new configuration"))
            status = status if status == WRONG else 0
    if status == ATTENTION:
        errors.print(plain(f"nothing of Frontdesk runs in {folder}; what is started reads it anew"))
    if status:
        raise SystemExit(status)


def renewed(load: Callable[[], Settings], now: Settings) -> Settings:
    """The configuration as it is now. Raises ConfigError, also for what a reload cannot change."""
    new = load()
    if problems := unchangeable(now, new):
        raise ConfigError(problems)
    return new


def attempt(take: Callable[[], None]) -> list[str]:
    """Take a new configuration, and say so in the log; what was wrong, if it was not taken."""
    try:
        take()
    except ConfigError as error:
        problems = error.problems
    except (OSError, JournalError) as error:
        problems = [str(error)]
    except Exception:
        log.exception("a new configuration could not be taken")
        problems = ["a fault of Frontdesk's own; its log has more"]
    else:
        log.info("the new configuration is in use")
        return []
    for problem in problems:
        log.error("the new configuration is refused, the old one stays: %s", plain(problem))
    return problems
