"""One look at a price list over HTTP: bounded in size and time, and never led elsewhere."""

from collections.abc import Mapping
from email.message import Message
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError as TransportError

from frontdesk.config import addresses
from frontdesk.http.session import Session, exchange, read, seconds_of
from frontdesk.units.source import Marks, SourceError

LIMIT = 8 << 20  # bytes of a list, uncompressed
PATIENCE = 60.0  # seconds for all of it
TIMEOUT = (10.0, 30.0)  # seconds until there is a connection, and between two bytes
HOPS = 3  # redirects that are followed
_MARK = 1_000  # characters of one that is remembered


class Fetched(NamedTuple):
    """A body, the encoding that its headers name or "", and by what its version is known again."""

    body: bytes
    charset: str
    marks: Marks


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(
    url: str,
    known: Marks,
    form: Mapping[str, str] | None = None,
    *,
    patience: float = PATIENCE,
) -> Fetched | None:
    """What there is at an address; None: what is known. Raises SourceError.

    `form`: posted, if it is given. Only a look without one is led on, and only to the same origin.
    `patience`: seconds for all of it.
    """
    headers = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    asked: dict[str, Any] = {"headers": {name: mark for name, mark in headers.items() if mark}}
    if form is not None:
        asked["data"] = form
    try:
        with Session() as session:
            answer = exchange(patience, lambda: _look(session, url, asked))
    except (requests.ConnectionError, requests.Timeout, TransportError) as error:
        raise SourceError(f"did not answer, or not in full ({type(error).__name__})") from None
    except requests.RequestException as error:
        raise SourceError(f"cannot be asked ({type(error).__name__})") from None
    if answer.status == 304 and known != Marks():
        return None
    if answer.status != 200:
        wait = seconds_of(answer.headers.get("Retry-After"))
        raise SourceError(f"answered {answer.status}", status=answer.status, retry_after=wait)
    if len(answer.body) > LIMIT:
        raise SourceError(f"is larger than {LIMIT >> 20} MiB")
    found = (answer.headers.get(name, "") for name in ("ETag", "Last-Modified"))
    marks = Marks(*(mark if len(mark) <= _MARK else "" for mark in found))
    return Fetched(answer.body, _charset(answer.headers.get("Content-Type", "")), marks)


def _look(session: Session, url: str, asked: dict[str, Any]) -> _Answer:
    posts = "data" in asked
    for _ in range(HOPS + 1):
        with session.request(
            "POST" if posts else "GET",
            url,
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
            **asked,
        ) as response:
            location = response.headers.get("Location", "")
            if posts or response.status_code not in (301, 302, 303, 307, 308) or not location:
                body = read(response.raw, LIMIT + 1) if response.status_code == 200 else b""
                return _Answer(response.status_code, response.headers, body)
        url = _led(url, location)
    raise SourceError("leads from one address to the next, again and again")


def _led(url: str, location: str) -> str:
    """Where a redirect leads, if that is the same origin: the operator has named no other."""
    try:
        target = addresses.url(urljoin(url, location))
        same = urlsplit(target)[:2] == urlsplit(url)[:2]
    except ValueError:
        same = False
    if not same:
        raise SourceError("leads to another address, which is not followed: name that one instead")
    return target


def _charset(content_type: str) -> str:
    message = Message()
    message["Content-Type"] = content_type
    return message.get_content_charset("")
