"""What people decide about one record: send it again, release it, discard it.

Each is a POST that says which state of the record was on the page; if that is not how it stands any
more, nothing is done. So a form that is sent twice does no harm, and of two people one is told.
"""

from collections.abc import Callable

from werkzeug.wrappers import Response

from frontdesk.inbox.context import desk, person, store
from frontdesk.inbox.found import as_seen, found
from frontdesk.inbox.pages import go, link
from frontdesk.model.record import Record
from frontdesk.operations import decide, replay
from frontdesk.operations.errors import NotPossibleError, OperationError


def inbox_send(identity: str) -> Response:
    """Have it sent again, or at once."""
    return _carry_out(identity, "send", "sent")


def inbox_release(identity: str) -> Response:
    """Let it go to its destinations."""
    return _carry_out(identity, "release", "released")


def inbox_discard(identity: str) -> Response:
    """Have it not sent."""
    return _carry_out(identity, "discard", "discarded")


def _send(record: Record) -> None:
    (choice,) = replay.choose(store(), [record], desk().settings.destinations)
    if choice.obstacle is not None:
        raise NotPossibleError(record, "state")
    replay.send(store(), record, person().by)


# What is done to a record; each raises OperationError where that is not possible.
ACTS: dict[str, Callable[[Record], None]] = {
    "send": _send,
    "release": lambda record: decide.release(store(), record, person().by),
    "discard": lambda record: decide.discard(store(), record, person().by),
}


def _carry_out(identity: str, action: str, done: str) -> Response:
    found(identity)
    with desk().turns.turn():
        record = found(identity)
        if not as_seen(record):
            return back(record, "late")
        try:
            ACTS[action](record)
        except OperationError:
            return back(record, "cannot")
    return back(record, done)


def back(record: Record, done: str) -> Response:
    """To the record's page, by GET, with a word of NOTICES."""
    return go(link("inbox_one", {"done": done}, identity=record.id))
