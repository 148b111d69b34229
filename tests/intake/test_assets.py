"""Scripts and styles as browsers get them."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from flask import Flask

from frontdesk import create_app
from frontdesk.resources import folder
from tests.support import Site

PLAIN = {"Accept-Encoding": "identity"}
GZIP = {"Accept-Encoding": "gzip, br"}


@pytest.fixture
def site(write_config: Callable[..., Path], serve: Callable[[Flask], Site]) -> Site:
    return serve(create_app(write_config()))


def raw(site: Site, path: str, **headers: str) -> tuple[requests.Response, bytes]:
    answer = site.get(path, headers=headers, stream=True)
    return answer, answer.raw.read(decode_content=False)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/embed.js", "text/javascript"),
        ("/static/form.js", "text/javascript"),
        ("/static/form.css", "text/css"),
        ("/static/icon.svg", "image/svg+xml"),
    ],
)
def test_compressed_for_who_can_read_it(site: Site, path: str, kind: str) -> None:
    plain, content = raw(site, path, **PLAIN)
    squeezed, small = raw(site, path, **GZIP)
    for answer in (plain, squeezed):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].partition(";")[0] == kind
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Encoding" not in plain.headers
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small) == content
    assert len(small) < len(content)
    assert plain.headers["ETag"] != squeezed.headers["ETag"]


@pytest.mark.parametrize("headers", [PLAIN, GZIP])
def test_what_the_browser_has_is_not_sent_again(site: Site, headers: dict[str, str]) -> None:
    first, _ = raw(site, "/static/form.js", **headers)
    again, content = raw(
        site, "/static/form.js", **headers, **{"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, content) == (304, b"")
    assert first.headers["Cache-Control"] == "no-cache"


def test_comments_stay_at_home(site: Site) -> None:
    source = (folder("static") / "form.js").read_text(encoding="utf-8")
    comment = source.partition("\n")[0]
    assert comment.startswith("// ")
    assert comment not in site.get("/static/form.js").text
    assert "/*" not in site.get("/static/form.css").text


@pytest.mark.parametrize(
    "name",
    [
        "nothing.js",
        "..%2fpyproject.toml",
        "../pyproject.toml",
        "%00",
        "sandbox",
        "",
        pytest.param("x" * 300, id="a name too long"),
        pytest.param("x/" * 3000, id="a path too long"),
    ],
)
def test_what_there_is_not(site: Site, name: str) -> None:
    assert site.get(f"/static/{name}").status_code == 404
