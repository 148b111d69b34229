"""The headers by which a receiver knows a message again, and that it is ours.

Source: the Standard Webhooks specification, 1.0.0, "Signature scheme" and "Webhook headers".
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from frontdesk.model.lead import Submission

PREFIX: Final = "whsec_"
SHORTEST, LONGEST = 24, 64  # bytes of a secret
RULE: Final = (
    f'must be "{PREFIX}" and {SHORTEST} to {LONGEST} bytes in base64, like what'
    f' `echo "{PREFIX}$(openssl rand -base64 32)"` prints'
)


def key(secret: str) -> bytes:
    """The key that a secret stands for; raises ValueError, which does not quote it."""
    try:
        found = b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        found = b""
    if not secret.startswith(PREFIX) or not SHORTEST <= len(found) <= LONGEST:
        raise ValueError(RULE)
    return found


def identity(submission: Submission, destination: str, before: int) -> UUID:
    """The id of a message: the same however often it is sent until it has arrived.

    `before`: how often it has arrived before, and was asked for once more. What was erased, and
    sent again by its author, has the id of the former submission, and came at another time.
    """
    came = msgspec.to_builtins(submission.at)
    return uuid5(NAMESPACE_URL, f"frontdesk:{submission.id}:{came}:{destination}:{before}")


def headers(message: UUID, at: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """The headers of a message that is sent at a time (seconds since 1970), signed with each key.

    Without a key it is not signed.
    """
    told = {"webhook-id": str(message), "webhook-timestamp": str(at)}
    signed = b".".join((str(message).encode(), str(at).encode(), body))
    made = (hmac.digest(each, signed, hashlib.sha256) for each in keys)
    if signature := " ".join(f"v1,{b64encode(each).decode()}" for each in made):
        told["webhook-signature"] = signature
    return told
