"""An exchange with a mail server, and what its answer, or the lack of one, means.

Source: RFC 5321 (SMTP), 3207 (STARTTLS), 4954 (AUTH), 3463 and 5248 (status codes).
"""

import re
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import NamedTuple, TypeVar

from frontdesk import deadline
from frontdesk.crm.answers import Answers
from frontdesk.crm.mailing.mailboxes import Server
from frontdesk.deadline import OverdueError, in_time, within
from frontdesk.delivery.destination import DeliveryError
from frontdesk.model.exchange import Answer

LINES, LENGTH = 100, 1000  # of one answer, and bytes of each line; twice what RFC 5321 allows
EXCHANGES = 4  # as many times as a server may be silent for `read_timeout` in one session

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
_FIRST_DOT = re.compile(rb"^\.", re.MULTILINE)
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
# "Authentication required", "mechanism too weak", "credentials invalid", "encryption required".
AUTH_REFUSED = frozenset({530, 534, 535, 538})
GOING_DOWN = 421
STORAGE = frozenset({452, 552})
# Whoever is refused so does not exist, or has moved; 5.1.7 and 5.1.8 are about the sender.
_NO_SUCH = re.compile(r"5\.1\.(?![78]\b)\d+|5\.2\.1")
_NO_SUCH_CODES = frozenset({501, 550, 551, 553})

T = TypeVar("T")


class Reply(NamedTuple):
    """What a server answered: a code, and the text without the code."""

    code: int
    text: str

    @property
    def enhanced(self) -> str:
        """The status code of RFC 3463, such as 5.1.1; empty without one."""
        found = _ENHANCED.match(self.text)
        return found[0] if found else ""

    @property
    def status(self) -> str:
        return f"{self.code} {self.enhanced}".strip()

    @property
    def full(self) -> bool:
        """Whether a mailbox, or the server, has no room at the moment."""
        return self.enhanced[2:] in ("2.2", "3.1") if self.enhanced else self.code in STORAGE

    @property
    def no_such_address(self) -> bool:
        """Whether the address is refused for good, and not who sends, or what is sent."""
        if self.enhanced:
            return _NO_SUCH.fullmatch(self.enhanced) is not None
        return self.code in _NO_SUCH_CODES


class NoSuchAddressError(DeliveryError):
    """Every recipient's address is refused for good. `status`: how, as "550 5.1.1"."""

    def __init__(self, message: str, status: str, answer: Answer) -> None:
        super().__init__(message, permanent=True, answer=answer)
        self.status = status


class _BrokenError(Exception):
    """The connection is of no more use; says why."""


class Smtp:
    """One server, with a connection for each message; several threads may use it."""

    def __init__(
        self, server: Server, name: str, *, connect_timeout: float, read_timeout: float
    ) -> None:
        """`name`: what we call ourselves. Times in seconds."""
        self._server = server
        self._name = name
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        both = f"\0{server.user}\0{server.password}"
        secrets = {server.password, *(_base64(text) for text in (both, server.password))}
        self._answers = Answers(secrets if server.password else ())

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Made when needed: it takes 20 ms, and few processes send."""
        return ssl.create_default_context()

    def send(self, sender: str, recipients: Sequence[str], message: bytes) -> Answer:
        """Hand a message in, once. `message`: in lines that end with CRLF, all ASCII.

        Those of several recipients who were refused are named in the answer. Raises DeliveryError.
        """
        return self._in_time(lambda talk: self._send(talk, sender, recipients, message))

    def check(self) -> None:
        """Sign in, and hand nothing in. Raises DeliveryError."""

        def look(talk: "_Talk") -> None:
            self._sign_in(talk)
            self._expect(talk, "NOOP", talk.say("NOOP"))

        self._in_time(look)

    def _in_time(self, work: Callable[["_Talk"], T]) -> T:
        talk = _Talk(self._server.host, self._read_timeout)
        total = self._connect_timeout + EXCHANGES * self._read_timeout
        try:
            return in_time(total, lambda: work(talk))
        except OverdueError:
            why = "it took too long"
        except _BrokenError as error:
            why = str(error)
        except ssl.SSLCertVerificationError as error:
            why = f"its certificate is refused: {error.verify_message}"
        except (OSError, UnicodeError) as error:  # a name of a host may be no name
            why = getattr(error, "strerror", None) or type(error).__name__
        finally:
            talk.close()
        if talk.handed_over:
            message = f"the mail server took the whole message and did not answer ({why})"
            raise DeliveryError(message, unknown=True)
        where = f"{self._server.host}:{self._server.port}"
        raise DeliveryError(f"the mail server {where} cannot be used ({why})")

    def _sign_in(self, talk: "_Talk") -> None:
        talk.connect(self._server.port, self._connect_timeout)
        if self._server.tls == "at once":
            talk.encrypt(self._context)
        self._expect(talk, "the greeting", talk.listen())
        offers = self._hello(talk)
        if self._server.tls == "starttls":
            if "STARTTLS" not in offers:
                raise DeliveryError("the mail server offers no STARTTLS; is smtps:// meant?")
            self._expect(talk, "STARTTLS", talk.say("STARTTLS"))
            talk.encrypt(self._context)
            offers = self._hello(talk)
        if self._server.user:
            self._authenticate(talk, offers.get("AUTH", "").upper().split())

    def _hello(self, talk: "_Talk") -> dict[str, str]:
        """What a server offers, by the keyword."""
        reply = self._expect(talk, "EHLO", talk.say(f"EHLO {self._name}"))
        lines = (line.replace("=", " ", 1).partition(" ") for line in reply.text.split("\n")[1:])
        return {word.upper(): rest for word, _, rest in lines}

    def _authenticate(self, talk: "_Talk", mechanisms: list[str]) -> None:
        user, password = self._server.user, self._server.password
        if "PLAIN" in mechanisms:
            both = _base64(f"\0{user}\0{password}")
            reply = talk.say(f"AUTH PLAIN {both}")
        elif "LOGIN" in mechanisms:
            reply = talk.say("AUTH LOGIN")
            for word in (user, password):
                if reply.code == 334:
                    reply = talk.say(_base64(word))
        else:
            said = "the mail server offers no AUTH with a password; is this its port for clients?"
            raise DeliveryError(said, account=True)
        self._expect(talk, "AUTH", reply)

    def _send(
        self, talk: "_Talk", sender: str, recipients: Sequence[str], message: bytes
    ) -> Answer:
        self._sign_in(talk)
        self._expect(talk, "MAIL", talk.say(f"MAIL FROM:<{sender}>"))
        replies = {each: talk.say(f"RCPT TO:<{each}>") for each in recipients}
        refused = {each: reply for each, reply in replies.items() if reply.code // 100 != 2}
        if len(refused) == len(recipients):
            self._refuse_all(talk, list(refused.values()))
        self._expect(talk, "DATA", talk.say("DATA"), 3)
        taken = self._expect(talk, "the message", talk.hand_over(message))
        lines = [f"{taken.code} {taken.text}"]
        lines += [f"not to {each}: {reply.code} {reply.text}" for each, reply in refused.items()]
        talk.bid_farewell()
        return self._answer(talk, taken.code, "\n".join(lines))

    def _refuse_all(self, talk: "_Talk", replies: list[Reply]) -> None:
        """Raise for the reply that promises most: if one is taken later, the lead has arrived."""
        for reply in replies:
            if reply.code in AUTH_REFUSED or reply.code == GOING_DOWN:
                self._expect(talk, "RCPT", reply)
        later = [reply for reply in replies if reply.code // 100 != 5 or reply.full]
        reply = (later or replies)[0]
        if not later and all(each.no_such_address for each in replies):
            text = "\n".join(f"{each.code} {each.text}" for each in replies)
            answer = self._answer(talk, reply.code, text)
            raise NoSuchAddressError(f"RCPT answered {reply.status}", reply.status, answer)
        self._expect(talk, "RCPT", reply)

    def _expect(self, talk: "_Talk", step: str, reply: Reply, first: int = 2) -> Reply:
        """The reply, if its code begins with this digit; raises DeliveryError."""
        kind, code = reply.code // 100, reply.code
        if kind == first:
            return reply
        answer = self._answer(talk, code, f"{code} {reply.text}")
        message = f"{step} answered {reply.status}"
        # Until the first recipient is named, nothing is about the lead.
        account = step not in ("RCPT", "DATA", "the message")
        if code in AUTH_REFUSED or (kind == 5 and step in ("AUTH", "MAIL")):
            raise DeliveryError(message, permanent=True, account=True, answer=answer)
        if kind == 4 or reply.full:
            account = account or code == GOING_DOWN
            raise DeliveryError(message, account=account, answer=answer)
        if kind == 5:
            raise DeliveryError(message, permanent=not account, account=account, answer=answer)
        raise DeliveryError(message, unknown=talk.handed_over, answer=answer)

    def _answer(self, talk: "_Talk", code: int, text: str) -> Answer:
        return self._answers.kept(code, text, talk.began)


class _Talk:
    """One connection. `handed_over`: a whole message may be with the server."""

    def __init__(self, host: str, timeout: float) -> None:
        self._host, self._timeout = host, timeout
        self._socket: socket.socket | None = None
        self.began = time.monotonic()
        self.handed_over = False

    def connect(self, port: int, timeout: float) -> None:
        # In a thread of its own: nothing can end the look-up of a name.
        opened = within(
            timeout,
            lambda: socket.create_connection((self._host, port), timeout),
            socket.socket.close,
        )
        self._use(opened)
        if limit := deadline.current.get():
            limit.watch(opened)

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Go on over TLS. What the server has said too early is forgotten."""
        connected = self._connected()
        self._reader.close()
        self._use(context.wrap_socket(connected, server_hostname=self._host))

    def _use(self, connected: socket.socket) -> None:
        connected.settimeout(self._timeout)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # each line is waited for
        self._socket, self._reader = connected, connected.makefile("rb")

    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise _BrokenError("there is no connection")
        return self._socket

    def say(self, line: str) -> Reply:
        """Say a line, and return what is answered."""
        if not line.isascii() or not line.isprintable():  # a line feed would begin another command
            raise DeliveryError("an address has a character that no mail server takes")
        self._connected().sendall(f"{line}\r\n".encode())
        return self.listen()

    def hand_over(self, message: bytes) -> Reply:
        """Send a message to its end, and return what is answered."""
        self._connected().sendall(_FIRST_DOT.sub(b"..", message))
        self.handed_over = True
        self._connected().sendall(b".\r\n")
        return self.listen()

    def listen(self) -> Reply:
        """What the server says next."""
        texts: list[str] = []
        while len(texts) < LINES:
            line = self._reader.readline(LENGTH)
            if not line:
                raise _BrokenError("it hung up")
            if not line.endswith(b"\n") or not line[:3].isdigit() or line[3:4] not in b"- \r\n":
                raise _BrokenError("it does not speak SMTP")
            said = line[4:].decode("utf-8", "replace").strip()
            texts.append(_CONTROLS.sub("\ufffd", said))
            if line[3:4] != b"-":
                return Reply(int(line[:3]), "\n".join(texts))
        raise _BrokenError("its answer has no end")

    def bid_farewell(self) -> None:
        """Say that there is nothing more, whatever the server makes of it."""
        with suppress(OSError):
            self._connected().sendall(b"QUIT\r\n")

    def close(self) -> None:
        if self._socket is not None:
            self._reader.close()
            self._socket.close()


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
