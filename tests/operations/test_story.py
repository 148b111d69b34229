"""All that happened to one record, and nothing of others'."""

from datetime import timedelta

from frontdesk.config import Settings
from frontdesk.model import events
from frontdesk.model.events import utcnow
from frontdesk.model.lead import Consent
from frontdesk.monitoring.recipients import recipients
from frontdesk.operations.story import attempts, story
from frontdesk.store.memory.store import MemoryStore
from tests.operations.conftest import kept
from tests.samples import received


def test_what_a_receiver_was_told_is_only_what_is_about_it(
    store: MemoryStore, settings: Settings
) -> None:
    settings.notify.urls.append("json://127.0.0.1/")
    (receiver,) = recipients(settings)
    line, other = received(), received()
    keys = tuple(f"failed:{one.id}" for one in (line, other))
    told = events.Notified(receiver=receiver.identity, what=keys, over=("late",))
    gone = events.Notified(receiver="another", what=keys)
    record = kept(store, line, other, told, gone)
    found = story(store, settings, record)
    assert [type(event).__name__ for event in found.events] == ["Received", "Notified", "Notified"]
    for event in found.events[1:]:
        assert isinstance(event, events.Notified)
        assert (event.what, event.over) == (keys[:1], ())
    assert found.receivers == {
        told.id: "notify.urls[0]",
        gone.id: "an earlier entry of notify.urls",
    }


def test_what_was_revoked_since_of_what_it_grants(store: MemoryStore, settings: Settings) -> None:
    line = received(
        at=utcnow() - timedelta(hours=1),
        consents=(Consent(id=2, granted=True, text=""), Consent(id=1, granted=False, text="")),
    )
    email = line.lead.email
    revoked, refused, taken_back = (
        events.Revocation(consent=consent, destinations=("crm",), by="eva", email=email)
        for consent in (2, 1, 2)
    )
    record = kept(store, line, revoked, refused, taken_back)
    store.append(events.Discarded(id=taken_back.id, by="eva"))
    assert [known.id for known in story(store, settings, record).revoked] == [revoked.id]
    every = story(store, settings, record, withdrawn=True).revoked
    assert [known.id for known in every] == [revoked.id, taken_back.id]


def test_whose_consent_a_revocation_means(store: MemoryStore, settings: Settings) -> None:
    line = received()
    store.append(line, events.Delivered(id=line.id, destination="crm", customer_id="7"))
    wanted = events.Revocation(
        consent=2, destinations=("crm", "spare"), by="eva", submission=line.id
    )
    found = story(store, settings, kept(store, wanted))
    assert found.customers == {"crm": ["7"]}
    assert found.revoked == []


def test_attempts_end_as_far_as_is_known() -> None:
    line = received()
    first, second = (events.Attempt(id=line.id, destination="crm") for _ in range(2))
    ended = events.Failed(id=line.id, destination="crm", attempt=first.attempt, reason="400")
    assert attempts([line, first, ended, ended, second]) == [(first, ended), (second, None)]
