"""What has come to the journal since it was read last: nothing is skipped, nothing comes twice.

Numbers are given to transactions when they begin to write, and lines can be seen when they commit,
in another order. So what was read is remembered as PostgreSQL does it: by a snapshot, which says
which transactions were over. Lines of those that were not are new as soon as they can be seen, and
no line waits for a stranger's long transaction. Numbers mean something within an era only.
"""

from typing import NamedTuple
from uuid import UUID

from frontdesk.store.postgresql.connection import Connection

# In the order of the journal: who follows somebody's line has seen it, and has a higher number. It
# is named with its table where lines are sorted: without, it would be the text that is selected.
_PIECE = """
select era, tx::text, seq, id, digest, line from frontdesk.event
where era = %(era)s and {part} and pg_visible_in_snapshot(tx, %(target)s::pg_snapshot)
order by event.era, event.tx, event.seq limit %(most)s
"""
# Each begins where it has to in the table's index, however much was read before.
_PARTS = (
    "tx = %(last_tx)s::xid8 and seq > %(last_seq)s",
    "tx = any(%(running)s::xid8[])",
    "tx >= %(next)s::xid8",
)
_READ = f"""
select * from ({" union all ".join(f"({_PIECE.format(part=part)})" for part in _PARTS)}) as piece
order by era, tx::xid8, seq limit %(most)s
"""
_ALL = f"1:{(1 << 63) - 1}:"  # a snapshot that shows everything
# Whether a state is behind what can be seen.
BEHIND = """
(state.target is not null
 or exists (select from frontdesk.event where event.era = state.era
            and event.tx >= pg_snapshot_xmax(state.seen))
 or exists (select from frontdesk.event where event.era = state.era
            and event.tx = any(array(select pg_snapshot_xip(state.seen))))
 or exists (select from frontdesk.event where event.era > state.era))
"""


class Mark(NamedTuple):
    """How far the journal was read; see the table `state`."""

    era: int
    seen: str
    target_era: int | None
    target: str | None
    last_era: int
    last_tx: str
    last_seq: int

    @property
    def is_over(self) -> bool:
        """Whether there is no target, or all up to it was read."""
        return self.target is None

    @property
    def ended(self) -> "Mark":
        """All up to the target was read."""
        if self.target is None or self.target_era is None:
            return self
        return Mark(self.target_era, self.target, None, None, 0, "0", 0)


NOTHING = Mark(0, "1:1:", None, None, 0, "0", 0)


class Line(NamedTuple):
    """A line of the journal, and where it stands in its order."""

    era: int
    tx: str
    seq: int
    id: UUID
    digest: bytes
    line: str


def aim(connection: Connection, mark: Mark) -> Mark:
    """The mark with all that can be seen at this moment as its target."""
    found = connection.execute("select era, pg_current_snapshot()::text from frontdesk.about")
    era, now = found.fetchone() or (1, "1:1:")
    return mark._replace(target_era=era, target=now)


def read(connection: Connection, mark: Mark, most: int) -> list[Line]:
    """The next lines up to the mark's target, in order, and not more than `most`."""
    lines: list[Line] = []
    for era in range(max(mark.era, mark.last_era), (mark.target_era or 0) + 1):
        values = _bounds(mark, era) | {"most": most - len(lines)}
        lines += (Line(*row) for row in connection.execute(_READ, values))
        if len(lines) == most:
            break
    return lines


def _bounds(mark: Mark, era: int) -> dict[str, object]:
    """What is left to read of an era."""
    _, following, running = mark.seen.split(":") if era == mark.era else ("1", "1", "")
    last = int(mark.last_tx) if era == mark.last_era else 0
    left = [number for number in running.split(",") if number and int(number) > last]
    return {
        "era": era,
        "target": mark.target if era == mark.target_era else _ALL,
        "last_tx": str(last),
        "last_seq": mark.last_seq,
        "running": left,
        "next": str(max(int(following), last + 1)),
    }


def after(mark: Mark, lines: list[Line]) -> Mark:
    """The mark after these lines, of which there may be more."""
    last = lines[-1]
    return mark._replace(last_era=last.era, last_tx=last.tx, last_seq=last.seq)
