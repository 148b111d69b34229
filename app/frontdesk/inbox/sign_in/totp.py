"""Codes for the second step of signing in: those of RFC 6238, and the ones for a lost telephone."""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import quote

STEP = 30  # seconds
DIGITS = 6
_DRIFT = 1  # steps that a telephone's clock may be ahead or behind
_SECRET = 20  # bytes, as long as what SHA-1 makes
_CODE = 10  # bytes of a code for a lost telephone: too many to be guessed from its hash


def new_secret() -> str:
    """A new secret, in base 32."""
    return base64.b32encode(secrets.token_bytes(_SECRET)).decode()


def address(secret: str, name: str) -> str:
    """What an app for such codes reads: the secret of the person of that name."""
    label = quote(f"Frontdesk:{name}", safe=":")
    return f"otpauth://totp/{label}?secret={secret}&issuer=Frontdesk"


def code(secret: str, step: int) -> str:
    """The code of a step: so many times STEP since 1970."""
    mac = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    start = mac[-1] & 0x0F
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, typed: str, now: float) -> int | None:
    """The step whose code was typed, of those that count at a time; None for a wrong code."""
    typed = "".join(typed.split())
    found, present = None, int(now) // STEP
    for step in range(max(0, present - _DRIFT), present + _DRIFT + 1):
        # All are compared: how long it takes says nothing.
        if hmac.compare_digest(code(secret, step).encode(), typed.encode()):
            found = step
    return found


def new_recovery() -> str:
    """A new code for a lost telephone, in four groups."""
    text = base64.b32encode(secrets.token_bytes(_CODE)).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def recovery_hash(typed: str) -> str:
    """The hash of such a code, however it is written: SHA-256 in hex."""
    # Base 32 has no 0 and no 1, so whoever reads them off paper means letters.
    plain = "".join(typed.split()).replace("-", "").upper().translate({48: "O", 49: "I"})
    return hashlib.sha256(plain.encode()).hexdigest()


def recovery_of(hashes: list[str], typed: str) -> str | None:
    """The hash whose code was typed; None if there is none."""
    told, found = recovery_hash(typed), None
    for each in hashes:
        if hmac.compare_digest(each, told):
            found = each
    return found
