"""Rate limits' counts in memory, against the definition and in a crowd."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import limits
import pytest
from limits.strategies import SlidingWindowCounterRateLimiter

from frontdesk.intake.counters import SETS, WAYS, Counters

SET_BACK = """
import time
now, ahead = time.time, 3 * 3600
time.time = lambda: now() + ahead
from frontdesk.intake.limits import RateLimits
limits = RateLimits("memory://")
found = [limits.hit("2/hour", "a") is None for _ in range(3)]
ahead = 0
found.append(limits.hit("2/hour", "a") is None)
assert found == [True, True, False, False], found
"""

START = 1_800_000_000.0  # where a window of a minute begins
FIVE = limits.parse("5/minute")


class Clock:
    """Stands still until it is told."""

    now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(Counters(clock=clock))


def visits(limiter: SlidingWindowCounterRateLimiter, count: int, who: str = "a") -> Iterator[bool]:
    return (limiter.hit(FIVE, who) for _ in range(count))


def test_a_clock_that_is_set_back_forgets_nobody() -> None:
    subprocess.run([sys.executable, "-c", SET_BACK], check=True, timeout=60)


def test_so_many_and_no_more(limiter: SlidingWindowCounterRateLimiter) -> None:
    assert list(visits(limiter, 7)) == [True] * 5 + [False] * 2
    assert list(visits(limiter, 1, who="b")) == [True], "everybody has a count of their own"


def test_visits_count_less_and_less(clock: Clock, limiter: SlidingWindowCounterRateLimiter) -> None:
    assert all(visits(limiter, 5))
    clock.now = START + 60  # all five still count
    assert not any(visits(limiter, 1))
    clock.now = START + 60 + 30  # half of them, that is two and a half
    assert list(visits(limiter, 4)) == [True] * 3 + [False]
    clock.now = START + 60 + 59.9
    assert list(visits(limiter, 3)) == [True] * 2 + [False]
    clock.now = START + 3 * 60
    assert all(visits(limiter, 5))


def test_how_long_to_wait(clock: Clock, limiter: SlidingWindowCounterRateLimiter) -> None:
    clock.now = START + 15
    assert list(visits(limiter, 6)) == [True] * 5 + [False]
    storage = limiter.storage
    assert isinstance(storage, Counters)
    assert storage.get_sliding_window(FIVE.key_for("a"), 60) == (0, 45.0, 5, 105.0)
    clock.now = START + 70
    assert storage.get_sliding_window(FIVE.key_for("a"), 60) == (5, 50.0, 0, 110.0)


def test_a_crowd_at_once_is_counted_exactly() -> None:
    storage = Counters(clock=Clock())
    with ThreadPoolExecutor(8) as pool:
        enter = storage.acquire_sliding_window_entry
        assert sum(pool.map(enter, repeat("a", 4000), repeat(1000), repeat(60))) == 1000


def test_a_crowd_takes_no_more_room_and_the_next_is_counted(clock: Clock) -> None:
    storage = Counters(clock=clock)
    crowd = 2 * SETS * WAYS
    for number in range(crowd):
        assert storage.acquire_sliding_window_entry(f"visitor {number}", 1, 60)
    known = [storage.get_sliding_window(f"visitor {n}", 60)[2] for n in range(crowd)]
    assert crowd // 4 < sum(known) <= SETS * WAYS
    assert storage.acquire_sliding_window_entry("the next one", 1, 60)
    assert not storage.acquire_sliding_window_entry("the next one", 1, 60)


FORKED = """
import os
from frontdesk.intake.limits import RateLimits

limits = RateLimits("memory://")
reader, writer = os.pipe()
children = []
for _ in range(4):
    child = os.fork()
    if not child:
        let_in = sum(limits.hit("100/hour", "a") is None for _ in range(60))
        os.write(writer, b"%d " % let_in)
        os._exit(0)
    children.append(child)
assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
found = os.read(reader, 100).split()
assert sum(map(int, found)) == 100, found
"""


def test_forked_processes_count_together() -> None:
    subprocess.run([sys.executable, "-c", FORKED], check=True, timeout=60)
