"""An account is checked, opened, and compared with the CRM's own list."""

from datetime import timedelta

import pytest

from frontdesk.config import Settings
from frontdesk.delivery.destination import DeliveryError, Lookups
from frontdesk.model import events
from frontdesk.model.events import utcnow
from frontdesk.operations.accounts import check, compare
from frontdesk.operations.errors import NotComparedError
from frontdesk.store.memory.store import MemoryStore
from tests.operations.conftest import BY
from tests.operations.crms import Crm
from tests.samples import received

BANNED = DeliveryError("answered 403", permanent=True, account=True)
LOOKUPS = Lookups(patience=60.0, back=timedelta(days=7))


@pytest.fixture
def closed(store: MemoryStore) -> events.Failed:
    line = received()
    failed = events.Failed(
        id=line.id, destination="crm", reason="answered 403", closes_account=True
    )
    store.append(line, failed)
    return failed


@pytest.fixture
def listing() -> Crm:
    found = Crm()
    found.lookups = LOOKUPS
    return found


def test_a_closed_account_is_opened_by_somebody(
    store: MemoryStore, settings: Settings, closed: events.Failed
) -> None:
    looked = check(store, settings, "crm", Crm())
    assert (looked.refusal, looked.closed, looked.opened) == (None, "answered 403", False)
    assert looked.closed_at == closed.at
    assert store.facts().account("crm").closed
    opened = check(store, settings, "crm", Crm(), BY)
    assert (opened.closed, opened.opened) == ("answered 403", True)
    assert store.facts().account("crm").closed is None
    assert not check(store, settings, "crm", Crm(), BY).opened


def test_one_that_still_refuses_us_stays_closed(
    store: MemoryStore, settings: Settings, closed: events.Failed
) -> None:
    looked = check(store, settings, "crm", Crm(BANNED), BY)
    assert (looked.refusal, looked.opened) == (BANNED, False)
    assert [finding.message for finding in looked.findings] == ["knows the login"]
    assert store.facts().account("crm").closed == closed.reason


def test_who_compared_is_written_down(store: MemoryStore, listing: Crm) -> None:
    line = received(at=utcnow() - timedelta(hours=1))
    store.append(line, events.Delivered(id=line.id, at=line.at, destination="crm", customer_id="7"))
    result = compare(store, "crm", listing, BY)
    assert (result.event.by, result.event.missing) == (BY, (line.id,))
    assert store.facts().account("crm").missing == {line.id}
    assert compare(store, "crm", listing, BY, accept=True).event.accepted == (line.id,)
    assert store.facts().account("crm").missing == set()


def test_one_that_cannot_be_asked_says_why(store: MemoryStore, listing: Crm) -> None:
    listing.error = BANNED
    result = compare(store, "crm", listing, BY)
    assert (result.comparison, result.event.reason) == (None, "answered 403")
    assert store.facts().account("crm").closed


def test_what_is_not_compared(store: MemoryStore, closed: events.Failed, listing: Crm) -> None:
    until = utcnow() + timedelta(hours=1)
    store.append(
        events.Deferred(
            id=closed.id, destination="busy", reason="429", until=until, account_until=until
        )
    )
    for name, destination, code, reason, then in (
        ("crm", Crm(), "list", "", None),
        ("crm", listing, "closed", "answered 403", None),
        ("busy", listing, "waits", "", until),
    ):
        with pytest.raises(NotComparedError) as told:
            compare(store, name, destination, BY)
        error = told.value
        assert (error.destination, error.code, error.reason) == (name, code, reason)
        assert error.until == then
