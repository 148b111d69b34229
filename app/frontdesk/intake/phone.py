"""Telephone numbers, and what a browser has to know of a country to read one."""

import re
from functools import cache
from typing import Any, ClassVar

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat
from wtforms.validators import StopValidation

from frontdesk.intake.fields import Json, Keyboard, Text

# A visitor's own punctuation; letters would be read as keys of an old telephone.
_TYPED = re.compile(r"[\d\s()+./\u00a0\u2010-\u2015-]{1,50}")


class Phone(Text):
    """A telephone number in national or international notation, stored as E.164."""

    kind = "phone"
    keyboard: ClassVar[Keyboard] = {
        **Text.keyboard,
        "autocomplete": "tel",
        "type": "tel",
        "inputmode": "tel",
    }

    def json_schema(self) -> Json:
        return {"type": "string", "maxLength": 50}

    def __init__(self, label: str, region: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.region = region
        self.parsed: str | None = None

    @property
    def wrong(self) -> str:
        return self.gettext(
            "This is not a complete phone number."
            " Add the country's prefix if it is from abroad, for example +420."
        )

    @property
    def facts(self) -> Json:
        return region_facts(self.region)

    def pre_validate(self, form: object) -> None:
        if not self.data:
            return
        number = None
        if _TYPED.fullmatch(self.data):
            try:
                number = phonenumbers.parse(self.data, self.region)
            except phonenumbers.NumberParseException:
                number = None
        if number is None or not phonenumbers.is_valid_number(number):
            raise StopValidation(self.wrong)
        self.parsed = phonenumbers.format_number(number, PhoneNumberFormat.E164)

    @property
    def answer(self) -> str | None:
        return self.parsed


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
