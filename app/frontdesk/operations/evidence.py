"""The evidence of a consent: who agreed to which words, and all that followed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from frontdesk.config import Settings
from frontdesk.model import events
from frontdesk.model.events import AnyEvent
from frontdesk.model.lead import digest
from frontdesk.model.record import Record
from frontdesk.model.revocations import Known
from frontdesk.operations.errors import NotPossibleError
from frontdesk.operations.find import short
from frontdesk.operations.story import attempts, story
from frontdesk.store.base import Store


class Agreement(Struct, frozen=True):
    """One consent as it was asked for; `intact`: its words still have the hash of that time."""

    id: int
    granted: bool
    text: str
    language: str
    sha256: str
    intact: bool


class Sent(Struct, frozen=True):
    """One attempt to deliver; `parameters`: what was sent, without credentials, or None."""

    destination: str
    at: datetime
    parameters: Any
    outcome: str
    outcome_at: datetime | None
    status: int | None
    answer: str
    customer: str | None


class Later(Struct, frozen=True):
    """Something that happened after the submission came in, and who did it; "" for no person."""

    at: datetime
    what: str
    by: str


class Evidence(Struct, frozen=True):
    """All that the journal proves of one submission; every time has its UTC offset."""

    id: UUID
    state: str
    form: str
    at: datetime
    person: dict[str, str]
    origin: dict[str, str]
    agreements: list[Agreement]
    sent: list[Sent]
    later: list[Later]
    erased: bool


def evidence(store: Store, settings: Settings, record: Record) -> Evidence:
    """What the journal proves of a submission.

    Raises NotPossibleError (`beginning`) for a revocation, and for a submission whose first line is
    missing; JournalError, OSError.
    """
    told = story(store, settings, record, withdrawn=True)
    # What came before an erasure is of another life: only the id is the same.
    lines = [event for event in told.events if record.began is None or event.at >= record.began]
    came = next((event for event in lines if isinstance(event, events.Received)), None)
    if came is None:
        raise NotPossibleError(record, "beginning")
    revoking = store.events(*(known.id for known in told.revoked if known.id != record.id))
    lead = came.lead
    person = {
        "name": lead.name,
        "email": lead.email,
        "phone": lead.phone,
        "language": lead.language,
    }
    origin = {**msgspec.to_builtins(came.origin), "ip": came.origin.address, "message": None}
    later = [*_decisions(lines), *_revocations(told.revoked, revoking)]
    return Evidence(
        id=record.id,
        state=record.state,
        form=came.form,
        at=came.at,
        person={key: value for key, value in person.items() if value},
        origin={key: str(value) for key, value in origin.items() if value},
        agreements=[
            Agreement(c.id, c.granted, c.text, c.language, c.sha256, digest(c.text) == c.sha256)
            for c in lead.consents
        ],
        sent=list(_sent(lines)),
        later=sorted(dict.fromkeys(later), key=lambda one: one.at),
        erased=record.erased is not None,
    )


def _sent(lines: Sequence[AnyEvent]) -> Iterator[Sent]:
    for attempt, ending in attempts(lines):
        request, answer = attempt.request, ending.answer if ending else None
        yield Sent(
            destination=attempt.destination,
            at=attempt.at,
            parameters=(request.form or request.json) if request else None,
            outcome=type(ending).__name__.lower() if ending else "unknown",
            outcome_at=ending.at if ending else None,
            status=answer.status if answer else None,
            answer=answer.body if answer else "",
            customer=ending.customer_id if isinstance(ending, events.Delivered) else None,
        )
    for event in lines:
        if isinstance(event, events.Delivered) and event.reconciled:
            yield Sent(
                destination=event.destination,
                at=event.at,
                parameters=None,
                outcome="found in the CRM's list",
                outcome_at=event.at,
                status=None,
                answer="",
                customer=event.customer_id,
            )


def _decisions(lines: Sequence[AnyEvent]) -> Iterator[Later]:
    for event in lines:
        match event:
            case events.Held():
                yield Later(event.at, f"held: {event.reason}", "")
            case events.Released():
                yield Later(event.at, "released to the CRM", event.by)
            case events.Discarded():
                yield Later(event.at, "discarded", event.by)
            case events.Amended():
                yield Later(event.at, f"amended: {', '.join(event.changed)}", event.by)
            case events.Replayed():
                yield Later(event.at, f"sent again to {', '.join(event.destinations)}", event.by)
            case events.Erased():
                yield Later(event.at, "personal data erased", event.by)


def _revocations(revoked: Iterable[Known], lines: Sequence[AnyEvent]) -> Iterator[Later]:
    for known in revoked:
        own = [event for event in lines if event.id == known.id]
        what = f"consent {known.consent} revoked at {', '.join(known.destinations)}"
        first = next((event for event in own if isinstance(event, events.Revocation)), None)
        why = f": {first.notes}" if first and first.notes else ""
        yield Later(known.at, f"{what}{why}", known.by)
        for event in own:
            if came := _of_a_revocation(event):
                told, who = came
                yield Later(event.at, f"revocation of consent {known.consent}: {told}", who)


def _of_a_revocation(event: AnyEvent) -> tuple[str, str] | None:
    """What a later line of a revocation says, and who did it; None if it is not worth telling."""
    match event:
        case events.Delivered():
            return f"{event.destination}: confirmed", ""
        case events.Failed():
            return f"{event.destination}: failed: {event.reason}", ""
        case events.Superseded():
            again = short(event.submission)
            return f"{event.destination}: not sent, because {again} has granted it again", ""
        case events.Replayed():
            return f"sent again to {', '.join(event.destinations)}", event.by
        case events.Discarded():
            return "discarded", event.by
    return None
