"""Send records again: choose those that may be sent, and put them into the outbox."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple
from uuid import UUID

from msgspec import Struct

from frontdesk.model import events
from frontdesk.model.ledger import Ledger
from frontdesk.model.record import ENDED, Record
from frontdesk.model.shelf import Shelf
from frontdesk.store.base import Store
from frontdesk.store.foreign import read_foreign


class Obstacle(Struct, frozen=True, omit_defaults=True):
    """Why a record is not sent again.

    `beginning`: its first line is missing. `duplicate`: it repeats `other`. `delivered`: it was
    delivered, by this machine or by the other one. `destinations`: these are not configured.
    `force` overrules `duplicate` and `delivered`.
    """

    code: Literal[
        "beginning", "erased", "discarded", "duplicate", "held", "delivered", "destinations"
    ]
    other: UUID | None = None
    destinations: tuple[str, ...] = ()


class Choice(NamedTuple):
    """A record that was asked for, and why it cannot be sent again; None if it can."""

    record: Record
    obstacle: Obstacle | None


class Foreign(NamedTuple):
    """A journal file of another machine; `skipped`: a sentence for each line that is no event."""

    records: Mapping[UUID, Record]
    skipped: list[str]


def read_file(path: Path, step: Callable[[], None] = lambda: None) -> Foreign:
    """Read a journal file of another machine; calls `step` after each line. Raises OSError."""
    shelf = Shelf()
    ledger = Ledger(shelf)
    skipped = []
    for event in read_foreign(path):
        if isinstance(event, str):
            skipped.append(event)
        else:
            ledger.apply(event)
            step()
    return Foreign(shelf, skipped)


def choose(
    store: Store,
    records: Iterable[Record],
    configured: Collection[str],
    *,
    force: bool = False,
    foreign: bool = False,
) -> Iterator[Choice]:
    """Decide for each record whether it may be sent again.

    `configured`: the names of the configured destinations. `force`: duplicates and what was
    delivered may be sent, too. `foreign`: the records are from another machine's journal; the
    store may have them as well. Raises JournalError, OSError.
    """
    for record in records:
        here = store.get(record.id) if foreign else None
        delivered = "delivered" in (record.state, here.state if here else "")
        yield Choice(record, _obstacle(record, configured, delivered=delivered, force=force))


def _obstacle(
    record: Record, configured: Collection[str], *, delivered: bool, force: bool
) -> Obstacle | None:
    if not record.begun:
        return Obstacle("beginning")
    if record.erased:
        return Obstacle("erased")
    if record.discarded:
        return Obstacle("discarded")
    if record.duplicate_of is not None and not force:
        return Obstacle("duplicate", other=record.duplicate_of)
    if record.held is not None:
        return Obstacle("held")
    if delivered and not force:
        return Obstacle("delivered")
    unknown = sorted(set(record.destinations) - set(configured))
    return Obstacle("destinations", destinations=tuple(unknown)) if unknown else None


def send(
    store: Store, record: Record, by: str, *, force: bool = False, foreign: bool = False
) -> None:
    """Put a record into the outbox again, and open the accounts that it goes to.

    `record`: one for which `choose` gave no obstacle, with the same `force` and `foreign`. Of a
    foreign record, its submission is written down here, too. `by`: the person who asked. Raises
    JournalError.
    """
    stored = {name for name, delivery in record.deliveries.items() if delivery.stored}
    wanted = tuple(
        name
        for name in record.destinations
        if force or name not in record.deliveries or record.deliveries[name].state not in ENDED
    )
    replayed = events.Replayed(
        id=record.id,
        by=by,
        destinations=wanted,
        force=force,
        delivered=tuple(name for name in wanted if name in stored),
    )
    store.append(*(_with_all_of_it(record, replayed) if foreign else (replayed,)))


def _with_all_of_it(record: Record, replayed: events.Replayed) -> Iterator[events.AnyEvent]:
    # What was under way there is unknown here too, and is looked up before it is sent.
    for name, delivery in record.deliveries.items():
        if delivery.word == "unknown" and delivery.attempted_at is not None:
            yield events.Attempt(id=record.id, at=delivery.attempted_at, destination=name)
    yield replayed
    # The whole of it last: nothing is owed before the rest is known.
    if record.submission is not None:
        yield events.Received.of(record.submission)
    elif record.revocation is not None:
        yield record.revocation
