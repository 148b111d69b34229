"""Under which leases a courier works."""

import math
import random
import time
from collections import deque
from collections.abc import Collection, Mapping

from frontdesk.store.lease import Lease

IN_VAIN = 20  # leases that others hold which are asked for in one turn
REST = 3.0  # seconds for which a lease is left to others once its time is over


class Lanes:
    """A lease for what is done once for all, and one for each destination; often they are the same.

    On several machines each destination has its own, so that they share the work, and still no
    account has two senders. So that those share it that came later, too, each is let go of after a
    while, for others to take: whoever has many loses more of them than whoever has few.
    """

    def __init__(
        self,
        general: Lease,
        apart: Mapping[str, Lease] | None = None,
        tenure: float = math.inf,
        rest: float = REST,
    ) -> None:
        """`apart`: by destination; the others have the `general` one.

        `tenure`: seconds for which one of those is held, about, and `rest` for which it is left to
        others then.
        """
        self.general = general
        self._apart = dict(apart or {})
        self._tenure, self._rest = tenure, rest
        self._turn = deque(random.sample(list(self._apart), len(self._apart)))
        self._over: dict[str, float] = {}  # when the time of one that is held is over
        self._again: dict[str, float] = {}  # when one that was let go of is asked for again

    def of(self, destination: str) -> Lease:
        """The lease under which leads are sent to a destination."""
        return self._apart.get(destination, self.general)

    def win(self, busy: Collection[str] = ()) -> bool:
        """Try to get what nobody has, without waiting; whether any is held. Raises OSError.

        `busy`: destinations to which something is being sent; their leases are kept meanwhile.
        """
        self.general.win()
        now, in_vain = time.monotonic(), 0
        for _ in range(len(self._turn)):
            name = self._turn[0]
            self._turn.rotate(-1)
            lease = self._apart[name]
            if lease.won():
                if now > self._over.get(name, math.inf) and name not in busy:
                    lease.resign()
                    self._again[name] = now + self._rest
            elif now >= self._again.get(name, 0.0):
                if lease.win():
                    self._over[name] = now + self._tenure * random.uniform(0.5, 1.5)  # noqa: S311
                else:
                    in_vain += 1
            if in_vain == IN_VAIN:
                break
        return self.won()

    def won(self) -> bool:
        """Whether any is held."""
        return self.general.won() or any(lease.won() for lease in self._apart.values())

    def held(self, destinations: Collection[str]) -> list[str]:
        """Those of the destinations whose leases are held."""
        general = self.general.won()
        return [
            name
            for name in destinations
            if (self._apart[name].won() if name in self._apart else general)
        ]

    def resign(self) -> None:
        """Let go of all of them."""
        for lease in (self.general, *self._apart.values()):
            lease.resign()
