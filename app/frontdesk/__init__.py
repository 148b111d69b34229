"""Frontdesk: an embeddable enquiry form that never loses a lead."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from frontdesk.config import ConfigError
    from frontdesk.extension import Frontdesk, create_app
    from frontdesk.inbox.people import Person

__all__ = ["ConfigError", "Frontdesk", "Person", "create_app"]

if not TYPE_CHECKING:  # else any name at all would pass for one of ours

    def __getattr__(name: str) -> Any:
        """Import the extension only when it is asked for: parts of the package do without Flask."""
        if name == "Person":
            return import_module("frontdesk.inbox.people").Person
        if name in __all__:
            return getattr(import_module("frontdesk.extension"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
