"""Which questions a configured form asks, in one language: the one definition of HTML and JSON."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from frontdesk import config
from frontdesk.config import Attribute, Form, localized
from frontdesk.config.links import pieces, plain
from frontdesk.i18n import catalogue
from frontdesk.intake.keys import VISITOR
from frontdesk.intake.questions import choices, listed, numbers, text
from frontdesk.intake.questions.base import Question
from frontdesk.intake.questions.hidden import Hidden
from frontdesk.intake.questions.phone import Phone
from frontdesk.model.lead import digest
from frontdesk.model.units import Unit

CONSENT = "consent_"
ATTRIBUTE = "attribute_"
HONEYPOT = "link"
TOKEN = "token"  # noqa: S105 - a field's name
CAPTCHA_FIELDS = ("captcha", "altcha", "h-captcha-response", "cf-turnstile-response")
# What else may be wrong in a JSON body.
NOT_FIELDS = frozenset({"consents", "attributes", *VISITOR})

# What the browser must not "correct".
_NAME = {"autocapitalize": "words", "spellcheck": "false"}
_CODE = {"autocapitalize": "off", "spellcheck": "false"}


class Definition:
    """A form's questions by the names of its fields; it keeps nothing of an enquiry."""

    def __init__(self, form: Form, language: str, units: Sequence[Unit] = ()) -> None:
        """`units`: of a price list, if the form has one."""
        self.form = form
        self.language = language
        self.questions: dict[str, Question] = dict(_questions(form, language, units))
        self.required = {name: q.required for name, q in self.questions.items() if q.required}
        # Of each consent: its id, its text and the text's hash.
        self.wordings = tuple(_wording(consent, language) for consent in form.consents)
        self.asks_contact = form.kind != "valuation"
        self.gettext = catalogue(language).gettext
        # By what may be wrong in an enquiry, what that is counted as; all else is not ours.
        ours = (TOKEN, *map(json_name, self.questions), *NOT_FIELDS)
        self.own_names = {name: name for name in ours} | dict.fromkeys(CAPTCHA_FIELDS, "captcha")

    def unknown_answers(self, names: Iterable[str]) -> list[str]:
        """Attributes and consents that a page sends and the form does not have; a few will do."""
        ours = (CONSENT, ATTRIBUTE)
        sent = (name[:100] for name in names if name.startswith(ours))
        return [
            ascii(name)[1:-1] for name in islice((n for n in sent if n not in self.questions), 5)
        ]


def _questions(form: Form, language: str, units: Sequence[Unit]) -> Iterator[tuple[str, Question]]:
    """All of them in the order of the page; build them once for each language."""
    _ = catalogue(language).gettext
    buys = form.kind != "valuation"  # who asks what a property is worth need not say who it is
    first, last = _("Please tell us your first name."), _("Please tell us your last name.")
    yield (
        "first_name",
        text.Text(
            language,
            _("First name"),
            required=first if buys else "",
            render={"autocomplete": "given-name", **_NAME},
        ),
    )
    yield (
        "last_name",
        text.Text(
            language,
            _("Last name"),
            required=last if buys else "",
            render={"autocomplete": "family-name", **_NAME},
        ),
    )
    yield "email", text.Email(language, _("Email"))
    yield "phone", Phone(language, _("Phone"), form.phone_region)
    if buys:
        yield from _wishes(form, language, units)
    for attribute in form.attributes:
        question = _attribute(attribute, language)
        yield ATTRIBUTE + attribute.key, Hidden(question) if attribute.hidden else question
    yield "note", text.Note(language, _("Message"), render={"rows": 4})
    for consent in form.consents:
        label = localized(consent.label, language)
        needed = _("Without this consent we cannot reply to you.") if consent.required else ""
        tick = choices.Tick(language, plain(label), pieces(label), required=needed)
        yield f"{CONSENT}{consent.id}", tick
    yield "language", text.Language(language, "language")
    for name, limit in (("campaign", 200), ("page", 2000), ("title", 200), ("referrer", 2000)):
        yield name, text.Hint(language, name, limit)
    yield "tags", text.Tags(language, "tags", 500)
    yield HONEYPOT, text.Trap(language, _("Please leave this empty"), 200)


def _wishes(form: Form, language: str, units: Sequence[Unit]) -> Iterator[tuple[str, Question]]:
    """What those are asked who want to buy."""
    _ = catalogue(language).gettext
    if form.units:
        offered = {unit: unit for unit in form.units}
        yield "unit", choices.Unit(language, _("Unit"), offered, _("Any flat"))
    elif 0 < sum(unit.state == "free" for unit in units) <= listed.MOST:
        nothing = _("Any flat")
        yield "unit", listed.Listed(language, _("Unit"), units, nothing, form.currency)
    else:
        yield "unit", text.Text(language, _("Unit"), render=_CODE)
    if form.rooms:
        yield "rooms", choices.Choices(language, _("Rooms"), {room: room for room in form.rooms})
    yield "price_max", numbers.Price(language, _("Highest price"), form.currency)


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
