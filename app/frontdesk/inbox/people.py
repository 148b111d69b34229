"""Who uses the inbox, and what they may."""

import re
from collections.abc import Collection

from msgspec import Struct

from frontdesk.config import InboxPerson, Role
from frontdesk.i18n import languages

_RANKS: tuple[Role, ...] = ("read", "act", "admin")
_NEVER = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # in a name
LONGEST = 200  # characters of a name


class Person(Struct, frozen=True):
    """Somebody who has signed in; `forms`: whose enquiries they may see, None for all.

    `language`: of the pages, "" for that of the configuration or of the browser.
    """

    name: str
    role: Role = "read"
    forms: Collection[str] | None = None
    language: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for what nobody can be."""
        if not isinstance(self.name, str) or not 0 < len(self.name) <= LONGEST:
            raise ValueError(f"a person's name is a text of 1 to {LONGEST} characters")
        if _NEVER.search(self.name):
            raise ValueError("a person's name has neither control characters nor half ones")
        if self.role not in _RANKS:
            raise ValueError(f"a person's role is one of {', '.join(_RANKS)}, not {self.role!r}")
        if isinstance(self.forms, str):
            raise ValueError("a person's forms are a list of names, or None for all")
        if self.forms is not None and not all(isinstance(form, str) for form in self.forms):
            raise ValueError("a person's forms are names, which are texts")
        if self.language and self.language not in languages():
            known = ", ".join(languages())
            raise ValueError(f"a person's language is one of {known}, not {self.language!r}")

    @classmethod
    def of(cls, entry: InboxPerson) -> "Person":
        """The person of an entry of the configuration."""
        forms = None if entry.forms is None else tuple(entry.forms)
        return cls(entry.name, entry.role, forms, entry.language or "")

    def may(self, least: Role) -> bool:
        """Whether the role is at least this one."""
        return _RANKS.index(self.role) >= _RANKS.index(least)

    def sees(self, form: str | None) -> bool:
        """Whether enquiries of a form may be seen; None: what has no form, as a revocation."""
        return self.forms is None or (form is not None and form in self.forms)

    @property
    def by(self) -> str:
        """The name for the journal."""
        return f"{self.name} (inbox)"
