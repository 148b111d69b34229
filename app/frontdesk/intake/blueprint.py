"""The blueprint and what its views share: the form asked for, language, errors, headers."""

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, request
from prometheus_client.metrics_core import Metric
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.wrappers import Response as BaseResponse

from frontdesk.config import Form, Settings
from frontdesk.i18n import primary
from frontdesk.intake import error_responses, headers
from frontdesk.intake.compression import compress
from frontdesk.intake.pages import settle
from frontdesk.intake.submit import Enquiries
from frontdesk.intake.tally import Tally
from frontdesk.resources import folder
from frontdesk.store.base import Store


class _Blueprint(Blueprint):
    """One that answers at its own addresses only, without sending anybody on from others.

    Werkzeug's redirects are absolute: they have the scheme that a proxy speaks, and whatever host
    the request names.
    """

    def add_url_rule(self, rule: str, *args: Any, **options: Any) -> None:
        super().add_url_rule(rule, *args, merge_slashes=False, **options)


blueprint = _Blueprint(
    "frontdesk",
    __name__,
    template_folder=str(folder("templates")),
)


class Monitor(Protocol):
    """Knows how things stand; the other wing's, so only its face is known here."""

    def collect(self) -> Iterable[Metric]:
        """All metrics."""

    def warnings(self) -> list[str] | None:
        """Codes of what somebody should look at; None when that is not known yet."""


class Intake(NamedTuple):
    """What the views need of the extension that they run under."""

    settings: Settings
    enquiries: Enquiries
    store: Store
    monitor: Monitor
    keepers: frozenset[str]  # the destinations whose CRM keeps consents
    tally: Tally


def intake() -> Intake:
    """That of the app that serves the request."""
    found: Intake = current_app.extensions["frontdesk"].intake
    return found


def configured(slug: str) -> Form:
    """The form of this name; aborts with 404."""
    form = intake().settings.forms.get(slug)
    if form is None:
        abort(404, "There is no such form.")
    return form


def language_of(form: Form, wanted: str) -> str:
    """The visitor's language as far as the form speaks it."""
    wanted = primary(wanted)
    if wanted in form.languages:
        return wanted
    return request.accept_languages.best_match(form.languages) or form.languages[0]


def _asked_form() -> Form | None:
    """The form that the request's address names, if there is one."""
    return intake().settings.forms.get((request.view_args or {}).get("slug", ""))


def _http_error(error: HTTPException) -> BaseResponse:
    return error_responses.from_exception(error, _asked_form())


# For each code too: Flask prefers a host's handler of one code to ours of all exceptions.
_KINDS: tuple[type[HTTPException] | int, ...] = (HTTPException, *default_exceptions)
for _kind in _KINDS:
    blueprint.register_error_handler(_kind, _http_error)


@blueprint.errorhandler(Exception)
def _broken(error: Exception) -> BaseResponse:
    current_app.logger.exception("Frontdesk could not answer a request")
    form = _asked_form()
    if form is not None and request.endpoint == "frontdesk.submit":
        intake().tally.count(form.slug, "broken")
    if isinstance(error, OSError):  # out of file descriptors, say: it may well go better later
        status, said = 503, "The server lacks something that it needs; its log says what."
    else:
        status, said = 500, "Something broke on the server; its log says what."
    return error_responses.respond(status, said, form)


_PUBLIC = frozenset(f"frontdesk.{name}" for name in ("static", "loader", "module"))


@blueprint.after_request
def _finish(response: BaseResponse) -> BaseResponse:
    public_url = intake().settings.public_url
    settle(response, public_url)  # before it is compressed
    compress(headers.typed(response))
    if request.endpoint in _PUBLIC:
        return headers.readable_by_all(response)
    form = _asked_form()
    origin = request.headers.get("Origin")
    if form and origin and form.allows(origin):
        return headers.readable_from(response, origin, preflight=request.method == "OPTIONS")
    own = urlsplit(public_url or request.host_url)
    return headers.readable_only_here(response, f"{own.scheme}://{own.netloc}")
