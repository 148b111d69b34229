"""Those who are told: a mail server and a webhook, which can be made to misbehave."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support import QuietServer, free_port


class Webhook:
    """What a `json://` URL leads to. `status` is what it answers; None: nothing, until the end."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.status: int | None = 200
        self.asked = 0
        self.over = threading.Event()
        self.taken: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        """With a secret in its path and another one as its password."""
        return f"json://desk:s3cret-password@127.0.0.1:{self.port}/s3cret-path?rto=2"

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.taken]


@contextmanager
def webhook() -> Iterator[Webhook]:
    """A running webhook."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            hook.asked += 1
            status = hook.status
            if status is None:
                hook.over.wait(30)
                return
            if status == 200:
                hook.taken.append(body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tests have enough to say."""

    with QuietServer(("127.0.0.1", 0), Handler) as server:
        hook = Webhook(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield hook
        hook.over.set()
        server.shutdown()
        thread.join()


class Mailbox:
    """What came by mail."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[EmailMessage] = []

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=desk@example.com&to=ops@example.com"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A running SMTP server."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    yield mailbox
    controller.stop()
