"""What an event says by itself."""

from datetime import UTC, datetime
from uuid import UUID

from frontdesk.model.events import Attempt

ID = UUID(int=1)


def test_a_new_event_knows_its_time_in_utc() -> None:
    before = datetime.now(UTC)
    event = Attempt(id=ID, destination="crm")
    assert before <= event.at <= datetime.now(UTC)
    assert event.attempt != Attempt(id=ID, destination="crm").attempt
