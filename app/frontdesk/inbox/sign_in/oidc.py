"""Signing in at a provider of OpenID Connect: there, and back again."""

import hmac
import logging
import time
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from frontdesk.config import InboxOidc
from frontdesk.inbox.context import desk
from frontdesk.inbox.language import _
from frontdesk.inbox.pages import go, link, render
from frontdesk.inbox.sign_in.entrance import let_in, provable, refused, too_often
from frontdesk.inbox.sign_in.openid import LEEWAY, AwayError, Errand, Provider, RefusedError
from frontdesk.intake.client import surely_encrypted

log = logging.getLogger("frontdesk.inbox")

_LONGEST = 1500  # characters of a page's address: a cookie has to hold it


class _Way(NamedTuple):
    """What a browser keeps while somebody is at the provider."""

    errand: Errand
    after: str
    again: bool  # somebody who is signed in has to prove it
    beside: bool  # in a tab of its own: what was typed waits in another one
    begun: int


def sign_in_oidc() -> Response:
    """Send the browser to the provider."""
    provider, _oidc = _configured()
    again, beside = "again" in request.args and provable(), "beside" in request.args
    after = request.args.get("next", "")
    way = _Way(Errand.new(), after[:_LONGEST], again, beside, int(time.time()))
    try:
        there = provider.address(way.errand, _back(), again=again)
    except AwayError as error:
        return _away(error)
    response = go(there)
    response.set_cookie(_cookie(), _sealed(way), **_kind(), httponly=True, samesite="Lax")
    return response


def sign_in_back() -> Response:
    """Take whoever comes back from the provider."""
    provider, oidc = _configured()
    response = _came_back(provider, oidc)
    response.delete_cookie(_cookie(), **_kind(), httponly=True, samesite="Lax")
    return response


def _came_back(provider: Provider, oidc: InboxOidc) -> Response:
    if slowed := too_often(None):
        return slowed.on(_no(429, _("Please wait"), slowed.text))
    way = _way()
    state = request.args.get("state", "")
    if way is None or not hmac.compare_digest(way.errand.state.encode(), state.encode()):
        refused()
        text = _("That took too long, or it was begun in another browser. Please begin anew.")
        return _no(422, _("Please sign in again"), text)
    code = request.args.get("code", "")
    if "error" in request.args or not code:
        refused()
        text = _("You were not signed in: that was cancelled, or you may not use this.")
        return _no(403, _("Not signed in"), text)
    try:
        if "iss" in request.args and not provider.is_issuer(request.args["iss"]):
            raise RefusedError("another issuer sent the browser back")
        claims = provider.claims(code, way.errand, _back())
    except AwayError as error:
        return _away(error)
    except RefusedError as error:
        log.warning("the provider of sign-ins is not believed: %s", error)
        return _disbelieved()
    return _known(claims, oidc, way)


def _known(claims: dict[str, Any], oidc: InboxOidc, way: _Way) -> Response:
    """Take somebody of whom the provider says this."""
    name, when = claims.get(oidc.claim), claims.get("auth_time")
    if not isinstance(name, str) or not 1 <= len(name) <= 200:
        log.warning("the provider of sign-ins does not say %s of somebody", oidc.claim)
        return _disbelieved()
    if oidc.claim == "email" and oidc.verified and claims.get("email_verified") is not True:
        refused(name)
        text = _("Your address %(name)s is not verified where you have signed in.")
        return _no(403, _("Not allowed"), text % {"name": name})
    # As a float only once it is sure to be one: JSON has whole numbers of any length.
    proved = float(min(time.time(), max(0, when))) if isinstance(when, int | float) else None
    if way.again and proved is not None and proved < way.begun - LEEWAY:
        refused(name)
        text = _(
            "You were not asked to sign in again where you are signed in. Sign out there first."
        )
        return _no(403, _("Not signed in"), text)
    session = desk().access.begin_by_provider(name, proved)
    if session is None:
        refused()
        text = _("You are signed in as %(name)s, who is none of the inbox's people.")
        return _no(403, _("Not allowed"), text % {"name": name})
    response = let_in(session, way.after, again=way.again)
    if way.beside:
        text = _("Thank you. Close this tab, and go on in the one where you were.")
        return render("message", title=_("Signed in"), text=text)
    return response


def _disbelieved() -> Response:
    refused()
    text = _(
        "What was said of you where you have signed in cannot be trusted, so you are not signed in"
        " here. Tell whoever looks after Frontdesk; its log says more."
    )
    return _no(403, _("Not signed in"), text)


def _away(error: AwayError) -> Response:
    log.warning("the provider of sign-ins cannot be asked: %s", error)
    text = _("Where you sign in does not answer at the moment. Please try again in a minute.")
    return _no(503, _("Out of order"), text)


def _no(status: int, title: str, text: str) -> Response:
    there = link("sign_in_page")
    return render("message", status, title=title, text=text, address=there)


def _configured() -> tuple[Provider, InboxOidc]:
    inbox, provider = desk().settings.inbox, desk().provider
    if inbox is None or inbox.oidc is None or provider is None:
        abort(404)
    return provider, inbox.oidc


def _back() -> str:
    """The address that browsers come back to, which the provider has to know."""
    inbox, settings = desk().settings.inbox, desk().settings
    if inbox and inbox.oidc and inbox.oidc.redirect_uri:
        return inbox.oidc.redirect_uri
    path = url_for("frontdesk_inbox.sign_in_back")
    if public := settings.public_url.rstrip("/"):
        prefix = urlsplit(public).path
        return (
            public.removesuffix(prefix) + path if path.startswith(f"{prefix}/") else public + path
        )
    scheme = "https" if surely_encrypted(request, settings) else request.scheme
    return f"{scheme}://{request.host}{path}"


def _cookie() -> str:
    return f"{desk().access.cookie(request)}-oidc"


def _kind() -> dict[str, Any]:
    return {"path": "/", "secure": _cookie().startswith("__Host-")}


def _sealed(way: _Way) -> str:
    flags = [str(int(way.again)), str(int(way.beside)), str(way.begun)]
    return desk().access.sessions.sealed("oidc", [*way.errand, way.after, *flags])


def _way() -> _Way | None:
    match desk().access.sessions.unsealed("oidc", request.cookies.get(_cookie(), "")):
        case [state, nonce, verifier, after, again, beside, begun]:
            errand = Errand(state, nonce, verifier)
            return _Way(errand, after, again == "1", beside == "1", int(begun))
    return None
