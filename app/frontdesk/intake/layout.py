"""How the questions of a form stand on its page: in which groups and order, and how wide."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from frontdesk.config import localized
from frontdesk.config.fields import CONTACT, NAMES, NOTE, Asked
from frontdesk.config.links import Link, pieces
from frontdesk.intake.definition import INSTEAD, Definition
from frontdesk.intake.enquiry import Enquiry
from frontdesk.intake.questions.numbers import Price

_WHO = (*NAMES, *CONTACT)
_KEPT = (*_WHO, "unit", NOTE)  # whatever the form asks for
_WIDTHS = {"full": "fd-wide", "half": "", "third": "fd-third"}


class Row(NamedTuple):
    """A field's place.

    `css`: the class for its width. `either`: the field that may be filled in instead of it.
    `described`: by what is said of all contacts, which stands `below` the last of them.
    `fixed`: the page says it, and the visitor only reads it.
    """

    name: str
    css: str
    hint: Sequence[str | Link]
    either: str
    described: bool
    below: str
    fixed: bool


class Group(NamedTuple):
    """Fields that stand together, under a heading if there are others."""

    heading: str
    rows: list[Row]

    @property
    def thirds(self) -> bool:
        return any(row.css == _WIDTHS["third"] for row in self.rows)

    def hinted(self, name: str, said: str) -> "Group":
        """The same with another hint at a field, if it is here."""
        rows = [row._replace(hint=[said]) if row.name == name else row for row in self.rows]
        return Group(self.heading, rows)


def layout(enquiry: Enquiry) -> list[Group]:
    """All that is seen of a form as it was filled in, but for the consents."""
    definition = enquiry.definition
    seen = _seen(enquiry)
    rows = {name: _row(definition, name, seen) for name in seen}
    headings = {name: entry.heading for name, entry in definition.asked.items() if entry.heading}
    if not headings:
        return list(_usual(definition, list(rows.values())))
    groups = [Group("", [])]
    for name in _in_order(definition):
        if name in headings:
            groups.append(Group(localized(headings[name], definition.language), []))
        if name in rows:
            groups[-1].rows.append(rows[name])
    return [group for group in groups if group.rows]


def _in_order(definition: Definition) -> list[str]:
    """All that may be seen; what is not asked for comes after who somebody is."""
    order = list(definition.asked)
    place = max((i for i, name in enumerate(order, 1) if name in _WHO), default=0)
    order[place:place] = [n for n in _KEPT if n in definition.questions and n not in order]
    return order


def _seen(enquiry: Enquiry) -> list[str]:
    """The fields that are shown.

    On a flat's own page nobody is asked what its number says. What the form does not ask for is
    shown all the same if it is there already, so that nothing is lost, and nothing sent unseen.
    """
    definition = enquiry.definition
    kept = [name for name in _KEPT if name in definition.questions]
    there = [name for name in kept if enquiry.shown(name)]
    # Where they were asked for, the browser has sent them, if only empty.
    on_flat = "unit" in there and not any(name in enquiry.typed for name in INSTEAD)
    return [
        name
        for name in _in_order(definition)
        if name in there
        or enquiry.complaint(name) is not None
        or (
            name in definition.asked
            and not definition.questions[name].of_page
            and not (on_flat and name in INSTEAD)
        )
    ]


def _row(definition: Definition, name: str, seen: Sequence[str]) -> Row:
    question = definition.questions[name]
    entry = definition.asked.get(name, Asked(name=name))
    usual = "full" if question.control in ("lines", "boxes") else "half"
    contacts = [one for one in seen if one in CONTACT]
    below = _of_contacts(definition, contacts) if name in CONTACT else ""
    either = INSTEAD.get(name, "") if question.required and "unit" in seen else ""
    if name == "email" and definition.asks_contact and "phone" in seen:
        either = "phone"
    return Row(
        name=name,
        css=_WIDTHS[entry.width or usual],
        hint=pieces(localized(entry.hint, definition.language)) or _hint(definition, name),
        either=either,
        described=bool(below),
        below=below if contacts[-1:] == [name] else "",
        fixed=question.of_page,
    )


def _hint(definition: Definition, name: str) -> list[str | Link]:
    _, question = definition.gettext, definition.questions[name]
    if isinstance(question, Price):
        return [_("A whole amount, for example %(amount)s.") % {"amount": question.example}]
    if name == "unit" and question.control == "line" and not question.of_page:
        return [_("As in the price list, if you have chosen one.")]
    return []


def _of_contacts(definition: Definition, contacts: Sequence[str]) -> str:
    """What is said of them where they are not simply required."""
    _ = definition.gettext
    if definition.form.kind != "valuation":
        if not (definition.asks_contact and len(contacts) == len(CONTACT)):
            return ""
        return _("An email address or a phone number is enough.")
    if not definition.required.keys().isdisjoint(CONTACT):
        return ""
    if len(contacts) < len(CONTACT):
        return _("Only if you would like to hear from us.")
    return _(
        "Only if you would like to hear from us. An email address or a phone number is enough."
    )


def _usual(definition: Definition, rows: Sequence[Row]) -> Iterator[Group]:
    """Who asks, and about what, under headings of ours; few fields need none."""
    _ = definition.gettext
    who = [row for row in rows if row.name in _WHO]
    what = [row for row in rows if row.name not in _WHO]
    if list(rows) not in (who + what, what + who) or len(what) < 2 or not who:
        yield Group("", list(rows))
        return
    about = _("About the property")
    if definition.form.kind != "valuation":
        about = _("What you are looking for")
    groups = [Group(_("About you"), who), Group(about, what)]
    yield from groups if list(rows) == who + what else reversed(groups)
