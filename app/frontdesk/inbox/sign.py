"""Signing in and out, and what those see who have not."""

from flask import request
from werkzeug.wrappers import Response

from frontdesk.inbox.amend import resumed
from frontdesk.inbox.context import address, desk, visit
from frontdesk.inbox.forms import SignIn
from frontdesk.inbox.onward import amending, asked, before, below, kept, sent
from frontdesk.inbox.pages import _, go, link, render
from frontdesk.inbox.people import Person
from frontdesk.inbox.session import Session
from frontdesk.intake.client import client_address
from frontdesk.intake.context import intake
from frontdesk.intake.limits import rate_key

# Tries, whatever their outcome. One address alone cannot use up what a name has.
PER_ADDRESS = "10/minute; 60/hour"
PER_NAME = "30/minute; 200/hour"


def sign_in_page() -> Response:
    """The page to sign in on."""
    if not desk().access.by_password:
        return needed()
    return _form(200, request.args.get("next", ""), again="again" in request.args)


def sign_in() -> Response:
    """Check a name and a password."""
    here = desk()
    form = SignIn()
    name, password = (form.name.data or "").strip(), form.password.data or ""
    after, is_again = form.next.data, "again" in request.form
    if wait := _wait(name):
        text = _("Somebody has tried too often. Please wait %(seconds)d seconds, then try again.")
        response = _form(429, after, name, text % {"seconds": wait}, again=is_again)
        response.headers["Retry-After"] = str(wait)
        return response
    session = here.access.sign_in(name, password) if form.validate() else None
    if session is None:
        known = name if here.access.knows(name) else None
        here.audit.note("sign-in failed", known, address())
        wrong = _("The name or the password is wrong.")
        return _form(422, after, name, wrong, again=is_again)
    return _let_in(session, after)


def _wait(name: str) -> int | None:
    """Count a try; seconds to wait when it is one too many."""
    key = rate_key(client_address(request, desk().settings.trusted_proxies))
    counted = intake().enquiries.counted
    return counted(PER_ADDRESS, "inbox-address", key) or counted(PER_NAME, "inbox-name", name[:200])


def _let_in(session: Session, after: str | None) -> Response:
    """Begin a session, or go on with the one of somebody who has proved again who it is."""
    here, old = desk(), visit().session
    same = _provable() and (old.name, old.proof) == (session.name, session.proof)
    here.audit.note("sign-in", session.name, address())
    visit().session = here.access.sessions.proved(old) if same else session
    visit().write, visit().who = True, here.access.person(session.name)
    if kept() and (record := amending(after)):
        return resumed(record, kept())
    if pairs := sent():
        shown = render("go_on", action=below(after), sent=pairs)
        return shown if same else go(link("inbox_list"))
    return go(below(after))


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
        return render("message", 401, title=_("Please sign in"), text=text, kept=kept())
    if request.method == "POST":
        return anew()
    return go(link("sign_in_page", {"next": asked()}))


def again() -> Response:
    """What those see who have signed in a while ago, before they do something grave."""
    if request.method == "POST":
        return _form(401, asked(), again=True)
    return go(link("sign_in_page", {"again": 1, "next": asked()}))


def anew() -> Response:
    """Answer what was sent with a session that is over, or with none."""
    if isinstance(who := visit().who, str):
        return _signed_out(who)
    if not desk().access.by_password:
        text = _("The page was open for too long. Go back, load it anew, and try again.")
        return render("message", 401, title=_("Please try again"), text=text, kept=kept())
    text = _("The page was open for too long, or your browser keeps no cookies. Please try again.")
    if kept():
        text = _("You were signed out. What you typed is kept until you have signed in again.")
    return _form(401, request.form.get("next", "") or before(), "", text)


def _signed_out(login: str) -> Response:
    """What was sent to a site around ours after somebody had signed out there."""
    known = {"address": login, "kept": kept()}
    return render("message", 401, title=_("You have signed out"), text="", **known)


def _provable() -> bool:
    """Whether somebody has signed in on a page of ours, and so can do it again."""
    return isinstance(visit().who, Person) and bool(visit().session.proof)


def _form(
    status: int, after: str | None, name: str = "", complaint: str = "", *, again: bool = False
) -> Response:
    """The page to sign in on. `again`: of somebody who is signed in, if anybody is."""
    visit().write = True  # the token on the page belongs to this session
    again = again and _provable()
    return render(
        "sign_in",
        status,
        next=after or "",
        name=visit().session.name if again else name,
        complaint=complaint,
        kept=kept(),
        again=again,
        sent=sent() if again else [],
    )
