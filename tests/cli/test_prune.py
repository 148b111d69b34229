"""`frontdesk prune`, on a running site."""

from datetime import timedelta
from pathlib import Path

import pytest

from frontdesk.model import events
from frontdesk.model.codec import encode
from frontdesk.model.events import utcnow
from frontdesk.store.files.patches import PLAN
from frontdesk.store.files.segments import Journal
from tests.cli.conftest import Desk
from tests.samples import received


def old(desk: Desk, days: int, *, settled: bool = True) -> Path:
    """A day of the past, with one submission in it."""
    at = utcnow() - timedelta(days=days)
    journal = Journal(desk.config.parent / "var/journal", clock=lambda: at)
    line = received(at=at, note=f"{days} days ago")
    journal.append(line)
    if settled:
        journal.append(events.Delivered(id=line.id, at=at, destination="crm", customer_id="1"))
    journal.close()
    return journal.directory / f"{at:%Y-%m-%d}.jsonl"


def test_old_days_go_when_they_are_settled(desk: Desk, tmp_path: Path) -> None:
    desk.site.app.extensions["frontdesk"].close()  # it would deliver what is owed
    gone, waiting, young = old(desk, 400), old(desk, 399, settled=False), old(desk, 20)
    before = gone.read_bytes()
    archive = tmp_path / "archive.jsonl"
    dry = desk.run("prune", "--older-than", "365d", "--dry-run")
    assert (dry.exit_code, gone.exists()) == (0, True)
    answer = desk.run("prune", "--older-than", "365d", "--export", str(archive))
    assert answer.exit_code == 0, answer.output
    assert f"{gone.name} 1 submission" in answer.stdout
    assert f"{waiting.name} stays: " in answer.stderr
    assert (gone.exists(), waiting.exists(), young.exists()) == (False, True, True)
    assert archive.read_bytes() == before
    assert archive.stat().st_mode & 0o777 == 0o600


def test_what_settled_a_lead_stays_with_the_day_that_it_came_on(desk: Desk) -> None:
    """Else it would be owed again, and sent a second time."""
    came, settled = (utcnow() - timedelta(days=days) for days in (402, 401))
    sent, open_still = received(at=came), received(at=came)
    desk.site.app.extensions["frontdesk"].close()
    journal = desk.config.parent / "var/journal"
    journal.mkdir(parents=True, exist_ok=True)
    first, second = (journal / f"{day:%Y-%m-%d}.jsonl" for day in (came, settled))
    attempt = events.Attempt(id=sent.id, at=settled, destination="crm")
    delivered = events.Delivered(
        id=sent.id, at=settled + timedelta(seconds=1), destination="crm", attempt=attempt.attempt
    )
    held = events.Held(id=open_still.id, at=came, reason="spam suspected")
    first.write_bytes(b"".join(map(encode, (held, open_still, sent))))
    second.write_bytes(b"".join(map(encode, (attempt, delivered))))
    answer = desk.run("prune", "--older-than", "365d", "--no-export")
    assert answer.exit_code == 1
    assert f"{second.name} stays: {str(sent.id)[:8]} is in another day that stays" in answer.stderr
    assert first.exists()
    assert second.exists()


def revoked(desk: Desk, days: int) -> Path:
    """A day of the past on which somebody revoked a consent, and the CRM did it."""
    at = utcnow() - timedelta(days=days)
    journal = Journal(desk.config.parent / "var/journal", clock=lambda: at)
    facts = {"consent": 1, "destinations": ("crm",), "by": "eva", "email": "jana@example.com"}
    wanted = events.Revocation(at=at, **facts)
    journal.append(wanted, events.Delivered(id=wanted.id, at=at, destination="crm"))
    journal.close()
    return journal.directory / f"{at:%Y-%m-%d}.jsonl"


def test_a_revocation_stays_as_long_as_a_lead_from_before_it(desk: Desk) -> None:
    """Else that lead would grant again, when somebody lets it go, what was revoked since."""
    desk.site.app.extensions["frontdesk"].close()
    before, waiting, after = revoked(desk, 402), old(desk, 401, settled=False), revoked(desk, 400)
    answer = desk.run("prune", "--older-than", "365d", "--no-export")
    assert answer.exit_code == 0, answer.output
    assert f"{after.name} stays: a consent was revoked in it" in answer.stderr
    assert (before.exists(), waiting.exists(), after.exists()) == (False, True, True)


def test_a_day_that_cannot_be_read_stays(desk: Desk) -> None:
    path = old(desk, 400)
    with path.open("ab") as file:
        file.write(b"by hand\n")
    answer = desk.run("prune", "--older-than", "365d", "--no-export")
    assert answer.exit_code == 1
    assert f"{path.name} stays: byte" in answer.stderr
    assert path.exists()


def test_nothing_to_do_is_well(desk: Desk) -> None:
    young = old(desk, 20)
    answer = desk.run("prune", "--older-than", "36500d", "--no-export")
    assert answer.exit_code == 0, answer.output
    assert "no day is old enough" in answer.stderr
    assert young.exists()


@pytest.mark.parametrize("name", ["0000-01-01.jsonl", "2020-99-99.jsonl", "2020-01-01.notes.jsonl"])
def test_what_is_not_ours_stays(desk: Desk, name: str) -> None:
    gone = old(desk, 400)
    foreign = gone.with_name(name)
    foreign.write_text('{"somebody": "else"}\n')
    answer = desk.run("prune", "--older-than", "365d", "--no-export")
    assert (answer.exit_code, gone.exists(), foreign.exists()) == (0, False, True)
    assert f"{name} stays: it is not one of ours" in answer.stderr
    again = desk.run("prune", "--older-than", "365d", "--no-export")
    assert again.exit_code == 0, "it needs nobody"


def test_an_erasure_that_was_cut_short_comes_first(desk: Desk) -> None:
    plan = old(desk, 400).with_name(PLAN)
    plan.write_text("[]")
    assert desk.run("prune", "--older-than", "365d", "--dry-run").exit_code == 0
    assert plan.exists()
    assert desk.run("prune", "--older-than", "365d", "--no-export").exit_code == 0
    assert not plan.exists()


def test_what_is_not_exported_is_not_removed(desk: Desk, tmp_path: Path) -> None:
    path = old(desk, 400)
    archive = tmp_path / "archive.jsonl"
    archive.touch()
    answer = desk.run("prune", "--older-than", "365d", "--export", str(archive))
    assert answer.exit_code == 2
    assert path.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--older-than", "8d", "--no-export"], "the last 9 days are needed"),
        (["--older-than", "365d"], "say what becomes of it"),
        (["--older-than", "365d", "--export", "x", "--no-export"], "say what becomes of it"),
        (["--older-than", "739000d", "--no-export"], "is too long; at most 36500d"),
        (["--older-than", "9" * 5000 + "d", "--no-export"], "is too long"),
        (["--older-than", "999999999d", "--no-export"], "is too long"),
        (["--older-than", "soon", "--no-export"], "is not a duration"),
        ([], "Missing option '--older-than'"),
    ],
)
def test_wrong_use(desk: Desk, options: list[str], said: str) -> None:
    answer = desk.run("prune", *options)
    assert answer.exit_code == 2
    assert said in answer.stderr
