"""How often clients may come."""

import ipaddress
import logging
import math
import time
from contextlib import suppress

import limits
from flask import Flask
from flask_limiter import Limiter
from limits.strategies import RateLimiter, SlidingWindowCounterRateLimiter

from frontdesk.intake.counters import Counters
from frontdesk.store.lease import Lease

log = logging.getLogger("frontdesk.intake")

PAUSE = 10.0  # seconds for which a storage that failed is left alone: visitors would wait for it
REPEATED = 60  # seconds between two lines of the log about the same


class RateLimits:
    """Counts visits, through Flask-Limiter.

    The limiter lives on an app of its own: on the host's it would install hooks, take the host's
    RATELIMIT settings for ours and mix the counters.
    """

    def __init__(self, storage: str, told: Lease | None = None) -> None:
        """`storage`: its address. `told`: a lease by which others know that it does not answer."""
        storage = storage.replace("memory://", f"{Counters.STORAGE_SCHEME[0]}://")
        self._extension = Limiter(
            lambda: "", storage_uri=storage, strategy="sliding-window-counter", enabled=True
        )
        self._extension.init_app(Flask("frontdesk.limits"))
        self._fallback = SlidingWindowCounterRateLimiter(Counters())
        self._told = told
        self._away, self._again = False, -math.inf
        self._parsed: dict[str, list[limits.RateLimitItem]] = {}

    def hit(self, rates: str, *key: str) -> int | None:
        """Count one visit; seconds to wait when it is one too many, else None."""
        if time.monotonic() >= self._again:
            try:
                wait = self._hit(self._extension.limiter, rates, key)
            except Exception as error:  # noqa: BLE001 - each storage has its own kinds
                self._lose(error)
            else:
                if self._away:
                    self._find()
                return wait
        return self._hit(self._fallback, rates, key)

    def _lose(self, error: Exception) -> None:
        self._away, self._again = True, time.monotonic() + PAUSE
        kind = type(error).__name__  # what it says may have the storage's password in it
        log.error("the storage of rate limits does not answer (%s): they are counted here", kind)
        if self._told is not None:
            with suppress(OSError):  # then this process alone knows
                self._told.win()

    def _find(self) -> None:
        self._away = False
        log.warning("the storage of rate limits answers again")
        if self._told is not None:
            self._told.resign()

    def _hit(self, limiter: RateLimiter, rates: str, key: tuple[str, ...]) -> int | None:
        items = self._parsed.get(rates)
        if items is None:
            items = self._parsed[rates] = limits.parse_many(rates)
        for item in items:
            if not limiter.hit(item, *key):
                reset = float(limiter.get_window_stats(item, *key).reset_time)
                return max(1, math.ceil(reset - time.time()))
        return None


class RateLog:
    """Logs how many visits were over the limit: once a minute, and without naming any visitor."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[float, int]] = {}

    def note(self, form: str) -> None:
        said, count = self._since.get(form, (-math.inf, 0))
        now, count = time.monotonic(), count + 1
        if now - said < REPEATED:
            self._since[form] = (said, count)
            return
        self._since[form] = (now, 0)
        log.warning("form %s: %d refused for coming too often; see [limits]", form, count)


def rate_key(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that one IPv6 customer has."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network((address, 64), strict=False))
