"""Whatever a stranger sends to any route is answered, never with 500, and counted first."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from frontdesk import create_app
from frontdesk.routes import blueprint
from tests.crm.realgeeks.test_webhook import REALGEEKS
from tests.intake.desk import ORCHARD, configuration, journal_of
from tests.intake.wild import BODIES, FORM, OTHERS, PATHS, Wild, ask, listening, request
from tests.support import FORM as RIVERSIDE
from tests.support import METRICS, Site, journal_lines

POST = (
    b"POST /forms/riverside HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\n"
)
VALUES = {"slug": "riverside", "form": "riverside", "filename": "form.css", "name": "logo"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    config = tmp_path_factory.mktemp("wild") / "frontdesk.toml"
    forms = RIVERSIDE.replace('["crm"]', '["crm", "geeks"]') + ORCHARD + REALGEEKS
    config.write_text(configuration(top="trusted_proxies = 1", forms=forms + METRICS))
    return create_app(config)


@pytest.fixture(scope="module")
def port(app: Flask) -> Iterator[int]:
    with listening(app) as port:
        yield port


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Three of everything a minute."""
    config: Path = tmp_path_factory.mktemp("strict") / "frontdesk.toml"
    limits = 'submissions = "3/year"\ntokens = "3/year"'
    forms = RIVERSIDE.replace('["crm"]', '["crm", "geeks"]') + REALGEEKS
    top = "trusted_proxies = 1"
    config.write_text(configuration(top=top, limits=limits, forms=forms))
    with listening(create_app(config)) as port:
        yield port


def routes(app: Flask) -> dict[str, bytes]:
    """A path of every route that there is."""
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("")
        return {
            rule.endpoint: adapter.build(
                rule.endpoint, {name: VALUES[name] for name in rule.arguments}, method=None
            ).encode()
            for rule in app.url_map.iter_rules()
        }


def test_the_routes_are_all_of_ours(app: Flask) -> None:
    bare = Flask("bare", static_folder=None)
    bare.register_blueprint(blueprint())
    ours = {rule.endpoint for rule in bare.url_map.iter_rules()}
    assert set(routes(app)) == {*ours, "index_page"}
    assert len(routes(app)) > 10


def answered(port: int, sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    status, came = ask(port, sent)
    assert 200 <= status < 500, (sent[:200], came[:200])
    if status >= 400 and b"HEAD" not in sent[:5]:
        assert came.partition(b"\r\n\r\n")[2], "it says what is wrong"
    broken = [r for r in caplog.records if r.exc_info or r.levelno >= logging.CRITICAL]
    assert not broken, (sent[:200], broken)


@pytest.mark.parametrize("name", [*BODIES, *OTHERS])
def test_every_route_answers_what_no_client_sends(
    app: Flask, port: int, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    wild = {**BODIES, **OTHERS}[name]
    before = journal_lines(journal_of(Site(app, "")))
    for path in routes(app).values():
        for method in (b"POST", b"GET"):
            answered(port, request(method, path, wild), caplog)
    assert journal_lines(journal_of(Site(app, ""))) == before


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ascii(path)[2:40])
def test_every_path_is_answered(port: int, path: bytes, caplog: pytest.LogCaptureFixture) -> None:
    for method in (b"GET", b"POST", b"HEAD", b"OPTIONS", b"PUT", b"FOO"):
        wild = Wild(kind=FORM, body=b"first_name=Jana") if method == b"POST" else Wild()
        answered(port, request(method, path, wild), caplog)


@pytest.mark.parametrize("name", BODIES)
def test_what_is_wrong_with_an_enquiry_is_counted_first(strict: int, name: str) -> None:
    address = f"2001:db8:{list(BODIES).index(name):x}::1"
    sent = request(b"POST", b"/forms/riverside", BODIES[name], address=address)
    statuses = [ask(strict, sent)[0] for _ in range(5)]
    assert statuses[3:] == [429, 429]
    assert all(400 <= status < 429 for status in statuses[:3]), statuses


@pytest.mark.parametrize("path", [b"/forms/riverside/token", b"/forms/riverside/challenge"])
@pytest.mark.parametrize("name", ["query-odd", "accept", "odd-host"])
def test_tokens_are_counted_however_they_are_asked_for(strict: int, path: bytes, name: str) -> None:
    address = f"2001:db8:ff:{list(OTHERS).index(name):x}{len(path):x}::1"
    sent = request(b"GET", path, OTHERS[name], address=address)
    assert [ask(strict, sent)[0] for _ in range(4)][3] == 429


def test_wrong_signatures_are_counted(strict: int) -> None:
    wrong = BODIES["odd-signature"]
    sent = request(b"POST", b"/hooks/realgeeks/riverside", wrong, address="192.0.2.77")
    assert [ask(strict, sent)[0] for _ in range(5)] == [401, 401, 401, 429, 429]


def test_messages_that_are_too_long_are_counted(strict: int) -> None:
    wild = Wild(headers=b"Content-Length: 2000000\r\n")
    sent = request(b"POST", b"/hooks/realgeeks/riverside", wild, address="192.0.2.78")
    sent += b"x" * 2_000_000
    assert [ask(strict, sent)[0] for _ in range(5)] == [413, 413, 413, 429, 429]


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /nothing HTTP/9.9\r\n\r\n",
        b"GET /forms/riverside HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /forms/riverside HTTP/1.1\r\nHost: x\r\n a\r\n\xff: y\r\n\r\n",
        POST + b"Content-Length: -5\r\n\r\n{}",
        POST + b"Content-Length: 9999999999999\r\n\r\n",
        POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        POST + b"Transfer-Encoding: gzip\r\n\r\n{}",
        POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n",
    ],
    ids=lambda sent: ascii(sent[-24:]),
)
def test_what_is_hardly_http_is_answered(port: int, sent: bytes) -> None:
    assert 400 <= ask(port, sent)[0] < 500
