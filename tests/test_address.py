"""Whose address the CRM is told, whatever stands between the visitor and us."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from werkzeug.serving import make_server

from frontdesk.cli import main
from tests.support import ENQUIRY, eventually, leads, open_app

V4, V6 = "203.0.113.9", "2001:db8::9"


class Way(NamedTuple):
    """How a visitor comes: where we listen, what a proxy adds, and how many are trusted."""

    at: str
    headers: dict[str, str]
    trusted: int
    source: str | None  # what the CRM is told
    noticed: bool = False  # a proxy that the configuration does not mention


WAYS = {
    "directly": Way("127.0.0.1", {}, 0, "127.0.0.1"),
    "directly, IPv6": Way("::1", {}, 0, "::1"),
    "an untrusted proxy": Way("127.0.0.1", {"X-Forwarded-For": V4}, 0, None, noticed=True),
    "one of another kind": Way("127.0.0.1", {"X-Real-IP": V4}, 0, None, noticed=True),
    "one that tells only the scheme": Way(
        "::1", {"X-Forwarded-Proto": "https"}, 0, None, noticed=True
    ),
    "a trusted proxy": Way("127.0.0.1", {"X-Forwarded-For": f"6.6.6.6, {V4}"}, 1, V4),
    "a trusted proxy, IPv6": Way("::1", {"X-Forwarded-For": f"[{V6}]:443"}, 1, V6),
    "a trusted proxy that does not know": Way("::1", {"X-Forwarded-For": "unknown"}, 1, None),
    "a trusted proxy that says nothing": Way("127.0.0.1", {}, 1, None),
    "a Unix socket": Way("unix", {}, 0, None, noticed=True),
    "a Unix socket, untrusted": Way("unix", {"X-Forwarded-For": V4}, 0, None, noticed=True),
    "a Unix socket, trusted": Way("unix", {"X-Forwarded-For": V4}, 1, V4),
}


class UnixConnection(http.client.HTTPConnection):
    """One that knocks at a socket in the file system."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


Connect = Callable[[], http.client.HTTPConnection]


@contextmanager
def listening(config: Path, at: str) -> Iterator[Connect]:
    """The app at an address, and a way to connect to it."""
    path = config.with_name("s")
    app = open_app(config)
    server = make_server(f"unix://{path}" if at == "unix" else at, 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        if at == "unix":
            yield lambda: UnixConnection(path)
        else:
            yield lambda: http.client.HTTPConnection(at, server.server_port, timeout=30)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions["frontdesk"].close()


def ask(connect: Connect, method: str, path: str, *more: Any) -> dict[str, Any]:
    connection = connect()
    connection.request(method, path, *more)
    answer: dict[str, Any] = json.load(connection.getresponse())
    connection.close()
    return answer


@pytest.mark.parametrize("name", WAYS)
def test_the_crm_is_told_the_visitors_address_or_none(
    write_config: Callable[..., Path], crm: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    way = WAYS[name]
    top = f'data_dir = "var"\ntrusted_proxies = {way.trusted}'
    config = write_config(**{'data_dir = "var"': top})
    with listening(config, way.at) as connect:
        token = ask(connect, "GET", "/forms/riverside/token", None, way.headers)["token"]
        body = json.dumps({**ENQUIRY, "token": token})
        sent = {**way.headers, "Content-Type": "application/json"}
        assert "id" in ask(connect, "POST", "/forms/riverside", body, sent)
        [lead] = eventually(lambda: leads(crm))
        assert lead["parameters"].get("consentsource") == way.source

        def warned() -> bool:
            answer = ask(connect, "GET", "/readyz", None, way.headers)
            return "proxies" in answer.get("warnings", ())

        if way.noticed:
            eventually(warned)
        else:
            assert not warned()
    assert ("trusted_proxies is 0" in caplog.text) == way.noticed
    for command in ("status", "check"):
        told = CliRunner().invoke(main, ["--config", str(config), command])
        assert ("trusted_proxies is 0" in " ".join(told.stdout.split())) == way.noticed, command
    assert told.exit_code == int(way.noticed)
    assert V4 not in caplog.text
