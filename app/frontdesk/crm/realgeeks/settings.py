"""What the configuration says of Real Geeks: an account, and what a form adds to its leads.

Values that are allowed are those of Real Geeks' specification, "Leads".
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal, get_args
from uuid import UUID

from pydantic import Field

from frontdesk.config import (
    AccountSection,
    DestinationKind,
    Form,
    Problem,
    Secret,
    Section,
    Untouched,
    Url,
    matching,
)

BASE_URL = "https://receivers.leadrouter.realgeeks.com/rest"

Role = Literal["Buyer", "Seller", "Buyer and Seller", "Renter"]
Timeframe = Literal[
    "Immediately",
    "1 Week",
    "2-4 Weeks",
    "30 Days",
    "60 Days",
    "90 Days",
    "3-6 Months",
    "6-12 Months",
    "1 Year Or More",
]
Short = Annotated[str, Field(min_length=1, max_length=200)]
# Fields of a lead that a form has no question for by itself.
Asked = Literal["second_email", "phone2", "address", "street_address", "city", "state", "zip"]

# Fields of a property. Real Geeks' own sources attest `full_baths`, a whole number; see docs.
PropertyText = Literal[
    "address", "street_address", "unit_number", "city", "state", "zip", "property_type"
]
PropertyWhole = Literal["beds", "full_baths", "sqft", "lot_sqft", "year_built"]
PropertyNumber = Literal["baths"]
PropertyField = Literal[PropertyText, PropertyWhole, PropertyNumber]
PLACES: Final = ("address", "street_address")  # either says which property it is
# The types of the attributes that may ask for them, by the field.
ASKED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(get_args(PropertyText), ("string", "select")),
    **dict.fromkeys(get_args(PropertyWhole), ("integer",)),
    **dict.fromkeys(get_args(PropertyNumber), ("integer", "decimal")),
}


class RealGeeksAccount(AccountSection):
    """`[destinations.<name>]` with `type = "realgeeks"`."""

    takes_anyone = True

    base_url: Url = BASE_URL
    # HTTP Basic has no other rule for it (RFC 7617).
    username: Annotated[
        str, Field(min_length=1), matching("[^:]+", "must have no colon"), Untouched
    ]
    password: Secret
    site_uuid: Annotated[UUID, Field(strict=False)]


class RealGeeksForm(Section):
    """`[forms.<form>.realgeeks]`: what a form adds to its leads, and who may send it leads."""

    source: Short | None = None
    role: Role = "Buyer"
    region: Short | None = None
    timeframe: Timeframe | None = None
    urgency: Short | None = None  # the CRM's users may add values of their own
    status: Short | None = None  # likewise
    tags: tuple[Short, ...] = Field((), strict=False)
    assign_to: Short | None = None
    fields: dict[Asked, str] = Field({})  # by the attribute that asks for it
    property: dict[PropertyField, str] = Field({})  # likewise
    property_activity: Short = "note"
    webhook_secrets: list[Annotated[str, Field(min_length=16), Untouched]] = Field([], max_length=2)
    webhook_notes: list[Short] = Field(["note"])


def problems(form: Form, account: RealGeeksAccount, section: RealGeeksForm) -> Iterator[Problem]:
    """What a form lacks that delivers to Real Geeks; one that only receives needs no source."""
    if section.source is None:
        yield ("realgeeks", "source"), "is missing"
    texts = {attribute.key for attribute in form.attributes if attribute.type == "string"}
    for name, key in section.fields.items():
        if key not in texts:
            yield ("realgeeks", "fields", name), f"the form has no attribute {key} of type string"
    yield from _property_problems(form, section)


def _property_problems(form: Form, section: RealGeeksForm) -> Iterator[Problem]:
    """A valuation is of a property; whose address is always asked for, or nobody knows which."""
    place = ("realgeeks", "property")
    if form.kind != "valuation":
        if section.property:
            yield place, 'is asked for by a form of kind = "valuation" only'
        return
    attributes = {attribute.key: attribute for attribute in form.attributes}
    for name, key in section.property.items():
        if key not in attributes or attributes[key].type not in ASKED_BY[name]:
            kinds = " or ".join(ASKED_BY[name])
            yield (*place, name), f"the form has no attribute {key} of type {kinds}"
    keys = [key for name, key in section.property.items() if name in PLACES]
    if not any(key in attributes and attributes[key].required for key in keys):
        needed = f"needs {' or '.join(PLACES)}, asked for by an attribute with required = true"
        yield place, f"{needed}: what nobody can find cannot be valued"


KIND = DestinationKind(RealGeeksAccount, RealGeeksForm, frozenset(), problems)
