"""Pages come compressed, where nothing secret can be beside what the request says."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from flask import Flask, session

from frontdesk import Frontdesk
from tests.intake.desk import configuration, submit
from tests.support import Site

GZIP = {"Accept-Encoding": "gzip"}
PAGES = ["/forms/riverside", "/forms/riverside/thanks", "/forms/orchard?lang=cs", "/"]


def fetch(site: Site, path: str, method: str = "GET", **headers: str) -> requests.Response:
    return requests.request(
        method, site.url + path, headers=headers, timeout=30, stream=True, allow_redirects=False
    )


@pytest.mark.parametrize("path", PAGES)
def test_a_page_comes_compressed(desk: Site, path: str) -> None:
    plain = fetch(desk, path, **{"Accept-Encoding": "identity"})
    packed = fetch(desk, path, **GZIP)
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]
    came = packed.raw.read(decode_content=False)
    if len(plain.content) > 1000:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(came) < len(plain.content) * 0.6
        assert int(packed.headers["Content-Length"]) == len(came)
        assert gzip.decompress(came).startswith(b"<!doctype html>")
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", "*;q=0", ""])
def test_who_does_not_accept_it_gets_it_plain(desk: Site, accepted: str) -> None:
    answer = fetch(desk, "/forms/riverside", **{"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("accepted", ["gzip", "GZIP", "br, gzip;q=0.1", "*", "x-gzip, gzip"])
def test_who_accepts_it_gets_it(desk: Site, accepted: str) -> None:
    answer = fetch(desk, "/forms/riverside", **{"Accept-Encoding": accepted})
    assert answer.headers["Content-Encoding"] == "gzip"


def test_head_is_as_get(desk: Site) -> None:
    path = "/forms/riverside/thanks?theme=dark"
    got, head = fetch(desk, path, **GZIP), fetch(desk, path, "HEAD", **GZIP)
    assert got.headers["Content-Length"] == head.headers["Content-Length"]


def test_what_a_visitor_typed_is_not_compressed(desk: Site) -> None:
    answer = submit(desk, first_name="", headers=GZIP)
    assert answer.status_code == 422
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("known", [{"Cookie": "session=x"}, {"Authorization": "Basic eDp5"}])
def test_what_may_hold_something_of_a_visitors_own_is_not(
    desk: Site, known: dict[str, str]
) -> None:
    assert "Content-Encoding" not in fetch(desk, "/forms/riverside", **GZIP, **known).headers


def test_a_layout_of_the_hosts_may_have_secrets_in_it(
    tmp_path: Path, serve: Callable[[Flask], Site]
) -> None:
    config = tmp_path / "frontdesk.toml"
    config.write_text(configuration())
    layout = tmp_path / "templates/frontdesk/layout.html"
    layout.parent.mkdir(parents=True)
    layout.write_text("<p>{{ session.secret }}</p>{% block content %}{% endblock %}")
    app = Flask("host", template_folder=str(tmp_path / "templates"))
    app.secret_key = "a secret of the host"
    Frontdesk(app, config=config)

    @app.get("/login")
    def login() -> str:
        session["secret"] = "s3cret"
        return ""

    site = serve(app)
    visitor = requests.Session()
    visitor.get(f"{site.url}/login", timeout=30)
    page = visitor.get(f"{site.url}/forms/riverside", headers=GZIP, timeout=30)
    assert "s3cret" in page.text
    assert "Content-Encoding" not in page.headers
    assert fetch(site, "/forms/riverside", **GZIP).headers["Content-Encoding"] == "gzip"
