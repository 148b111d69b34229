"""What those see who have to sign in first."""

from flask import request
from werkzeug.wrappers import Response

from frontdesk.inbox.context import desk, visit
from frontdesk.inbox.language import _
from frontdesk.inbox.pages import go, link, render
from frontdesk.inbox.people import Person
from frontdesk.inbox.sign_in.entrance import page
from frontdesk.inbox.sign_in.onward import asked, before, kept, signing_in
from frontdesk.inbox.sign_in.resume import resumed


def needed() -> Response:
    """What those see who have not signed in, on a page that needs it."""
    here = visit()
    if isinstance(here.who, str):
        return _signed_out(here.who)
    if here.stranger:
        text = _("You are signed in as %(name)s, who is none of the inbox's people.")
        text %= {"name": here.stranger}
        return render("message", 403, title=_("Not allowed"), text=text)
    if not desk().access.by_page:
        text = _("Only people who have signed in may see this.")
        return render("message", 401, title=_("Please sign in"), text=text, kept=kept())
    if request.method == "POST":
        return anew()
    return go(link("sign_in_page", {"next": asked()}))


def again() -> Response:
    """What those see who have signed in a while ago, before they do something grave."""
    if request.method == "POST":
        return page(401, asked(), again=True)
    return go(link("sign_in_page", {"again": 1, "next": asked()}))


def anew() -> Response:
    """Answer what was sent with a session that is over, or with none."""
    if isinstance(who := visit().who, str):
        return _signed_out(who)
    after = request.form.get("next", "") or before()
    if isinstance(who, Person) and (writing := resumed(after)):
        return writing  # signed in anew, perhaps in another tab
    if not desk().access.by_page:
        text = _("The page was open for too long. Go back, load it anew, and try again.")
        return render("message", 401, title=_("Please try again"), text=text, kept=kept())
    text = _("The page was open for too long, or your browser keeps no cookies. Please try again.")
    if not signing_in():
        text = _("You were signed out, and nothing was done. Sign in, then do it again.")
    if kept():
        text = _("You were signed out. What you typed is kept until you have signed in again.")
    return page(401, after, "", text)


def _signed_out(login: str) -> Response:
    """What was sent to a site around ours after somebody had signed out there."""
    known = {"address": login, "kept": kept()}
    return render("message", 401, title=_("You have signed out"), text="", **known)
