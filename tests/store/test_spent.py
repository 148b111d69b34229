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


def test_what_an_older_version_remembers_belongs_to_nobody(tmp_path: Path) -> None:
    spent, until = Spent(tmp_path), 480_000 * 3600
    assert spent.spend("a turn", until)  # an empty file, as it always was
    (file,) = (tmp_path / "480000").iterdir()
    assert (file.is_file(), file.stat().st_size) == (True, 0)
    for owner in ("", "a", None):
        assert not spent.spend("a turn", until, owner)


def test_an_owner_is_known_to_all_processes_until_it_is_forgotten(tmp_path: Path) -> None:
    first = 480_000
    assert Spent(tmp_path).spend("a turn", first * 3600, "a")
    (link,) = (tmp_path / "480000").iterdir()
    assert link.readlink().name != "a", "an owner may be told of by its hash only"
    assert Spent(tmp_path).spend("a turn", first * 3600, "a")
    for hour in range(first + 1, first + 100):
        assert Spent(tmp_path).spend("a turn", hour * 3600, "a")
    assert not link.is_symlink()
    assert Spent(tmp_path).spend("a turn", first * 3600, "b"), "then it is anybody's"
