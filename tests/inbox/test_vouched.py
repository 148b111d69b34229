"""Where somebody else says who it is: a trusted proxy, or the site around."""

from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from flask import Flask, Response, jsonify, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect, generate_csrf

from frontdesk import ConfigError, Frontdesk, Person, create_app
from tests.inbox import leads
from tests.inbox.people import HILL, Browser, entry
from tests.support import FORM, Site, open_app

PROXY = {"[limits]": "trusted_proxies = 1\n[limits]"}
HEADER = '[inbox.header]\nname = "X-Remote-User"\n[[inbox.people]]\nname = "eva@example.com"\n'


@pytest.mark.parametrize(
    ("told", "forwarded", "status"),
    [
        ("eva@example.com", "192.0.2.1", 200),
        ("eva@example.com", None, 401),  # it came through no proxy
        ("eva@example.com", "nonsense", 401),
        ("mallory@example.com", "192.0.2.1", 403),
        ("eva@example.com,mallory", "192.0.2.1", 403),
        ("", "192.0.2.1", 401),
        (None, "192.0.2.1", 401),
    ],
)
def test_a_header_is_believed_of_a_proxy_only(
    write_config: Callable[..., Path],
    serve: Callable[[Flask], Site],
    told: str | None,
    forwarded: str | None,
    status: int,
) -> None:
    site = serve(open_app(write_config(FORM + HEADER, **PROXY)))
    headers = {"X-Remote-User": told, "X-Forwarded-For": forwarded}
    known = {name: value for name, value in headers.items() if value is not None}
    browser = Browser(site, **known)
    assert browser.get().status_code == status
    if status == 200:
        assert "eva@example.com" in browser.text
        assert "Sign out" not in browser.text, "that is the proxy's to do"
    browser.http.close()


def test_without_a_header_configured_none_is_believed(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    site = serve(open_app(write_config(FORM + entry("Eva", "act"), **PROXY)))
    browser = Browser(site, **{"X-Remote-User": "Eva", "X-Forwarded-For": "192.0.2.1"})
    assert browser.get(follow=False).status_code == 303
    browser.http.close()


def test_who_comes_by_a_header_acts_as_anybody_does(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    """Also the token of a form is tied to the person, by a session that nobody signs in to."""
    both = HEADER + 'role = "act"\n[[inbox.people]]\nname = "iva@example.com"\nrole = "act"\n'
    site = serve(open_app(write_config(FORM + both, **PROXY)))
    identity = leads.held(site)
    known = {"X-Remote-User": "eva@example.com", "X-Forwarded-For": "192.0.2.1"}
    browser = Browser(site, **known)
    browser.get(str(identity))
    token = browser.token
    other = browser.send(
        f"{identity}/release", version="2", headers={"X-Remote-User": "iva@example.com"}
    )
    assert other.status_code == 401, "the form was somebody else's"
    browser.get(str(identity))
    assert browser.token != token
    browser.send(f"{identity}/release", version="2")
    assert "(eva@example.com (inbox))" in browser.text
    browser.http.close()


HOSTED = "[inbox]\nhost = true\n"


def host_app(config: Path) -> Flask:
    """A site with everything that could come in between."""
    app = Flask("host", static_folder=None)
    app.config.update(SECRET_KEY="the host's own", WTF_CSRF_FIELD_NAME="theirs")
    CSRFProtect(app)
    Limiter(get_remote_address, app=app, default_limits=["5/hour"], storage_uri="memory://")

    def who() -> Person | str | None:
        match session.get("user"):
            case None:
                return "/login"
            case "nobody":
                return None
            case name:
                return Person(name=name, role="act", forms=["riverside"])

    Frontdesk(app, config=config, url_prefix="/enquiry", inbox=who)

    @app.route("/login")
    def login() -> Response:
        if name := request.args.get("name"):
            session["user"] = name
        return jsonify(user=session.get("user"), csrf=generate_csrf())

    return app


@pytest.fixture
def host(write_config: Callable[..., Path], serve: Callable[[Flask], Site]) -> Site:
    return serve(host_app(write_config(FORM + HILL + HOSTED)))


def test_a_site_says_who_it_is(host: Site) -> None:
    browser = Browser(host, prefix="/enquiry")
    asked = browser.get(follow=False)
    assert (asked.status_code, asked.headers["Location"]) == (303, "/login")
    browser.http.get(f"{host.url}/login?name=nobody", timeout=30)
    assert browser.get().status_code == 401
    browser.http.get(f"{host.url}/login?name=Eva", timeout=30)
    for _ in range(7):  # more than the site's own limit
        assert browser.get().status_code == 200
    assert "Eva" in browser.text
    theirs = browser.http.get(f"{host.url}/login", timeout=30).json()
    assert theirs["user"] == "Eva", "the site's own session is as it was"
    browser.http.close()


def test_what_is_done_in_a_site_goes_by_our_own_token(host: Site) -> None:
    identity, hidden = leads.held(host), leads.held(host, form="hill")
    browser = Browser(host, prefix="/enquiry")
    browser.http.get(f"{host.url}/login?name=Eva", timeout=30)
    assert browser.get(str(hidden)).status_code == 404
    browser.get(str(identity))
    assert "Sign out" not in browser.text, "that is the site's to do"
    theirs = browser.http.get(f"{host.url}/login", timeout=30).json()["csrf"]
    form = {"version": "2", "theirs": theirs}
    assert browser.send(f"{identity}/release", csrf_token=theirs, **form).status_code == 401
    browser.get(str(identity))
    token = browser.token
    browser.http.get(f"{host.url}/login?name=Iva", timeout=30)
    assert browser.send(f"{identity}/release", csrf_token=token, **form).status_code == 401
    browser.get(str(identity))
    browser.send(f"{identity}/release", version="2")
    assert "Released:" in browser.text
    assert "(Iva (inbox))" in browser.text
    browser.http.cookies.clear()
    answer: requests.Response = browser.send(f"{identity}/discard", version="3")
    assert answer.status_code == 401
    assert 'href="/login"' in answer.text
    browser.send(f"{identity}/amend", version="3", note="typed for an hour")
    assert "It is not saved." in browser.text
    assert "typed for an hour" in browser.text, "nothing typed is lost"
    assert "jana" not in answer.text
    browser.http.close()


def test_a_person_that_cannot_be_meant_is_none() -> None:
    with pytest.raises(ValueError, match="one of read, act, admin, not 'boss'"):
        Person("Eva", role="boss")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a list of names"):
        Person("Eva", forms="riverside")
    assert not Person("Eva", forms=[]).sees("riverside")
    assert not Person("Eva", forms=["riverside"]).sees(None)


def test_the_site_and_the_configuration_agree(write_config: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError, match=r"inbox\.host: only for a site that says who it is"):
        create_app(write_config(FORM + HOSTED))
    for other in ("", entry("Eva", "act")):
        with pytest.raises(ConfigError, match="write host = true"):
            Frontdesk(Flask("host"), config=write_config(FORM + other), inbox=lambda: None)


@pytest.mark.parametrize("path", ["/inbox", "/inbox?text=eva", "/inbox%3Ftext=eva", "/inbox."])
def test_outside_of_inbox_slash_nothing_is_told(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], path: str
) -> None:
    """A proxy that keeps /inbox/ in, and takes the header out there, has not looked at these."""
    site = serve(open_app(write_config(FORM + HEADER, **PROXY)))
    leads.held(site)
    known = {"X-Remote-User": "eva@example.com", "X-Forwarded-For": "192.0.2.1"}
    address = site.url + path
    for method in ("GET", "HEAD", "POST", "OPTIONS"):
        told = requests.request(method, address, headers=known, allow_redirects=False, timeout=30)
        assert told.status_code in (303, 404, 405)
        assert "Set-Cookie" not in told.headers
        assert "Kovářová" not in told.text
        assert told.headers.get("Location") in (None, "inbox/")
    onward = requests.get(address, headers=known, timeout=30)
    assert onward.status_code == (200 if path.startswith("/inbox?") or path == "/inbox" else 404)
