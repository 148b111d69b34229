"""Enquiries from before the demo was started, which wait for a person in the operators' inbox."""

from datetime import timedelta
from uuid import uuid4

from msgspec.structs import replace

from frontdesk.config import Form, localized
from frontdesk.model import events
from frontdesk.model.exchange import Answer
from frontdesk.model.holds import HOLDS
from frontdesk.model.lead import Consent, Lead, Origin, digest
from frontdesk.store.base import Store
from frontdesk.store.query import Query

DESTINATION = "crm"
LONG = timedelta(days=30)  # the unknown one stays so until a person looks after it


def leave(store: Store, form: Form, unit: str) -> None:
    """Write down one that is held, one that failed and one of unknown outcome, in a new journal.

    `unit`: which all of them ask about.

    Raises JournalError, OSError.
    """
    if store.find(Query(), limit=1).records:
        return
    petra = Lead("Petra", "Dvořáková", "en", email="petra@example.com")
    karel = Lead("Karel", "Svoboda", "en", phone="777 123")  # which the sandbox refuses
    oksana = Lead("Oksana", "Шевченко", "en", email="oksana@example.com")
    held = _came(form, petra, unit, 50)
    failed = _came(form, karel, unit, 190)
    unknown = _came(form, oksana, unit, 400)
    spam = events.Held(id=held.id, at=held.at, reason=HOLDS["hasty"], code="hasty", filled_in=1)
    store.append(spam, held)
    attempt = _attempt(failed)
    answer = Answer(400, 0.31, "Incorrect parameter format: phone (E.164, such as +420777123456).")
    refused = events.Failed(
        id=failed.id,
        at=attempt.at + timedelta(seconds=0.31),
        destination=DESTINATION,
        attempt=attempt.attempt,
        reason="create-lead answered 400",
        answer=answer,
    )
    store.append(failed, attempt, refused)
    attempt = _attempt(unknown)
    cut = events.Deferred(
        id=unknown.id,
        at=attempt.at + timedelta(seconds=10),
        destination=DESTINATION,
        attempt=attempt.attempt,
        until=events.utcnow() + LONG,
        reason="the connection was cut before the answer",
        unknown=True,
    )
    store.append(unknown, attempt, cut)


def _came(form: Form, who: Lead, unit: str, minutes: float) -> events.Received:
    agreed = form.consents[0]
    words = localized(agreed.label, "en")
    consent = Consent(agreed.id, granted=True, text=words, language="en", sha256=digest(words))
    note = "When could we see the flat?"
    at = events.utcnow() - timedelta(minutes=minutes)
    return events.Received(
        id=uuid4(),
        at=at,
        form=form.slug,
        lead=replace(who, unit=unit, note=note, consents=(consent,)),
        origin=Origin("html", "192.0.2.7"),
        destinations=(DESTINATION,),
    )


def _attempt(came: events.Received) -> events.Attempt:
    return events.Attempt(
        id=came.id, at=came.at + timedelta(seconds=1), destination=DESTINATION, attempt=uuid4()
    )
