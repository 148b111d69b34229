"""`inbox password`, `inbox totp`: what lets a person sign in to the inbox."""

import io
import sys

import click

from frontdesk.cli.operator import Command
from frontdesk.cli.printing import errors
from frontdesk.config.inbox import LONGEST_NAME

LEAST = 10  # characters of a password
MOST = 1000
CODES = 10  # for a lost telephone


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


@inbox.command(cls=Command)
@click.argument("name", default="inbox")
def totp(name: str) -> None:
    """Make a secret for the second step of signing in, and ten codes for a lost telephone.

    NAME is whose they are, as an app for such codes shows it. They are shown only now.
    """
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        said = f"a name has 1 to {LONGEST_NAME} characters, all of which can be seen"
        raise click.UsageError(said)
    from frontdesk.inbox.sign_in import (
        totp,  # with hmac and base64, which no other command waits for
    )

    secret = totp.new_secret()
    address = totp.address(secret, name)
    codes = [totp.new_recovery() for _ in range(CODES)]
    errors.print("For an app that shows codes, by its camera or typed in:\n")
    if (picture := _picture(address)) is not None:
        errors.print(picture)
    errors.print(f"{address}\n")
    errors.print("For when the telephone is lost, each good once; print them and put them away:\n")
    for code in codes:
        errors.print(code)
    errors.print("\nFor the configuration, below the person's name in [[inbox.people]]:")
    click.echo(f'totp = "{secret}"\nrecovery = [')
    for code in codes:
        click.echo(f'  "{totp.recovery_hash(code)}",')
    click.echo("]")


def _picture(address: str) -> str | None:
    """The address as a QR code for a terminal; None without the package that draws it."""
    try:
        import segno  # `frontdesk[qr]`, which not everybody has
    except ImportError:
        return None
    drawn = io.StringIO()
    segno.make(address, error="m").terminal(drawn, compact=True)
    return drawn.getvalue()
