"""A proxy that the configuration does not mention, so that all visitors seem to have its address.

It is noticed where requests come in, and reported by `status`, /readyz and the log.
"""

import ipaddress
import time
from pathlib import Path

_MARK = "unknown-proxy"  # a file in data_dir, which says by its time when it was last noticed
RENEWED = 3600  # seconds
FORGOTTEN = 86400  # seconds


def is_near(address: str | None) -> bool:
    """Whether a request comes from this machine or its own network, as from a proxy.

    From elsewhere, the headers of proxies are anybody's to send.
    """
    try:
        return not ipaddress.ip_address((address or "127.0.0.1").partition("%")[0]).is_global
    except ValueError:
        return False


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
