"""What a list shows as a file, for a spreadsheet or another program."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import msgspec
from flask import Response, abort, request, stream_with_context
from msgspec.structs import replace

from frontdesk.inbox.context import address, desk, person, store
from frontdesk.inbox.index import await_index
from frontdesk.inbox.listing import filters
from frontdesk.inbox.table import lines
from frontdesk.model.events import utcnow
from frontdesk.operations.export import Records, rows
from frontdesk.operations.record import described
from frontdesk.store.pages import each

_PIECE = 1 << 15  # bytes


def inbox_export() -> Response:
    """All submissions of a list, oldest first; it is written while it is sent."""
    here, events = desk(), store()
    args = request.args.copy()
    kind = args.pop("format", "csv")
    asked = filters.read(args, person(), here.settings, here.zone)
    if asked.query is None or kind not in KINDS:
        abort(404)
    await_index(events)
    # What somebody looked for may be somebody's name, and is not written down.
    shown = {name: "…" if name == "q" else value for name, value in asked.address.items()}
    here.audit.note("export", person().name, address(), list=shown, format=kind)
    # What comes in meanwhile would have no columns of its own.
    until = min(filter(None, (asked.query.until, utcnow())))
    query = replace(asked.query, until=until, submissions=True, oldest_first=True)
    media_type, write = KINDS[kind]
    records = partial(each, events, query)
    pieces = stream_with_context(_pieces(write(records)))
    response = Response(pieces, mimetype=media_type)
    day = utcnow().astimezone(here.zone).date()
    response.headers["Content-Disposition"] = f'attachment; filename="enquiries-{day}.{kind}"'
    return response


def _csv(records: Records) -> Iterator[str]:
    known, renamed = store().facts().revocations, desk().settings.consents_renamed
    return lines(rows(records, known, renamed))


def _jsonl(records: Records) -> Iterator[str]:
    return (msgspec.json.encode(described(record)).decode() + "\n" for record in records())


def _pieces(parts: Iterable[str]) -> Iterator[bytes]:
    """Put lines together to what is worth sending."""
    piece = bytearray()
    for part in parts:
        piece += part.encode(errors="replace")
        if len(piece) > _PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


KINDS: dict[str, tuple[str, Callable[[Records], Iterator[str]]]] = {
    "csv": ("text/csv", _csv),
    "jsonl": ("application/jsonl", _jsonl),
}
