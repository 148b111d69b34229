"""When to try again: exponential backoff with full jitter, until it is given up.

See "Exponential Backoff And Jitter" in the AWS Architecture Blog, 2015.
"""

import random
from datetime import datetime, timedelta
from typing import NamedTuple

LEAST_TRIES = 5  # before anything is given up
LONGEST_WAIT = 86400.0  # seconds that a CRM may ask for; Realpad's longest known ban


class Schedule(NamedTuple):
    """How long to wait, in seconds."""

    first: float  # at most, before the second attempt; it doubles from there
    longest: float  # at most, before any attempt
    give_up_after: float  # since a delivery was put on its way

    def backoff(self, setbacks: int) -> float:
        """A random number of seconds to wait after so many failures in a row (at least 1)."""
        ceiling = min(self.longest, self.first * 2.0 ** min(setbacks - 1, 40))
        return random.uniform(0, ceiling)  # noqa: S311 - spreads load, keeps no secret

    def again(
        self, setbacks: int, now: datetime, *, least: float = 0.0, retry_after: float | None
    ) -> datetime:
        """When the next attempt is due.

        `setbacks`: failures in a row, at least 1. `least`: seconds that the CRM may still need for
        the last request. `retry_after`: seconds that the CRM asked for.
        """
        wait = max(self.backoff(setbacks), least)
        if retry_after is not None:
            wait = max(wait, min(retry_after, LONGEST_WAIT))
        return now + timedelta(seconds=wait)

    def given_up(self, since: datetime, now: datetime, setbacks: int) -> bool:
        """Whether a delivery was tried for long enough, and often enough.

        `since`: when it was put on its way. Time alone proves nothing: the machine may have been
        off, or its clock wrong.
        """
        return setbacks >= LEAST_TRIES and (now - since).total_seconds() > self.give_up_after
