"""The numbers that indexes keep, against a count of all that there is."""

import sqlite3
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from frontdesk.model import events
from frontdesk.model.events import AnyEvent, Refusal, Refused
from frontdesk.model.lead import Origin
from frontdesk.model.record import Record
from frontdesk.model.times import moment
from frontdesk.store import charts
from frontdesk.store.base import Store
from frontdesk.store.counting import delay_class, seconds_of, source
from frontdesk.store.files.store import FileStore
from frontdesk.store.postgresql.store import PostgresStore
from frontdesk.store.query import Query
from tests.postgresql import Database
from tests.samples import received
from tests.store.test_sequences import NAMES, any_event

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRAGUE, KATHMANDU = ZoneInfo("Europe/Prague"), ZoneInfo("Asia/Kathmandu")


def every(store: Store) -> list[Record]:
    """All records that there are, page by page."""
    found, after = list[Record](), None
    while True:
        page = store.find(Query(), after)
        found += page.records
        if (after := page.next) is None:
            return found


def full_count(records: list[Record], since: datetime, until: datetime) -> dict[str, Any]:
    """What a store should say of a time, by nothing but the records."""
    counted: dict[str, Counter[str]] = {}
    for record in records:
        came = record.submission
        if came is None or record.erased or not since <= came.at < until:
            continue
        values: dict[str, set[str]] = {
            "campaign": {came.lead.campaign or ""},
            "unit": {came.lead.unit or ""},
            "rooms": set(came.lead.rooms),
            "trouble": {*record.troubles, *("any" for _ in list(record.troubles)[:1])},
            "captcha": {record.captcha or ""} - {events.UNASKED},
            "source": {source(came.origin) or ""},
        }
        if record.arrived_at is not None:
            values["delay"] = {str(delay_class((record.arrived_at - came.at).total_seconds()))}
        for what, found in values.items():
            counted.setdefault(what, Counter()).update(found - {""})
    return {what: dict(numbers) for what, numbers in counted.items() if numbers}


def check(store: Store, times: list[tuple[datetime, datetime]]) -> None:
    """Every number that it has, against a count of all its records."""
    records = every(store)
    counted = Counter(r.state for r in records if r.submission or not r.settled)
    assert store.states() == dict(counted)
    for since, until in times:
        told = store.shares(since, until)
        without = {what: told[what] for what in told.keys() - {"refused", "wrong"}}
        assert without == full_count(records, since, until)
        kept = [
            record.submission
            for record in records
            if record.submission and not record.erased and since <= record.submission.at < until
        ]
        forms = Counter(came.form for came in kept)
        assert store.over_time([since, until]) == {form: [n] for form, n in forms.items()}


class Erase(NamedTuple):
    """That people are erased by an operator."""

    ids: frozenset[UUID]


steps = st.lists(
    st.lists(any_event, min_size=1, max_size=8)
    | st.builds(Erase, st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=2)),
    min_size=1,
    max_size=5,
)
TIMES = [(DAY.replace(day=1, hour=0), DAY.replace(day=2, hour=0)), (DAY, DAY + timedelta(days=40))]


def take(store: Store, step: list[AnyEvent] | Erase) -> None:
    if isinstance(step, Erase):
        store.erase(step.ids, (), "eva")
        store.empty_late()
    else:
        store.append(*step)


@settings(max_examples=settings.default.max_examples // 5)
@given(steps)
def test_whatever_happens_files_count_right(story: list[list[AnyEvent] | Erase]) -> None:
    with TemporaryDirectory() as folder:
        store, other = FileStore(Path(folder)), FileStore(Path(folder))
        for number, step in enumerate(story):
            take((store, other)[number % 2], step)
            for one in (other, store):
                check(one, TIMES)
        store.close()
        other.close()


@settings(
    max_examples=settings.default.max_examples // 10,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(story=steps)
def test_whatever_happens_several_machines_count_right(
    database: Database, story: list[list[AnyEvent] | Erase]
) -> None:
    database.execute("drop schema if exists frontdesk cascade")
    stores = PostgresStore(database.url), PostgresStore(database.url)
    for number, step in enumerate(story):
        take(stores[number % 2], step)
        for one in stores:
            check(one, TIMES)
    for one in stores:
        one.close()


moments = st.integers(0, 4 * 10**15).map(moment)


@given(moments, st.timedeltas(timedelta(0), timedelta(days=800)))
def test_parts_of_a_time_are_that_time(since: datetime, length: timedelta) -> None:
    """Counts of days and months, with what is added and taken away: each moment once."""
    until = since + length
    spans, edges = charts.spans(since, until), charts.edges(since, until)
    seconds = sum(span.last - span.first for span in spans)
    rest = sum(edge.sign * (edge.until - edge.since) for edge in edges)
    assert timedelta(seconds=seconds, microseconds=rest) == length
    for one, two in pairwise(spans):
        assert one.last == two.first
    assert all(edge.until - edge.since <= 86_400_000_000 for edge in edges)


@pytest.mark.parametrize("zone", [UTC, PRAGUE, KATHMANDU], ids=str)
def test_days_are_those_of_a_zone(store: Store, zone: Any) -> None:
    """Also those on which clocks are put forward and back."""
    first = date(2026, 3, 1)
    midnights = [
        datetime.combine(first + timedelta(days=n), datetime.min.time(), zone).astimezone(UTC)
        for n in range(270)
    ]
    for number, at in enumerate(midnights[:-1]):
        form = ("riverside", "quay")[number % 2]
        edge = (at, midnights[number + 1] - timedelta(microseconds=1))[number % 3 == 0]
        store.append(replace(received(at=edge, campaign=f"{number % 4}"), form=form))
    told = store.over_time(midnights)
    assert [sum(day) for day in zip(*told.values(), strict=True)] == [1] * 269
    assert store.over_time(midnights, ["quay"]) == {"quay": told["quay"]}
    shares = store.shares(midnights[10], midnights[250])
    assert shares["campaign"] == {"0": 60, "1": 60, "2": 60, "3": 60}
    assert sum(store.shares(midnights[9], midnights[10])["campaign"].values()) == 1
    assert store.shares(midnights[10], midnights[250], ["nothing"]) == {}


@pytest.mark.parametrize("kind", ["files", "postgresql"])
def test_what_was_pruned_counts_no_more(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    today = DAY
    store: Store
    if kind == "files":
        store = FileStore(tmp_path / "var", lambda: today)
    else:
        store = PostgresStore(request.getfixturevalue("database").url)
    for month in (1, 2, 3):
        today = DAY.replace(month=month)
        came = received(at=today, campaign="spring", rooms=("2+kk",))
        refusals = (Refusal("riverside", "rate", month),)
        store.append(
            came,
            events.Delivered(id=came.id, at=came.at + timedelta(seconds=2), destination="crm"),
            Refused(id=uuid4(), at=today, day=today.date(), counts=refusals),
        )
    year = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    assert store.shares(*year)["refused"] == {"rate": 6}
    store.prune(date(2026, 2, 1))
    assert store.states() == {"delivered": 2}
    assert store.shares(*year)["campaign"] == {"spring": 2}
    assert store.shares(*year)["refused"] == {"rate": 5}
    check(store, [year])
    store.close()


def test_refusals_count_once(store: Store) -> None:
    counts = Refusal("quay", "fields", 3), Refusal("quay", "missing", 2, "captcha")
    line = Refused(id=uuid4(), at=DAY, day=DAY.date(), counts=(*counts, Refusal("quay", "bad", 1, "email")))  # fmt: skip # noqa: E501
    store.append(line, line)
    store.append(line)
    told = store.shares(DAY - timedelta(days=1), DAY + timedelta(days=1))
    assert told == {"refused": {"fields": 3}, "captcha": {"missing": 2}, "wrong": {"email bad": 1}}
    assert store.shares(DAY - timedelta(days=1), DAY + timedelta(days=1), ["riverside"]) == {}


def test_tabs_are_counted_by_few_numbers(tmp_path: Path) -> None:
    """However many submissions there are: one for each form and state."""
    store = FileStore(tmp_path / "var")
    for number in range(300):
        store.append(received(at=DAY + timedelta(hours=number)))
    assert store.states() == {"pending": 300}
    [path] = (tmp_path / "var/index").glob("*.sqlite")
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM counter WHERE span = 0").fetchone() == (1,)
    plan = db.execute(
        "EXPLAIN QUERY PLAN SELECT value, sum(number) FROM counter"
        " WHERE span = 0 AND since = 0 AND what = 'state' GROUP BY value"
    ).fetchall()
    assert "SEARCH counter USING PRIMARY KEY" in str(plan)
    db.close()
    store.close()


@pytest.fixture
def of_old(database: Database) -> Database:
    """Tables as they were before there were counters, with an index of that time."""
    store = PostgresStore(database.url)
    store.append(received(at=DAY), received(at=DAY))
    assert store.states() == {"pending": 2}
    store.close()
    database.execute("drop table frontdesk.counter")
    database.execute("drop table frontdesk.kept")  # which came later
    database.execute("update frontdesk.about set version = 2")
    database.execute("update frontdesk.state set fold = 1")
    return database


def test_an_index_from_before_there_were_counters_is_made_anew(of_old: Database) -> None:
    store = PostgresStore(of_old.url)
    assert store.states() == {"pending": 2}
    assert store.over_time([DAY, DAY + timedelta(days=1)]) == {"riverside": [2]}
    store.close()


@pytest.mark.parametrize("seconds", [0, 0.05, 0.1, 1.7, 3, 59, 3600, 86_400, 40 * 86_400.0])
def test_a_delay_is_known_to_five_percent(seconds: float) -> None:
    told = seconds_of(delay_class(seconds))
    assert told == pytest.approx(seconds, rel=0.05, abs=0.1)


@pytest.mark.parametrize(
    ("page", "referrer", "expected"),
    [
        (None, None, None),
        ("https://x.example/", "https://www.seznam.cz/?q=byty", "seznam.cz"),
        ("https://x.example/?utm_source=Newsletter", "https://seznam.cz/", "newsletter"),
        ("https://x.example/?gclid=abc", None, "google ads"),
        ("https://x.example/?gclid=a&utm_source=Sklik+2%2F3#x", None, "sklik 2/3"),
        ("https://x.example/?utm_source=", "https://eva@seznam.cz:80", "seznam.cz"),
        ("https://x.example/?fbclid=abc", "https://l.facebook.com/", "facebook"),
        ("https://x.example/contact", "https://www.x.example/", None),
        ("https://[broken", "https://seznam.cz/", "seznam.cz"),
        (None, "android-app://com.google.android.gm/", "com.google.android.gm"),
    ],
)
def test_where_a_visitor_came_from(page: str, referrer: str, expected: str | None) -> None:
    assert source(Origin("html", "", page=page, referrer=referrer)) == expected
