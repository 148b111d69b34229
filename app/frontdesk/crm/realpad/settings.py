"""Realpad in the configuration: an account, and what a form adds."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from frontdesk.config import (
    AccountSection,
    DestinationKind,
    Form,
    Problem,
    Secret,
    Section,
    UnitSource,
    Url,
    matching,
)
from frontdesk.config.section import differ
from frontdesk.config.types import OptionalSecret, OptionalUrl

BASE_URL = "https://cms.realpad.eu/ws/v10/"

RESERVED = frozenset(
    {"login", "password", "name", "surname", "email", "phone", "project", "salesman"}
    | {"preferencerooms", "preferencepricemax", "internalid", "unitid", "referral", "campaign"}
    | {"language", "tags", "note", "consentsource", "consents", "updateconsents"}
)

Tag = Annotated[str, Field(min_length=1, max_length=100), matching("[^,]+", "must have no comma")]
DatabaseId = Annotated[int, Field(ge=1)]


class RealpadAccount(AccountSection):
    """`[destinations.<name>]` with `type = "realpad"`."""

    base_url: Url = BASE_URL
    login: Secret
    password: Secret


class RealpadForm(Section):
    """`[forms.<form>.realpad]`: what a form adds to its leads for Realpad."""

    project: DatabaseId | None = None
    referral: DatabaseId | None = None
    salesman: DatabaseId | None = None
    salesmen: dict[str, DatabaseId] = Field({}, max_length=1_000)
    campaign: str = Field("", max_length=200)
    tags: tuple[Tag, ...] = Field((), strict=False)
    unit_as: Literal["internalid", "unitid"] = "internalid"
    consent_mode: Literal["update", "replace"] = "update"


class RealpadUnits(UnitSource):
    """`[forms.<form>.units]` with `source = "realpad"`: the units that get-project lists.

    What is not said is that of the form's first destination at Realpad.
    """

    source: Literal["realpad"]
    base_url: OptionalUrl = ""
    login: OptionalSecret = Field("", repr=False)
    password: OptionalSecret = Field("", repr=False)
    screenid: DatabaseId
    developerid: DatabaseId
    projectid: DatabaseId
    types: list[Annotated[int, Field(ge=0)]] = Field([1, 7, 9], min_length=1)

    @field_validator("types")
    @classmethod
    def _types_differ(cls, types: list[int]) -> list[int]:
        differ(types)
        return types

    def problems(self, form: Form, accounts: Sequence[tuple[str, Any]]) -> Iterator[Problem]:
        if bool(self.login) != bool(self.password):
            missing = "password" if self.login else "login"
            yield (missing,), "is missing: login and password go together"
        elif not self.login and not any(kind == "realpad" for kind, _ in accounts):
            said = "is missing, as the form has no destination of type realpad to take it from"
            yield ("login",), said


def problems(form: Form, account: RealpadAccount, section: RealpadForm) -> Iterator[Problem]:
    """What contradicts Realpad's rules in a form that is otherwise well."""
    if section.unit_as == "unitid":
        for index, unit in enumerate(form.units):
            if not is_number(unit):
                yield ("units", index), 'must be a number, because of realpad.unit_as = "unitid"'


def is_number(unit: str) -> bool:
    """Whether Realpad would take a unit for the number of one."""
    return unit.isascii() and unit.isdigit()


# Both are mandatory (Realpad's specification, create-lead).
NEEDS = frozenset({"first_name", "last_name"})
KIND = DestinationKind(RealpadAccount, RealpadForm, RESERVED, problems, NEEDS)
