"""What receivers of messages are called, and that each keeps what it was told."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from frontdesk.model.codec import decode, encode
from frontdesk.model.events import Notified
from frontdesk.model.receivers import LATEST, Receivers

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def when(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def folded(*lines: Notified) -> Receivers:
    made = Receivers()
    for line in lines:
        made.apply(decode(encode(line)))  # type: ignore[arg-type]
    return made


def test_one_that_gets_a_name_keeps_what_it_was_told() -> None:
    told = Notified(at=when(0), receiver=0, what=("late",))
    failed = Notified(at=when(1), receiver="a", reason="answered 500")
    named = Notified(at=when(2), receiver="a", formerly=0)
    over = Notified(at=when(3), receiver="a", over=("late",))
    found = folded(told, failed, named).of("a")
    assert (found.told, found.reason, found.failures) == ({"late": when(0)}, "answered 500", 1)
    assert found.tried_at == when(1), "a name is no try"
    found = folded(told, failed, named, over).of("a")
    assert (found.told, found.reason) == ({}, None)


def test_lines_that_come_twice_or_late() -> None:
    told = Notified(at=when(0), receiver=0, what=("late",))
    named = Notified(at=when(1), receiver="a", formerly=0)
    over = Notified(at=when(2), receiver="a", over=("late",))
    assert folded(told, named, over, told, named).of("a").told == {}
    late = Notified(at=when(3), receiver=0, what=("disk",))
    assert folded(named, late).of("a").told == {"disk": when(3)}, "an older version is still at it"


def test_names_never_lead_in_a_circle() -> None:
    told = Notified(at=when(0), receiver="a", what=("late",))
    pairs = [("b", "a"), ("a", "b"), ("c", "a"), ("b", "c"), ("a", "a")]
    for order in permutations(pairs):
        names = (Notified(receiver=to, formerly=of) for to, of in order)
        found = folded(told, *names)
        assert all(found.of(name).told == {"late": when(0)} for name in "abc"), order


def test_a_name_may_be_known_before_a_line_says_so() -> None:
    told = Notified(at=when(0), receiver=0, what=("late",))
    assert folded(told).former_names("a", "older", 0) == [0]
    assert folded(told).of("a", "older", 0).told == {"late": when(0)}
    assert folded(told).of("a", "older", 1).told == {}
    named = Notified(receiver="a", formerly=0)
    assert folded(told, named).former_names("a", "older", 0) == []


def test_what_is_left_under_a_place_is_nobodys() -> None:
    lines = [Notified(at=when(0), receiver=place, what=("late",)) for place in (0, 1)]
    found = folded(*lines, Notified(receiver="a", formerly=0))
    assert found.former_names("b", 1) == []
    assert found.of("b", 1).told == {}


def test_a_number_that_is_a_name_is_no_place() -> None:
    found = folded(Notified(at=when(0), receiver="0", what=("late",)))
    assert found.of("a", 0).told == {}


def test_the_last_messages_are_kept() -> None:
    """In their order, however the lines come, and each once."""
    receivers = Receivers()
    lines = [Notified(receiver="a", at=when(n), what=(f"failed:{n}", "late")) for n in range(30)]
    for line in [*reversed(lines), *lines]:
        receivers.apply(line)
    assert [one.at for one in receivers.latest] == [when(n) for n in range(30 - LATEST, 30)]
    assert receivers.latest[-1].matters == {"failed": 1, "late": 1}
    receivers.apply(Notified(receiver="b", formerly="a", at=when(40)))
    assert receivers.latest[-1].at == when(29), "what renames tells nobody anything"
