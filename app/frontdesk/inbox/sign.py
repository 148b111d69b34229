"""Signing in and out, and what those see who have not."""

import re

from flask import request
from werkzeug.wrappers import Response

from frontdesk.inbox.amend import resumed
from frontdesk.inbox.context import address, desk, visit
from frontdesk.inbox.forms import TOKEN, SignIn
from frontdesk.inbox.pages import _, go, link, render
from frontdesk.intake.client import client_address
from frontdesk.intake.context import intake
from frontdesk.intake.limits import rate_key

# Tries, whatever their outcome. One address alone cannot use up what a name has.
PER_ADDRESS = "10/minute; 60/hour"
PER_NAME = "30/minute; 200/hour"
# A page of the inbox, below its root.
_PAGE = re.compile(r"(?:[a-z0-9-]{0,36}(?:/[a-z]{1,20})?)(?:\?[!-~]{0,2000})?")

_AMENDING = re.compile(r"([0-9a-f-]{36})/amend")
_KEPT = "kept."  # in front of the names of what was typed elsewhere


def sign_in_page() -> Response:
    """The page to sign in on."""
    if not desk().access.by_password:
        return needed()
    return _form(200, request.args.get("next", ""))


def sign_in() -> Response:
    """Check a name and a password."""
    here = desk()
    form = SignIn()
    name, password = (form.name.data or "").strip(), form.password.data or ""
    key = rate_key(client_address(request, here.settings.trusted_proxies))
    counted = intake().enquiries.counted
    wait = counted(PER_ADDRESS, "inbox-address", key) or counted(PER_NAME, "inbox-name", name[:200])
    if wait is not None:
        text = _("Somebody has tried too often. Please wait %(seconds)d seconds, then try again.")
        response = _form(429, form.next.data, name, text % {"seconds": wait})
        response.headers["Retry-After"] = str(wait)
        return response
    session = here.access.sign_in(name, password) if form.validate() else None
    if session is None:
        known = name if here.access.knows(name) else None
        here.audit.note("sign-in failed", known, address())
        return _form(422, form.next.data, name, _("The name or the password is wrong."))
    here.audit.note("sign-in", name, address())
    visit().session, visit().write = session, True
    kept, amending = _kept(), _AMENDING.fullmatch(form.next.data or "")
    if kept and amending:
        visit().who = here.access.person(name)
        return resumed(amending[1], kept)
    return go(_below(form.next.data))


def sign_out() -> Response:
    """Forget who somebody is, in this browser."""
    here, session = desk(), visit().session
    if session.name:
        here.audit.note("sign-out", session.name, address())
    visit().session, visit().write = here.access.sessions.begin(), True
    return go(link("sign_in_page"))


def needed() -> Response:
    """What those see who have not signed in, on a page that needs it."""
    here = visit()
    if isinstance(here.who, str):
        return _signed_out(here.who)
    if here.stranger:
        text = _("You are signed in as %(name)s, who is none of the inbox's people.")
        text %= {"name": here.stranger}
        return render("message", 403, title=_("Not allowed"), text=text)
    if not desk().access.by_password:
        text = _("Only people who have signed in may see this.")
        return render("message", 401, title=_("Please sign in"), text=text, kept=_kept())
    if request.method == "POST":
        return anew()
    return go(link("sign_in_page", {"next": _asked()}))


def anew() -> Response:
    """Answer what was sent with a session that is over, or with none."""
    if isinstance(who := visit().who, str):
        return _signed_out(who)
    if not desk().access.by_password:
        text = _("The page was open for too long. Go back, load it anew, and try again.")
        return render("message", 401, title=_("Please try again"), text=text, kept=_kept())
    text = _("The page was open for too long, or your browser keeps no cookies. Please try again.")
    if _kept():
        text = _("You were signed out. What you typed is kept until you have signed in again.")
    return _form(401, request.form.get("next", "") or _asked(), "", text)


def _signed_out(login: str) -> Response:
    """What was sent to a site around ours after somebody had signed out there."""
    known = {"address": login, "kept": _kept()}
    return render("message", 401, title=_("You have signed out"), text="", **known)


def _form(status: int, after: str | None, name: str = "", complaint: str = "") -> Response:
    visit().write = True  # the token on the page belongs to this session
    known = {"next": after or "", "name": name, "complaint": complaint, "kept": _kept()}
    return render("sign_in", status, **known)


def _kept() -> dict[str, str]:
    """What was typed on a page that could not be taken: it goes along until somebody signs in."""
    if request.method != "POST":
        return {}
    sent = request.form
    if (request.endpoint or "").endswith(".inbox_amend"):
        return {name: sent[name] for name in sent if name not in (TOKEN, "version")}
    names = (name for name in sent if name.startswith(_KEPT))
    return {name.removeprefix(_KEPT): sent[name] for name in names}


def _asked() -> str:
    """The page that was asked for, below the inbox's root."""
    rule = request.url_rule
    path = request.path.rpartition("/inbox")[2].lstrip("/") if rule else ""
    query = request.query_string.decode("latin-1") if request.method != "POST" else ""
    return f"{path}?{query}" if query else path


def _below(asked: str | None) -> str:
    """The address of a page of the inbox, which nobody can make lead elsewhere."""
    root = link("inbox_list")
    if not asked or _PAGE.fullmatch(asked) is None or asked.startswith("sign-"):
        return root
    return f"{root}{asked}"
