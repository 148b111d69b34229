"""A sandbox being served, by a thread of this process or in the foreground."""

from threading import Thread
from types import TracebackType
from typing import Self

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # werkzeug still closes each connection after its response

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: /_sandbox/requests tells."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Begin an answer, without this machine's Date: the CRM has a clock of its own."""
        self.send_response_only(code, message)


class Serving:
    """A sandbox being served by a thread of this process, at `url`, until it is closed."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self._server = make_server(host, port, app, threaded=True, request_handler=_Handler)
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return when it is closed."""
        self._thread.join()

    def close(self) -> None:
        """Stop listening. The app keeps its memory and can be served again, at the same port."""
        self._server.shutdown()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def serve_sandbox(app: Flask, host: str = "127.0.0.1", port: int = 0) -> Serving:
    """Serve in the background; port 0 is any free one, see the result's `url`."""
    return Serving(app, host, port)


def serve_until_interrupted(app: Flask, host: str, port: int) -> None:
    """Serve in the foreground, saying where."""
    with serve_sandbox(app, host, port) as serving:
        print(serving.url, flush=True)
        try:
            serving.wait()
        except KeyboardInterrupt:
            print("Closed.", flush=True)
