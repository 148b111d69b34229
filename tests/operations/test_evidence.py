"""What proves a consent; the command's tests have all that it says."""

import pytest

from frontdesk.config import Settings
from frontdesk.model import events
from frontdesk.model.lead import Consent, digest
from frontdesk.operations.errors import NotPossibleError
from frontdesk.operations.evidence import evidence
from frontdesk.store.memory.store import MemoryStore
from tests.operations.conftest import BY, kept
from tests.samples import received

WORDS = "I agree."


def test_who_agreed_to_what_and_what_followed(store: MemoryStore, settings: Settings) -> None:
    consent = Consent(id=2, granted=True, text=WORDS, language="en", sha256=digest(WORDS))
    line = received(consents=(consent,))
    revoked = events.Revocation(
        consent=2, destinations=("crm",), by=BY, email=line.lead.email, notes="By telephone."
    )
    record = kept(store, line, revoked, events.Delivered(id=revoked.id, destination="crm"))
    found = evidence(store, settings, record)
    assert [(one.id, one.granted, one.intact) for one in found.agreements] == [(2, True, True)]
    assert [(later.what, later.by) for later in found.later] == [
        ("consent 2 revoked at crm: By telephone.", BY),
        ("revocation of consent 2: crm: confirmed", ""),
    ]


def test_what_did_not_begin_proves_nothing(store: MemoryStore, settings: Settings) -> None:
    lost = kept(store, events.Released(id=received().id, by=BY))
    revoked = kept(store, events.Revocation(consent=2, destinations=("crm",), by=BY, customer="7"))
    for record in (lost, revoked):
        with pytest.raises(NotPossibleError) as told:
            evidence(store, settings, record)
        assert (told.value.code, told.value.record) == ("beginning", record)
