"""`inbox password`: what lets a person sign in to the inbox."""

import sys

import click

from frontdesk.cli.operator import Command
from frontdesk.cli.printing import errors

LEAST = 10  # characters of a password
MOST = 1000


@click.group()
def inbox() -> None:
    """Look after the pages for operators."""


@inbox.command(cls=Command)
def password() -> None:
    """Ask for a password twice, or read one from a pipe; print its line of the configuration."""
    if sys.stdin.isatty():
        typed = click.prompt("Password", hide_input=True, err=True)
        if click.prompt("Once more", hide_input=True, err=True) != typed:
            raise click.UsageError("the two are not the same")
    else:
        typed = sys.stdin.readline(MOST + 2).rstrip("\r\n")
    if not LEAST <= len(typed) <= MOST:
        raise click.UsageError(f"a password has {LEAST} to {MOST} characters")
    from werkzeug.security import generate_password_hash  # which no other command waits for

    errors.print("For the configuration, below the person's name in [[inbox.people]]:")
    click.echo(f'password = "{generate_password_hash(typed)}"')
