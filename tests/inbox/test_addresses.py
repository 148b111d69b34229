"""Addresses and methods that there are not, below the inbox's: told as the inbox tells things."""

import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask

from frontdesk import Frontdesk, Person
from tests.inbox.people import Browser
from tests.support import FORM, Site

ID = "0" * 8 + "-0000-4000-8000-" + "0" * 12
# A method, a path, the status, and what is allowed there.
REFUSED = [
    ("POST", "", 405, {"GET", "HEAD"}),
    ("DELETE", "", 405, {"GET", "HEAD"}),
    ("OPTIONS", "", 405, {"GET", "HEAD"}),
    ("PUT", "sign-in", 405, {"GET", "HEAD", "POST"}),
    ("POST", ID, 405, {"GET", "HEAD"}),
    ("PATCH", f"{ID}/send", 405, {"GET", "HEAD", "POST"}),
    ("POST", "nowhere", 405, {"GET", "HEAD"}),
    ("POST", "nowhere/at/all", 405, {"GET", "HEAD"}),
    ("TRACE", "nowhere", 405, {"GET", "HEAD"}),
]


def quiet(answer: requests.Response) -> None:
    """As every answer of the inbox: kept by nobody, found by nobody."""
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(("method", "path", "status", "allowed"), REFUSED)
def test_what_cannot_be_done_is_told(
    browse: Callable[..., Browser], method: str, path: str, status: int, allowed: set[str]
) -> None:
    for browser in (browse(), browse("admin all")):
        answer = browser.http.request(method, browser.root + path, timeout=30)
        assert answer.status_code == status
        assert set(answer.headers["Allow"].split(", ")) == allowed
        assert "This did not work" in answer.text
        quiet(answer)


def test_in_a_site_of_somebodys_it_is_the_same(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    app = Flask("host", static_folder=None)
    config = write_config(FORM + "[inbox]\nhost = true\n")
    Frontdesk(app, config=config, url_prefix="/enquiry", inbox=lambda: Person("Eva"))
    browser = Browser(serve(app), prefix="/enquiry")
    for method, path, status, allowed in REFUSED:
        answer = browser.http.request(method, browser.root + path, timeout=30)
        assert answer.status_code == status, (method, path)
        assert set(answer.headers["Allow"].split(", ")) == allowed
        quiet(answer)
    browser.http.close()


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET /inbox//x", 404),
        ("PROPFIND /inbox/", 405),
        ("FOO /inbox/nowhere", 405),
    ],
)
def test_odd_requests_are_told_alike(inbox: Site, line: str, status: int) -> None:
    port = urlsplit(inbox.url).port
    with socket.create_connection(("127.0.0.1", port or 0), timeout=60) as connection:
        connection.sendall(f"{line} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head = answer.partition(b"\r\n\r\n")[0].decode()
    assert f" {status} " in head.splitlines()[0]
    assert "Cache-Control: no-store" in head
    assert "X-Robots-Tag: noindex, nofollow" in head


def test_elsewhere_the_app_answers_for_itself(inbox: Site) -> None:
    for path in ("/inboxes", "/nowhere"):
        answer = inbox.get(path)
        assert answer.status_code == 404
        assert "X-Robots-Tag" not in answer.headers
