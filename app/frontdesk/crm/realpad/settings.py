"""Realpad in the configuration: an account, and what a form adds."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from frontdesk.config import (
    AccountSection,
    DestinationKind,
    Form,
    Problem,
    Secret,
    Section,
    Url,
    matching,
)

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
