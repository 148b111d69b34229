"""Keys that programs send: an API key, instead of a form token, and an Idempotency-Key."""

import hmac
import re
from collections.abc import MutableMapping
from typing import Any

from flask import Request, abort

from frontdesk.config import Form, api_key

IDEMPOTENCY_KEY = r"^[ -~]{0,255}$"  # what an Idempotency-Key may be
VISITOR = ("ip", "user_agent")  # what a program with a key says of the visitor


def bearer(request: Request) -> str | None:
    """The key or token of `Authorization: Bearer`, which may be empty; None without one."""
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    return sent.strip() if scheme.lower() == "bearer" else None


def shown(request: Request, form: Form) -> str | None:
    """The API key of a request, be it empty; None where it has none.

    The header may hold something that is not meant for us, such as the password of a site that is
    not public yet.
    """
    key = bearer(request)
    if key is None or not (form.api_keys or key.startswith(api_key.PREFIX)):
        return None
    return key


def owner(key: str, form: Form) -> str | None:
    """The name of the program that a key belongs to, or None, in constant time."""
    told = api_key.digest(key)
    named = [one.name for one in form.api_keys if hmac.compare_digest(told, one.sha256)]
    return named[0] if named and api_key.LOOKS.fullmatch(key) else None


def take_visitor(body: MutableMapping[str, Any]) -> dict[str, Any]:
    """What a program says of the visitor, out of a body."""
    return {name: body.pop(name, None) for name in VISITOR}


def idempotency_key(request: Request) -> str:
    """The Idempotency-Key, or ""; aborts with 400."""
    key = request.headers.get("Idempotency-Key", "")
    if not re.fullmatch(IDEMPOTENCY_KEY, key):
        abort(400, "The Idempotency-Key is at most 255 printable ASCII characters.")
    return key
