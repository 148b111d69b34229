"""What the Realpad stand-in takes: each endpoint's parameters, and what it says to others."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

LONGEST: Final = 5000  # characters in any one parameter, in UTF-16 as in Java
LANGUAGES: Final = (  # ISO 639-1, without what was withdrawn from it
    "a[abefkmnrsvyz]|b[aegimnors]|c[aehorsuvy]|d[aevz]|e[elnostu]|f[afijory]|g[adlnuv]"
    "|h[aeiortuyz]|i[adegikostu]|j[av]|k[agijklmnorsuvwy]|l[abginotuv]|m[ghiklnrsty]"
    "|n[abdeglnorvy]|o[cjmrs]|p[ailst]|qu|r[mnouw]|s[acdegiklmnoqrstuvw]"
    "|t[aeghiklnorstwy]|u[gkrz]|v[eio]|w[ao]|xh|y[io]|z[ahu]"
)


class Refusal(Exception):  # noqa: N818  (it is an answer, not a defect)
    """A call turned down: the status and the plain text that say so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def refuse(objection: object, message: str) -> None:
    """Raise Refusal if there is something to object to."""
    if objection:
        raise Refusal(400, message)


def require(values: Mapping[str, str], names: Sequence[str]) -> None:
    """Raise Refusal if one of these is missing or blank."""
    missing = [name for name in names if not values.get(name, "").strip()]
    refuse(missing, f"Parameter missing: {', '.join(missing)}.")


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _matches(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).fullmatch


# Format -> (whether a value has it, how it is asked for). Custom attributes use the same names.
FORMATS: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "string": (lambda _: True, "any text"),
    "boolean": (_matches("true|false"), "true or false"),
    "integer": (_matches("[0-9]{1,18}"), "an integer, digits only"),
    "decimal": (_matches(r"[0-9]+(\.[0-9]+)?"), "a number with a decimal period"),
    "date": (_is_date, "a date, YYYY-MM-DD"),
    "select": (_matches("[^,]+"), "one option"),
    "multiselect": (_matches("[^,]+(,[^,]+)*"), "options separated by commas"),
    "email": (_matches(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+"), "an email address"),
    "phone": (_matches(r"\+[1-9][0-9]{1,14}"), "E.164, such as +420777123456"),
    "language": (_matches(LANGUAGES), "an ISO 639-1 code"),
    "rooms": (_matches(r"[^|]+(\|[^|]+)*"), "rooms separated by |"),
    "ids": (_matches("[0-9]{1,18}(,[0-9]{1,18})*"), "integers separated by commas"),
    "ids or nothing": (_matches("([0-9]{1,18}(,[0-9]{1,18})*)?"), "integers separated by commas"),
}


@dataclass(frozen=True)
class Contract:
    """One endpoint's parameters beside login and password, and how they depend on each other."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    mandatory: Sequence[str] = ()
    any_of: Sequence[str] = ()
    exclusive: Sequence[tuple[str, str]] = ()

    def check(self, values: Mapping[str, str], attributes: Mapping[str, str]) -> None:
        """Check a call's parameters. `attributes`: formats of custom ones. Raises Refusal."""
        formats = {**attributes, **self.parameters}
        unexpected = sorted(values.keys() - formats.keys())
        refuse(unexpected, f"Unexpected parameters found: {', '.join(unexpected)}.")
        require(values, self.mandatory)
        refuse(
            self.any_of and not any(name in values for name in self.any_of),
            f"Parameter missing: one of {', '.join(self.any_of)}.",
        )
        for one, other in self.exclusive:
            refuse(one in values and other in values, f"Send either {one} or {other}, not both.")
        for name, value in values.items():
            refuse(
                len(value.encode("utf-16-le")) // 2 > LONGEST,
                f"Parameter too long: {name} ({LONGEST} at most).",
            )
            fits, wanted = FORMATS[formats[name]]
            refuse(not fits(value), f"Incorrect parameter format: {name} ({wanted}).")


CONTRACTS: Final[Mapping[str, Contract]] = {
    "create-lead": Contract(
        parameters={
            "name": "string",
            "surname": "string",
            "email": "email",
            "phone": "phone",
            "project": "integer",
            "salesman": "integer",
            "preferencerooms": "rooms",
            "preferencepricemax": "integer",
            "internalid": "string",
            "unitid": "integer",
            "referral": "integer",
            "campaign": "string",
            "language": "language",
            "tags": "string",
            "note": "string",
            "consentsource": "string",
            "consents": "ids or nothing",
            "updateconsents": "ids",
        },
        mandatory=("name", "surname"),
        any_of=("email", "phone"),
        exclusive=(("internalid", "unitid"), ("consents", "updateconsents")),
    ),
    "list-leads": Contract(),
    "list-consent-types": Contract(),
    "revoke-customer-consent": Contract(
        parameters={
            "email": "email",
            "customerid": "integer",
            "consentid": "integer",
            "notes": "string",
        },
        mandatory=("consentid",),
        any_of=("email", "customerid"),
        exclusive=(("email", "customerid"),),
    ),
    "get-project": Contract(  # unconfirmed, see flats.py
        parameters={
            "screenid": "integer",
            "developerid": "integer",
            "projectid": "integer",
            "includehidden": "string",
        },
        mandatory=("screenid", "developerid", "projectid"),
    ),
}
