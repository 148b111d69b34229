"""Who asks: the client's address, its origin, and whether a proxy stands between."""

import ipaddress
import logging
import math
import time
from contextlib import suppress
from urllib.parse import urlsplit

from flask import Request

from frontdesk import proxies
from frontdesk.config import Form, Settings

log = logging.getLogger("frontdesk.intake")

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
    if not trusted_proxies:
        return None
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    if len(hops) < trusted_proxies:
        return None
    return canonical(_without_port(hops[-trusted_proxies].strip()))


def passed_the_proxies(request: Request, trusted_proxies: int) -> bool:
    """Whether a request came through as many proxies as are trusted, as far as it says so."""
    return _forwarded(request, trusted_proxies) is not None


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


def origin_allowed(request: Request, form: Form, settings: Settings) -> bool:
    """Whether a browser may post from where it says that it is; no browser, no Origin."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    # A page cannot forge this header, and it is right also where a proxy rewrites Host.
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    return form.allows(origin) or origin in own_origins(request, settings)


def surely_encrypted(request: Request, settings: Settings) -> bool:
    """Whether visitors come over https."""
    told = urlsplit(settings.public_url).scheme == "https"
    return told or _schemes(request, settings.trusted_proxies) == ("https",)


def own_origins(request: Request, settings: Settings) -> set[str]:
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
