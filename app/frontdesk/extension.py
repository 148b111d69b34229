"""Puts the parts together: the Flask extension and the stand-alone app."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import click
from flask import Flask, current_app, request
from flask.cli import NoAppException, ScriptInfo
from flask.globals import request_ctx
from flask.helpers import get_debug_flag
from werkzeug.exceptions import HTTPException
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from frontdesk.config import ConfigError, Settings, find, load
from frontdesk.couriers import CourierThread
from frontdesk.crm.accounts import keepers
from frontdesk.data_dir import open_store
from frontdesk.delivery.courier import DEFAULT, Intervals
from frontdesk.inbox import guard
from frontdesk.inbox.access import Who
from frontdesk.inbox.context import Desk
from frontdesk.inbox.routes import inbox_blueprint
from frontdesk.intake import error_responses, headers, pages, services, views, warming
from frontdesk.intake.client import ProxyWatch, surely_encrypted
from frontdesk.intake.compression import compress
from frontdesk.intake.context import Intake
from frontdesk.intake.own_pages import OwnPages
from frontdesk.intake.revocation import wanted
from frontdesk.intake.submit import Enquiries
from frontdesk.intake.tally import EVERY, Tally
from frontdesk.intake.units import EncodedLists
from frontdesk.kinds import KINDS
from frontdesk.monitoring.monitor import Monitor
from frontdesk.routes import blueprint
from frontdesk.store.base import Store

# What stands in the address of a page as it is: neither a converter of Flask's nor an escape.
_PREFIX = re.compile(r"(?:/[^/<>?#%\s]*)*")


class MisconfiguredError(ConfigError, NoAppException):
    """What a host's `app.py` ends with; Flask's own commands print it without a traceback."""


class AppState:
    """All that one app has of us: `app.extensions["frontdesk"]`."""

    def __init__(
        self,
        settings: Settings,
        intervals: Intervals,
        tally_every: float,
        before: "AppState | None" = None,
        who: Who | None = None,
        *,
        apart: bool = False,
    ) -> None:
        """`before`: whose place it takes, with the same store. `who`: see Frontdesk.

        `apart`: the inbox is served by an app of its own.
        """
        _refuse_unlike(settings, who)
        store: Store = before.intake.store if before else open_store(settings, intake=True)
        self.settings = settings
        self.intake: Intake = Intake(
            settings,
            Enquiries(settings, store, before.intake.enquiries if before else None),
            store,
            Monitor(settings, store),
            frozenset(keepers(settings)),
            Tally(store, tally_every),
            None if settings.templates_dir is None else OwnPages(settings.templates_dir),
            EncodedLists(),
        )
        self.proxies = ProxyWatch(settings)
        self.desk, self.apart = Desk.of(settings, store, who, apart=apart), apart
        inbox = [inbox_blueprint()] if self.desk else []
        self.blueprints = [blueprint(), *([] if apart else inbox)]
        self.beside = [blueprint(services.static), *inbox] if apart else []
        for each in (*self.blueprints, *self.beside):
            each.url_value_preprocessor(_before_all)
        self._courier = CourierThread(settings, store, intervals)
        self._exempt = False

    def start_courier(self) -> None:
        """Start the courier unless it runs; in every process that serves, with its requests."""
        if self.settings.delivery.courier == "inside":
            self._courier.start()

    def rest_courier(self) -> None:
        """Have no courier in this process, which does not serve; those that it forks have one."""
        self._courier.stop()

    def exempt_from_hooks(self, app: Flask) -> None:
        """Exempt our routes from the host's hooks; at the first request all its parts are there."""
        if self._exempt:
            return
        pages.warm_up(app)  # not before, for a host may still add templates of its own
        self._exempt = True
        csrf = app.extensions.get("csrf")
        for each in self.blueprints:
            if csrf is not None:  # a host's CSRFProtect knows nothing of our tokens
                csrf.exempt(each)
            for limiter in app.extensions.get("limiter", ()):
                limiter.exempt(each)

    def leave_to(self, heir: "AppState", emptied: Callable[[], object]) -> None:
        """Close all but the store, which another app has taken over.

        `emptied`: waits until the last request has ended.
        """
        self._courier.end()
        emptied()
        self.intake.tally.stop()
        self.intake.enquiries.leave_to(heir.intake.enquiries)

    def close(self) -> None:
        """Let a delivery under way end, write down what was refused, let go of the journal."""
        self._courier.stop()
        self.intake.tally.stop()
        self.intake.store.close()


class Frontdesk:
    """The extension: `Frontdesk(app, config="frontdesk.toml", url_prefix="/enquiry")`.

    It keeps nothing of an app, so that one object may serve several. `inbox`: with `inbox.host` in
    the configuration, says at each request to the inbox who it is, as a Person; or the address to
    sign in at; or None. `intervals` and `tally_every` are for tests, which cannot wait so long for
    the courier and for the counts of what is refused.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        config: str | Path | Settings | None = None,
        url_prefix: str | None = None,
        inbox: Who | None = None,
        intervals: Intervals = DEFAULT,
        tally_every: float = EVERY,
    ) -> None:
        self._config, self._inbox = config, inbox
        self._intervals, self._tally_every = intervals, tally_every
        self._url_prefix = url_prefix
        if app is not None:
            self.init_app(app)

    def init_app(
        self,
        app: Flask,
        *,
        config: str | Path | Settings | None = None,
        url_prefix: str | None = None,
    ) -> None:
        """Mount the forms on a Flask app; raises ConfigError.

        What is not given here is what the extension was made with. Raises TypeError, ValueError
        for an app or a prefix that cannot be meant.
        """
        prefix = self._url_prefix if url_prefix is None else url_prefix
        _check_host(app, prefix)
        settings, who = _settings(config or self._config), self._inbox
        state = AppState(settings, self._intervals, self._tally_every, who=who)
        _mount(app, state, prefix)

    def revoke_consent(self, consent: int, *, by: str, **whose: str | int | UUID | None) -> UUID:
        """Have a consent revoked, as the current app is configured; the revocation's id.

        `whose`: exactly one of `email`, `customer` and `submission`; also `notes`, `destination`.
        It is durable then, and delivered by the courier. Raises RevocationError, a ValueError, for
        what cannot be meant, and JournalError when it cannot be written down.
        """
        here = current_app.extensions["frontdesk"].intake
        names = [name for name in here.settings.destinations if name in here.keepers]
        told = {name: value for name, value in whose.items() if value is not None}
        revocation = wanted({**told, "consent": consent}, names, by)
        here.store.append(revocation)
        return revocation.id


def _check_host(app: object, prefix: object) -> None:
    """Raise TypeError or ValueError for what forms cannot be mounted on; nothing is open yet."""
    if not isinstance(app, Flask):
        raise TypeError(f"Frontdesk is mounted on an app of Flask, not on {type(app).__name__}")
    if "frontdesk" in app.extensions:
        raise ValueError("this app has a Frontdesk already; one configuration has many forms")
    if prefix is not None and not (isinstance(prefix, str) and _PREFIX.fullmatch(prefix)):
        raise ValueError(f'url_prefix is a path such as "/enquiry", not {prefix!r}')


def _mount(app: Flask, state: AppState, prefix: str | None) -> None:
    for each in state.blueprints:
        app.register_blueprint(each, url_prefix=prefix)
    app.extensions["frontdesk"] = state
    if _serves():
        warming.warm_up(state.intake.enquiries)
        state.start_courier()


def _settings(config: str | Path | Settings | None) -> Settings:
    if isinstance(config, Settings):
        return config
    if not isinstance(config, str | os.PathLike | None):
        raise TypeError(f"config is the path of a file, not of the type {type(config).__name__}")
    try:
        return load(Path(config) if config else find(), KINDS)
    except ConfigError as error:  # where it was found out helps nobody
        raise MisconfiguredError(error.problems) from None


def _refuse_unlike(settings: Settings, who: Who | None) -> None:
    """Raise MisconfiguredError where the app and the configuration differ in who says who it is."""
    by_host = settings.inbox is not None and settings.inbox.host
    if by_host and who is None:
        said = "only for a site that says who it is, with Frontdesk(app, inbox=who)"
        raise MisconfiguredError([f"inbox.host: {said}"])
    if who is not None and not by_host:
        said = "the site says who it is, with Frontdesk(app, inbox=who); write host = true"
        raise MisconfiguredError([f"inbox.host: {said}"])


def _before_all(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Runs before the host's own hooks."""
    state: AppState = current_app.extensions["frontdesk"]
    state.start_courier()
    state.proxies.look(request)
    state.exempt_from_hooks(current_app)


def _serves() -> bool:
    """Whether this process may serve: not another `flask` command, not a reloader's watcher."""
    context = click.get_current_context(silent=True)
    if context is None or context.find_object(ScriptInfo) is None:
        return True
    reloads = context.params.get("reload")
    if reloads is None:
        reloads = get_debug_flag()
    watches = reloads and os.environ.get("WERKZEUG_RUN_MAIN") != "true"
    return context.info_name == "run" and not watches


def _alone(response: Response) -> Response:
    """What holds for all of a host that is ours; in a host site, that is for the site to say."""
    settings: Settings = current_app.extensions["frontdesk"].settings
    if surely_encrypted(request, settings):
        headers.encrypted(response)
    return compress(headers.typed(response))


def create_app(
    config: str | Path | Settings | None = None,
    *,
    intervals: Intervals = DEFAULT,
    tally_every: float = EVERY,
    before: Flask | None = None,
    apart: bool = False,
    inbox: Who | None = None,
) -> Flask:
    """A Flask app that serves nothing but the forms and the inbox; raises ConfigError.

    `before`: an app of this kind whose place it is to take, with the same `data_dir`: they share
    the store, and how often whom was seen. `apart`: the inbox is left to an `inbox_app`. `inbox`:
    see Frontdesk.
    """
    app = _own_app()
    known = before.extensions["frontdesk"] if before else None
    state = AppState(_settings(config), intervals, tally_every, known, inbox, apart=apart)
    _mount(app, state, None)
    app.add_url_rule("/", view_func=views.index_page)
    pages.warm_up(app)
    return app


def inbox_app(app: Flask) -> Flask:
    """A Flask app that serves the inbox of an app that was made `apart` from it, and no form."""
    state: AppState = app.extensions["frontdesk"]
    beside = _own_app()
    for each in state.beside:
        beside.register_blueprint(each)
    beside.extensions["frontdesk"] = state
    beside.add_url_rule("/", "to_inbox", lambda: redirect("inbox/", 303))
    pages.warm_up(beside)
    return beside


def _own_app() -> Flask:
    """A Flask app that is no host's, with nothing in it yet."""
    # Our templates are those of the blueprints, after an operator's own.
    app = Flask("frontdesk", static_folder=None, template_folder=None)
    app.register_error_handler(HTTPException, _unmatched)
    app.after_request(_alone)
    return app


def _unmatched(error: HTTPException) -> Response:
    """Answer at an address that there is not; where the inbox is, as the inbox does."""
    state: AppState = current_app.extensions["frontdesk"]
    ours = state.apart or request.path.startswith("/inbox/")
    # Without an adapter the host that was asked for is none, and no page can have addresses.
    if ours and "frontdesk_inbox" in current_app.blueprints and request_ctx.url_adapter:
        return guard.finish(guard.http_error(error))
    return error_responses.from_exception(error)
