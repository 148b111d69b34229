"""`key new`: a key with which a program of yours may send enquiries."""

import re

import click

from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.config import ConfigError, api_key
from frontdesk.config.types import SLUG


@click.group()
def key() -> None:
    """Let programs of yours send enquiries."""


@key.command(cls=Command)
@click.argument("name", default="program")
@click.option("--form", help="The form that it is for; else the configuration's first one.")
@pass_operator
def new(operator: Operator, *, name: str, form: str | None) -> None:
    """Make a key, and the lines of the configuration that let it in. It is shown only now."""
    if not re.fullmatch(SLUG, name):
        raise click.UsageError("a name has small letters, digits and hyphens")
    if form is not None and not re.fullmatch(SLUG, form):
        raise click.UsageError("--form: a form's name has small letters, digits and hyphens")
    made = api_key.new()
    click.echo(f"The key, for the program; it is kept nowhere:\n\n{made}\n")
    click.echo("For the configuration:\n")
    click.echo(f"[[forms.{form or _first(operator)}.api_keys]]")
    click.echo(f'name = "{name}"\nsha256 = "{api_key.digest(made)}"')


def _first(operator: Operator) -> str:
    """The first form; there need not be a configuration yet."""
    try:
        return next(iter(operator.settings.forms))
    except ConfigError:
        return "riverside"
