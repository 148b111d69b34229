"""Whoever proves who it is comes in: the pages to do it on, the tries, and what comes after it."""

from typing import NamedTuple

from flask import request
from werkzeug.wrappers import Response

from frontdesk.inbox.context import address, desk, visit
from frontdesk.inbox.language import ngettext
from frontdesk.inbox.pages import go, link, render
from frontdesk.inbox.people import Person
from frontdesk.inbox.sign_in.onward import below, kept, sent
from frontdesk.inbox.sign_in.resume import resumed
from frontdesk.inbox.sign_in.session import Session
from frontdesk.intake.client import client_address
from frontdesk.intake.context import intake
from frontdesk.intake.limits import rate_key

# Tries, whatever their outcome. One address alone cannot use up what a name has.
PER_ADDRESS = "10/minute; 60/hour"
PER_NAME = "30/minute; 200/hour"
# Only whoever knows the password gets as far as this; and there are few codes to guess among.
PER_CODE = "5/minute; 20/hour; 50/day"


class Slowed(NamedTuple):
    """A try too many: what to say, and how long to wait until another one (seconds)."""

    text: str
    seconds: int

    def on(self, response: Response) -> Response:
        """Tell programs, too, on an answer."""
        response.headers["Retry-After"] = str(self.seconds)
        return response


def too_often(name: str | None, *, code: bool = False) -> Slowed | None:
    """Count a try for a name, if it is known; None unless it is one too many.

    `code`: it is one at the second step.
    """
    key = rate_key(client_address(request, desk().settings.trusted_proxies))
    counted, kind = intake().enquiries.counted, "code" if code else "name"
    wait = counted(PER_ADDRESS, "inbox-address", key)
    if wait is None and name is not None:
        wait = counted(PER_CODE if code else PER_NAME, f"inbox-{kind}", name[:200])
    if wait is None:
        return None
    text = ngettext(
        "Somebody has tried too often. Please wait %(seconds)d second, then try again.",
        "Somebody has tried too often. Please wait %(seconds)d seconds, then try again.",
        wait,
    )
    return Slowed(text % {"seconds": wait}, wait)


def page(
    status: int,
    after: str | None,
    name: str = "",
    complaint: str = "",
    *,
    again: bool = False,
    half: str = "",
) -> Response:
    """A page to sign in on, with what is to go along.

    `again`: of somebody who is signed in, if anybody is. `half`: what the first step has given to
    somebody who is asked for a code.
    """
    here = desk()
    visit().write = True  # the token on the page belongs to this session
    again = again and provable()
    return render(
        "code" if half else "sign_in",
        status,
        next=after or "",
        name=visit().session.name if again else name,
        complaint=complaint,
        kept=kept(),
        again=again,
        sent=sent() if again else [],
        half=half,
        action=below(after),
        passwords=here.access.asks_password(visit().session.name if again else ""),
        oidc=here.settings.inbox.oidc if here.settings.inbox else None,
    )


def let_in(session: Session, after: str | None, *, again: bool) -> Response:
    """Begin a session, or go on with the one of somebody who has proved `again` who it is."""
    here, old = desk(), visit().session
    same = again and provable() and old.name == session.name
    here.audit.note("sign-in", session.name, address())
    visit().session = here.access.sessions.renewed_by(session, old) if same else session
    visit().write, visit().who = True, here.access.person(session.name)
    if writing := resumed(after):
        return writing
    if pairs := sent():
        shown = render("go_on", action=below(after), sent=pairs)
        return shown if same else go(link("inbox_list"))
    return go(below(after))


def refused(name: str = "") -> None:
    """Write down that somebody was not let in; a name only where somebody has it."""
    here = desk()
    here.audit.note("sign-in failed", name if here.access.knows(name) else None, address())


def provable() -> bool:
    """Whether somebody has signed in on a page of ours, and so can do it again."""
    return isinstance(visit().who, Person) and bool(visit().session.proof)
