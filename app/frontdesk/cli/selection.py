"""The options that choose submissions."""

from collections.abc import Callable
from typing import Any

import click

from frontdesk.cli.operator import Operator
from frontdesk.cli.params import Moment
from frontdesk.cli.printing import errors, plain
from frontdesk.model.record import STATES
from frontdesk.operations.find import is_configured


def selection(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose submissions."""
    for option in (
        click.option("--until", type=Moment(), help="Received before this time."),
        click.option("--since", type=Moment(), help="Received at this time or later, or 36h."),
        click.option("--form", help="Only this form."),
        click.option("--state", type=click.Choice(STATES), help="Only this state."),
    ):
        command = option(command)
    return command


def point_out_past(form: str | None, operator: Operator) -> None:
    """Say that a form is one of the past; raises UnknownFormError for one that never was."""
    if form is not None and not is_configured(operator.store, operator.settings, form):
        errors.print(plain(f"note: the configuration has no form {form!r} any more"))
