"""What runs around every request to the inbox: who may, from where; the headers of the answer."""

from collections.abc import Mapping

from flask import current_app, g, request
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.wrappers import Response

from frontdesk.config import Role
from frontdesk.i18n import N_
from frontdesk.inbox import live
from frontdesk.inbox.context import desk, visit
from frontdesk.inbox.forms import InboxForm
from frontdesk.inbox.language import _
from frontdesk.inbox.pages import go, render
from frontdesk.inbox.people import Person
from frontdesk.inbox.sign_in import asking
from frontdesk.inbox.sign_in.onward import kept
from frontdesk.intake import headers
from frontdesk.intake.client import own_origins
from frontdesk.store.errors import IndexBuildingError, JournalError

_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_NO_SENSE = N_("The server cannot make sense of what was sent.")
_KIND = "application/x-www-form-urlencoded"  # as browsers send our forms; JSON would be read, too


def admit(least: Role | None, *, fresh: bool = False, all_forms: bool = False) -> Response | None:
    """Let a request through to its view, or answer it.

    `least`: the role that the view needs. `fresh`: whether who asks has to have proved lately who
    it is; nobody can do that here for whom a proxy or the host vouches. `all_forms`: whether only
    those may who see the enquiries of all forms.
    """
    here = desk()
    request.max_content_length = here.settings.limits.max_body
    g.frontdesk_inbox = here.access.visit(request)
    if request.method == "POST":
        if not _from_here():
            return _no(403, _("Not from here"), _("This was sent by a page of another site."))
        if request.mimetype != _KIND:
            return _no(415, _("This did not work"), _("Only the forms of these pages are taken."))
        if not InboxForm().validate():
            return asking.anew()
    if least is None:
        return None
    who = visit().who
    if isinstance(who, Person):
        if not who.may(least):
            text = _("Your role does not allow this. Ask whoever looks after Frontdesk.")
            return _no(403, _("Not allowed"), text)
        if all_forms and who.forms is not None:
            text = _("Only somebody who may see all forms may do this.")
            return _no(403, _("Not allowed"), text)
        session = visit().session
        return asking.again() if fresh and session.proof and not session.fresh else None
    if isinstance(who, str) and request.method != "POST":
        return go(who)
    return asking.needed()


def _from_here() -> bool:
    """Whether a page of ours sent this, as far as the browser says.

    Older ones hide the origin, for our pages have no referrer; then the token alone decides.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin in (None, "null") or origin in own_origins(request, desk().settings)


def finish(response: Response) -> Response:
    """Say that nobody may keep, find, frame or extend the answer; keep the session going."""
    set_cookie(response)
    headers.typed(response)
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Permissions-Policy"] = headers.PERMISSIONS
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.uncached(response)
    return headers.readable_only_here(response, desk().settings.public_url or request.host_url)


def set_cookie(response: Response) -> None:
    """Send the session along where it is new, or was last renewed a while ago."""
    found = g.get("frontdesk_inbox")
    if found is None or live.is_poll():
        return
    sessions = desk().access.sessions
    renewed = sessions.renewed(found.session) if found.session.name else None
    if not (found.write or renewed):
        return
    name = desk().access.cookie(request)
    response.set_cookie(
        name,
        sessions.write(renewed or found.session),
        secure=name.startswith("__Host-"),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def http_error(error: HTTPException) -> Response:
    """A calm page for what werkzeug or a view refuses."""
    status = error.code or 500
    if error.response is not None or status < 400:
        return Response.force_type(error.get_response(), request.environ)
    if status == 404:
        text = _("There is nothing at this address, or nothing that you may see.")
        return _no(404, _("Not found"), text)
    if status == 413:
        return _no(413, _("Too much text"), _("What you wrote is too long to be taken."))
    ours = error.description != type(error).description  # werkzeug's texts are in English
    text = error.description if ours and error.description else _NO_SENSE
    response = _no(status, _("This did not work"), _(text), kept())
    for header, value in error.get_headers():
        if header in ("Allow", "Retry-After"):
            response.headers[header] = value
    return response


def broken(error: Exception) -> Response:
    """What our own side cannot do at the moment."""
    if isinstance(error, IndexBuildingError):
        done = round(error.done * 100)
        response = render("building", 503, done=done, kept=kept())
        response.headers["Retry-After"] = "5"
        return response
    current_app.logger.exception("the inbox could not answer a request")
    if isinstance(error, JournalError | OSError):
        text = _("The server cannot read or write its files at the moment. Nothing was changed.")
        return _no(503, _("Out of order"), text, kept())
    text = _("This is a fault of Frontdesk's; its log has more.")
    return _no(500, _("Something broke"), text, kept())


def _no(status: int, title: str, text: str, typed: Mapping[str, str] | None = None) -> Response:
    """A page that says no; `typed`: what nobody is to lose by that."""
    return render("message", status, title=title, text=text, kept=typed)


# For each code too: Flask prefers a host's handler of one code to ours of all exceptions.
KINDS: tuple[type[HTTPException] | int, ...] = (HTTPException, *default_exceptions)
