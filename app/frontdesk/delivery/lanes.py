"""Under which leases a courier works."""

from collections.abc import Collection, Mapping

from frontdesk.store.base import Lease


class Lanes:
    """A lease for what is done once for all, and one for each destination; often they are the same.

    On several machines each destination has its own, so that they share the work, and still no
    account has two senders.
    """

    def __init__(self, general: Lease, apart: Mapping[str, Lease] | None = None) -> None:
        """`apart`: by destination; the others have the `general` one."""
        self.general = general
        self._apart = dict(apart or {})
        self._all = list(dict.fromkeys((general, *self._apart.values())))

    def of(self, destination: str) -> Lease:
        """The lease under which leads are sent to a destination."""
        return self._apart.get(destination, self.general)

    def win(self) -> bool:
        """Try to get all that nobody has, without waiting; whether any is held. Raises OSError."""
        won = [lease.win() for lease in self._all]
        return any(won)

    def won(self) -> bool:
        """Whether any is held."""
        return any(lease.won() for lease in self._all)

    def held(self, destinations: Collection[str]) -> list[str]:
        """Those of the destinations whose leases are held."""
        won = {lease for lease in self._all if lease.won()}
        return [name for name in destinations if self.of(name) in won]

    def resign(self) -> None:
        """Let go of all of them."""
        for lease in self._all:
            lease.resign()
