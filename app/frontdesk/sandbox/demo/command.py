"""`frontdesk demo`: writes a configuration and starts everything that it names.

Six servers on six ports: a page that shows it all, the three sites of examples/, the forms
standing alone for two of these, and a sandbox CRM; with --realgeeks a seventh is another CRM.
"""

import os
import secrets
import signal
import sys
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path
from string import Template

import click

from frontdesk.ports import refusal
from frontdesk.sandbox.demo.origins import HOST, Origins, other_crm
from frontdesk.sandbox.demo.room import CAMPAIGN
from frontdesk.sandbox.demo.servers import ACCOUNT, FORM, running

TEMPLATES = Path(__file__).parent / "templates"


@click.command()
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65530),
    help="The first of six ports, or of seven.",
)
@click.option(
    "--data-dir",
    default=Path("var/demo"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the configuration and the journal are kept.",
)
@click.option(
    "--open/--no-open", "browse", default=True, help="Show it in a browser, if there is a display."
)
@click.option("--realgeeks", "both", is_flag=True, help="Deliver to a sandbox of Real Geeks too.")
def demo(*, port: int, data_dir: Path, browse: bool, both: bool) -> None:
    """Show the forms of a made-up housing project at work, with a CRM to deliver to."""
    geeks = other_crm(port) if both else None
    for each in range(port, port + len(Origins._fields) + both):
        if refusal(HOST, each):
            raise click.UsageError(f"port {each} is taken; choose another with --port")
    try:
        config = configure(data_dir, Origins.at(port), geeks)
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    frontdesk = f"{called()} --config {config}"  # for another terminal
    with suppress(KeyboardInterrupt), running(config, port, geeks, frontdesk) as origins:
        introduce(origins, frontdesk, geeks)
        if browse and has_display():
            webbrowser.open(origins.room)
        threading.Event().wait()
    click.echo("Stopped.")


def called() -> str:
    """How this program was started, so that another of its commands can be."""
    program = Path(sys.argv[0])
    return f"{sys.executable} -m frontdesk" if program.name == "__main__.py" else str(program)


def has_display() -> bool:
    """Whether a browser would have a screen to show itself on."""
    on_a_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform == "darwin" or bool(on_a_screen)


def introduce(origins: Origins, frontdesk: str, geeks: str | None) -> None:
    other = f"The sandbox Real Geeks   {geeks}\n" if geeks else ""
    click.echo(
        f"Everything at a glance   {origins.room}\n"
        f"A Flask site             {origins.site}\n"
        f"A landing page           {origins.landing}/?{CAMPAIGN}\n"
        f"A single-page app        {origins.spa}/?{CAMPAIGN}\n"
        f"The form by itself       {origins.leads}/forms/{FORM}\n"
        f"The sandbox CRM          {origins.sandbox}\n"
        f"{other}"
        f"The operators' inbox     {origins.leads}/inbox/\n"
        f"What came in             {frontdesk} log\n"
        "Ctrl-C stops it all."
    )


# -- the configuration -------------------------------------------------------------------------


def configure(directory: Path, origins: Origins, geeks: str | None = None) -> Path:
    """Write the demo's frontdesk.toml; the secret key survives. Raises OSError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    parts = ["frontdesk.toml", *(["realgeeks.toml"] if geeks else [])]
    texts = [(TEMPLATES / part).read_text(encoding="utf-8") for part in parts]
    template = Template("".join(texts))
    config = directory / "frontdesk.toml"
    write_private(
        config,
        template.substitute(
            origins._asdict(),
            login=ACCOUNT,
            password=ACCOUNT,
            secret_key=secret_key(directory / "secret_key"),
            geeks=geeks,
            other=', "geeks"' if geeks else "",
        ),
    )
    return config


def secret_key(path: Path) -> str:
    """The key kept in a file, which is made if need be. Raises OSError."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32))
    return path.read_text(encoding="utf-8").strip()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read. Raises OSError."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
