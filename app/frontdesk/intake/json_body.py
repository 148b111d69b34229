"""An enquiry in JSON as the form data that a browser would send; what is wrong with its shape."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from frontdesk.i18n import catalogue
from frontdesk.intake import fields
from frontdesk.intake.complaint import Complaint
from frontdesk.intake.form import ATTRIBUTE, CAPTCHA_FIELDS, CONSENT, TOKEN, EnquiryForm


class Shaped(NamedTuple):
    """A JSON body as the form data that a browser would send, and what is wrong with its shape."""

    data: MultiDict[str, str]
    errors: dict[str, list[str]]
    ignored: list[str]


def form_data(form: type[EnquiryForm], body: Mapping[str, Any]) -> Shaped:
    """Take a JSON body apart."""
    _ = catalogue(form.spoken).gettext
    data: MultiDict[str, str] = MultiDict()
    errors: dict[str, list[str]] = {}
    ignored: list[str] = []
    no_such_field: list[str] = [Complaint("unknown", _("This form has no such field."))]
    wrong_type: list[str] = [Complaint("wrong_type", _("This value is of the wrong type."))]

    def take(name: str, value: object, path: str) -> None:
        field = getattr(form, name, None)
        kind = getattr(field, "field_class", None)
        if kind is None:
            errors[path] = no_such_field
        elif value is not None:
            values = kind.from_json(value)
            if values is None and issubclass(kind, fields.PAGES) and kind is not fields.Trap:
                ignored.append(path)
            elif values is None or len(values) > fields.MAX_LIST:
                errors[path] = wrong_type
            else:
                data.setlist(name, values)

    for key, value in body.items():
        if key in CAPTCHA_FIELDS or key == TOKEN:
            if isinstance(value, str):
                data[key] = value
            elif value is not None:
                errors[key] = wrong_type
        elif key == "consents":
            for consent in _consents(value):
                name = f"{CONSENT}{consent}"
                if isinstance(consent, int) and hasattr(form, name):
                    data[name] = "true"
                else:
                    errors["consents"] = [
                        Complaint("not_offered", _("Please choose from the options."))
                    ]
        elif key == "attributes":
            if isinstance(value, dict):
                for attribute, answer in value.items():
                    take(ATTRIBUTE + attribute, answer, f"attributes.{attribute}")
            elif value is not None:
                errors[key] = wrong_type
        elif key.startswith((CONSENT, ATTRIBUTE)):
            errors[key] = no_such_field
        else:
            take(key, value, key)
    return Shaped(data, errors, ignored)


def _consents(value: object) -> list[object]:
    if value is None:
        return []
    if isinstance(value, list):
        return [None if isinstance(item, bool) else item for item in value[: fields.MAX_LIST]]
    return [None]
