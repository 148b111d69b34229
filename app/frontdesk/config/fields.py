"""`fields` of a form: what it asks for, in which order, and how."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Discriminator, Tag, ValidationInfo, field_validator

from frontdesk.config.section import Section
from frontdesk.config.types import BRANCH, OptionalLocalized, OptionalLocalizedLinks

NAMES = ("first_name", "last_name")
CONTACT = ("email", "phone")
WISHES = ("rooms", "unit", "price_max")  # of those who buy
NOTE = "note"
BUILT_IN = (*NAMES, *CONTACT, *WISHES, NOTE)
NOT_ASKED = 'a form of kind = "valuation" does not ask for it; take it out'
ATTRIBUTES = "attributes."  # may stand before an attribute's key, and must where we have the name

Preset = Literal["full", "short"]


class Asked(Section):
    """One entry. What an attribute is called, and whether it is required, it says itself."""

    name: str
    required: bool | None = None  # None: as it is without `fields`
    hidden: bool = False  # filled in by the page; nobody is asked
    width: Literal["full", "half", "third"] | None = None
    label: OptionalLocalized = ""
    hint: OptionalLocalizedLinks = ""
    heading: OptionalLocalized = ""  # of a group that begins here

    @property
    def is_attribute(self) -> bool:
        return self.name not in BUILT_IN

    @property
    def key(self) -> str:
        """An attribute's, as `[[forms.<form>.attributes]]` has it; else the field's name."""
        return self.name.removeprefix(ATTRIBUTES)

    @field_validator("hidden")
    @classmethod
    def _asks_nobody(cls, hidden: bool, info: ValidationInfo) -> bool:
        if hidden and info.data.get("name") in {*BUILT_IN} - {"unit"}:
            raise ValueError("only the unit and attributes can be filled in by the page")
        if hidden and info.data.get("required"):
            raise ValueError("nobody could answer it, so it cannot be required")
        return hidden


def _named(entry: Any) -> Any:
    return {"name": entry} if isinstance(entry, str) else entry


def _preset_or_list(value: Any) -> Any:
    if not isinstance(value, list) and value not in get_args(Preset):
        raise ValueError("must be 'full', 'short' or a list")
    return value


Fields = Annotated[
    Annotated[Preset, Tag(f"{BRANCH}preset")]
    | Annotated[list[Annotated[Asked, BeforeValidator(_named)]], Tag(f"{BRANCH}list")],
    Discriminator(lambda value: f"{BRANCH}{'preset' if isinstance(value, str) else 'list'}"),
    BeforeValidator(_preset_or_list),
]
