"""API keys: what a program shows instead of a form token, and which program that makes it.

The configuration has only hashes. A fast one is enough, since nothing but 256 random bits can be a
key: what does not look like one is refused, whatever its hash.
"""

import hmac

from flask import Request

from frontdesk.config import Form, api_key

VISITOR = ("ip", "user_agent")  # what a program with a key says of the visitor


def shown(request: Request, form: Form) -> str:
    """What a request shows as its key, if anything.

    Other things that stand in this header, the password of a site that is not public yet for
    example, are not meant for us.
    """
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    key = key.strip()
    ours = bool(form.api_keys) or key.startswith(api_key.PREFIX)
    return key if ours and scheme.lower() == "bearer" else ""


def owner(key: str, form: Form) -> str | None:
    """The name that the form's configuration has for a key; it takes as long for a wrong one."""
    told = api_key.digest(key)
    named = [one.name for one in form.api_keys if hmac.compare_digest(told, one.sha256)]
    return named[0] if named and api_key.LOOKS.fullmatch(key) else None
