"""What is certainly settled may be left out: whatever is owed is known without it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given
from hypothesis import strategies as st

from frontdesk.model import events
from frontdesk.model.events import AnyEvent
from frontdesk.store.files.index.database import Database
from frontdesk.store.files.index.quick import RECENT, Settled, settled
from frontdesk.store.files.store import FileStore
from tests.samples import received
from tests.store.test_sequences import DAY, A, B, C, any_event

TODAY = (DAY + RECENT + timedelta(days=30)).date()
WHOLE = [
    received(A, at=DAY),
    events.Attempt(id=A, at=DAY, destination="crm"),
    events.Delivered(id=A, at=DAY, destination="crm"),
]
FIRST, SECOND = "2026-03-01.jsonl", "2026-03-02.jsonl"

plain_stories = st.sampled_from([A, B, C]).flatmap(
    lambda one: st.sampled_from(
        [
            [
                received(one, at=DAY),
                events.Delivered(id=one, at=DAY, destination="crm", customer_id="60001"),
            ],
            [
                received(one, at=DAY, destinations=("crm", "erp")),
                events.Delivered(id=one, at=DAY, destination="crm"),
            ],
            [received(one, at=DAY)],
            [events.Delivered(id=one, at=DAY, destination="crm")],
        ]
    )
)
days = st.lists(st.one_of(plain_stories, st.lists(any_event, max_size=3)), max_size=4).map(
    lambda stories: [line for story in stories for line in story]
)


def written(folder: Path, parts: list[list[AnyEvent]]) -> FileStore:
    """A journal with a segment for each of these, one a day."""
    day = DAY
    store = FileStore(folder, lambda: day)
    for part in parts:
        store.append(*part)
        day += timedelta(days=1)
    return store


def known(store: FileStore, today: date = TODAY) -> Settled:
    found = settled(store.journal.segments(), today)
    assert found is not None
    return found


@given(st.lists(days.filter(bool), min_size=1, max_size=4), st.lists(any_event, max_size=3))
@example(
    [WHOLE, [received(B, at=DAY)]],
    [events.Replayed(id=A, at=DAY, by="eva", destinations=("crm",), force=True)],
)
@example([WHOLE, WHOLE], [])
@example(
    [WHOLE, [received(B, at=DAY)]],
    [events.Failed(id=A, at=DAY, destination="crm", reason="401", closes_account=True)],
)
def test_all_that_is_open_is_known_without_what_is_settled(
    parts: list[list[AnyEvent]], later: list[AnyEvent]
) -> None:
    with TemporaryDirectory() as folder:
        store = written(Path(folder), parts)
        skips = settled(store.journal.segments(), TODAY)
        if skips is None:
            assert any(isinstance(e, events.Revocation | events.Revoked) for p in parts for e in p)
            store.close()
            return
        if later:  # after it was looked at
            store.append(*later)
        view = Database(store.journal, None, skips)
        owed, closed = view.ask(
            lambda _, writer: (
                writer.open_records(),
                {name: account.closed for name, account in writer.facts().accounts.items()},
            )
        )
        of_all = {record.id: record for record in store.changes(None).records}
        late = {line.id for line in later}
        for record in of_all.values():
            if record.id not in late:  # of those, what was before may have been left out
                assert record in owed
        assert {record.id for record in owed} - late <= of_all.keys()
        for name, account in store.facts().accounts.items():
            assert closed.get(name) == account.closed
        view.close()
        store.close()


def test_a_segment_in_which_all_is_settled_need_not_be_read(tmp_path: Path) -> None:
    store = written(tmp_path, [WHOLE, [received(B, at=DAY)]])
    size = (store.journal.directory / FIRST).stat().st_size
    assert (known(store).until(FIRST), known(store).until(SECOND)) == (size, 0)
    assert known(store, DAY.date()).until(FIRST) == 0, "it is too young"
    with (store.journal.directory / FIRST).open("ab") as file:
        file.write(b"torn")
    assert known(store).until(FIRST) == 0


def test_one_that_is_settled_on_another_day_counts_on_both(tmp_path: Path) -> None:
    store = written(tmp_path, [WHOLE[:2], WHOLE[2:]])
    assert known(store).until(FIRST) > 0 < known(store).until(SECOND)


def test_what_comes_after_the_look_is_read(tmp_path: Path) -> None:
    store = written(tmp_path, [WHOLE])
    skips = known(store)
    day = datetime(2026, 3, 1, tzinfo=UTC)
    FileStore(tmp_path, lambda: day).append(received(B, at=DAY))
    view = Database(store.journal, None, skips)
    assert [one.id for one in view.ask(lambda _, writer: writer.open_records())] == [B]
