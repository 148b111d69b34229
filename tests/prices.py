"""A price list on a web server that changes, moves, breaks and lies."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any, BinaryIO

from tests.support import QuietServer

FLATS: list[dict[str, Any]] = [
    {"number": "A.101", "layout": "2+kk", "m2": 54.3, "price": 7_950_000, "status": "available"},
    {"number": "A.102", "layout": "3+kk", "m2": 78.1, "price": 10_900_000, "status": "reserved"},
    {"number": "A.103", "layout": "1+kk", "m2": 33.8, "price": 5_250_000, "status": "sold"},
    {"number": "A.201", "layout": "2+kk", "m2": 54.3, "price": 8_150_000, "status": "available"},
    {"number": "A.202", "layout": "3+kk", "m2": 78.1, "price": 11_200_000, "status": "available"},
    {"number": "A.203", "layout": "2+kk", "m2": 56.0, "price": 8_390_000, "status": "available"},
    {"number": "A.204", "layout": "2+kk", "m2": 61.0, "price": 9_990_000, "status": "available"},
]

COLUMNS = 'unit = "number", rooms = "layout", area = "m2", price = "price", state = "status"'


def units_section(url: str, **more: str) -> str:
    """What a form says of such a source; `more`: other keys in TOML."""
    keys = {"source": '"json"', "url": f'"{url}"', "columns": f"{{ {COLUMNS} }}", **more}
    lines = "\n".join(f"{key} = {value}" for key, value in keys.items())
    return f"\n[forms.riverside.units]\n{lines}\n"


class PriceServer:
    """What it answers next is set by the test; `asked` has what arrived, by its path."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.over = threading.Event()
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body: bytes | Callable[[BinaryIO], None] = b""
        self.list(*FLATS)

    def list(self, *flats: Any) -> None:
        """Answer with these flats, as JSON."""
        self.say(json.dumps(flats).encode(), **{"Content-Type": "application/json"})

    def say(
        self, body: bytes | Callable[[BinaryIO], None] = b"", status: int = 200, **headers: str
    ) -> None:
        """Answer with this, whatever it is."""
        self.body, self.status = body, status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def changed(self, flat: str, **facts: Any) -> None:
        """The flats as at first, one of them changed."""
        self.list(*({**one, **facts} if one["number"] == flat else one for one in FLATS))


@contextmanager
def price_server() -> Iterator[PriceServer]:
    """A running server, on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server.asked.append((self.path, dict(self.headers)))
            body, status, headers = server.body, server.status, server.headers
            if "ETag" in headers and self.headers.get("If-None-Match") == headers["ETag"]:
                body, status = b"", 304
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if callable(body):
                self.send_header("Connection", "close")
                self.end_headers()
                body(self.wfile)
                self.close_connection = True
                return
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = "Content-Length" in headers  # it may be a lie

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Tests have enough to say."""

    with QuietServer(("127.0.0.1", 0), Handler) as running:
        server = PriceServer(running.server_port)
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            running.shutdown()
            thread.join()
