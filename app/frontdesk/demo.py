"""`frontdesk demo`: a made-up housing project, its enquiry forms and a CRM, all on this machine.

Six servers on six ports: a page that shows it all, the three sites of examples/, the forms
standing alone for two of these, and a sandbox CRM; with --realgeeks a seventh is another CRM.
"""

import json
import os
import secrets
import signal
import sys
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.machinery import SourceFileLoader
from pathlib import Path
from string import Template
from types import ModuleType
from typing import NamedTuple

import click
from flask import Flask, render_template, send_from_directory
from werkzeug.wrappers import Response

from frontdesk.config import Settings, load, localized
from frontdesk.config.links import plain
from frontdesk.crm.realgeeks import sandbox as realgeeks
from frontdesk.crm.realpad.sandbox import create_sandbox
from frontdesk.crm.sandbox import Serving, serve_sandbox
from frontdesk.extension import KINDS, create_app
from frontdesk.ports import refusal
from frontdesk.resources import folder

HOST = "127.0.0.1"
FORM = "riverside"
CAMPAIGN = "utm_campaign=open-day"
ACCOUNT = "sandbox"  # login and password alike
# Browsers tell sites by name, not by port: to these two, the forms are a third party.
ELSEWHERE = {"landing": "localhost", "spa": "localhost"}


class Origins(NamedTuple):
    """Where the servers are, in the order of their ports."""

    room: str
    site: str
    leads: str
    landing: str
    spa: str
    sandbox: str

    @classmethod
    def at(cls, port: int) -> "Origins":
        """The origins on this port and those after it."""
        return cls(
            *(
                f"http://{ELSEWHERE.get(name, HOST)}:{port + n}"
                for n, name in enumerate(cls._fields)
            )
        )


def other_crm(port: int) -> str:
    """Where Real Geeks is, if it is wanted: behind all others."""
    return f"http://{HOST}:{port + len(Origins._fields)}"


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
    with suppress(KeyboardInterrupt), running(config, port, geeks) as origins:
        introduce(origins, config, geeks)
        if browse and has_display():
            webbrowser.open(origins.room)
        threading.Event().wait()
    click.echo("Stopped.")


def has_display() -> bool:
    """Whether a browser would have a screen to show itself on."""
    on_a_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform == "darwin" or bool(on_a_screen)


def introduce(origins: Origins, config: Path, geeks: str | None) -> None:
    other = f"The sandbox Real Geeks   {geeks}\n" if geeks else ""
    click.echo(
        f"Everything at a glance   {origins.room}\n"
        f"A Flask site             {origins.site}\n"
        f"A landing page           {origins.landing}/?{CAMPAIGN}\n"
        f"A single-page app        {origins.spa}/?{CAMPAIGN}\n"
        f"The form by itself       {origins.leads}/forms/{FORM}\n"
        f"The sandbox CRM          {origins.sandbox}\n"
        f"{other}"
        f"What came in             {log_command(config)}\n"
        "Ctrl-C stops it all."
    )


def log_command(config: Path) -> str:
    """What lists the demo's enquiries, in another terminal."""
    return f"{Path(sys.argv[0])} --config {config} log"


# -- the configuration -------------------------------------------------------------------------


def configure(directory: Path, origins: Origins, geeks: str | None = None) -> Path:
    """Write the demo's frontdesk.toml; the secret key survives. Raises OSError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    parts = ["frontdesk.toml", *(["realgeeks.toml"] if geeks else [])]
    texts = [(folder("templates") / "demo" / part).read_text(encoding="utf-8") for part in parts]
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
            units=json.dumps([flat.unit for flat in example_site().FLATS]),
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


# -- the servers -------------------------------------------------------------------------------


@contextmanager
def running(config: Path, port: int, geeks: str | None) -> Iterator[Origins]:
    """Everything at work, until the context ends; deliveries under way are let end then."""
    origins = Origins.at(port)
    settings = load(config, KINDS)
    site = example_site().create_app(settings, framed_by=f"'self' {origins.room}")
    leads = create_app(settings)
    with ExitStack() as stack:
        stack.enter_context(serve(make_sandbox(settings), origins.sandbox))
        if geeks:
            stack.enter_context(serve(realgeeks.create_sandbox(ACCOUNT, ACCOUNT), geeks))
        for app in (site, leads):
            stack.callback(app.extensions["frontdesk"].close)
        for app, origin in (
            (make_room(origins, config, geeks), origins.room),
            (site, origins.site),
            (leads, origins.leads),
            (make_static("landing", origins), origins.landing),
            (make_static("spa", origins), origins.spa),
        ):
            stack.enter_context(serve(app, origin))
        yield origins


def serve(app: Flask, origin: str) -> Serving:
    return serve_sandbox(app, HOST, int(origin.rpartition(":")[2]))


def make_sandbox(settings: Settings) -> Flask:
    """A CRM that knows the consents and the custom attributes that the form asks for."""
    form = settings.forms[FORM]
    return create_sandbox(
        login=ACCOUNT,
        password=ACCOUNT,
        consent_types={
            consent.id: plain(localized(consent.label, "en")) for consent in form.consents
        },
        projects={form.crm["realpad"].project: localized(form.title, "en")},
        attributes={attribute.key: attribute.type for attribute in form.attributes},
    )


def make_room(origins: Origins, config: Path, geeks: str | None) -> Flask:
    """The page that shows the whole demo."""
    room = Flask("room", static_folder=folder("static"), template_folder=folder("templates"))

    @room.get("/")
    def everything() -> str:
        return render_template(
            "demo/room.html",
            origins=origins,
            geeks=geeks,
            campaign=CAMPAIGN,
            log_command=log_command(config),
        )

    shown = " ".join((origins.site, origins.landing, origins.spa, origins.sandbox, geeks or ""))
    return with_policy(
        room,
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none';"
        f" form-action 'none'; frame-ancestors 'none'; frame-src {shown}",
    )


def make_static(name: str, origins: Origins) -> Flask:
    """A static example as any web server would serve it, with the demo's addresses in it."""
    app = Flask(name, static_folder=None)
    addresses = {
        b"https://leads.example.com": origins.leads.encode(),
        b"https://riverside.example.com": origins.site.encode(),
    }

    @app.get("/", defaults={"path": "index.html"})
    @app.get("/<path:path>")
    def file(path: str) -> Response:
        response: Response = send_from_directory(folder("examples") / name, path)
        response.direct_passthrough = False
        text = response.get_data()
        for theirs, ours in addresses.items():
            text = text.replace(theirs, ours)
        response.set_data(text)
        return response

    return with_policy(app, f"frame-ancestors 'self' {origins.room}")


def with_policy(app: Flask, policy: str) -> Flask:
    """Send the policy with every answer."""

    @app.after_request
    def restrict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app


def example_site() -> ModuleType:
    """examples/site/app.py, which belongs to no package."""
    name = "riverside_site"
    if name not in sys.modules:
        loader = SourceFileLoader(name, str(folder("examples") / "site/app.py"))
        module = sys.modules[name] = ModuleType(name)
        module.__file__ = loader.path  # by which Flask finds its templates
        loader.exec_module(module)
    return sys.modules[name]
