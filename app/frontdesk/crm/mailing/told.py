"""A submission in the words of its form, for the person who answers it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from babel.numbers import format_currency, format_decimal

from frontdesk.config import Attribute, Form, localized
from frontdesk.config.links import plain
from frontdesk.crm.mailing.letters import line
from frontdesk.i18n import catalogue
from frontdesk.model.lead import AttributeValue, Submission


class Told(NamedTuple):
    """A question and its answer."""

    question: str
    answer: str


class Agreed(NamedTuple):
    """A consent as it was asked for, and what the visitor said."""

    wording: str
    granted: bool


def facts(submission: Submission, form: Form, language: str) -> dict[str, Any]:
    """What the templates of a lead are given."""
    lead, origin = submission.lead, submission.origin
    return {
        "title": localized(form.title, language),
        "form": form.slug,
        "id": str(submission.id),
        "at": submission.at,
        "name": line(lead.name),
        "email": lead.email or "",
        "phone": lead.phone or "",
        "unit": line(lead.unit or ""),
        "answers": list(_answers(submission, form, language)),
        "note": lead.note or "",
        "consents": [
            Agreed(plain(c.text) or f"{form.slug} {c.id}", c.granted) for c in lead.consents
        ],
        "page": origin.page or "",
        "campaign": lead.campaign or "",
        "source": origin.source or origin.api_key or "",
        "spoken": lead.language,
    }


def _answers(submission: Submission, form: Form, language: str) -> Iterator[Told]:
    _ = catalogue(language).gettext
    lead = submission.lead
    asked_of_all = (
        (_("First name"), lead.first_name),
        (_("Last name"), lead.last_name),
        (_("Email"), lead.email),
        (_("Phone"), lead.phone),
        (_("Unit"), lead.unit),
        (_("Rooms"), ", ".join(lead.rooms)),
    )
    yield from (Told(question, line(answer)) for question, answer in asked_of_all if answer)
    if lead.price_max is not None:
        price = format_currency(
            lead.price_max, form.currency, "#,##0 ¤", language, currency_digits=False
        )
        yield Told(_("Highest price"), price)
    asked = {attribute.key: attribute for attribute in form.attributes}
    for key, value in lead.attributes.items():
        if value not in ("", []):  # false and 0 are answers
            yield answer_of(asked.get(key), key, value, language)


def answer_of(asked: Attribute | None, key: str, value: AttributeValue, language: str) -> Told:
    """A question of the form's own and its answer, as the form puts them."""
    _ = catalogue(language).gettext
    labels: dict[object, str] = {}
    if asked is not None:
        key = localized(asked.label, language)
        labels = {option.value: localized(option.label, language) for option in asked.options}

    def said(one: bool | int | str) -> str:
        if isinstance(one, bool):
            return _("Yes") if one else _("No")
        if isinstance(one, int):
            return format_decimal(one, locale=language)
        return labels.get(one, one)

    values = value if isinstance(value, list) else [value]
    return Told(key, line(", ".join(map(said, values)), 5000))
