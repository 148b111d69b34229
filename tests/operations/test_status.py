"""How things stand: the same for every page and every command."""

from datetime import timedelta

from frontdesk.config import Settings
from frontdesk.data_dir import COURIER
from frontdesk.model import events
from frontdesk.model.events import Refusal, utcnow
from frontdesk.operations.status import overview
from frontdesk.store.memory.store import MemoryStore
from tests.samples import received


def test_all_of_it(store: MemoryStore, settings: Settings) -> None:
    settings.data_dir.mkdir()
    line = received(at=utcnow() - timedelta(hours=1))
    today = utcnow().date()
    counts = (Refusal("riverside", "origin", 3),)
    store.append(
        line,
        events.Refused(id=line.id, day=today, counts=counts),
        events.Refused(id=received().id, day=today - timedelta(days=8), counts=counts),
    )
    found = overview(store, settings)
    assert (found.status.owed, found.status.states) == (1, {"pending": 1})
    assert (found.refused["riverside"].reasons, found.delivering) == ({"origin": 3}, False)
    assert (today - found.since).days == 6
    assert {"courier", "late"} <= {problem.code for problem in found.conditions}
    store.lease(COURIER).win()
    patient = overview(store, settings, timedelta(hours=2))
    assert patient.delivering
    assert not {"courier", "late"} & {problem.code for problem in patient.conditions}
