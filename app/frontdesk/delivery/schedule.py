"""When to try again: exponential backoff with full jitter, until it is given up."""

import random
from datetime import datetime, timedelta
from typing import NamedTuple

LEAST_TRIES = 5
LONGEST_WAIT = 86400.0  # seconds; the longest ban known of Realpad. A CRM can't ask for more.


class Schedule(NamedTuple):
    """Times in seconds."""

    first: float
    longest: float
    give_up_after: float

    def backoff(self, setbacks: int) -> float:
        """Seconds to wait after so many failures in a row, at least one."""
        ceiling = min(self.longest, self.first * 2.0 ** min(setbacks - 1, 40))
        return random.uniform(0, ceiling)  # noqa: S311 - spreads load, keeps no secret

    def again(
        self, setbacks: int, now: datetime, *, least: float = 0.0, retry_after: float | None
    ) -> datetime:
        """When the next attempt is due; `least`: what the CRM needs to finish what it may do."""
        wait = max(self.backoff(setbacks), least)
        if retry_after is not None:
            wait = max(wait, min(retry_after, LONGEST_WAIT))
        return now + timedelta(seconds=wait)

    def given_up(self, since: datetime, now: datetime, setbacks: int) -> bool:
        """Whether it was tried for long enough, and often enough.

        Time alone may have passed while the machine was off, or its clock was wrong.
        """
        return setbacks >= LEAST_TRIES and (now - since).total_seconds() > self.give_up_after
