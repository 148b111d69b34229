"""The command line: `frontdesk`, and the same commands as `flask frontdesk` in a host site."""

from pathlib import Path

import click

from frontdesk.cli.operator import Operator
from frontdesk.cli.table import ALONE, COMMANDS, Group
from frontdesk.config import ConfigError, Settings, find, load
from frontdesk.kinds import KINDS


@click.group(
    cls=Group,
    table={**COMMANDS, **ALONE},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="frontdesk", prog_name="frontdesk")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="The configuration; else FRONTDESK_CONFIG, else ./frontdesk.toml.",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Enquiries from a website to the sales team's CRM, none lost, none twice."""
    path = config or find()
    ctx.obj = Operator(lambda: _loaded(path), path)


def _loaded(path: Path) -> Settings:
    if not path.exists():
        hint = "--config or FRONTDESK_CONFIG says where the configuration is"
        raise ConfigError([f"{path}: No such file or directory; {hint}"])
    return load(path, KINDS)


@click.group(cls=Group, table=COMMANDS, name="frontdesk")
@click.pass_context
def group(ctx: click.Context) -> None:
    """The enquiry forms of this site: list, correct and send again what came in."""
    info = ctx.obj  # flask.cli.ScriptInfo, by which Flask's commands know their app

    def settings() -> Settings:
        extension = info.load_app().extensions.get("frontdesk")
        if extension is None:
            raise click.UsageError("this app has no Frontdesk extension")
        found: Settings = extension.settings
        return found

    ctx.obj = Operator(settings)
