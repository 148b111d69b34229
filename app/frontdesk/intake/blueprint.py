"""A blueprint whose addresses are exactly its own."""

from typing import Any

from flask import Blueprint


class OwnBlueprint(Blueprint):
    """One that answers at its own addresses only, without sending anybody on from others.

    Werkzeug's redirects are absolute: they have the scheme that a proxy speaks, and whatever host
    the request names.
    """

    def add_url_rule(self, rule: str, *args: Any, **options: Any) -> None:
        super().add_url_rule(rule, *args, merge_slashes=False, **options)
