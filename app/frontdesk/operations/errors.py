"""Why an operation did nothing: errors that carry data, for each caller's own words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from frontdesk.model.record import Record


class OperationError(Exception):
    """Something cannot be done, or answered, as it was asked; nothing was written."""


@dataclass(eq=False)
class NotFoundError(OperationError):
    """Not exactly one record has an id that begins as asked.

    `candidates`: some of those that do, if there are several.
    """

    asked: str
    code: Literal["short", "unknown", "ambiguous"]
    candidates: Sequence[UUID] = ()


@dataclass(eq=False)
class UnknownFormError(OperationError):
    """Neither the configuration nor the journal has such a form; `known`: the configuration's."""

    asked: str
    known: Collection[str]


@dataclass(eq=False)
class NotPossibleError(OperationError):
    """A record is not in a state in which that can be done with it.

    `revocation`: it is one, and not a submission. `erased`, `beginning`: nothing is known of it any
    more, or not how it began. `form`: the configuration does not have its form. `state`: what is
    decided of it must wait for a person.
    """

    record: Record
    code: Literal["revocation", "erased", "beginning", "form", "state"]


@dataclass(eq=False)
class InvalidError(OperationError):
    """What was given is wrong; `problems` by field, in sentences of the form's."""

    problems: Mapping[str, Sequence[str]]


@dataclass(eq=False)
class NobodyError(OperationError):
    """A text is neither an email address nor a telephone number nor a submission's whole id."""

    asked: str


@dataclass(eq=False)
class UnknownDestinationError(OperationError):
    """The configuration has no such destination; `known`: those that it has."""

    asked: str
    known: Collection[str]


@dataclass(eq=False)
class IncapableError(OperationError):
    """No CRM of these destinations keeps consents, or lists its users."""

    destinations: Collection[str]
    what: Literal["consents", "users"]


@dataclass(eq=False)
class UnknownConsentError(OperationError):
    """The CRM of a destination says that it has no such consent; `known`: those that it has."""

    destination: str
    consent: int
    known: Collection[int]


@dataclass(eq=False)
class NotComparedError(OperationError):
    """A CRM was not asked for its list.

    `list`: it has none. `closed`: the account is, for a `reason`. `waits`: the CRM asked us to
    leave it alone `until` then.
    """

    destination: str
    code: Literal["list", "closed", "waits"]
    reason: str = ""
    until: datetime | None = None


@dataclass(eq=False)
class TooYoungError(OperationError):
    """What is younger than `least` is needed, and not removed."""

    least: timedelta
