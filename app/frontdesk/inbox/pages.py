"""Templates of the inbox, with what each of them may use; addresses as the browser sees them."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, make_response, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from frontdesk.inbox.context import desk
from frontdesk.inbox.language import _, decimal, language, ngettext
from frontdesk.inbox.people import Person
from frontdesk.inbox.text import clipped, visible
from frontdesk.intake.pages import relative, static_url


def link(view: str, query: dict[str, Any] | None = None, /, **values: Any) -> str:
    """The address of a view of the inbox, as seen from the page."""
    known = {key: value for key, value in (query or {}).items() if value not in (None, "")}
    target = url_for(f"frontdesk_inbox.{view}", **values)
    seen = relative(f"{target}?{urlencode(known)}" if known else target)
    # An empty address would be the page itself, and a mere query one of its own.
    return seen if seen and not seen.startswith("?") else f"./{seen}"


def render(template: str, status: int = 200, **context: Any) -> Response:
    """A page of `templates/frontdesk_inbox/`."""
    visit = g.get("frontdesk_inbox")
    who = visit.who if visit else None
    html = render_template(
        f"frontdesk_inbox/{template}.html",
        _=_,
        ngettext=ngettext,
        language=language(),
        decimal=decimal,
        link=link,
        static_url=static_url,
        said=said,
        moment=moment,
        person=who if isinstance(who, Person) else None,
        leaves=bool(visit and visit.session.proof),
        token=desk().access.sessions.token(visit.session) if visit else "",
        **context,
    )
    return make_response(html, status)


def go(address: str) -> BaseResponse:
    """Send the browser to a page, by GET."""
    return redirect(address, 303)


def said(text: object, most: int = 0) -> Markup:
    """What a stranger wrote, apart from what is around it; clipped to so many characters."""
    shown = visible("" if text is None else str(text))
    return Markup('<bdi dir="auto">{}</bdi>').format(clipped(shown, most) if most else shown)


def moment(at: datetime, form: str = "%Y-%m-%d %H:%M") -> Markup:
    """A time in the zone of the configuration; UTC is at hand in the title."""
    exact = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    local = at.astimezone(desk().zone).strftime(form)
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(exact, local)
