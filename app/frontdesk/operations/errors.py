"""The errors that operations raise. They carry data; each caller puts them into its own words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID

from frontdesk.model.record import Record


class OperationError(Exception):
    """An operation cannot be carried out as it was asked for; it has written nothing."""


@dataclass(eq=False)
class NotFoundError(OperationError):
    """The start of an id names no record, or more than one.

    `code`: it is too short, unknown, or ambiguous. `candidates`: if ambiguous, two of the ids.
    """

    asked: str
    code: Literal["short", "unknown", "ambiguous"]
    candidates: Sequence[UUID] = ()


@dataclass(eq=False)
class UnknownFormError(OperationError):
    """Neither the configuration nor the journal has a form of that name.

    `known`: the forms of the configuration.
    """

    asked: str
    known: Collection[str]


@dataclass(eq=False)
class NotPossibleError(OperationError):
    """A record does not allow the operation.

    `code` says why. `revocation`: it is a revocation, and not a submission. `erased`: its personal
    data was erased. `beginning`: its first line is missing. `form`: its form is not configured.
    `state`: it does not wait for a person's decision.
    """

    record: Record
    code: Literal["revocation", "erased", "beginning", "form", "state"]


@dataclass(eq=False)
class InvalidError(OperationError):
    """Values are not valid; `problems`: by field, the sentences that the form would show."""

    problems: Mapping[str, Sequence[str]]


@dataclass(eq=False)
class UnfitCommentError(OperationError):
    """A text cannot be written down about a record.

    `code` says why. `empty`: nothing can be seen in it. `long`: it has more than `most` characters.
    `characters`: it has some that are none of a text. `many`: there are `most` of them already.
    """

    code: Literal["empty", "long", "characters", "many"]
    most: int = 0


@dataclass(eq=False)
class NobodyError(OperationError):
    """A text names no person.

    It is neither an email address, nor a telephone number, nor the whole id of a submission.
    """

    asked: str


@dataclass(eq=False)
class UnknownDestinationError(OperationError):
    """The configuration has no destination of that name; `known`: those that it has."""

    asked: str
    known: Collection[str]


@dataclass(eq=False)
class IncapableError(OperationError):
    """The CRMs of these destinations cannot do `what` is needed: keep consents, or list users."""

    destinations: Collection[str]
    what: Literal["consents", "users"]


@dataclass(eq=False)
class UnknownConsentError(OperationError):
    """The CRM of a destination has no consent of that id; `known`: the ids that it has."""

    destination: str
    consent: int
    known: Collection[int]


@dataclass(eq=False)
class NotComparedError(OperationError):
    """A CRM was not asked for its list.

    `code` says why. `list`: it has none. `closed`: the account is closed, for a `reason`. `waits`:
    the CRM asked for no requests `until` then.
    """

    destination: str
    code: Literal["list", "closed", "waits"]
    reason: str = ""
    until: datetime | None = None


@dataclass(eq=False)
class TooYoungError(OperationError):
    """Days that are still needed were to be removed; `least`: the age at which they are not."""

    least: timedelta


@dataclass(eq=False)
class SpooledError(OperationError):
    """Something waits on this machine for a database. `folder`: where; `number`: of appends."""

    folder: Path
    number: int


@dataclass(eq=False)
class CourierRunsError(OperationError):
    """A journal is in use. `journal`: which one."""

    journal: str
