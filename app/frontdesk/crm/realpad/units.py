"""Realpad's get-project as a source of units.

Nobody of Realpad's has confirmed what it answers: this is how it was seen in use, see
docs/realpad.md. So what is missing is passed over, and what is new is not offered.
"""

from collections.abc import Mapping
from typing import NamedTuple
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from frontdesk.crm.realpad.api import ACCOUNT_STATUSES
from frontdesk.crm.realpad.settings import BASE_URL, RealpadAccount, RealpadUnits
from frontdesk.model.units import State
from frontdesk.units.fetch import fetch
from frontdesk.units.rows import Rows
from frontdesk.units.source import Listing, Marks, SourceError

# flat_status; 4 is not for sale, and 5 delayed.
_STATES: Mapping[str, State] = {"0": "free", "1": "reserved", "2": "reserved", "3": "sold"}
_KEYS = frozenset(
    {"flat_internal_id", "flat_disposition", "flat_area", "flat_price", "flat_status", "flat_type"}
)
FLAT = "1"  # the flat_type of what does not say its own
_CHUNK = 1 << 16  # bytes


class Account(NamedTuple):
    """Where get-project is asked for, and by whom."""

    base_url: str
    login: str
    password: str


def account_of(section: RealpadUnits, destination: RealpadAccount | None) -> Account:
    """The account of a source: its own, or that of a destination of its form."""
    base = section.base_url or (destination.base_url if destination else BASE_URL)
    if section.login or destination is None:
        return Account(base, section.login, section.password)
    return Account(base, destination.login, destination.password)


class ProjectUnits:
    """The units of a project in Realpad; see Source."""

    def __init__(
        self, section: RealpadUnits, account: Account, place: str, login: str, *, by_number: bool
    ) -> None:
        """`by_number`: leads call a unit by Realpad's own number of it."""
        self._section, self._account, self._by_number = section, account, by_number
        self.place, self.login, self.every = place, login, section.every

    def ask(self, known: Marks) -> Listing | None:
        """See Source."""
        section, account = self._section, self._account
        form = {
            "login": account.login,
            "password": account.password,
            "screenid": str(section.screenid),
            "developerid": str(section.developerid),
            "projectid": str(section.projectid),
        }
        try:
            fetched = fetch(account.base_url.rstrip("/") + "/get-project", known, form)
        except SourceError as error:
            error.refused = error.status in ACCOUNT_STATUSES
            raise
        if fetched is None:
            return None
        found = parse(fetched.body, [*map(str, section.types)], by_number=self._by_number)
        return found._replace(marks=fetched.marks)


def parse(body: bytes, types: list[str], *, by_number: bool) -> Listing:
    """The units of an answer to get-project. Raises SourceError."""
    reader = _Reader(types, by_number=by_number)
    # Nothing is expanded, nothing is looked up, and no tree is made.
    parser = XMLParser(target=reader, forbid_dtd=True)
    try:
        for start in range(0, len(body), _CHUNK):
            parser.feed(body[start : start + _CHUNK])
        parser.close()
    except DefusedXmlException:
        raise SourceError("declares entities or a document type, which is not read") from None
    except (ParseError, ValueError, LookupError):  # the encoding that it says, too
        raise SourceError("is not XML") from None
    return reader.rows.listing()


class _Reader:
    """Takes the elements `flat` with their `flat-attribute`s."""

    def __init__(self, types: list[str], *, by_number: bool) -> None:
        self.rows = Rows()
        self._types, self._by_number = types, by_number
        self._flat: dict[str, str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin an element; its attributes are all that says something."""
        if tag == "flat":
            self._flat = {"id": attributes.get("id", "")}
        elif tag == "flat-attribute" and self._flat is not None:
            key = attributes.get("key", "")
            if key in _KEYS:
                self._flat[key] = attributes.get("value", "").strip()

    def end(self, tag: str) -> None:
        """End an element."""
        if tag != "flat" or self._flat is None:
            return
        flat, self._flat = self._flat, None
        if flat.get("flat_type", FLAT) not in self._types:
            return
        name = flat.get("flat_internal_id", "")
        self.rows.take(
            flat["id"] if self._by_number else name,
            name=name,
            rooms=flat.get("flat_disposition"),
            area=flat.get("flat_area"),
            price=flat.get("flat_price"),
            state=_STATES.get(flat.get("flat_status", ""), "unknown"),
        )

    def data(self, text: str) -> None:
        """Texts say nothing."""

    def close(self) -> None:
        """The document is over."""
