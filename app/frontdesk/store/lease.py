"""Who does what only one process may do at a time."""

from typing import Protocol

from frontdesk.store.errors import LeaseLostError


class Lease(Protocol):
    """A lock with one holder at a time among all processes that share a store.

    It is let go of when its holder's process ends, however it ends.
    """

    def win(self) -> bool:
        """Try to become the holder, without waiting; True also for the present holder.

        Raises OSError.
        """

    def won(self) -> bool:
        """Whether this is the holder. It may stop being so, as when the lock file is removed."""

    def resign(self) -> None:
        """Stop being the holder; does nothing for others."""


def refuse_lost(lease: Lease | None) -> None:
    """Raise LeaseLostError for a lease that its holder has lost."""
    if lease is not None and not lease.won():
        raise LeaseLostError("this process is not the courier any more")
