"""API keys: what they look like, and what the configuration has of them.

Only their hashes are configured. A fast one is enough, since nothing but 256 random bits can be a
key: what does not look like one is refused, whatever its hash.
"""

import hashlib
import re
import secrets

PREFIX = "fdk_"  # so that a key is known for what it is where it should not be, in a repository say
LOOKS = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")
_HASH = re.compile(r"[0-9a-f]{64}")


def new() -> str:
    """A new key."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(key: str) -> str:
    """A key's hash, SHA-256 in hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def checked(value: str) -> str:
    """A hash from the configuration; raises ValueError, which does not repeat it."""
    value = value.lower()
    if value.startswith(PREFIX):
        raise ValueError("is a key itself; only its hash belongs here, and it needs a new one now")
    if not _HASH.fullmatch(value):
        raise ValueError("not the SHA-256 of a key, 64 hex digits; see `frontdesk key new`")
    return value
