"""The field of a telephone number, and what a browser has to know of a country to read one."""

from functools import cache
from typing import Any, ClassVar

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat
from wtforms.validators import StopValidation

from frontdesk.intake import contact
from frontdesk.intake.complaint import Complaint
from frontdesk.intake.fields import Json, Keyboard, Text
from frontdesk.intake.text import clean_figures


class Phone(Text):
    """A telephone number in national or international notation, stored as E.164."""

    kind = "phone"
    keyboard: ClassVar[Keyboard] = {
        **Text.keyboard,
        "autocomplete": "tel",
        "type": "tel",
        "inputmode": "tel",
    }

    clean = staticmethod(clean_figures)

    def json_schema(self) -> Json:
        return {"type": "string", "maxLength": contact.PHONE_LENGTH}

    def __init__(self, label: str, region: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.region = region
        self.understood = contact.Phone()

    @property
    def wrong(self) -> str:
        return self.gettext(
            "This is not a complete phone number."
            " Add the country's prefix if it is from abroad, for example +420."
        )

    @property
    def facts(self) -> Json:
        return {
            "label": contact.LABEL,
            "extension": contact.EXTENSION,
            "zero": contact.CODE_AND_ZERO,
            "beside": self.gettext("Extension"),
            **region_facts(self.region),
        }

    def pre_validate(self, form: object) -> None:
        if not self.data:
            return
        self.understood = found = contact.read_phone(self.data, self.region)
        if found.several:
            said = self.gettext(
                "Please write one number here. Another one can go into the message."
            )
            raise StopValidation(Complaint("several", said))
        if not found.readings:
            raise StopValidation(Complaint("invalid", self.wrong))
        if len(found.readings) > 1:
            message = self.gettext(
                "This can mean %(one)s or %(other)s. Please write the number with its + in front."
            )
            one, other = map(_international, found.readings)
            said = message % {"one": one, "other": other}
            raise StopValidation(Complaint("ambiguous", said))

    @property
    def answer(self) -> str | None:
        return self.understood.readings[0] if self.understood.readings else None

    @property
    def remark(self) -> str | None:
        """The extension, which no CRM has a field for."""
        extension = self.understood.extension
        return f"{self.gettext('Extension')}: {extension}" if extension else None


def _international(number: str) -> str:
    return phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)


@cache
def region_facts(region: str) -> Json:
    """What static/fields.js reads numbers of a region by; empty where that takes more than this.

    That is where a country shares its code with a larger one and has numbers of its own shape, or
    rewrites numbers that are dialled in a short form: there the server alone can tell.
    """
    own: Any = PhoneMetadata.metadata_for_region(region)
    largest = phonenumbers.region_code_for_country_code(own.country_code)
    main: Any = PhoneMetadata.metadata_for_region(largest)
    shape = own.general_desc.national_number_pattern
    if own.national_prefix_transform_rule or shape != main.general_desc.national_number_pattern:
        return {}
    return {
        "code": str(own.country_code),
        "abroad": own.international_prefix,
        "trunk": own.national_prefix_for_parsing or "",
        "shape": shape,
        "formats": [
            # Of the leading digits' patterns each is finer than the one before.
            (
                rule.pattern,
                rule.format.replace("\\", "$"),
                "".join(rule.leading_digits_pattern[-1:]),
            )
            for rule in main.intl_number_format or main.number_format
        ],
    }
