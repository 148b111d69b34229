"""Messages to people, by whatever an Apprise URL leads to: mail, a chat, a webhook."""

import logging
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from frontdesk.deadline import OverdueError, within
from frontdesk.forks import weakly

if TYPE_CHECKING:
    from apprise import NotifyBase

PATIENCE = 60.0  # seconds that a receiver gets, whatever it does
READ_TIMEOUT = 20.0  # seconds without a byte; Apprise's four make many a slow service a failed one

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,31})://", re.IGNORECASE)
_STATUS = re.compile(r"\berror=(\d{3})\b")
_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


class MessageError(Exception):
    """A message was not taken, as far as anybody knows; says why without any secret."""


class _Discretion(logging.Filter):
    """Keeps what is said during our own calls out of every log: it may name secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        heard = _heard.get()
        if heard is None:  # the host site's own use of the same library
            return True
        heard.append(record.getMessage())
        return False


_DISCRETION = _Discretion()


@contextmanager
def _discreetly() -> Iterator[list[str]]:
    """What libraries say while they handle a URL, instead of their saying it to the log."""
    # Apprise says everything at its lowest level; urllib3 names the paths, which for many
    # services are the secret.
    for name in ("apprise", "urllib3.connectionpool"):
        logging.getLogger(name).addFilter(_DISCRETION)
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def _service(url: str) -> "NotifyBase":
    """Apprise's own object for a URL; raises ValueError, which names no more than the scheme."""
    # Only where it is used: it takes 50 ms and 10 MB.
    from apprise import Apprise, AppriseAsset

    scheme = _SCHEME.match(url)
    if scheme is None:
        raise ValueError('not an Apprise URL, which begins like "mailtos://"')
    asset = AppriseAsset(
        app_id="Frontdesk",
        app_desc="Frontdesk",
        # In our own thread, within our own limit: a process waits for Apprise's threads to end.
        async_mode=False,
        service_timeout=0,
        http_redirects=False,  # would carry secrets elsewhere
        image_url_mask="",
        image_url_logo="",
    )
    with _discreetly():
        try:
            service = Apprise.instantiate(url, asset=asset)
        except Exception:  # noqa: BLE001 - each service has its own kinds, with the secret in some
            service = None
    if service is None:
        raise ValueError(
            f"no Apprise URL of a service called {scheme[1].lower()!r}, or something in it is"
            " missing; each service has its own form, see https://appriseit.com/services/"
        )
    if service.socket_read_timeout == type(service).socket_read_timeout:  # the URL has none
        service.socket_read_timeout = READ_TIMEOUT
    return service


def checked(url: str) -> str:
    """The URL itself; raises ValueError when no message can be sent there."""
    _service(url)
    return url


class Sender:
    """Sends messages to one URL, one at a time."""

    def __init__(self, url: str) -> None:
        self._service = _service(url)
        self.name = _name(url, self._service)
        self._reset()
        # In a process that was forked meanwhile, no message is under way.
        os.register_at_fork(after_in_child=weakly(self._reset))

    def _reset(self) -> None:
        self._busy = threading.Lock()

    def send(
        self, title: str, text: str, *, well: bool = False, patience: float = PATIENCE
    ) -> None:
        """Send one message. Raises MessageError, at the latest after `patience` seconds."""
        try:
            reason = within(patience, lambda: self._send(title, text, well=well))
        except OverdueError:
            reason = f"did not finish within {patience:g} seconds"
        if reason is not None:
            raise MessageError(reason)

    def _send(self, title: str, text: str, *, well: bool) -> str | None:
        """Why a message was not taken, or None."""
        busy = self._busy
        if not busy.acquire(blocking=False):  # so that messages do not collect threads
            return "is still busy with an earlier message"
        try:
            return self._notify(title, text, well=well)
        finally:
            busy.release()

    def _notify(self, title: str, text: str, *, well: bool) -> str | None:
        from apprise import Apprise, NotifyFormat, NotifyType

        kind = NotifyType.SUCCESS if well else NotifyType.WARNING
        with _discreetly() as heard:
            try:
                taken = Apprise(self._service).notify(
                    text, title, notify_type=kind, body_format=NotifyFormat.TEXT
                )
            except Exception as error:  # noqa: BLE001 - the text of any may hold the secret
                return f"broke ({type(error).__name__})"
        if taken:
            return None
        status = _STATUS.search("\n".join(heard))
        return f"answered {status[1]}" if status else "cannot be reached, or refused it"


def _name(url: str, service: "NotifyBase") -> str:
    """Scheme and host. What some services have in the host's place may be a secret."""
    scheme = url.partition(":")[0].lower()
    own = service.template_tokens.get("host")
    host: str | None = None
    if scheme in ("http", "https"):  # an address as the service itself shows it for copying
        host = urlsplit(url).hostname
    elif own is not None and not own.get("private") and "map_to" not in own:
        host = service.host
    # What stands where a host may be left out is told from one by its dots.
    public = host and (host == "localhost" or "." in host or ":" in host)
    return f"{scheme} to {host}" if public else scheme
