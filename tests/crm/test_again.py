"""The number by which what a person has sent once more is told from what was sent before."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from frontdesk.crm.again import arrivals
from frontdesk.model.events import AnyEvent, Delivered, Replayed
from frontdesk.store.memory.store import MemoryStore
from tests.samples import received

IDENTITY = uuid4()


def delivered(minute: int, destination: str = "erp") -> Delivered:
    at = datetime(2026, 3, 17, 12, minute, tzinfo=UTC)
    return Delivered(id=IDENTITY, at=at, destination=destination)


def replayed(minute: int, *known: str) -> Replayed:
    at = datetime(2026, 3, 17, 12, minute, tzinfo=UTC)
    return Replayed(
        id=IDENTITY, at=at, by="eva", destinations=("erp",), force=True, delivered=known
    )


@pytest.mark.parametrize(
    ("lines", "times"),
    [
        ([], 1),  # whoever asks knows that it has arrived
        ([delivered(1)], 1),
        ([delivered(1), delivered(1)], 1),
        ([delivered(1), delivered(2, "crm")], 1),
        ([delivered(1), replayed(2, "erp"), replayed(3, "erp")], 1),
        ([delivered(1), replayed(2, "erp"), delivered(3), replayed(4, "erp")], 2),
        ([replayed(2, "erp")], 1),
        ([replayed(2, "erp"), delivered(3), replayed(4, "erp")], 2),
    ],
)
def test_each_arrival_counts_once_also_one_that_only_a_replay_knows(
    lines: list[AnyEvent], times: int
) -> None:
    store = MemoryStore()
    came = received(IDENTITY, destinations=("erp",))
    store.append(came, *lines)
    assert arrivals(store, "erp", came.submission, "yes") == times
    for prior in ("no", "perhaps"):
        assert arrivals(store, "erp", came.submission, prior) == 0
