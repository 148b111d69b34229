"""A command loads what it needs and no more: who waits for it waits for that."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from frontdesk.cli import group, main
from frontdesk.cli.table import ALONE, COMMANDS

# What takes long to import, and what a command that reads the journal can do without.
WEB = ("flask", "werkzeug", "jinja2", "wtforms", "flask_limiter", "limits", "asyncio", "waitress")
CLIENT = ("requests", "urllib3", "apprise", "ssl")
SHOWN = ("rich",)
REST = ("email_validator", "babel.messages", "prometheus_client", "altcha", "hcaptcha")
ROOMS = (
    *("frontdesk.extension", "frontdesk.intake.form", "frontdesk.intake.captcha"),
    *("frontdesk.crm.accounts", "frontdesk.crm.wire", "frontdesk.sandbox"),
)
READS = (*WEB, *CLIENT, *REST, *ROOMS, *SHOWN)
ASKS = ("flask", "wtforms", "limits", "asyncio", "rich", "frontdesk.sandbox")
SPARED = {
    **dict.fromkeys(("--help", "log", "log --json", "show 3f2c", "export", "key new"), READS),
    **dict.fromkeys(("status --json", "journal verify --json", "release --all"), READS),
    **dict.fromkeys(("replay --state failed --dry-run", "replay --state failed"), READS),
    "prune --older-than 9d --dry-run": READS,
    "status": tuple(one for one in READS if one not in SHOWN),  # as a table
    "verify --json": ASKS,
    "consents revoke 2 --email jana@example.com --no-wait": ASKS,
    "courier --help": ASKS,
    "serve --help": ("frontdesk.sandbox",),
}
SCRIPT = """
import sys
from frontdesk.cli import main
try:
    main(sys.argv[1:])
finally:
    print(*sys.modules, file=sys.stderr)
"""


def loaded(*arguments: str) -> set[str]:
    """The modules that a process has in the end that runs a command."""
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode in (0, 1, 2), ran.stderr
    assert "Traceback" not in ran.stderr
    modules = set(ran.stderr.split())
    assert "frontdesk.cli" in modules
    return modules


@pytest.mark.parametrize("command", SPARED)
def test_a_command_loads_what_it_needs(write_config: Callable[..., Path], command: str) -> None:
    modules = loaded("--config", str(write_config()), *command.split())
    assert [one for one in SPARED[command] if one in modules] == []


def test_an_app_does_without_the_sandboxes_and_the_command_line() -> None:
    script = "import sys, frontdesk; frontdesk.create_app; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    modules = told.stdout.split()
    assert "frontdesk.extension" in modules
    spared = ("frontdesk.cli", "frontdesk.sandbox", "apprise", "waitress")
    assert [one for one in spared if one in modules] == []


@pytest.mark.parametrize("name", [*COMMANDS, *ALONE])
def test_the_table_says_of_a_command_what_it_says_itself(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert command.get_short_help_str(limit=1000) == main.table[name].help


def test_a_host_site_has_all_that_it_does_not_do_itself() -> None:
    assert set(main.list_commands(click.Context(main))) == {*COMMANDS, *ALONE}
    assert set(group.list_commands(click.Context(group))) == set(COMMANDS)
