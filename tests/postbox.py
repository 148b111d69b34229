"""A mail server that really speaks SMTP, with TLS and passwords, and can be made to misbehave."""

import asyncio
import re
import socket
import ssl
import subprocess
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal, NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support import FORM, free_port

USER, PASSWORD = "desk@example.com", "s3cret/of the desk"
SIGNED_IN = "desk%40example.com:s3cret%2Fof%20the%20desk"
# What certain recipients are answered, as a server's rules would have it.
REFUSED = {
    "nobody": "550 5.1.1 <{0}>: no such user here",
    "full": "452 4.2.2 <{0}>: the mailbox is full",
    "fuller": "552 5.2.2 <{0}>: over quota",
    "relay": "554 5.7.1 <{0}>: relay access denied",
}
Cut = Literal["before", "after"]


class Mail(NamedTuple):
    """A mail as it was taken: to whom, and what."""

    sender: str
    to: list[str]
    content: EmailMessage
    raw: bytes

    @property
    def id(self) -> str:
        return str(self.content["Message-ID"])

    def body(self, kind: Literal["plain", "html"] = "plain") -> str:
        part = self.content.get_body((kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


class Postbox:
    """What came in, and what goes wrong with what comes.

    `cut`: hang up before what was sent is kept, or after. `data`: what is answered to a message
    instead of keeping it. `greylisting`: whoever comes for the first time shall come again. Each
    lasts until it is mended.
    """

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.asked: Counter[str] = Counter()
        self.cut: Cut | None = None
        self.data: str | None = None
        self.mail: str | None = None
        self.greylisting = False
        self.password = PASSWORD
        self._seen: set[tuple[str, str]] = set()
        self.changed = threading.Condition()

    def mend(self) -> None:
        """All is well again."""
        self.cut = self.data = self.mail = None
        self.greylisting, self.password = False, PASSWORD

    def note(self, what: str) -> None:
        with self.changed:
            self.asked[what] += 1
            self.changed.notify_all()

    def to(self, address: str) -> list[Mail]:
        return [mail for mail in self.mails if address in mail.to]

    def letters(self, address: str) -> set[str]:
        """The ids of all letters to an address: one that came twice is one."""
        return {mail.id for mail in self.to(address)}

    # -- as aiosmtpd asks

    def authenticate(
        self, _: SMTP, __: Session, ___: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.note(f"AUTH {mechanism}")
        assert isinstance(data, LoginPassword)
        known = (data.login.decode(), data.password.decode())
        return AuthResult(success=known == (USER, self.password), handled=False)

    async def handle_MAIL(  # noqa: N802
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.note("MAIL")
        if self.mail:
            return self.mail
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.note("RCPT")
        triplet = (str(envelope.mail_from), address)
        if self.greylisting and triplet not in self._seen:
            self._seen.add(triplet)
            return "451 4.7.1 greylisted, please come again"
        refusal = REFUSED.get(address.partition("@")[0])
        if refusal is not None:
            return refusal.format(address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _: Session, envelope: Envelope
    ) -> str:
        try:
            if self.data is not None:
                return self.data
            if self.cut != "before":
                self._keep(envelope)
            if self.cut is not None:
                assert server.transport is not None
                server.transport.abort()
                await asyncio.sleep(0)
            return "250 2.0.0 OK: queued"
        finally:
            self.note("DATA")

    def _keep(self, envelope: Envelope) -> None:
        raw = envelope.original_content
        assert raw is not None
        content = message_from_bytes(raw, policy=policy.default)
        assert isinstance(content, EmailMessage)
        self.mails.append(Mail(str(envelope.mail_from), [*envelope.rcpt_tos], content, raw))


class _Controller(Controller):
    def factory(self) -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it does not count TLS that was there from the start
            return super().factory()


class Served(NamedTuple):
    """A running server, and the address by which it is configured."""

    box: Postbox
    url: str
    port: int


@contextmanager
def post_office(
    kind: Literal["plain", "starttls", "tls"] = "plain",
    certificate: Path | None = None,
    *,
    box: Postbox | None = None,
    port: int = 0,
    auth: bool | None = None,
) -> Iterator[Served]:
    """A running server; with TLS it wants its password, unless `auth` says otherwise."""
    box, port = box or Postbox(), port or free_port()
    auth = kind != "plain" if auth is None else auth
    options: dict[str, Any] = {"hostname": "127.0.0.1", "port": port, "server_hostname": "mx.test"}
    if auth:
        options |= {"authenticator": box.authenticate, "auth_required": True}
        options |= {"auth_require_tls": kind == "starttls"}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        options |= {"ssl_context" if kind == "tls" else "tls_context": context}
        options |= {"require_starttls": True} if kind == "starttls" else {}
    controller = _Controller(box, **options)
    controller.start()
    scheme = "smtps" if kind == "tls" else "smtp"
    who = f"{SIGNED_IN}@" if auth else ""
    host = "127.0.0.1" if kind == "plain" else "localhost"
    try:
        yield Served(box, f"{scheme}://{who}{host}:{port}{'?tls=no' * (kind == 'plain')}", port)
    finally:
        controller.stop()


@contextmanager
def rude_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does what `answer` does with a connection, and nothing else; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def work() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                answer(connection)

        thread = threading.Thread(target=work)
        thread.start()
        yield f"smtp://127.0.0.1:{server.getsockname()[1]}?tls=no"
        thread.join()


def self_signed(folder: Path) -> Path:
    """A certificate for localhost that nobody vouches for but itself, with its key."""
    path, other = folder / "localhost.pem", folder / "localhost.crt"
    command = (
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {path} -out {other}"
        " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    path.write_text(path.read_text() + other.read_text())
    return path


def header_lines(mail: Mail) -> list[str]:
    """The names of a mail's headers as they came, to see whether one was slipped in."""
    head = mail.raw.partition(b"\r\n\r\n")[0].decode("ascii")
    return [line.partition(":")[0] for line in re.split(r"\r\n(?![ \t])", head)]


MAIL = """
[destinations.sales]
type = "mail"
url = "{smtp}"
from = "Frontdesk <leads@example.com>"
read_timeout = "20 s"

[forms.riverside.mail]
to = ["sales@example.com"]
"""
CONFIRMATION = """
[destinations.hello]
type = "confirmation"
url = "{smtp}"
from = "Riverside <hello@example.com>"
read_timeout = "20 s"

[forms.riverside.confirmation]
reply_to = "office@example.com"
"""


def with_mail(url: str, *destinations: str, form: str = FORM, more: str = "") -> str:
    """A form that delivers to these, "sales" and "hello" among them; `more`: at the end."""
    named = ", ".join(f'"{name}"' for name in destinations or ("sales", "hello"))
    form = form.replace('destinations = ["crm"]', f"destinations = [{named}]")
    return form + (MAIL + CONFIRMATION).replace("{smtp}", url) + more
