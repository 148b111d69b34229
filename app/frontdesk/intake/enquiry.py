"""An enquiry as a form's questions understand it: read from HTML or JSON, then checked alike."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from frontdesk.intake.complaint import Complaint
from frontdesk.intake.definition import (
    ATTRIBUTE,
    CAPTCHA_FIELDS,
    CONSENT,
    HONEYPOT,
    INSTEAD,
    TOKEN,
    Definition,
    json_name,
)
from frontdesk.intake.questions.base import MAX_LIST, Channel, Question, Reading, Typed
from frontdesk.intake.questions.choices import Tick
from frontdesk.intake.questions.hidden import Hidden
from frontdesk.intake.questions.text import Text, Trap
from frontdesk.intake.text import TEXT_LIMIT, length
from frontdesk.intake.token import Token
from frontdesk.model.lead import AttributeValue, Attribution, Consent, Lead

Errors = dict[str, list[str]]

# A question that is called like a field of the lead asks for it.
_OF_LEAD = frozenset(Lead.__struct_fields__)


class Enquiry:
    """What was typed, or told; and, once it is checked, what that means."""

    def __init__(self, definition: Definition, channel: Channel) -> None:
        self.definition = definition
        self.channel = channel
        self.typed: dict[str, Typed] = {}  # by field; what is missing was left empty
        self.token = ""
        self.checked_token: Token | None = None
        self.captcha = ""  # the captcha's response, whichever of its names it came by
        self.shape: Errors = {}  # what is wrong with the shape of a JSON body
        self.unreadable: Collection[str] = ()  # fields of a form whose encoding is broken
        self.left_out: list[str] = []  # what the form does not know, as the sender called it
        self.unasked: set[str] = set()  # fields that it does not ask for, and was sent
        self._readings: dict[str, Reading] = {}  # in the order of the questions
        self._complaints: dict[str, Complaint] = {}

    # -- what it is ----------------------------------------------------------------------------

    def check(self) -> bool:
        """Understand all answers, so that all mistakes are told at once; whether there is none."""
        for name, question in self.definition.questions.items():
            if typed := self.typed.get(name):
                reading = self._readings[name] = question.read(typed, self.channel)
                if reading.complaint is not None:
                    self._complaints[name] = reading.complaint
        for name, said in self.definition.required.items():
            told = self.shown(name) or (name in INSTEAD and self.shown(INSTEAD[name]))
            if not told and name not in self._complaints:
                self._complaints[name] = Complaint("missing", said)
        asks = self.definition.asks_contact
        if asks and not self.shown("email") and not self.shown("phone"):
            said = self.definition.gettext("Please leave us an email address or a phone number.")
            self._complaints["email"] = Complaint("no_contact", said)
        self._check_note()
        for name in self.unreadable:
            unread = self.definition.questions.get(name)
            # What the page says of itself may be lost.
            if unread is not None and not unread.of_page:
                said = unread.gettext("We could not read this. Please write it once more.")
                self._complaints[name] = Complaint("unreadable", said)
        return not self._complaints and not self.shape

    def _check_note(self) -> None:
        beside = sum(length(remark) + 1 for remark in self.remarks())
        if "note" in self._complaints or length(self._note) + beside <= TEXT_LIMIT:
            return
        question = self.definition.questions["note"]
        assert isinstance(question, Text)  # noqa: S101 - so it is defined
        said = question.too_long(TEXT_LIMIT - beside)
        self._complaints["note"] = Complaint("too_long", said)

    def complain(self, name: str, complaint: Complaint) -> None:
        """Note what is wrong with a field, as others find it."""
        self._complaints[name] = complaint

    def complaint(self, name: str) -> Complaint | None:
        """What is wrong with a field."""
        return self._complaints.get(name)

    def problems(self) -> Errors:
        """All that is wrong, under the names that the JSON body has for it."""
        order = [name for name in (*self.definition.questions, TOKEN) if name in self._complaints]
        found: Errors = {json_name(name): [self._complaints[name]] for name in order}
        return found | self.shape

    def answer(self, name: str) -> AttributeValue | None:
        """The answer to a question; None also where the form does not ask it."""
        found = self._answer(name)
        return None if isinstance(found, Attribution) else found

    def text(self, name: str) -> str | None:
        """The answer to a question that is answered with a text."""
        found = self.answer(name)
        return found if isinstance(found, str) else None

    @property
    def attribution(self) -> Attribution | None:
        """What brought the visitor, as the page says."""
        found = self._answer("attribution")
        return found if isinstance(found, Attribution) else None

    def _answer(self, name: str) -> AttributeValue | Attribution | None:
        reading = self._readings.get(name)
        return reading.answer if reading is not None else None

    def shown(self, name: str) -> Typed:
        """What stands in a field."""
        reading = self._readings.get(name)
        if reading is not None:
            return reading.typed
        typed = self.typed.get(name)
        return self.definition.questions[name].nothing if typed is None else typed

    def reading(self, name: str) -> Reading:
        """What was understood of an answer, so far."""
        return self._readings.get(name) or Reading(self.shown(name))

    @property
    def is_trapped(self) -> bool:
        """Whether the field was filled in that nobody sees."""
        return bool(self.shown(HONEYPOT))

    @property
    def marketing(self) -> bool | None:
        """Whether marketing was consented to; None if the form does not ask for that."""
        form = self.definition.form
        granted = [one.id for one in form.consents if self.answer(f"{CONSENT}{one.id}")]
        return form.marketing(granted)

    def ignored(self) -> list[str]:
        """What the form does not know, by the names that its sender has for it."""
        named = json_name if self.channel == "json" else str
        unasked = (name for name in self.definition.unasked if name in self.unasked)
        unknown = (name for name, _, reading in self._read() if reading.ignored)
        return [*self.left_out, *map(named, (*unasked, *unknown))]

    def _read(self) -> Iterator[tuple[str, Question, Reading]]:
        """What was understood, in the order of the questions."""
        for name, reading in self._readings.items():
            yield name, self.definition.questions[name], reading

    # -- what goes to the CRM ------------------------------------------------------------------

    @property
    def _note(self) -> str:
        return str(self.shown("note"))

    def remarks(self) -> tuple[str, ...]:
        """What the answers cannot say by themselves, unless the note says so already."""
        said = self._note.splitlines()
        found = (r.remark for _, q, r in self._read() if r.remark and not isinstance(q, Hidden))
        return tuple(remark for remark in found if remark not in said)

    def asides(self) -> tuple[str, ...]:
        """The same of what the page says by itself, as far as there is room in the note."""
        hidden = [r.remark for _, q, r in self._read() if r.remark and isinstance(q, Hidden)]
        known, asides = "\n".join((self._note, *self.remarks())), []
        for line in hidden:
            if line not in known.splitlines() and length(f"{known}\n{line}") <= TEXT_LIMIT:
                known = f"{known}\n{line}"
                asides.append(line)
        return tuple(asides)

    def lead(self) -> Lead:
        """The answers; `check` comes first, and finds nothing wrong."""
        definition, answer = self.definition, self.answer
        note = "\n".join(filter(None, (self.text("note"), *self.remarks(), *self.asides())))
        told: dict[str, Any] = {"first_name": "", "last_name": "", "language": definition.language}
        for name, _, reading in self._read():
            found = reading.answer
            if name in _OF_LEAD and found not in (None, ""):
                told[name] = tuple(found) if isinstance(found, list) else found
        told["note"] = note or None
        told["consents"] = tuple(
            Consent(
                id=number,
                granted=bool(answer(f"{CONSENT}{number}")),
                text=text,
                language=definition.language,
                sha256=sha256,
            )
            for number, text, sha256 in definition.wordings
        )
        told["attributes"] = {
            a.key: value
            for a in definition.form.attributes
            if (value := answer(ATTRIBUTE + a.key)) is not None
        }
        return Lead(**told)


def from_form(
    definition: Definition,
    data: MultiDict[str, str],
    channel: Channel = "html",
    unreadable: Collection[str] = (),
) -> Enquiry:
    """Read the fields that a browser sends."""
    enquiry = Enquiry(definition, channel)
    enquiry.unreadable = unreadable
    enquiry.token = data.get(TOKEN, "")
    enquiry.captcha = next((data[name] for name in CAPTCHA_FIELDS if data.get(name)), "")
    enquiry.left_out = definition.unknown_answers(data)
    enquiry.unasked = {name for name in definition.unasked if any(data.getlist(name))}
    for name, question in definition.questions.items():
        if name in data:
            enquiry.typed[name] = question.typed(data.getlist(name))
    return enquiry


def from_json(
    definition: Definition, body: Mapping[str, Any], channel: Channel = "json"
) -> Enquiry:
    """Read the object that a program sends."""
    _ = definition.gettext
    enquiry = Enquiry(definition, channel)
    responses: dict[str, str] = {}

    def take(name: str, value: object, path: str) -> None:
        question = definition.questions.get(name)
        if name in definition.unasked:
            if value not in (None, "", []):
                enquiry.unasked.add(name)
        elif question is None or isinstance(question, Tick):
            said = Complaint("unknown", _("This form has no such field."))
            enquiry.shape[path] = [said]
        elif value is not None:
            typed = question.told(value)
            if typed is not None:
                enquiry.typed[name] = typed
            elif question.of_page and not isinstance(question, Trap):
                enquiry.left_out.append(path)
            else:
                wrong_type(path)

    def wrong_type(path: str) -> None:
        said = Complaint("wrong_type", _("This value is of the wrong type."))
        enquiry.shape[path] = [said]

    for key, value in body.items():
        if key in CAPTCHA_FIELDS or key == TOKEN:
            if isinstance(value, str):
                responses[key] = value
            elif value is not None:
                wrong_type(key)
        elif key == "consents":
            if not _take_consents(enquiry, value):
                said = Complaint("not_offered", _("Please choose from the options."))
                enquiry.shape[key] = [said]
        elif key == "attributes":
            if isinstance(value, dict):
                for attribute, answer in value.items():
                    take(ATTRIBUTE + attribute, answer, f"attributes.{attribute}")
            elif value is not None:
                wrong_type(key)
        elif key.startswith((CONSENT, ATTRIBUTE)):
            take("", value, key)
        else:
            take(key, value, key)
    enquiry.token = responses.get(TOKEN, "")
    enquiry.captcha = next((responses[n] for n in CAPTCHA_FIELDS if responses.get(n)), "")
    return enquiry


def _take_consents(enquiry: Enquiry, value: object) -> bool:
    """Take the ids of those that are given; whether the form has them all."""
    if value is None:
        return True
    if not isinstance(value, list):
        return False
    well = True
    for consent in value[:MAX_LIST]:
        name = f"{CONSENT}{consent}"
        is_id = isinstance(consent, int) and not isinstance(consent, bool)
        if is_id and name in enquiry.definition.questions:
            enquiry.typed[name] = True
        else:
            well = False
    return well
