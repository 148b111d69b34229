"""A proxy that the configuration does not mention, so that all visitors seem to have its address.

It is noticed where requests come in, and reported by `status`, /readyz and the log.
"""

import ipaddress
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

_MARK = "unknown-proxy"  # a file in data_dir, which says by its time when it was last noticed
RENEWED = 3600  # seconds
FORGOTTEN = 86400  # seconds


# What a proxy adds, whatever it is.
_SIGNS = (
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Real-IP",
    "Forwarded",
    "Via",
)

UNKNOWN = "requests come through a proxy, but trusted_proxies is 0"


def passed_one(peer: str | None, headers: "Headers") -> bool:
    """Whether a request has come through a proxy: then its peer is not the visitor.

    From elsewhere than this machine and its own network, the headers of proxies are anybody's to
    send. Behind a Unix socket, which has no addresses, there is always one.
    """
    try:
        near = not ipaddress.ip_address((peer or "").partition("%")[0]).is_global
    except ValueError:
        return True
    return near and any(sign in headers for sign in _SIGNS)


def notice(data_dir: Path) -> None:
    """Keep in mind that there is one; raises OSError."""
    mark = data_dir / _MARK
    if _age(mark) > RENEWED:
        mark.touch(mode=0o600)


def noticed(data_dir: Path, trusted_proxies: int) -> bool:
    """Whether there was one lately that the configuration does not know of."""
    return not trusted_proxies and _age(data_dir / _MARK) < FORGOTTEN


def _age(mark: Path) -> float:
    try:
        return abs(time.time() - mark.stat().st_mtime)
    except OSError:
        return float("inf")
