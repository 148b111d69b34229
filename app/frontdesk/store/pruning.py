"""Which parts of a journal, such as its days, may go: those in which nothing is needed any more."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

FOREIGN = "it is not one of ours"
K = TypeVar("K")


class Stay(NamedTuple):
    """A day of the journal that is not removed, and why.

    `foreign`: the file is no segment that Frontdesk wrote.
    """

    name: str
    why: str
    foreign: bool


class Pruned(NamedTuple):
    """The days that were removed, or would be, each with its number of submissions; the others."""

    days: list[tuple[str, int]]
    stay: list[Stay]


@dataclass
class Part:
    """A part of the journal: why it must stay, if it must, and of what it speaks."""

    stays: str = ""
    speaks_of: set[UUID] = field(default_factory=set)
    revoked_at: datetime | None = None  # its newest revocation


def settle(
    parts: Mapping[K, Part], oldest_but: Callable[[Collection[UUID]], datetime | None]
) -> None:
    """Have those stay, too, that the journal needs as long as others stay.

    `oldest_but`: when the oldest submission came in that is none of these.
    """
    while found := _bound(parts) or _needed(parts, oldest_but):
        parts[found[0]].stays = found[1]


def _bound(parts: Mapping[K, Part]) -> tuple[K, str] | None:
    """One of which something is in a part that stays: without the rest, it would be owed again."""
    staying: dict[UUID, None] = dict.fromkeys(
        one for part in parts.values() if part.stays for one in part.speaks_of
    )
    for name, part in parts.items():
        if not part.stays and (both := part.speaks_of & staying.keys()):
            return name, f"{str(min(both))[:8]} is in another day that stays"
    return None


def _needed(
    parts: Mapping[K, Part], oldest_but: Callable[[Collection[UUID]], datetime | None]
) -> tuple[K, str] | None:
    """One with a revocation after a submission that stays, which would grant the same again."""
    revoked = [part.revoked_at for part in parts.values() if not part.stays and part.revoked_at]
    if not revoked:
        return None
    gone = set().union(*(part.speaks_of for part in parts.values() if not part.stays))
    oldest = oldest_but(gone)
    for name, part in parts.items():
        if not part.stays and oldest and part.revoked_at and part.revoked_at >= oldest:
            return name, "a consent was revoked in it, and a submission from before it stays"
    return None


def pruned(parts: Mapping[str, Part]) -> Pruned:
    """The parts that go, and those that stay, by name."""
    return Pruned(
        [(name, len(part.speaks_of)) for name, part in parts.items() if not part.stays],
        [
            Stay(name, part.stays, part.stays == FOREIGN)
            for name, part in parts.items()
            if part.stays
        ],
    )
