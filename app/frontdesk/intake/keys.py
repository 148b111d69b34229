"""API keys: what a program shows instead of a form token, and which program that makes it."""

import hmac
from collections.abc import MutableMapping
from typing import Any

from flask import Request

from frontdesk.config import Form, api_key
from frontdesk.intake.guard import bearer

VISITOR = ("ip", "user_agent")  # what a program with a key says of the visitor


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
