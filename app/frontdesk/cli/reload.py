"""`reload`: what runs takes the configuration as it is now. And what those do who are told so."""

import logging
from collections.abc import Callable

import click

from frontdesk.cli import control
from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import ATTENTION, WRONG, console, errors, plain
from frontdesk.config import ConfigError, Settings, data_dir, find, unchangeable
from frontdesk.store.errors import JournalError

log = logging.getLogger("frontdesk.reload")


@click.command(cls=Command)
@pass_operator
def reload(operator: Operator) -> None:
    """Have what runs take the configuration as it is now, without a dropped request."""
    folder = data_dir(operator.config or find())
    answers = []
    for answer in control.ask_all(folder):
        answers.append(answer)
        _tell(answer)
    if not answers:
        errors.print(plain(f"nothing of Frontdesk runs in {folder}; what is started reads it anew"))
    if any(answer.pid and answer.problems for answer in answers):
        raise SystemExit(WRONG)
    if not all(answer.pid for answer in answers) or not answers:
        raise SystemExit(ATTENTION)


def _tell(answer: control.Answer) -> None:
    who = f"{answer.what} (process {answer.pid})"
    if not answer.pid:
        errors.print(plain(f"{answer.what}: {'; '.join(answer.problems)}"))
    elif answer.problems:
        errors.print(plain(f"{who} refuses the new configuration, and goes on with the old:"))
        for problem in answer.problems:
            errors.print(plain(problem))
    else:
        console.print(plain(f"{who} goes by the new configuration"))


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
