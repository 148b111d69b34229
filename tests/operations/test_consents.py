"""A revocation is written down, and only one that can be meant."""

from uuid import uuid4

import pytest

from frontdesk.config import Settings
from frontdesk.delivery.destination import DeliveryError
from frontdesk.model import events
from frontdesk.operations.consents import keepers, revoke
from frontdesk.operations.errors import (
    InvalidError,
    UnknownConsentError,
    UnknownDestinationError,
)
from frontdesk.store.memory.store import MemoryStore
from tests.operations.conftest import BY
from tests.operations.crms import Crm
from tests.samples import received

DOWN = DeliveryError("no answer", permanent=False)


def test_whose_and_by_whom_is_written_down(store: MemoryStore) -> None:
    identity = revoke(store, {"crm": Crm()}, 2, BY, email="jana@example.com", notes="By telephone.")
    (event,) = store.events(identity)
    assert isinstance(event, events.Revocation)
    assert (event.by, event.consent, event.destinations) == (BY, 2, ("crm",))
    assert (event.email, event.notes) == ("jana@example.com", "By telephone.")


def test_by_a_submission(store: MemoryStore) -> None:
    line = received()
    store.append(line)
    identity = revoke(store, {"crm": Crm()}, 2, BY, submission=line.id)
    (event,) = store.events(identity)
    assert isinstance(event, events.Revocation)
    assert event.submission == line.id


def test_what_is_wrong_is_told_by_field(store: MemoryStore) -> None:
    with pytest.raises(InvalidError) as told:
        revoke(store, {"crm": Crm()}, 2, BY, email="nobody", customer="7")
    assert set(told.value.problems) == {"email"}
    with pytest.raises(InvalidError) as told:
        revoke(store, {"crm": Crm()}, 0, BY, customer="seven", submission=None)
    assert set(told.value.problems) == {"consent", "customer"}
    assert store.inspect().lines == 0


def test_a_consent_that_a_crm_does_not_have(store: MemoryStore) -> None:
    with pytest.raises(UnknownConsentError) as told:
        revoke(store, {"crm": Crm()}, 7, BY, email="jana@example.com")
    assert (told.value.destination, told.value.consent) == ("crm", 7)
    assert [*told.value.known] == [2, 3]
    assert store.inspect().lines == 0


def test_a_crm_that_cannot_be_asked_is_told_later(store: MemoryStore) -> None:
    assert store.events(revoke(store, {"crm": Crm(DOWN)}, 7, BY, customer="7"))


def test_a_closed_account_is_not_asked(store: MemoryStore) -> None:
    store.append(events.Failed(id=uuid4(), destination="crm", reason="banned", closes_account=True))
    assert store.events(revoke(store, {"crm": Crm()}, 7, BY, customer="7"))


def test_whose_crm_is_meant(settings: Settings) -> None:
    assert [*keepers(settings)] == [*keepers(settings, "crm")] == ["crm"]
    with pytest.raises(UnknownDestinationError) as told:
        keepers(settings, "spare")
    assert (told.value.asked, [*told.value.known]) == ("spare", ["crm"])
