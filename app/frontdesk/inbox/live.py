"""Pages that renew themselves: a script asks again, and mostly nothing has changed."""

import hashlib

import msgspec
from flask import Response, make_response, request

from frontdesk.inbox.context import person, visit
from frontdesk.inbox.language import language

HEADER = "Frontdesk-Poll"  # sent by static/inbox.js


def is_poll() -> bool:
    """Whether a script asks, and nobody has done anything: no session lasts longer by that."""
    return HEADER in request.headers


def content(shown: object) -> str:
    """A revision of what is shown and of nothing else, the same one in every process."""
    return msgspec.json.encode(shown, order="deterministic").decode()


def tag(revision: str) -> str:
    """What becomes another one with what is shown, which has this revision, or who sees it."""
    known = (revision, person(), visit().session.key, language())
    return hashlib.sha256(repr(known).encode()).hexdigest()[:32]


def unchanged(tag: str) -> Response | None:
    """The answer to who has this already; None for all others."""
    if not request.if_none_match.contains(tag):
        return None
    response = make_response(b"", 304)
    response.set_etag(tag)
    return response
