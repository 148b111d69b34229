"""The question for a telephone number, and what a browser has to know of a country to read one."""

from functools import cache
from typing import Any, ClassVar

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat

from frontdesk.intake import contact
from frontdesk.intake.questions.base import Attributes, Channel, Json, Reading, Typed, wrong
from frontdesk.intake.questions.text import Text
from frontdesk.intake.text import clean_figures


class Phone(Text):
    """A telephone number in national or international notation, stored as E.164."""

    kind = "phone"
    keyboard: ClassVar[Attributes] = {
        **Text.keyboard,
        "autocomplete": "tel",
        "type": "tel",
        "inputmode": "tel",
    }

    def __init__(self, language: str, label: str, region: str, *, required: str = "") -> None:
        super().__init__(language, label, required=required)
        self.region = region

    def clean(self, text: str) -> str:
        return clean_figures(text)

    def schema(self) -> Json:
        return {"type": "string", "maxLength": contact.PHONE_LENGTH}

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

    def read(self, typed: Typed, channel: Channel) -> Reading:
        found = contact.read_phone(str(typed), self.region)
        if found.several:
            said = self.gettext(
                "Please write one number here. Another one can go into the message."
            )
            return wrong(typed, "several", said)
        if not found.readings:
            return wrong(typed, "invalid", self.wrong)
        if len(found.readings) > 1:
            message = self.gettext(
                "This can mean %(one)s or %(other)s. Please write the number with its + in front."
            )
            one, other = map(_international, found.readings)
            return wrong(typed, "ambiguous", message % {"one": one, "other": other})
        # No CRM has a field for an extension.
        extension = found.extension and f"{self.gettext('Extension')}: {found.extension}"
        return Reading(typed, found.readings[0], remark=extension or None)


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
