"""The schedule: when a delivery is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from frontdesk.delivery.schedule import LONGEST_WAIT, Schedule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SCHEDULE = Schedule(first=30, longest=3600, give_up_after=5 * 86400)


@pytest.mark.parametrize(
    ("attempts", "ceiling"),
    [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (9, 3600), (5000, 3600)],
)
def test_the_backoff_lies_anywhere_below_a_ceiling_that_doubles(
    attempts: int, ceiling: float
) -> None:
    waits = [SCHEDULE.backoff(attempts) for _ in range(2000)]
    assert min(waits) >= 0
    assert max(waits) <= ceiling
    # Full jitter: the whole width is used. 2000 draws miss an end with less than 1 in 10**40.
    assert min(waits) < 0.05 * ceiling
    assert max(waits) > 0.95 * ceiling


def seconds(attempts: int, *, least: float, retry_after: float | None) -> list[float]:
    return [
        (SCHEDULE.again(attempts, NOW, least=least, retry_after=retry_after) - NOW)
        / timedelta(seconds=1)
        for _ in range(300)
    ]


@pytest.mark.parametrize(
    ("patience", "retry_after", "least", "most"),
    [
        (0, None, 0, 30),
        (50, None, 50, 50),
        (0, 5, 5, 30),
        (0, 600, 600, 600),
        (0, LONGEST_WAIT, LONGEST_WAIT, LONGEST_WAIT),
        (0, 10.0**9, LONGEST_WAIT, LONGEST_WAIT),
        (0, float("inf"), LONGEST_WAIT, LONGEST_WAIT),
        (50, 600, 600, 600),
        (0, 0, 0, 30),
    ],
)
def test_the_next_attempt(
    patience: float, retry_after: float | None, least: float, most: float
) -> None:
    waits = seconds(1, least=patience, retry_after=retry_after)
    assert least <= min(waits)
    assert max(waits) <= most


def test_an_unknown_one_waits_longer_the_more_often_it_was_tried() -> None:
    waits = seconds(6, least=30, retry_after=None)
    assert min(waits) == 30
    assert 30 < max(waits) <= 960


@pytest.mark.parametrize(
    ("days", "setbacks", "given_up"),
    [(0, 99, False), (4.99, 99, False), (5.01, 99, True), (5.01, 5, True), (5.01, 4, False)],
)
def test_it_gives_up_after_time_and_tries(days: float, setbacks: int, given_up: bool) -> None:
    assert SCHEDULE.given_up(NOW - timedelta(days=days), NOW, setbacks) is given_up


def test_a_clock_that_was_put_back_gives_nothing_up() -> None:
    assert not SCHEDULE.given_up(NOW + timedelta(days=30), NOW, 99)
