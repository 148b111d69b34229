"""Leases as rows with an end: each has one holder among all machines, by the database's clock."""

import math
import os
import platform
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar
from uuid import uuid4

from frontdesk.store.errors import LeaseLostError
from frontdesk.store.postgresql.append import Fence
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.postgresql.pool import Connections, as_os_error

T = TypeVar("T")

TERM = 15.0  # seconds
# Parts of a term: after which it is renewed; until a renewal that failed is tried again; and which
# its holder does not use, for clocks run unequally fast, and it needs time to stop.
RENEWED, AGAIN, SPARED = 1 / 3, 1 / 15, 1 / 5

# Where somebody else has it, nothing is locked, which its holder's appends would wait for. One that
# is asked a second time, for its connection was lost, finds its own row.
_WIN = """
insert into frontdesk.lease as lease (lane, holder, epoch, until, host)
select %(lane)s, %(holder)s, 1, clock_timestamp() + %(term)s * interval '1 second', %(host)s
where not exists (
    select 1 from frontdesk.lease
    where lane = %(lane)s and until > clock_timestamp() and holder <> %(holder)s
)
on conflict (lane) do update set
    holder = excluded.holder, epoch = lease.epoch + 1, host = excluded.host,
    until = clock_timestamp() + %(term)s * interval '1 second'
where lease.until <= clock_timestamp() or lease.holder = excluded.holder
returning epoch
"""
# Locked in the order in which appends lock them, or both would wait for each other.
_RENEW = """
with own as materialized (
    select lease.lane from frontdesk.lease
    join unnest(%(lanes)s::text[], %(holders)s::uuid[], %(epochs)s::bigint[])
        as own (lane, holder, epoch) using (lane, holder, epoch)
    where lease.until > clock_timestamp() order by lease.lane for update of lease
)
update frontdesk.lease set until = clock_timestamp() + %(term)s * interval '1 second'
from own where lease.lane = own.lane
returning lease.lane, lease.holder, lease.epoch
"""
_RESIGN = """
update frontdesk.lease set until = clock_timestamp()
where lane = %s and holder = %s and epoch = %s and until > clock_timestamp()
"""
_HELD = "select 1 from frontdesk.lease where lane = %s and until > clock_timestamp()"


def clock() -> float:
    """Seconds by a clock that nobody sets, and that goes on while the machine sleeps."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class Leases:
    """The leases of a process. One thread renews all that it holds."""

    def __init__(self, connections: Connections, term: float = TERM) -> None:
        """`term`: seconds for which a holder that is silent keeps a lease."""
        self._connections, self._term = connections, term
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        # A forked child holds nothing of what its parent holds.
        self._changed = threading.Condition()  # guards the rest
        self._until: dict[Fence, float] = {}  # by `clock`
        self._renewing: threading.Thread | None = None

    def lease(self, lane: str) -> "PostgresLease":
        """The lease of a name; every caller gets an object of its own."""
        return PostgresLease(self, lane)

    def leased(self, lane: str) -> bool:
        """Whether a lease has a holder at the moment. Raises OSError."""
        return self._ask(lambda db: db.execute(_HELD, [lane]).fetchone()) is not None

    def win(self, lane: str) -> Fence | None:
        """Try to become the holder. Raises OSError."""
        holder = uuid4()
        values = {"lane": lane, "holder": holder, "term": self._term, "host": platform.node()}
        asked = clock()
        row = self._ask(lambda db: db.execute(_WIN, values).fetchone())
        if row is None:
            return None
        fence = Fence(lane, holder, row[0])
        with self._changed:
            self._until[fence] = asked + self._usable
            if self._renewing is None:
                self._renewing = threading.Thread(target=self._renew, name="leases", daemon=True)
                self._renewing.start()
        return fence

    def won(self, fence: Fence) -> bool:
        """Whether a lease is held; asks nobody."""
        with self._changed:
            return clock() < self._until.get(fence, -math.inf)

    def resign(self, fence: Fence) -> None:
        """Stop being the holder. Where the database is away, the term's end does it."""
        with self._changed:
            if self._until.pop(fence, None) is None:
                return
            self._changed.notify()
        with suppress(OSError):
            self._ask(lambda db: db.execute(_RESIGN, fence))

    def close(self) -> None:
        """Resign from all that is held."""
        with self._changed:
            held = list(self._until)
        for fence in held:
            self.resign(fence)

    @property
    def _usable(self) -> float:
        return self._term * (1 - SPARED)

    def _ask(self, question: Callable[[Connection], T]) -> T:
        with as_os_error():
            return self._connections.ask_quick(question, self._term * RENEWED)

    def _renew(self) -> None:
        """Renew until nothing is held any more."""
        pause = self._term * RENEWED
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not self._until, pause)
                if not self._until:
                    self._renewing = None
                    return
                held = sorted(self._until)
            # Counted from before it was asked for: the answer may take its time.
            asked = clock()
            try:
                kept = self._ask(partial(_renewed, held, self._term))
            except OSError:
                pause = self._term * AGAIN
            else:
                pause = self._term * RENEWED
                with self._changed:
                    for fence in held:
                        if fence not in kept:
                            self._until.pop(fence, None)
                        elif fence in self._until:
                            self._until[fence] = asked + self._usable


def _renewed(held: Sequence[Fence], term: float, connection: Connection) -> set[Fence]:
    """Renew the leases that are still held, and name them."""
    lanes, holders, epochs = map(list, zip(*held, strict=True))
    values = {"lanes": lanes, "holders": holders, "epochs": epochs, "term": term}
    return {Fence(*row) for row in connection.execute(_RENEW, values)}


class PostgresLease:
    """A row that says who holds something, and until when; see store.lease."""

    def __init__(self, leases: Leases, lane: str) -> None:
        self._leases, self._lane = leases, lane
        self._fence: Fence | None = None

    def win(self) -> bool:
        if not self.won():
            self.resign()
            self._fence = self._leases.win(self._lane)
        return self.won()

    def won(self) -> bool:
        """Whether it is held, by this process's own clock; says no some time before its end."""
        return self._fence is not None and self._leases.won(self._fence)

    def resign(self) -> None:
        if self._fence is not None:
            self._leases.resign(self._fence)
            self._fence = None

    def fence(self) -> Fence:
        """What its row must say for an append; raises LeaseLostError if it is not held."""
        if self._fence is None or not self._leases.won(self._fence):
            raise LeaseLostError(f"this process does not hold {self._lane}")
        return self._fence
