"""Signing in by a name, a password and perhaps a code; and signing out."""

from flask import request
from werkzeug.wrappers import Response

from frontdesk.inbox.context import address, desk, visit
from frontdesk.inbox.forms import SignIn, SignInCode
from frontdesk.inbox.language import _
from frontdesk.inbox.pages import go, link
from frontdesk.inbox.sign_in.asking import needed
from frontdesk.inbox.sign_in.entrance import let_in, page, refused, too_often


def sign_in_page() -> Response:
    """The page to sign in on."""
    if not desk().access.by_page:
        return needed()
    return page(200, request.args.get("next", ""), again="again" in request.args)


def sign_in() -> Response:
    """Check a name and a password."""
    here, sent = desk(), SignIn()
    name, after, again = (sent.name.data or "").strip(), sent.next.data, bool(sent.again.data)
    if slowed := too_often(name):
        return slowed.on(page(429, after, name, slowed.text, again=again))
    valid, password = sent.validate(), sent.password.data or ""
    entry = here.access.checked(name, password) if valid else None
    if entry is None:
        refused(name)
        wrong = _("The name or the password is wrong.")
        return page(422, after, name, wrong, again=again)
    if entry.totp:
        half = here.access.half(visit().session, entry)
        return page(200, after, again=again, half=half)
    return let_in(here.access.begin(entry), after, again=again)


def sign_in_code() -> Response:
    """Check the code of somebody whose name and password were right just now."""
    here, sent = desk(), SignInCode()
    after, again, half = sent.next.data, bool(sent.again.data), sent.half.data or ""
    entry = here.access.halfway(visit().session, half)
    if entry is None:
        said = _("That took too long. Please begin anew.")
        return page(422, after, "", said, again=again)
    if slowed := too_often(entry.name, code=True):
        return slowed.on(page(429, after, "", slowed.text, again=again, half=half))
    typed = (sent.code.data or "").strip() or (sent.recovery.data or "").strip()
    kind = here.second.take(entry, typed) if sent.validate() else None
    if kind is None:
        refused(entry.name)
        wrong = _("The code is wrong, or it was used already. Wait for the next one.")
        return page(422, after, "", wrong, again=again, half=half)
    if kind == "recovery":
        here.audit.note("recovery code", entry.name, address())
    return let_in(here.access.begin(entry), after, again=again)


def sign_out() -> Response:
    """Forget who somebody is, in this browser."""
    here, session = desk(), visit().session
    if session.name:
        here.audit.note("sign-out", session.name, address())
    visit().session, visit().write = here.access.sessions.begin(), True
    return go(link("sign_in_page"))
