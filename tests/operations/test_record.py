"""Why a record is where it is: as data, and in one line."""

from datetime import timedelta
from uuid import UUID, uuid4

from frontdesk.model import events
from frontdesk.model.events import utcnow
from frontdesk.model.exchange import Answer
from frontdesk.operations.record import Reason, reasons, remark
from frontdesk.store.memory.store import MemoryStore
from tests.operations.conftest import kept
from tests.samples import received

OTHER = UUID("bbbb2222" + "0" * 24)


def test_what_is_held_says_for_what(store: MemoryStore) -> None:
    line = received()
    record = kept(store, events.Held(id=line.id, reason="spam suspected", code="hasty"), line)
    assert [*reasons(record)] == [Reason("held", text="spam suspected", hold="hasty")]
    assert remark(record) == "spam suspected"


def test_what_repeats_another_says_which(store: MemoryStore) -> None:
    line = received()
    record = kept(store, line, events.Duplicate(id=line.id, of=OTHER))
    assert [*reasons(record)] == [Reason("repeated", other=OTHER)]
    assert remark(record) == "the same enquiry as bbbb2222, sent again"


def test_each_destination_has_a_reason(store: MemoryStore) -> None:
    line = received(destinations=("crm", "geeks", "spare"))
    answer = Answer(400, 0.1, '{"error": "No email.\\nMore."}')
    record = kept(
        store,
        line,
        events.Delivered(id=line.id, destination="crm", customer_id="7", reconciled=True),
        events.Failed(id=line.id, destination="geeks", reason="answered 400", answer=answer),
    )
    assert [*reasons(record)] == [
        Reason("delivered", "crm", customer="7", certainty="found"),
        Reason("trouble", "geeks", text="answered 400", answered="No email."),
    ]
    assert remark(record) == ("crm: customer 7 (found by lookup); geeks: answered 400: No email.")


def test_how_well_a_delivery_is_known(store: MemoryStore) -> None:
    untold = received(at=utcnow() - timedelta(hours=1))
    store.append(untold, events.Delivered(id=untold.id, destination="crm"))
    record = store.get(untold.id)
    assert record is not None
    assert [reason.certainty for reason in reasons(record)] == ["unconfirmed"]
    record = kept(store, untold, events.Compared(destination="crm", missing=(untold.id,)))
    assert [reason.certainty for reason in reasons(record)] == ["unlisted"]


def test_a_revocation_is_done_or_was_granted_again(store: MemoryStore) -> None:
    wanted = events.Revocation(
        id=uuid4(), consent=2, destinations=("crm", "spare"), by="eva", email="jana@example.com"
    )
    record = kept(
        store,
        wanted,
        events.Delivered(id=wanted.id, destination="crm"),
        events.Superseded(id=wanted.id, destination="spare", submission=OTHER),
    )
    assert [*reasons(record)] == [Reason("revoked", "crm"), Reason("superseded", "spare", OTHER)]
    assert remark(record) == "crm: done; spare: granted again by bbbb2222"
