"""Who may what: every route by every role and form, made from the routing table."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from frontdesk.inbox.people import Person
from frontdesk.inbox.routes import ROUTES, Route
from frontdesk.model import events
from tests.inbox import leads
from tests.inbox.people import PEOPLE, Browser
from tests.support import Site

Browse = Callable[..., Browser]
OF_ONE = [route for route in ROUTES if "<identity>" in route.rule]


def path(route: Route, identity: UUID | str) -> str:
    """The address of a route, below the inbox's root."""
    rule = route.rule.removeprefix("/inbox/").replace("<path:rest>", "no/such/page")
    return rule.replace("<identity>", str(identity))


def ask(browser: Browser, route: Route, identity: UUID | str = "") -> int:
    """Ask for a route as a page of the inbox would, without doing anything to a record."""
    browser.get("sign-in")
    where = path(route, identity)
    asked = browser.get if route.method == "GET" else browser.send
    return asked(where, follow=False).status_code


def test_every_rule_of_the_app_is_in_the_table(inbox: Site) -> None:
    rules = [one for one in inbox.app.url_map.iter_rules() if "inbox" in one.endpoint]
    # These two do nothing.
    rules = [one for one in rules if not one.endpoint.endswith((".not_so", ".inside"))]
    known = {(route.rule, route.method) for route in ROUTES}
    assert {(one.rule, way) for one in rules for way in one.methods or ()} - {
        (rule, "HEAD") for rule, _ in known
    } == known
    assert len({route.view for route in ROUTES}) == len(ROUTES), "each has a role of its own"
    assert all(route.least in ("act", "admin") or route.method == "GET" for route in OF_ONE)


@pytest.mark.parametrize("name", PEOPLE)
def test_every_route_by_every_role_and_form(browse: Browse, inbox: Site, name: str) -> None:
    role, forms = PEOPLE[name]
    person = Person(name, role, forms or None)  # type: ignore[arg-type]
    browser = browse(name)
    for form in ("riverside", "hill"):
        identity = leads.held(inbox, form)
        before = len(leads.store_of(inbox).events(identity))
        for route in OF_ONE:
            status = ask(browser, route, identity)
            if not person.may(route.least or "read") or (route.all_forms and forms):
                assert status == 403, route
            elif not person.sees(form):
                assert status == 404, route
            else:
                assert status in (200, 303, 409, 422), route
        assert len(leads.store_of(inbox).events(identity)) == before, "no version was sent along"
    revoked = events.Revocation(consent=1, destinations=("crm",), by="eva", email="j@example.com")
    leads.put(inbox, revoked)
    assert ask(browser, OF_ONE[0], revoked.id) == (404 if forms else 200)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.rule}")
def test_nobody_sees_anything_before_they_have_signed_in(
    browse: Browse, inbox: Site, route: Route
) -> None:
    identity = leads.held(inbox, first_name="Jaroslava")
    browser = browse()
    status = ask(browser, route, identity)
    if route.least is None:
        assert status in (200, 303, 422, 404)  # there is no provider of sign-ins
    else:
        assert status == (303 if route.method == "GET" else 401)
    assert "Jaroslava" not in browser.page.text
    assert len(leads.store_of(inbox).events(identity)) == 2


@pytest.mark.parametrize(
    "identity",
    ["0" * 8 + "-0000-4000-8000-" + "0" * 12, "nothing", "a" * 36, "%00", "0" * 32, "é" * 36],
)
def test_what_is_not_there_is_calmly_told(browse: Browse, identity: str) -> None:
    browser = browse("admin all")
    for route in OF_ONE:
        assert ask(browser, route, identity) == 404, route
    assert "There is nothing at this address" in browser.text
    assert "To the list" in browser.text


def test_what_is_of_another_form_is_told_like_what_is_not_there(
    browse: Browse, inbox: Site
) -> None:
    browser = browse("admin hill")
    hidden = browser.get(str(leads.held(inbox, "riverside"))).text
    assert hidden == browser.get(str(uuid4())).text
