"""Move a journal from one store to another, and compare what both have."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from uuid import UUID

from frontdesk.config import Settings
from frontdesk.data_dir import COURIER, Kind, MovableStore, open_movable
from frontdesk.operations.errors import CourierRunsError, SpooledError
from frontdesk.store.lines import StoredLine
from frontdesk.store.pages import each
from frontdesk.store.query import Query

KINDS: tuple[Kind, ...] = ("files", "postgresql")
Part = tuple[str, str]  # a segment, and a kind of event


@dataclass
class Comparison:
    """What two journals have, and where they differ.

    `lines`: how many there are in both, by store. `only`: lines that only one of them has, by store
    and segment. `states`: submissions that came to another state in each, with both; None where
    one does not have it.
    """

    lines: dict[Kind, int]
    only: dict[tuple[Kind, str], int] = field(default_factory=dict)
    states: dict[UUID, tuple[str | None, str | None]] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        return not self.only and not self.states


@dataclass
class Copied:
    """The number of lines that there are; and of those that are no events, and stayed behind."""

    lines: int = 0
    damaged: int = 0


def copy(settings: Settings, source: Kind, target: Kind) -> Copied:
    """Copy all lines that are not there yet.

    It may be repeated after it was cut short. Raises CourierRunsError, SpooledError where something
    that was thanked for would be left behind, JournalError, OSError.
    """
    one, other = open_movable(settings, source), open_movable(settings, target)
    try:
        for store in (one, other):
            if store.leased(COURIER):
                raise CourierRunsError(str(store))
        if source == "postgresql" and (waiting := one.spooled()):
            raise SpooledError(settings.data_dir / "spool", waiting)
        done = Copied()

        def damaged() -> None:
            done.damaged += 1

        def lines() -> Iterator[StoredLine]:
            for line in one.lines(damaged):
                yield line
                done.lines += 1

        other.take(lines())
        return done
    finally:
        one.close()
        other.close()


def compare(settings: Settings) -> Comparison:
    """Compare line by line what files and PostgreSQL have, and what their lines add up to.

    Raises JournalError, OSError.
    """
    stores = {kind: open_movable(settings, kind) for kind in KINDS}
    try:
        sums = {kind: _sums(store) for kind, store in stores.items()}
        found = Comparison({k: sum(n for n, _ in parts.values()) for k, parts in sums.items()})
        one, other = sums.values()
        parts = one.keys() | other.keys()
        differing = {part[0] for part in parts if one.get(part) != other.get(part)}
        if differing:
            found.only = _only(stores, differing)
        states = [_states(store) for store in stores.values()]
        for key in sorted(states[0].keys() | states[1].keys()):
            pair = states[0].get(key), states[1].get(key)
            if pair[0] != pair[1]:
                found.states[key] = pair
        return found
    finally:
        for store in stores.values():
            store.close()


def _sums(store: MovableStore) -> dict[Part, tuple[int, int]]:
    """By part, the number of its lines, and their digests in one."""
    numbers: defaultdict[Part, int] = defaultdict(int)
    digests: defaultdict[Part, int] = defaultdict(int)
    for line in store.lines():
        part = line.segment, line.kind
        numbers[part] += 1
        digests[part] ^= _digest(line)
    return {part: (number, digests[part]) for part, number in numbers.items()}


def _only(stores: dict[Kind, MovableStore], segments: set[str]) -> dict[tuple[Kind, str], int]:
    """The lines of these segments that are nowhere in the other store."""
    found: dict[tuple[Kind, str], int] = {}
    for kind, store in stores.items():
        mine = {_digest(line): line.segment for line in store.lines() if line.segment in segments}
        for other in stores.values():
            if other is not store:
                for line in other.lines():
                    mine.pop(_digest(line), None)
        for segment in mine.values():
            found[kind, segment] = found.get((kind, segment), 0) + 1
    return dict(sorted(found.items()))


def _digest(line: StoredLine) -> int:
    return int.from_bytes(blake2b(line.line, digest_size=16).digest())


def _states(store: MovableStore) -> dict[UUID, str]:
    return {record.id: record.state for record in each(store, Query())}
