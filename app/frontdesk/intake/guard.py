"""Who is at the door: client address, origin, how much they bring and how often they come."""

import ipaddress
import logging
import math
import re
import time
from contextlib import suppress
from urllib.parse import urlsplit

import limits
from flask import Flask, Request, abort
from flask_limiter import Limiter
from limits.strategies import RateLimiter, SlidingWindowCounterRateLimiter
from werkzeug.exceptions import HTTPException

from frontdesk import proxies
from frontdesk.config import Form, Settings
from frontdesk.intake.counters import Counters

log = logging.getLogger("frontdesk.guard")

REPEATED = 60  # seconds between two lines of the log about the same
IDEMPOTENCY_KEY = r"^[ -~]{0,255}$"  # what an Idempotency-Key may be
NOBODY = "0.0.0.0"  # noqa: S104 - nothing listens there


def client_address(request: Request, trusted_proxies: int) -> str:
    """Whose visits are counted together: the visitor's address, as far as it is known.

    Behind a Unix socket or a broken proxy there is one for all.
    """
    forwarded = _forwarded(request, trusted_proxies)
    return forwarded or canonical(request.remote_addr or "") or NOBODY


def visitor_address(request: Request, trusted_proxies: int) -> str:
    """The visitor's own address, as evidence; "" where it is not known to be that."""
    if trusted_proxies:
        address = _forwarded(request, trusted_proxies)
    elif proxies.passed_one(request.remote_addr, request.headers):
        address = None
    else:
        address = canonical(request.remote_addr or "")
    return "" if address in (None, NOBODY, "::") else address


def _forwarded(request: Request, trusted_proxies: int) -> str | None:
    """X-Forwarded-For is believed for so many hops from the right.

    The hops further left are whatever the client wrote there.
    """
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    if not trusted_proxies or len(hops) < trusted_proxies:
        return None
    return canonical(_without_port(hops[-trusted_proxies].strip()))


class ProxyWatch:
    """Detects a proxy that the configuration does not mention, and logs it once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._said = False
        self._looked = -math.inf

    def look(self, request: Request) -> None:
        now = time.monotonic()
        if self._settings.trusted_proxies or now - self._looked < proxies.RENEWED:
            return
        if not proxies.passed_one(request.remote_addr, request.headers):
            return
        with suppress(OSError):  # data_dir is not there yet, or full; the log tells it anyway
            proxies.notice(self._settings.data_dir)
            self._looked = now
        if not self._said:
            self._said = True
            log.warning(
                "%s: nobody's address is known, and all visitors share one rate limit."
                " Set trusted_proxies to the number of your proxies, which must add to"
                " X-Forwarded-For",
                proxies.UNKNOWN,
            )


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


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def canonical(address: str) -> str | None:
    """An IP address in its one notation, an IPv4 one inside IPv6 as itself; None if it is none."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return str(mapped or ip)


def bearer(request: Request) -> str | None:
    """The key or token of `Authorization: Bearer`, which may be empty; None without one."""
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    return sent.strip() if scheme.lower() == "bearer" else None


def body_of(request: Request, limit: int) -> bytes:
    """The request's body; kept, so that Flask parses a form from it. Aborts with 413 or 400."""
    # One more than allowed, because a body of no stated length is cut there without a word.
    request.max_content_length = limit + 1
    try:
        body = request.get_data()
    except HTTPException:
        raise
    except Exception as error:  # noqa: BLE001 - each server has its own for chunks that are none
        abort(400, f"The body cannot be read ({type(error).__name__}).")
    if len(body) > limit:
        abort(413)
    if request.content_length is not None and len(body) < request.content_length:
        abort(400, "The body is shorter than its Content-Length says.")
    return body


def unencoded_body(request: Request, limit: int) -> bytes:
    """The same; aborts with 415 where it is compressed."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        abort(415, "Send the body as it is, without a Content-Encoding.")
    return body_of(request, limit)


def idempotency_key(request: Request) -> str:
    """The Idempotency-Key, or ""; aborts with 400."""
    key = request.headers.get("Idempotency-Key", "")
    if not re.fullmatch(IDEMPOTENCY_KEY, key):
        abort(400, "The Idempotency-Key is at most 255 printable ASCII characters.")
    return key


def rate_key(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that one IPv6 customer has."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network((address, 64), strict=False))


def origin_allowed(request: Request, form: Form, settings: Settings) -> bool:
    """Whether a browser may post from where it says that it is; no browser, no Origin."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    # A page cannot forge this header, and it is right also where a proxy rewrites Host.
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    return form.allows(origin) or origin in _own_origins(request, settings)


def surely_encrypted(request: Request, settings: Settings) -> bool:
    """Whether visitors come over https."""
    told = urlsplit(settings.public_url).scheme == "https"
    return told or _schemes(request, settings.trusted_proxies) == ("https",)


def _own_origins(request: Request, settings: Settings) -> set[str]:
    """Those of our own pages, as browsers write them."""
    own = {f"{scheme}://{request.host}" for scheme in _schemes(request, settings.trusted_proxies)}
    if settings.public_url:
        parts = urlsplit(settings.public_url)
        own.add(f"{parts.scheme}://{parts.netloc}".lower())
    return own


def _schemes(request: Request, trusted_proxies: int) -> tuple[str, ...]:
    """What the visitor's browser speaks; where a proxy does not tell, it may be either."""
    if not trusted_proxies:
        return (request.scheme,)
    hops = ",".join(request.headers.getlist("X-Forwarded-Proto")).split(",")
    told = hops[-trusted_proxies].strip().lower() if len(hops) >= trusted_proxies else ""
    return (told,) if told else ("http", "https")


class RateLimits:
    """Counts visits, through Flask-Limiter.

    The limiter lives on an app of its own: on the host's it would install hooks, take the host's
    RATELIMIT settings for ours and mix the counters.
    """

    def __init__(self, storage: str) -> None:
        storage = storage.replace("memory://", f"{Counters.STORAGE_SCHEME[0]}://")
        self._extension = Limiter(
            lambda: "", storage_uri=storage, strategy="sliding-window-counter", enabled=True
        )
        self._extension.init_app(Flask("frontdesk.limits"))
        self._fallback = SlidingWindowCounterRateLimiter(Counters())
        self._parsed: dict[str, list[limits.RateLimitItem]] = {}

    def hit(self, rates: str, *key: str) -> int | None:
        """Count one visit; seconds to wait when it is one too many, else None."""
        try:
            return self._hit(self._extension.limiter, rates, key)
        except Exception as error:  # noqa: BLE001 - each storage has its own kinds
            log.error("rate limits are counted in memory, not in their storage: %r", type(error))
            return self._hit(self._fallback, rates, key)

    def _hit(self, limiter: RateLimiter, rates: str, key: tuple[str, ...]) -> int | None:
        items = self._parsed.get(rates)
        if items is None:
            items = self._parsed[rates] = limits.parse_many(rates)
        for item in items:
            if not limiter.hit(item, *key):
                reset = float(limiter.get_window_stats(item, *key).reset_time)
                return max(1, math.ceil(reset - time.time()))
        return None
