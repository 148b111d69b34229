"""What may be used only once: remembered for long enough, and not for ever."""

from pathlib import Path

from frontdesk.store.files.spent import HOURS_KEPT, Spent


def test_only_what_expired_long_ago_is_forgotten(tmp_path: Path) -> None:
    spent = Spent(tmp_path / "altcha")
    first = 480_000  # hours since 1970; a day of 2024
    for hour in range(first, first + 100):
        assert spent.spend("the same", hour * 3600)
    kept = {int(folder.name) for folder in (tmp_path / "altcha").iterdir()}
    assert kept == set(range(first + 99 - HOURS_KEPT, first + 100))
    for hour in kept:
        assert not spent.spend("the same", hour * 3600 + 1800)


def test_a_clock_that_was_ahead_has_nothing_forgotten(tmp_path: Path) -> None:
    spent = Spent(tmp_path / "altcha")
    now = 480_000
    for hour in range(now + 10_000, now + 10_100):
        assert spent.spend("the same", hour * 3600)
    for hour in range(now, now + HOURS_KEPT):
        assert spent.spend("the same", hour * 3600)
    for hour in range(now, now + HOURS_KEPT):
        assert not spent.spend("the same", hour * 3600)
