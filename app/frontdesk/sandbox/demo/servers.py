"""The demo's servers: the page that shows it all, the sites of examples/, the forms, the CRMs."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

from flask import Flask, send_from_directory
from werkzeug.wrappers import Response

from frontdesk.config import Settings, load, localized
from frontdesk.config.links import plain
from frontdesk.extension import create_app
from frontdesk.inbox.people import Person
from frontdesk.kinds import KINDS
from frontdesk.resources import folder
from frontdesk.sandbox.demo.history import leave
from frontdesk.sandbox.demo.news import News
from frontdesk.sandbox.demo.origins import HOST, Origins
from frontdesk.sandbox.demo.room import make_room, with_policy
from frontdesk.sandbox.realgeeks import app as realgeeks
from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.realpad.flats import FREE, listed
from frontdesk.sandbox.serving import Serving, serve_sandbox

FORM = "riverside"
ACCOUNT = "sandbox"  # login and password alike
OPERATOR = Person("you", role="admin")


@contextmanager
def running(config: Path, port: int, geeks: str | None, frontdesk: str) -> Iterator[Origins]:
    """Everything at work, until the context ends; deliveries under way are let end then.

    `frontdesk`: how its command is called here, up to the name of a command.
    """
    origins = Origins.at(port)
    settings = load(config, KINDS)
    with ExitStack() as stack:
        # First, for the others ask it for its price list as soon as they are there.
        stack.enter_context(serve(make_sandbox(settings), origins.sandbox))
        if geeks:
            stack.enter_context(serve(realgeeks.create_sandbox(ACCOUNT, ACCOUNT), geeks))
        without_inbox = settings.model_copy(update={"inbox": None})
        site = example_site().create_app(without_inbox, framed_by=f"'self' {origins.room}")
        leads = create_app(settings, inbox=lambda: OPERATOR)
        store = leads.extensions["frontdesk"].intake.store
        leave(store, settings.forms[FORM], example_site().FLATS[0].unit)
        news = News(store, frontdesk, f"{origins.leads}/inbox/")
        for app in (site, leads):
            stack.callback(app.extensions["frontdesk"].close)
        for app, origin in (
            (make_room(origins, news, frontdesk, geeks), origins.room),
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
        flats=[
            listed(number, flat.unit, flat.rooms, str(flat.area), str(flat.price), FREE)
            for number, flat in enumerate(example_site().FLATS, 5101)
        ],
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


def example_site() -> ModuleType:
    """examples/site/app.py, which belongs to no package."""
    name = "riverside_site"
    if name not in sys.modules:
        loader = SourceFileLoader(name, str(folder("examples") / "site/app.py"))
        module = sys.modules[name] = ModuleType(name)
        module.__file__ = loader.path  # by which Flask finds its templates
        loader.exec_module(module)
    return sys.modules[name]
