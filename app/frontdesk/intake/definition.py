"""Which questions a configured form asks, in one language: the one definition of HTML and JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from frontdesk import config
from frontdesk.config import Attribute, Form, localized
from frontdesk.config.asked import asked, required
from frontdesk.config.fields import CONTACT, WISHES, Asked
from frontdesk.config.links import pieces, plain
from frontdesk.i18n import catalogue
from frontdesk.intake.keys import VISITOR
from frontdesk.intake.questions import choices, listed, numbers, text
from frontdesk.intake.questions.base import Question
from frontdesk.intake.questions.hidden import Hidden
from frontdesk.intake.questions.phone import Phone
from frontdesk.intake.sections import SECTIONS
from frontdesk.model.lead import digest
from frontdesk.model.units import Unit

CONSENT = "consent_"
ATTRIBUTE = "attribute_"
HONEYPOT = "link"
TOKEN = "token"  # noqa: S105 - a field's name
CAPTCHA_FIELDS = tuple(dict.fromkeys(["captcha", *(each.field for each in SECTIONS.values())]))
# What else may be wrong in a JSON body.
NOT_FIELDS = frozenset({"consents", "attributes", *VISITOR})

# What the browser must not "correct".
_NAME = {"autocapitalize": "words", "spellcheck": "false"}
_CODE = {"autocapitalize": "off", "spellcheck": "false"}

# A flat says by its number how many rooms it has, and what it costs.
INSTEAD = {"rooms": "unit", "price_max": "unit"}


class Definition:
    """A form's questions by the names of its fields; it keeps nothing of an enquiry."""

    def __init__(
        self, form: Form, language: str, units: Sequence[Unit] = (), *, whole: bool = False
    ) -> None:
        """`units`: of a price list, if the form has one.

        `whole`: with what the form could ask for, and does not; for operators.
        """
        self.form = form
        self.language = language
        # In the order of the page.
        self.asked = {_field(entry): entry for entry in asked(form)}
        must = required(form)
        known = dict(_questions(form, language, self.asked, must, units, whole=whole))
        # It is left out if it comes. Who somebody is, and what they write, never is.
        self.unasked = () if whole else tuple(n for n, q in known.items() if self._is_unasked(n, q))
        order = dict.fromkeys((*self.asked, *known))
        self.questions = {name: known[name] for name in order if name not in self.unasked}
        self.required = {name: q.required for name, q in self.questions.items() if q.required}
        # Of each consent: its id, its text and the text's hash.
        self.wordings = tuple(_wording(consent, language) for consent in form.consents)
        self.asks_contact = form.kind != "valuation" and must.isdisjoint(CONTACT)
        self.gettext = catalogue(language).gettext
        # By what may be wrong in an enquiry, what that is counted as; all else is not ours.
        ours = (TOKEN, *map(json_name, self.questions), *NOT_FIELDS)
        self.own_names = {name: name for name in ours} | dict.fromkeys(CAPTCHA_FIELDS, "captcha")

    def _is_unasked(self, name: str, question: Question) -> bool:
        may_be = name in WISHES or name.startswith(ATTRIBUTE)
        return may_be and name not in self.asked and not isinstance(question, Hidden)

    def unknown_answers(self, names: Iterable[str]) -> list[str]:
        """Attributes and consents that a page sends and the form does not have; a few will do."""
        ours = (CONSENT, ATTRIBUTE)
        sent = (name[:100] for name in names if name.startswith(ours))
        unknown = (n for n in sent if n not in self.questions and n not in self.unasked)
        return [ascii(name)[1:-1] for name in islice(unknown, 5)]


def _field(entry: Asked) -> str:
    """The name of its field."""
    return ATTRIBUTE + entry.key if entry.is_attribute else entry.name


def _questions(
    form: Form,
    language: str,
    entries: Mapping[str, Asked],
    must: frozenset[str],
    units: Sequence[Unit],
    *,
    whole: bool,
) -> Iterator[tuple[str, Question]]:
    """All of them; build them once for each language."""
    _ = catalogue(language).gettext

    def called(name: str, usual: str) -> str:
        return (name in entries and localized(entries[name].label, language)) or usual

    def needed(name: str, said: str = "") -> str:
        return (said or _("Please fill this in.")) if name in must else ""

    yield (
        "first_name",
        text.Text(
            language,
            called("first_name", _("First name")),
            required=needed("first_name", _("Please tell us your first name.")),
            render={"autocomplete": "given-name", **_NAME},
        ),
    )
    yield (
        "last_name",
        text.Text(
            language,
            called("last_name", _("Last name")),
            required=needed("last_name", _("Please tell us your last name.")),
            render={"autocomplete": "family-name", **_NAME},
        ),
    )
    said = needed("email", _("Please leave us an email address."))
    yield "email", text.Email(language, called("email", _("Email")), required=said)
    said, region = needed("phone", _("Please leave us a phone number.")), form.phone_region
    yield "phone", Phone(language, called("phone", _("Phone")), region, required=said)
    if form.kind != "valuation":  # what those are asked who want to buy
        unit = _unit(form, language, called("unit", _("Unit")), needed("unit"), units)
        by_page = "unit" not in entries or entries["unit"].hidden
        yield "unit", Hidden(unit) if by_page and not whole else unit
        if form.rooms:
            rooms, label = {room: room for room in form.rooms}, called("rooms", _("Rooms"))
            yield "rooms", choices.Choices(language, label, rooms, required=needed("rooms"))
        label, said = called("price_max", _("Highest price")), needed("price_max")
        yield "price_max", numbers.Price(language, label, form.currency, required=said)
    for attribute in form.attributes:
        question = _attribute(attribute, language)
        yield ATTRIBUTE + attribute.key, Hidden(question) if attribute.hidden else question
    label, said = called("note", _("Message")), needed("note")
    yield "note", text.Note(language, label, required=said, render={"rows": 4})
    for consent in form.consents:
        label = localized(consent.label, language)
        said = _("Without this consent we cannot reply to you.") if consent.required else ""
        tick = choices.Tick(language, plain(label), pieces(label), required=said)
        yield f"{CONSENT}{consent.id}", tick
    yield "language", text.Language(language, "language")
    for name, limit in (("campaign", 200), ("page", 2000), ("title", 200), ("referrer", 2000)):
        yield name, text.Hint(language, name, limit)
    yield "attribution", text.Campaigns(language, "attribution")
    yield "tags", text.Tags(language, "tags", 500)
    yield HONEYPOT, text.Trap(language, _("Please leave this empty"), 200)


def _unit(form: Form, language: str, label: str, needed: str, units: Sequence[Unit]) -> Question:
    _ = catalogue(language).gettext
    unchosen = _("Please choose") if needed else _("Any flat")
    if form.units:
        offered = {unit: unit for unit in form.units}
        return choices.Unit(language, label, offered, unchosen, required=needed)
    if 0 < sum(unit.state == "free" for unit in units) <= listed.MOST:
        money = form.currency
        return listed.Listed(language, label, units, unchosen, money, required=needed)
    return text.Text(language, label, required=needed, render=_CODE)


def _wording(consent: config.Consent, language: str) -> tuple[int, str, str]:
    said = localized(consent.label, language)
    return consent.id, said, digest(said)


def _attribute(attribute: Attribute, language: str) -> Question:
    _ = catalogue(language).gettext
    label = localized(attribute.label, language)
    options = {option.value: localized(option.label, language) for option in attribute.options}
    required = _("Please fill this in.") if attribute.required else ""
    nothing = _("Please choose") if attribute.required else _("No preference")
    match attribute.type:
        case "boolean":
            yes, no = _("Yes"), _("No")
            return choices.YesNo(language, label, yes, no, nothing, required=required)
        case "select":
            return choices.Choice(language, label, options, nothing, required=required)
        case "multiselect":
            return choices.Choices(language, label, options, required=required)
        case "integer":
            bounds = attribute.min, attribute.max
            return numbers.Whole(language, label, *bounds, required=required)
        case "decimal":
            bounds = attribute.min, attribute.max
            return numbers.Decimal(language, label, *bounds, required=required)
        case "date":
            return text.Day(language, label, attribute.min, attribute.max, required=required)
        case "string":
            return text.Text(language, label, required=required)


def json_name(field: str) -> str:
    """A field's name as the JSON body and its errors have it."""
    if field.startswith(CONSENT):
        return "consents." + field.removeprefix(CONSENT)
    if field.startswith(ATTRIBUTE):
        return "attributes." + field.removeprefix(ATTRIBUTE)
    return field
