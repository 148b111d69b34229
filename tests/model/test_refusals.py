"""What was refused: each line counts once, the last days are kept, and nothing grows for ever."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.model import events
from frontdesk.model.codec import decode, encode
from frontdesk.model.events import AnyEvent, Refusal, Refused
from frontdesk.model.ledger import Ledger
from frontdesk.model.refusals import DAYS, History
from frontdesk.store.files.lines import Damage
from frontdesk.store.files.segments import Journal
from tests.samples import received

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = NOON.date()
ONE, OTHER = UUID(int=1), UUID(int=2)
EMAIL = Refusal("riverside", "invalid", 2, "email")


def told(
    *counts: Refusal, of: UUID = ONE, minute: int = 0, day: date | None = None, days: int = 0
) -> Refused:
    """A process's line of some minute; `days`: how many later that is."""
    at = NOON + timedelta(days=days, minutes=minute)
    return Refused(id=of, at=at, day=day or at.date(), counts=counts or (EMAIL,))


def history(*events: Refused) -> History:
    found = History()
    for event in events:
        found.apply(event)
    return found


def emails(found: History, first: date = date.min, last: date = date.max) -> int:
    """How often an email address was wrong."""
    forms = found.between(first, last)
    return forms["riverside"].fields["email"]["invalid"] if forms else 0


def test_by_form_field_and_reason() -> None:
    found = history(
        told(Refusal("riverside", "fields", 2), EMAIL),
        told(Refusal("riverside", "captcha", 1), Refusal("quay", "rate", 7), minute=1),
        told(
            Refusal("riverside", "fields", 3), Refusal("riverside", "missing", 3, "phone"), days=1
        ),
    )
    assert msgspec.to_builtins(found.between(TODAY, date.max)) == {
        "riverside": {
            "reasons": {"fields": 5, "captcha": 1},
            "fields": {"email": {"invalid": 2}, "phone": {"missing": 3}},
        },
        "quay": {"reasons": {"rate": 7}, "fields": {}},
    }
    assert found.between(TODAY, date.max)["riverside"].enquiries == 6
    assert found.total == found.between(TODAY, date.max)
    assert msgspec.to_builtins(found.between(TODAY + timedelta(days=1), date.max)) == {
        "riverside": {"reasons": {"fields": 3}, "fields": {"phone": {"missing": 3}}}
    }


def test_a_line_that_comes_twice_counts_once() -> None:
    lines = [told(minute=0), told(of=OTHER, minute=0), told(minute=1), told(of=OTHER, minute=2)]
    assert emails(history(*lines)) == emails(history(*lines, *lines)) == 8


@given(
    st.lists(st.tuples(st.sampled_from([ONE, OTHER]), st.integers(1, 9)), max_size=12),
    st.integers(0, 12),
)
def test_wherever_a_reader_begins_anew(parts: list[tuple[UUID, int]], back: int) -> None:
    lines = [
        told(Refusal("riverside", "invalid", times, "email"), of=process, minute=minute)
        for minute, (process, times) in enumerate(parts)
    ]
    found = history(*lines, *lines[back:])
    assert found == history(*lines)
    assert emails(found) == sum(times for _, times in parts)


def test_only_the_last_days_are_kept_and_the_total_goes_on() -> None:
    lines = [told(of=UUID(int=day), days=day) for day in range(3 * DAYS)]
    found = history(*lines)
    assert len(found.days) == len(found.heard) == DAYS
    assert emails(found) == 2 * DAYS
    assert found.total["riverside"].fields == {"email": {"invalid": 2 * 3 * DAYS}}
    # Whatever is too old to be known again is not counted a second time.
    assert history(*lines, *lines) == found


def test_a_clock_that_was_years_ahead_makes_nothing_else_too_old() -> None:
    lines = [told(of=OTHER, days=9000), *(told(minute=day, days=day) for day in range(2 * DAYS))]
    found = history(*lines)
    last = TODAY + timedelta(days=2 * DAYS - 1)
    assert emails(found, last - timedelta(days=6), last) == 2 * 7


@pytest.mark.parametrize("times", ["0", "-1", "9007199254740993", "9" * 400, "true", "1e3", '"1"'])
def test_nothing_is_counted_beyond_what_can_be_shown(times: str) -> None:
    line = encode(told(Refusal("riverside", "rate", 7)))
    with pytest.raises(ValueError, match="times"):
        decode(line.replace(b'"times":7', b'"times":' + times.encode()))
    most = line.replace(b'"times":7', f'"times":{events.MOST}'.encode())
    lines = [msgspec.structs.replace(decode(most), id=UUID(int=n)) for n in range(1000)]
    found = history(*(line for line in lines if isinstance(line, Refused)))
    assert float(found.total["riverside"].enquiries) == 1000.0 * events.MOST


def test_nobody_is_owed_anything_for_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", clock=lambda: NOON)
    ours = received(at=NOON)
    written: list[AnyEvent] = [told(), ours, told(minute=1)]
    journal.append(*written)
    journal.close()
    ledger = Ledger()
    for line in journal.read():
        assert not isinstance(line, Damage)
        changed = ledger.apply(line.event)
        assert (changed is None) == isinstance(line.event, Refused)
    assert list(ledger.records) == [ours.id]
    assert emails(ledger.refusals) == 4
