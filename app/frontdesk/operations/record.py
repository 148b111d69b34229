"""Describe a record: the reasons for its state, as data and in one line."""

from collections.abc import Iterator
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from frontdesk.model.record import Delivery, Record
from frontdesk.operations.find import short

Code = Literal[
    "merged", "repeated", "held", "superseded", "revoked", "delivered", "withheld", "trouble"
]


class Reason(Struct, frozen=True, omit_defaults=True):
    """One reason for a record's state.

    `merged`: a message whose content `other` has taken over. `repeated`: the same enquiry as
    `other`. `held`: `text` says why, `hold` is its code in HOLDS. `superseded`: a revocation that
    is not sent to `destination`, because `other` has granted the consent again. `revoked`:
    `destination` has confirmed it.
    `delivered`: `destination` has it, under `customer`, or as `entry`; `certainty` says how sure
    that is, None means certain. `withheld`: `destination` does not get it, `text` says why.
    `trouble`: `text` says what went wrong at `destination`, `answered` is the start of the CRM's
    answer.
    """

    code: Code
    destination: str = ""
    other: UUID | None = None
    text: str = ""
    hold: str | None = None
    answered: str = ""
    customer: str | None = None
    entry: str | None = None  # its id in the CRM's list, where no customer's is known
    certainty: Literal["unlisted", "found", "unconfirmed"] | None = None

    def __str__(self) -> str:
        other = short(self.other) if self.other else ""
        match self.code:
            case "merged":
                return f"{other} has all of it"
            case "repeated":
                return f"the same enquiry as {other}, sent again"
            case "held":
                return self.text
            case "superseded":
                return f"{self.destination}: granted again by {other}"
            case "revoked":
                return f"{self.destination}: done"
            case "delivered":
                how = f" ({_CERTAINTY[self.certainty]})" if self.certainty else ""
                if self.customer is None and self.entry is not None:
                    return f"{self.destination}: taken as {self.entry}{how}"
                return f"{self.destination}: customer {self.customer or 'unknown'}{how}"
            case "withheld":
                return f"{self.destination}: not sent, {self.text}"
            case "trouble":
                said = f": {self.answered}" if self.answered else ""
                return f"{self.destination}: {self.text}{said}"


_CERTAINTY = {
    "unlisted": "not in the CRM's list",
    "found": "found by lookup",
    "unconfirmed": "unconfirmed",
}


def reasons(record: Record) -> Iterator[Reason]:
    """The reasons for a record's state: one for the whole record, or one for each destination."""
    submission = record.submission
    if record.duplicate_of is not None:
        merged = submission is not None and submission.origin.message is not None
        yield Reason("merged" if merged else "repeated", other=record.duplicate_of)
    elif record.held is not None:
        yield Reason("held", text=record.held, hold=record.held_code)
    else:
        for name, delivery in record.deliveries.items():
            if delivery.superseded_by is not None:
                yield Reason("superseded", name, delivery.superseded_by)
            elif delivery.state == "delivered" and record.revocation is not None:
                yield Reason("revoked", name)
            elif delivery.state == "delivered":
                yield Reason(
                    "delivered",
                    name,
                    customer=delivery.customer_id,
                    entry=delivery.inquiry_id,
                    certainty=_certainty(delivery),
                )
            elif delivery.state == "withheld":
                yield Reason("withheld", name, text=delivery.reason or "")
            elif delivery.reason:
                answer = delivery.answer.said if delivery.answer else ""
                first = answer.splitlines()[0][:100] if answer else ""
                yield Reason("trouble", name, text=delivery.reason, answered=first)


def _certainty(delivery: Delivery) -> Literal["unlisted", "found", "unconfirmed"] | None:
    """What makes it uncertain that a CRM has what it took; None if nothing does."""
    if delivery.listed is False:
        return "unlisted"
    if delivery.reconciled:
        return "found"
    untold = delivery.customer_id is None and delivery.inquiry_id is None
    return "unconfirmed" if untold and not delivery.listed else None


def remark(record: Record) -> str:
    """The reasons for a record's state, in one line."""
    return "; ".join(map(str, reasons(record)))


def described(record: Record) -> dict[str, Any]:
    """A record as `--json` and an export give it to programs."""
    what = {"revocation": record.revocation} if record.revocation else {}
    return {
        "state": record.state,
        "remark": remark(record),
        "submission": record.submission,
        **what,
        "deliveries": record.deliveries,
        "amended": record.amended,
    }
