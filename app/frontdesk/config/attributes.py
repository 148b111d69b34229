"""`[[forms.<form>.attributes]]`: questions of a form's own."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from frontdesk.config.section import Section, differ
from frontdesk.config.types import Localized, matching

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
NUMBER_LIMIT = 10**18


class Option(Section):
    value: Annotated[
        str, Field(min_length=1, max_length=200), matching("[^,|]+", "must have no comma and no |")
    ]
    label: Localized


def _day(bound: object, default: date) -> date:
    """A date of TOML, or a text; a date and time is none."""
    if bound is None:
        return default
    if isinstance(bound, str):
        try:
            return date.fromisoformat(bound)
        except ValueError:
            pass
    if type(bound) is not date:
        raise ValueError("is not a date; write it like 2026-03-17")
    return bound


class Attribute(Section):
    key: Annotated[
        str,
        matching(
            "[a-z][a-z0-9_]{0,99}",
            "must be small letters, digits and underscores, at most 100, a letter first",
        ),
    ]
    type: Literal["boolean", "string", "integer", "decimal", "date", "select", "multiselect"]
    label: Localized
    required: bool = False
    hidden: bool = False  # answered by the page; nobody is asked
    # Dates or numbers; of a union, the mistakes of each member would be told.
    min: Any = Field(None, validate_default=True)
    max: Any = Field(None, validate_default=True)
    options: list[Option] = Field([], validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _called_by_its_key(cls, raw: Any) -> Any:
        """A label for those who read what a hidden one says; no visitor does."""
        hidden = isinstance(raw, dict) and raw.get("hidden") is True
        return {"label": raw.get("key"), **raw} if hidden and "key" in raw else raw

    @field_validator("hidden")
    @classmethod
    def _asks_nobody(cls, hidden: bool, info: ValidationInfo) -> bool:
        if hidden and info.data.get("required"):
            raise ValueError("nobody could answer it, so it cannot be required")
        return hidden

    @field_validator("min", "max")
    @classmethod
    def _bounds_of_the_type(cls, bound: Any, info: ValidationInfo) -> Any:
        kind = info.data.get("type")
        if kind == "date":
            bound = _day(bound, FIRST_DAY if info.field_name == "min" else LAST_DAY)
        elif bound is not None and kind in ("integer", "decimal"):
            if type(bound) not in (int, float) or not 0 <= bound < NUMBER_LIMIT:
                raise ValueError("is not a number from 0 on, of 18 digits at most")
            if kind == "integer" and not float(bound).is_integer():
                raise ValueError("is not a whole number")
        elif bound is not None and kind is not None:
            raise ValueError("date, integer and decimal have bounds, no other type has them")
        least = info.data.get("min")
        if info.field_name == "max" and None not in (least, bound) and bound < least:
            raise ValueError(f"is less than min, {least}")
        return bound

    @field_validator("options")
    @classmethod
    def _fit_the_type(cls, options: list[Option], info: ValidationInfo) -> list[Option]:
        differ([option.value for option in options])
        kind = info.data.get("type")
        if kind is not None and (kind in ("select", "multiselect")) != bool(options):
            raise ValueError("select and multiselect need options, no other type has them")
        return options
