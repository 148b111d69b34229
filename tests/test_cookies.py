"""Whoever is asked over the network cannot make us carry a cookie from one visitor to the next."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from frontdesk.crm.realpad.api import RealpadApi
from tests.intake import siteverify
from tests.intake.siteverify import VENDORS
from tests.support import QuietServer

ANSWER = b'{"success": true}'


class Baker:
    """A server that sets a cookie with each answer; `got` are the ones that it was sent."""

    def __init__(self) -> None:
        self.got: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append(self.headers["Cookie"])
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(ANSWER)))
                self.send_header("Set-Cookie", "who=jana; Path=/")
                self.end_headers()
                self.wfile.write(ANSWER)

            def log_message(self, *_: object) -> None:
                """Tests have enough to say."""

        self.server = QuietServer(("127.0.0.1", 0), Handler)
        # By name: aiohttp takes no cookies of mere addresses.
        self.url = f"http://localhost:{self.server.server_port}"


@pytest.fixture
def baker() -> Iterator[Baker]:
    running = Baker()
    thread = threading.Thread(target=running.server.serve_forever, args=(0.01,))
    thread.start()
    yield running
    running.server.shutdown()
    thread.join()
    running.server.server_close()


def asking(who: str, url: str, folder: Path) -> Callable[[], object]:
    if who == "realpad":
        api = RealpadApi(f"{url}/ws/v10/", "login", "password")
        return lambda: api.create_lead({"name": "Jana"})
    captcha = siteverify.asking(who, f"{url}/verify", folder)
    return lambda: captcha.verify("response", "", "")


@pytest.mark.parametrize("who", ["realpad", *VENDORS])
def test_no_cookie_is_kept(baker: Baker, who: str, tmp_path: Path) -> None:
    ask = asking(who, baker.url, tmp_path)
    for _ in range(2):
        ask()
    assert baker.got == [None, None]
