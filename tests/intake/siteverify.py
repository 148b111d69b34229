"""A vendor's siteverify at the wire: it answers as the real one does, and worse."""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from frontdesk.intake.captcha import Captcha, build
from frontdesk.intake.sections import SECTIONS, VendorSection
from frontdesk.store.files.store import FileStore
from tests.support import QuietServer

VENDORS = {name: each for name, each in SECTIONS.items() if issubclass(each, VendorSection)}
JSON, HTML = "application/json", "text/html"
# By the response that is asked about: status, type and body (bytes as they are).
Answers = Mapping[str, tuple[int, str, Any]]
YES = (200, JSON, {"success": True})


def named(passes: Answers, fails: Answers, outages: Answers) -> Answers:
    """Answers under the names `pass:…`, `fail:…` and `outage:…`."""
    kinds = (("pass", passes), ("fail", fails), ("outage", outages))
    return {f"{kind}:{name}": answer for kind, found in kinds for name, answer in found.items()}


class SiteVerify:
    """A running stand-in; `asked` are the forms that it was sent."""

    def __init__(self, answers: Answers, spent: str) -> None:
        self.asked: list[dict[str, str]] = []
        self.connections = 0
        self.over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                outer.connections += 1

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
                seen = [earlier["response"] for earlier in outer.asked]
                outer.asked.append(form)
                response = form["response"]
                if response in ("hang", "cut"):
                    self.close_connection = True
                    if response == "hang":
                        outer.over.wait(60)
                    return
                status, kind, body = answers.get(response, YES)
                if response.startswith("once") and response in seen:
                    status, kind, body = 200, JSON, {"success": False, "error-codes": [spent]}
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Tests have enough to say."""

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/siteverify"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def asking(
    provider: str, url: str, folder: Path, *, secret: str = "s", timeout: str = "30 s"
) -> Captcha:
    """A captcha that asks at this address; an outage is told to others in the folder."""
    section = VENDORS[provider](
        provider=provider, sitekey="k", secret=secret, verify_url=url, timeout=timeout
    )
    return build(section, [], FileStore(folder))
