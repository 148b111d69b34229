"""Addresses as people write them, made fit for headers: ASCII, and hosts that are just hosts."""

import re
import string
from urllib.parse import SplitResult, quote, urlsplit

import idna

# What no address has, unless it is encoded. `urlsplit` would drop some of it without a word.
_NEVER = re.compile(r"[\s\x00-\x1f\x7f-\x9f\"'`<>\\]")
# A host, or an IPv6 address in its brackets, and a port: what goes into policies as it is.
_NETLOC = re.compile(r"(?:[a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]+\])(?::\d+)?", re.IGNORECASE)

_NONE = 'not an http or https address; write it like "https://www.example.com"'
_LABELS = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


def url(value: str) -> str:
    """An http or https address as browsers send it: international names in Punycode."""
    if _NEVER.search(value):
        raise ValueError("an address has no spaces, quotes or control characters")
    parts = _split(value)
    if parts.scheme not in ("http", "https") or not _NETLOC.fullmatch(parts.netloc):
        raise ValueError(_NONE)
    return value if value.isascii() else quote(parts.geturl(), safe=string.punctuation)


def origin(value: str) -> str:
    """Scheme and host as browsers write them in `Origin`; `https://*.` for all below a host."""
    scheme, wild, rest = value.partition("://*.")
    if wild and "*" not in rest:
        below = origin(f"{scheme}://{rest}")
        host = below.partition("://")[2].partition(":")[0]
        if "." not in host.strip(".") or host.rpartition(".")[2].isdigit() or "[" in host:
            raise ValueError('below a star there is a domain, like "https://*.example.com"')
        return below.replace("://", "://*.", 1)
    parts = urlsplit(value if "*" in value else url(value.lower()))
    if "*" in value or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError('an origin is scheme and host, like "https://www.example.com"')
    return f"{parts.scheme}://{parts.netloc}"


def matches(told: str, allowed: str) -> bool:
    """Whether an `Origin` is one that `origin()` gave, or below it where it has a star."""
    if told == allowed:
        return "*" not in told
    scheme, wild, rest = allowed.partition("*")
    labels = told.removeprefix(scheme).removesuffix(rest)
    return bool(wild) and told == f"{scheme}{labels}{rest}" and bool(_LABELS.fullmatch(labels))


def _split(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:  # brackets around no address, a port that is none: in Python's words
        raise ValueError(_NONE) from None
    if parts.netloc.isascii():
        return parts
    # As browsers do it (UTS 46), not Python's own codec: that makes "ss" of "ß", another name.
    host, colon, port = parts.netloc.partition(":")
    try:
        encoded = idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        raise ValueError(f"{host!r} cannot be the name of a host") from None
    return parts._replace(netloc=f"{encoded}{colon}{port}")
