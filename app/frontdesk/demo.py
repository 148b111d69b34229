"""`frontdesk demo`: a made-up housing project, its enquiry forms and a CRM, all on this machine.

Four servers on four ports: the project's own Flask site with the forms dropped in, the forms
standing alone, a landing page of another origin that uses those, and a sandbox CRM.
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
from pathlib import Path
from string import Template
from typing import NamedTuple

import click
from flask import Flask, render_template
from werkzeug.wrappers import Response

from frontdesk.config import Settings, load, localized
from frontdesk.config.links import plain
from frontdesk.crm.realpad.sandbox import Serving, create_sandbox, serve_sandbox
from frontdesk.extension import KINDS, Frontdesk, create_app
from frontdesk.ports import refusal
from frontdesk.resources import folder

HOST = "127.0.0.1"
FORM = "riverside"
ACCOUNT = "sandbox"  # login and password alike


class Flat(NamedTuple):
    """One line of the project's price list: square metres, and a price in CZK."""

    unit: str
    rooms: str
    area: int
    floor: str
    price: int


FLATS = (
    Flat("A.101", "1+kk", 34, "Ground floor, garden", 4_650_000),
    Flat("A.102", "2+kk", 52, "Ground floor, garden", 6_900_000),
    Flat("A.204", "2+kk", 56, "2nd floor, balcony", 7_350_000),
    Flat("B.203", "3+kk", 78, "2nd floor, river view", 9_800_000),
    Flat("B.301", "3+kk", 84, "3rd floor, river view", 10_900_000),
    Flat("C.401", "4+kk", 118, "Top floor, roof terrace", 15_900_000),
)


class Origins(NamedTuple):
    """Where the four servers are; browsers take each of them for a different site."""

    site: str
    leads: str
    landing: str
    sandbox: str

    @classmethod
    def at(cls, port: int) -> "Origins":
        """The origins on this port and the three after it."""
        return cls(*(f"http://{HOST}:{port + n}" for n in range(len(cls._fields))))


@click.command()
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65532),
    help="The first of four ports.",
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
def demo(*, port: int, data_dir: Path, browse: bool) -> None:
    """Show the forms of a made-up housing project at work, with a CRM to deliver to."""
    for each in range(port, port + len(Origins._fields)):
        if refusal(HOST, each):
            raise click.UsageError(f"port {each} is taken; choose another with --port")
    try:
        config = configure(data_dir, Origins.at(port))
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), running(config, port) as origins:
        introduce(origins, config)
        if browse and has_display():
            webbrowser.open(origins.site)
        threading.Event().wait()
    click.echo("Stopped.")


def has_display() -> bool:
    """Whether a browser would have a screen to show itself on."""
    on_a_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform == "darwin" or bool(on_a_screen)


def introduce(origins: Origins, config: Path) -> None:
    click.echo(
        f"Everything at a glance   {origins.site}\n"
        f"The project's own site   {origins.site}/residences\n"
        f"A landing page           {origins.landing}\n"
        f"The form by itself       {origins.leads}/forms/{FORM}\n"
        f"The sandbox CRM          {origins.sandbox}\n"
        f"What came in             {log_command(config)}\n"
        "Ctrl-C stops it all."
    )


def log_command(config: Path) -> str:
    """What lists the demo's enquiries, in another terminal."""
    return f"{Path(sys.argv[0])} --config {config} log"


# -- the configuration -------------------------------------------------------------------------


def configure(directory: Path, origins: Origins) -> Path:
    """Write the demo's frontdesk.toml; the secret key survives. Raises OSError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    template = Template((folder("templates") / "demo/frontdesk.toml").read_text(encoding="utf-8"))
    config = directory / "frontdesk.toml"
    write_private(
        config,
        template.substitute(
            origins._asdict(),
            login=ACCOUNT,
            password=ACCOUNT,
            secret_key=secret_key(directory / "secret_key"),
            units=json.dumps([flat.unit for flat in FLATS]),
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


# -- the four servers --------------------------------------------------------------------------


@contextmanager
def running(config: Path, port: int) -> Iterator[Origins]:
    """Everything at work, until the context ends; deliveries under way are let end then."""
    origins = Origins.at(port)
    settings = load(config, KINDS)
    site = make_site(settings, origins, config)
    leads = create_app(settings)
    with ExitStack() as stack:
        stack.enter_context(serve(make_sandbox(settings), origins.sandbox))
        for app in (site, leads):
            stack.callback(app.extensions["frontdesk"].close)
        for app, origin in (
            (site, origins.site),
            (leads, origins.leads),
            (make_landing(settings, origins), origins.landing),
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


def make_site(settings: Settings, origins: Origins, config: Path) -> Flask:
    """The project's own site, and the page that shows the whole demo."""
    site = make_app("riverside", frames=("'self'", origins.landing, origins.sandbox))
    Frontdesk(site, config=settings, url_prefix="/enquiry")

    @site.get("/")
    def room() -> str:
        return render_template("room.html", origins=origins, log_command=log_command(config))

    @site.get("/residences")
    def residences() -> str:
        return render_template("residences.html", flats=FLATS)

    @site.get("/privacy")
    def privacy() -> str:
        return render_template("privacy.html")

    return site


def make_landing(settings: Settings, origins: Origins) -> Flask:
    """A landing page of another origin, with the form in an iframe and one of its own."""
    landing = make_app(
        "landing",
        frames=(origins.leads,),
        scripts=(origins.leads,),
        connects=(origins.leads,),
        framed_by=origins.site,
    )
    endpoint = f"{origins.leads}/forms/{FORM}"

    @landing.get("/")
    def iframe() -> str:
        return render_template("landing/iframe.html", leads=origins.leads, form=FORM)

    @landing.get("/own-form")
    def own_form() -> str:
        return render_template(
            "landing/own_form.html", endpoint=endpoint, form=settings.forms[FORM], flats=FLATS
        )

    return landing


def make_app(
    name: str,
    *,
    frames: tuple[str, ...],
    scripts: tuple[str, ...] = (),
    connects: tuple[str, ...] = (),
    framed_by: str = "'self'",
) -> Flask:
    """A Flask app with the demo's templates; the origins are all that its pages may use."""
    app = Flask(name, static_folder=folder("static"), template_folder=folder("templates") / "demo")
    policy = "; ".join(
        (
            "default-src 'none'; style-src 'self'; img-src 'self'",
            "worker-src 'self'; base-uri 'none'; form-action 'none'",
            " ".join(("script-src 'self'", *scripts)),
            " ".join(("connect-src", *connects)),
            " ".join(("frame-src", *frames)),
            f"frame-ancestors {framed_by}",
        )
    )

    @app.template_filter()
    def czk(amount: int) -> str:
        return f"{amount:,},CZK".replace(",", "\N{NO-BREAK SPACE}")

    @app.after_request
    def restrict(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    return app
