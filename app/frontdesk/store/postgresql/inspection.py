"""Read every line of a journal in PostgreSQL, and name all that is wrong with it."""

from uuid import UUID

from frontdesk.model import events
from frontdesk.model.codec import decode
from frontdesk.store.inspection import Flaw, Inspection
from frontdesk.store.postgresql import feed
from frontdesk.store.postgresql.append import digest_of
from frontdesk.store.postgresql.connection import Connection

PIECE = 5000  # lines that are read at once
MOST = 1000  # flaws that are named
# What may stand before its submission's first line, or without one.
_APART = (events.Held, events.Revoked, *events.OF_NO_SUBMISSION)


def inspect(connection: Connection) -> Inspection:
    """Read all of it. Memory grows with the number of submissions: 16 bytes of id each."""
    found = Inspection([])
    begun: set[UUID] = set()
    orphans: dict[UUID, tuple[int, str]] = {}
    mark = feed.aim(connection, feed.NOTHING)
    while not mark.is_over:
        lines = feed.read(connection, mark, PIECE)
        for line in lines:
            found.lines += 1
            _look(line, found, begun, orphans)
        mark = mark.ended if len(lines) < PIECE else feed.after(mark, lines)
    found.submissions = len(begun)
    found.segments, unfinished = _counted(connection)
    if unfinished:
        what = "an erasure is under way, or was cut short; `frontdesk person` finishes it"
        found.flaws.append(Flaw("erasing", what, grave=False))
    for submission, (seq, tag) in orphans.items():
        if submission not in begun:
            # Its month may have been pruned.
            what = f"{submission} begins with `{tag}`: its first line is missing"
            found.flaws.append(Flaw(f"line {seq}", what, grave=False))
    if len(found.flaws) > MOST:
        more = found.flaws[MOST:]
        grave = any(flaw.grave for flaw in more)
        found.flaws[MOST:] = [Flaw("journal", f"and {len(more)} more", grave)]
    return found


def _look(
    line: feed.Line, found: Inspection, begun: set[UUID], orphans: dict[UUID, tuple[int, str]]
) -> None:
    where, raw = f"line {line.seq}", line.line.encode()
    if digest_of(raw) != line.digest:
        found.flaws.append(Flaw(where, "it is not as it was written"))
    try:
        event = decode(raw)
    except ValueError as error:
        if raw:  # else it was blanked, by an erasure
            found.flaws.append(Flaw(where, str(error)))
        return
    if event.id != line.id:
        found.flaws.append(Flaw(where, f"it is kept as one of {line.id}, and is of {event.id}"))
    if isinstance(event, events.Received | events.Revocation):
        begun.add(event.id)
    elif not isinstance(event, _APART) and event.id not in begun:
        orphans.setdefault(event.id, (line.seq, str(type(event).__struct_config__.tag)))


def _counted(connection: Connection) -> tuple[int, int]:
    """How many months there are, and how many erasures are not finished."""
    found = connection.execute(
        "select (select count(*) from pg_inherits where inhparent = 'frontdesk.event'::regclass),"
        " (select count(*) from frontdesk.erasing)"
    ).fetchone()
    return found or (0, 0)
