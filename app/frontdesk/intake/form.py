"""The form of a page: a thin skin of WTForms over the questions, made only where one is shown."""

import json
from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.csrf.core import CSRF
from wtforms.fields.choices import Choice as Option  # type: ignore[attr-defined]
from wtforms.fields.core import Field, Label
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from frontdesk.config import Form
from frontdesk.intake.definition import HONEYPOT, TOKEN, Definition
from frontdesk.intake.enquiry import Enquiry
from frontdesk.intake.layout import Group, layout
from frontdesk.intake.questions.base import Question
from frontdesk.intake.questions.choices import Choice, Offer
from frontdesk.intake.questions.text import Text


class _Skin(Field):
    """A question on a page. Templates may ask it for all that the question knows."""

    def __init__(self, question: Question, **kwargs: Any) -> None:
        needed = [InputRequired(question.required)] if question.required else []
        super().__init__(
            question.label, validators=needed, render_kw=dict(question.render), **kwargs
        )
        self.question = question
        self.type = type(question).__name__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "question":
            raise AttributeError(name)
        return getattr(self.question, name)


class LineField(_Skin, StringField):
    """A question that is answered in words."""

    question: Text

    def __call__(self, **kwargs: object) -> Markup:
        asked = self.question
        told: dict[str, object] = {**asked.keyboard}
        if asked.kind:  # how static/fields.js reads it
            facts = json.dumps(asked.facts, separators=(",", ":"))
            told |= {"data-fd-kind": asked.kind, "data-fd-wrong": asked.wrong}
            told["data-fd-facts"] = facts
        return super().__call__(**{**told, **(self.render_kw or {}), **kwargs})


class LinesField(LineField, TextAreaField):
    """The same, in several lines."""


class _OfferField(_Skin):
    question: Offer

    def iter_choices(self) -> Iterator[Any]:
        chosen = self.data if isinstance(self.data, list) else [self.data]
        taken = [*filter(None, chosen)]
        for value, label in self.question.choices(taken):
            yield Option(value, label, selected=value in taken, render_kw={})


class ChosenField(_OfferField, SelectField):
    """One of several options."""

    question: Choice

    def __init__(self, question: Question, **kwargs: Any) -> None:
        super().__init__(question, choices=[], **kwargs)

    def __call__(self, **kwargs: object) -> Markup:
        return super().__call__(**{"autocomplete": "off", **kwargs})

    def iter_choices(self) -> Iterator[Any]:
        yield Option("", self.question.unchosen, selected=not self.data, render_kw={})
        yield from super().iter_choices()


class BoxesField(_OfferField, SelectMultipleField):
    """Any number of options, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, question: Question, **kwargs: Any) -> None:
        super().__init__(question, choices=[], **kwargs)


class TickField(_Skin, BooleanField):
    """A checkbox."""


FIELDS: dict[str, type[_Skin]] = {
    "line": LineField,
    "lines": LinesField,
    "select": ChosenField,
    "boxes": BoxesField,
    "tick": TickField,
}


class _FormToken(CSRF):
    """WTForms' seam for CSRF, filled with the form token."""

    def generate_csrf_token(self, csrf_token_field: Any) -> str:
        issue: Callable[[], str] = csrf_token_field.meta.issue
        return issue()


class EnquiryForm(FlaskForm):  # type: ignore[misc]
    """A form on a page, as an enquiry has filled it in; made by `form_of`."""

    configured: ClassVar[Form]
    spoken: ClassVar[str]
    groups: list[Group]  # what is seen, but for the consents
    unseen: list[str]  # what the page says by itself

    class Meta:
        csrf = True
        csrf_class = _FormToken
        csrf_field_name = TOKEN

        def get_translations(self, form: object) -> None:
            """All that is said comes from the questions."""

    def prefix_ids(self, prefix: str) -> None:
        """Tell the fields' ids from others of the page; the names stay."""
        for field in self:
            field.id = prefix + field.id
            field.label = Label(field.id, field.label.text)


# One for each form and language, as long as its definition is used.
_CLASSES: WeakKeyDictionary[Definition, type[EnquiryForm]] = WeakKeyDictionary()


def _class(definition: Definition) -> type[EnquiryForm]:
    made = _CLASSES.get(definition)
    if made is None:
        asked = definition.questions.items()
        members: dict[str, Any] = {name: FIELDS[q.control](q) for name, q in asked}
        members |= {"configured": definition.form, "spoken": definition.language}
        made = _CLASSES[definition] = type("ConfiguredForm", (EnquiryForm,), members)
    return made


def form_of(enquiry: Enquiry, issue: Callable[[], str]) -> EnquiryForm:
    """The form as it was filled in, with what is said of it. `issue`: makes the token for it."""
    definition = enquiry.definition
    shown = {name: q.shown(enquiry.reading(name)) for name, q in definition.questions.items()}
    made: EnquiryForm = _class(definition)(formdata=None, data=shown, meta={"issue": issue})
    for field in made:
        complaint = enquiry.complaint(field.name)
        field.errors = [complaint] if complaint is not None else []
    made.groups = layout(enquiry)
    seen = {row.name for group in made.groups for row in group.rows}
    of_page = (name for name, q in definition.questions.items() if q.of_page and name not in seen)
    made.unseen = [name for name in of_page if name != HONEYPOT]
    return made
