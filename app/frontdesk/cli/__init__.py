"""The command line: `frontdesk`, and the same commands as `flask frontdesk` in a host site."""

from importlib.metadata import version
from pathlib import Path

import click
from flask.cli import ScriptInfo

from frontdesk.cli.act import amend, release, replay
from frontdesk.cli.consents import consents
from frontdesk.cli.crm import check, crm_group, verify
from frontdesk.cli.journal import journal
from frontdesk.cli.keep import export, prune
from frontdesk.cli.key import key
from frontdesk.cli.look import log, show
from frontdesk.cli.notify import notify
from frontdesk.cli.operator import Group, Operator
from frontdesk.cli.person import person
from frontdesk.cli.run import courier, serve
from frontdesk.cli.status import status_command
from frontdesk.config import Settings, find, load
from frontdesk.extension import KINDS
from frontdesk.sandbox.demo.command import demo

COMMANDS = (
    *(amend, check, consents, courier, crm_group, export, journal, key, log, notify, person),
    *(prune, release, replay, show, status_command, verify),
)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("frontdesk"), prog_name="frontdesk")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The configuration; else FRONTDESK_CONFIG, else ./frontdesk.toml.",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Enquiries from a website to the sales team's CRM, none lost, none twice."""
    path = config or find()
    ctx.obj = Operator(lambda: load(path, KINDS), path)


@click.group(cls=Group, name="frontdesk")
@click.pass_context
def group(ctx: click.Context) -> None:
    """The enquiry forms of this site: list, correct and send again what came in."""
    info = ctx.ensure_object(ScriptInfo)

    def settings() -> Settings:
        extension = info.load_app().extensions.get("frontdesk")
        if extension is None:
            raise click.UsageError("this app has no Frontdesk extension")
        found: Settings = extension.settings
        return found

    ctx.obj = Operator(settings)


for command in COMMANDS:
    main.add_command(command)
    group.add_command(command)
main.add_command(serve)
main.add_command(demo)
