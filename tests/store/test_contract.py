"""What every store promises, whatever it is made of."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from frontdesk.model import events
from frontdesk.model.account import Claim
from frontdesk.model.events import AnyEvent
from frontdesk.model.exchange import Answer, Request
from frontdesk.model.lead import Message, Origin
from frontdesk.model.record import Record
from frontdesk.model.revocations import customer_mark
from frontdesk.store.base import FOREVER, Store
from frontdesk.store.errors import LeaseLostError
from frontdesk.store.pages import each
from frontdesk.store.person_history import PersonHistory
from frontdesk.store.query import LONGEST_PAGE, Query, QueryError
from frontdesk.store.tallies import Tally
from tests.samples import received

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
A, B, C, D = NAMES = tuple(
    UUID(text)
    for text in (
        "aaaa1111-0000-4000-8000-000000000001",
        "aaaa2222-0000-4000-8000-000000000002",
        "cccc1111-0000-4000-8000-000000000003",
        "dddd1111-0000-4000-8000-000000000004",
    )
)


def at(second: float) -> datetime:
    return DAY + timedelta(seconds=second)


def came(
    submission: UUID, second: float, *, form: str = "riverside", to: Any = ("crm",), **lead: Any
) -> events.Received:
    line = received(submission, at=at(second), destinations=to, **lead)
    return replace(line, form=form)


def on_the_page(line: events.Received) -> events.Received:
    return replace(line, origin=replace(line.origin, channel="html"))


def attempt(submission: UUID, second: float, to: str = "crm") -> events.Attempt:
    number = UUID(int=submission.int ^ int(second * 1000))
    return events.Attempt(id=submission, at=at(second), destination=to, attempt=number)


def delivered(
    submission: UUID, second: float, customer: str | None = "60001", to: str = "crm", **more: Any
) -> events.Delivered:
    return events.Delivered(
        id=submission, at=at(second), destination=to, customer_id=customer, **more
    )


def failed(submission: UUID, second: float, *, closing: bool = False) -> events.Failed:
    return events.Failed(
        id=submission, at=at(second), destination="crm", reason="400", closes_account=closing
    )


def revocation(second: float, identity: UUID = D, **whose: Any) -> events.Revocation:
    return events.Revocation(
        id=identity, at=at(second), consent=1, destinations=("crm",), by="eva", **whose
    )


def found(store: Store, query: Query, limit: int = LONGEST_PAGE) -> list[UUID]:
    """All pages of an answer."""
    ids: list[UUID] = []
    cursor: str | None = None
    while True:
        page = store.find(query, cursor, limit)
        assert len(page.records) <= limit
        ids += [record.id for record in page.records]
        cursor = page.next
        if cursor is None:
            return ids


def by_text(store: Store, *texts: str) -> list[UUID]:
    return found(store, Query(texts=texts, oldest_first=True))


def record(store: Store, submission: UUID) -> Record:
    known = store.get(submission)
    assert known is not None
    return known


# -- events, and what has changed -----------------------------------------------------------------


def test_an_empty_store_knows_nothing(store: Store) -> None:
    changes = store.changes(None)
    assert (changes.records, changes.whole) == ([], True)
    assert store.get(A) is None
    assert store.events() == store.events(A) == []
    assert store.starting("aaaa") == []
    assert store.find(Query()) == ([], None)
    assert store.states() == {}
    assert store.tallies(Query()) == []
    assert store.claims("crm") == []
    assert store.people("crm", ["x@example.com"], ["1"], [A, None]) == []
    assert store.same_content(A, timedelta(days=1)) == []
    assert store.of_lead("7") == store.sharing(["x"]) == store.mentioning(["xyz"]) == []
    facts = store.facts()
    assert (facts.accounts, facts.counts.received, facts.damaged) == ({}, {}, 0)
    assert not facts.revocations
    assert store.erase([], [], "eva") == 0
    store.empty_late()
    store.finish_erasure()
    assert store.inspect().flaws == []
    assert store.readiness() is None
    assert not store.received_lately(A)


def test_what_has_changed_since_a_cursor(store: Store) -> None:
    store.append(came(A, 1), came(B, 2), delivered(B, 3))
    first = store.changes(None)
    assert ([record.id for record in first.records], first.whole) == ([A], True), "what is open"
    assert store.changes(first.cursor) == ([], first.cursor, False)
    store.append(attempt(A, 4), came(C, 5))
    second = store.changes(first.cursor)
    assert ({record.id for record in second.records}, second.whole) == ({A, C}, False)
    store.append(delivered(A, 6))
    third = store.changes(second.cursor)
    assert [(record.id, record.state) for record in third.records] == [(A, "delivered")]
    both = store.changes(first.cursor)
    assert {record.id for record in both.records} == {A, C}, "an older cursor is still one"
    assert both.cursor == third.cursor


@pytest.mark.parametrize(
    "cursor", ["", "x", "1", ":", "1:", ":1", "a:b", "1:-1", "1:²", "0:0", "1:" + "9" * 30, "\0"]
)
def test_a_cursor_that_is_unknown_means_everything(store: Store, cursor: str) -> None:
    store.append(came(A, 1))
    changes = store.changes(cursor)
    assert ([record.id for record in changes.records], changes.whole) == ([A], True)
    generation = changes.cursor.partition(":")[0]
    for odd in ("", "x", "-1", "9" * 30, "99"):
        assert store.changes(f"{generation}:{odd}").whole, odd


def test_what_was_delivered_changes_when_it_is_replayed(store: Store) -> None:
    store.append(came(A, 1), delivered(A, 2))
    cursor = store.changes(None).cursor
    polite = events.Replayed(id=A, at=at(3), by="eva", destinations=("crm",))
    store.append(polite)
    assert [one.state for one in store.changes(cursor).records] == ["delivered"]
    cursor = store.changes(cursor).cursor
    store.append(replace(polite, at=at(4), force=True))
    changes = store.changes(cursor)
    assert [(one.id, one.state) for one in changes.records] == [(A, "pending")]
    assert [one.id for one in store.changes(None).records] == [A]
    store.append(delivered(A, 5, "60002"))
    assert record(store, A).deliveries["crm"].customer_id == "60002"
    assert store.changes(None).records == []


def test_an_account_that_is_opened_changes_what_it_is_owed(store: Store) -> None:
    store.append(came(A, 1), came(B, 2), failed(B, 3, closing=True))
    cursor = store.changes(None).cursor
    store.append(events.Opened(destination="crm", by="eva", at=at(100)))
    (changed,) = store.changes(cursor).records
    assert (changed.id, changed.deliveries["crm"].since) == (A, at(100))
    assert record(store, A) == changed
    assert store.facts().account("crm").closed is None


def test_the_whole_story_with_what_receivers_were_told(store: Store) -> None:
    told = events.Notified(at=at(3), receiver="desk", what=(f"failed:{A}", "late"))
    of_b = events.Notified(at=at(4), receiver="desk", what=(f"held:{B}",))
    lines = [came(A, 1), failed(A, 2), told, came(B, 3.5), of_b, delivered(A, 5)]
    store.append(*lines)
    assert store.events(A) == [lines[0], lines[1], told, lines[5]]
    assert store.events(B) == [lines[3], of_b]
    assert store.events(A, B) == store.events(B, A) == lines
    assert store.events(A, A) == store.events(A)
    assert store.events() == store.events(C) == []


def test_a_record_is_a_copy(store: Store) -> None:
    store.append(came(A, 1))
    record(store, A).deliveries.clear()
    store.changes(None).records[0].deliveries.clear()
    store.find(Query()).records[0].deliveries.clear()
    assert list(record(store, A).deliveries) == ["crm"]
    assert record(store, A).contacts == {"jana@example.com"}


def test_a_revision_is_another_once_something_has_changed(store: Store) -> None:
    seen = [store.revision()]
    for line in (came(A, 1), events.Attempt(id=A, at=at(2), destination="crm"), came(B, 3)):
        store.append(line)
        assert store.revision() not in seen
        seen.append(store.revision())
    assert store.revision() == seen[-1]
    store.erase([A], [], "eva")
    assert store.revision() not in seen


def test_received_lately(store: Store) -> None:
    store.append(came(A, 1), came(B, 2))
    assert store.received_lately(A)
    assert not store.received_lately(C)
    store.erase([A], [], "eva")
    assert not store.received_lately(A)
    assert store.received_lately(B)


def test_waiting_ends_with_an_append_or_a_call(store: Store) -> None:
    for wake in (store.wake, lambda: store.append(came(A, 1))):
        waiting = threading.Thread(target=store.wait, args=(600,), daemon=True)
        waiting.start()
        wake()
        waiting.join(60)
        assert not waiting.is_alive()


def test_after_it_was_closed_it_opens_again(store: Store) -> None:
    store.append(came(A, 1))
    cursor = store.changes(None).cursor
    store.close()
    assert store.changes(cursor).records == []
    store.close()
    store.append(came(B, 2))
    assert [one.id for one in store.changes(cursor).records] == [B]


# -- lines that come twice or out of order --------------------------------------------------------


def story() -> list[AnyEvent]:
    return [
        events.Held(id=A, at=at(0), reason="spam suspected"), came(A, 0),
        came(B, 1), attempt(B, 2), delivered(B, 3), came(C, 4), failed(C, 5),
        events.Released(id=A, at=at(6), by="eva"), attempt(A, 7),
    ]  # fmt: skip


def test_lines_that_come_twice_count_once(store: Store) -> None:
    store.append(*story())
    before = [record(store, one) for one in (A, B, C)], store.states(), store.claims("crm")
    counts = store.facts().counts
    received_, outcomes = dict(counts.received), {**counts.outcomes["crm"]}
    store.append(*story())
    assert ([record(store, one) for one in (A, B, C)], store.states()) == before[:2]
    assert store.claims("crm") == before[2]
    counts = store.facts().counts
    assert (counts.received, counts.outcomes["crm"]) == (received_, outcomes)
    assert found(store, Query(oldest_first=True)) == [A, B, C]


def test_what_came_of_it_before_it_came(store: Store) -> None:
    """As merged journals have it."""
    store.append(delivered(B, 3), attempt(B, 2))
    assert store.starting("aaaa2222") == []
    assert found(store, Query()) == []
    assert store.states() == {}
    assert not record(store, B).begun
    store.append(came(B, 1))
    assert store.starting("aaaa2222") == found(store, Query()) == [B]
    assert store.states() == {"delivered": 1}
    assert store.changes(None).records == []


def test_the_same_enquiry_that_comes_again_is_one(store: Store) -> None:
    store.append(came(A, 1), came(A, 3))
    assert record(store, A).at == at(1)
    assert store.facts().counts.received == {"riverside": 1}
    assert found(store, Query()) == [A]


# -- looking for it -------------------------------------------------------------------------------


def test_by_the_start_of_an_id(store: Store) -> None:
    store.append(came(A, 1), came(B, 2), came(C, 3), delivered(D, 4))
    assert store.starting("aaaa") == [A, B]
    assert store.starting("aaaa", 1) == [A]
    for start in ("aaaa1", "AAAA1111", "aaaa1111-", "aaaa1111-0000", "aaaa11110000", str(A), A.hex):
        assert store.starting(start) == [A], start
    for odd in ("", "a", "aaa", "aaaa3", "dddd1111", "aaaa-1111", "zzzz", "aaaa%", "aaaa*", "____",
                str(A) + "0", "a" * 99, "aaaa\0", "ａａａａ", "\ud800aaaa"):  # fmt: skip
        assert store.starting(odd) == [], odd
    assert store.starting("cccc", 0) == []


def test_by_each_filter_and_by_several_at_once(store: Store) -> None:
    store.append(
        came(A, 1, unit="A.101", campaign="web", to=("crm", "geeks")), delivered(A, 2),
        came(B, 10, form="quay", unit="A.101"), failed(B, 11),
        on_the_page(came(C, 20, campaign="web")), delivered(C, 21, "60002"),
        revocation(30, customer="60002"),
    )  # fmt: skip
    expected: dict[tuple[tuple[str, Any], ...], list[UUID]] = {
        (): [D, C, B, A],
        (("oldest_first", True),): [A, B, C, D],
        (("submissions", True),): [C, B, A],
        (("state", "pending"),): [D, A],
        (("state", "failed"),): [B],
        (("form", "riverside"),): [C, A],
        (("unit", "A.101"),): [B, A],
        (("campaign", "web"),): [C, A],
        (("channel", "json"),): [B, A],
        (("channel", "html"), ("form", "riverside")): [C],
        (("destination", "geeks"),): [A],
        (("destination", "crm"),): [D, C, B, A],
        (("customer", "60001"),): [A],
        (("customer", "60002"),): [D, C],
        (("since", at(10)),): [D, C, B],
        (("until", at(10)),): [A],
        (("since", at(1)), ("until", at(20))): [B, A],
        (("states", ("failed", "delivered")),): [C, B],
        (("states", ("failed",)),): [B],
        (("states", ("pending", "failed")), ("state", "pending")): [D, A],
        (("forms", ("riverside", "quay")),): [C, B, A],
        (("forms", ("quay",)),): [B],
        (("forms", ("quay", "hill")), ("form", "quay"), ("states", ("failed",))): [B],
        (("forms", ("riverside",)), ("texts", ("jana",))): [C, A],
        (("form", "quay"), ("unit", "A.101")): [B],
        (("form", "riverside"), ("unit", "A.101"), ("state", "pending")): [A],
        (("campaign", "web"), ("texts", ("jana",)), ("customer", "60002")): [C],
        (("state", "delivered"), ("campaign", "web"), ("since", at(20)), ("until", at(21))): [C],
    }
    for filters, ids in expected.items():
        assert found(store, Query(**dict(filters))) == ids, filters
        assert found(store, Query(**dict(filters)), limit=1) == ids, filters


@pytest.mark.parametrize(
    "nothing",
    [
        *({name: "nothing"} for name in ("state", "form", "unit", "campaign", "channel")),
        {"destination": "nothing"},
        *({name: ""} for name in ("state", "form", "unit", "campaign", "channel", "customer")),
        {"destination": ""},
        *({"form": odd} for odd in ("%", "*", "' OR 1=1 --", "\0", "\ud800", "RIVERSIDE")),
        {"customer": "6000"}, {"customer": "crm#60001"}, {"customer": "\udfff"},
        {"since": at(9999)}, {"until": at(1)}, {"since": at(5), "until": at(2)},
        {"states": ()}, {"forms": ()}, {"states": ("nothing", "")}, {"forms": ("\0", "\ud800")},
        {"forms": ("quay",), "form": "riverside"}, {"states": ("held",), "state": "delivered"},
        {"texts": ("nothing like it",)}, {"form": "riverside", "unit": "B.1"},
    ],
    ids=str,
)  # fmt: skip
def test_what_matches_nothing_is_an_empty_list(store: Store, nothing: dict[str, Any]) -> None:
    store.append(came(A, 1, unit="A.101"), delivered(A, 2))
    assert store.find(Query(**nothing)) == ([], None)
    assert store.tallies(Query(**nothing)) == []


@pytest.mark.parametrize("oldest_first", [True, False])
@pytest.mark.parametrize("filters", [{}, {"form": "quay"}, {"texts": ("jana",)}], ids=str)
def test_pages_while_submissions_keep_coming(
    store: Store, filters: dict[str, Any], oldest_first: bool
) -> None:
    """Nothing that was there is missed, nor comes twice."""
    same = [came(UUID(int=number), 10 + number // 5, form="quay") for number in range(53)]
    store.append(*same)
    query = Query(**filters, oldest_first=oldest_first)
    ids: list[UUID] = []
    cursor: str | None = None
    pages = 0
    while True:
        page = store.find(query, cursor, 7)
        ids += [one.id for one in page.records]
        # Before all, in between and after all; and one of those that are still to come changes.
        for second in (5, 15.5, 99):
            store.append(came(uuid4(), second, form="quay"))
        store.append(delivered(same[pages].id, 50 + pages))
        pages += 1
        if (cursor := page.next) is None or pages > 50:
            break
    then = [one.id for one in same]
    seen = [one for one in ids if one in set(then)]
    assert seen == (then if oldest_first else then[::-1])
    assert len(ids) == len(set(ids))


def test_the_last_page_says_so(store: Store) -> None:
    store.append(*(came(UUID(int=number), number) for number in range(6)))
    first = store.find(Query(), limit=3)
    assert first.next is not None
    second = store.find(Query(), first.next, 3)
    assert (len(second.records), second.next) == (3, None)
    assert len(list(each(store, Query()))) == 6


@pytest.mark.parametrize(
    "cursor",
    ["", "1", "x.y", "1.2.3", "1.", ".1", "1;2", "1.2 OR 1", "1.2\n", " 1.2", "١.٢", "1e3.4",
     "9" * 19 + ".1", "1." + "9" * 19, "\0", "null", "1.-2", "--1.2"],
)  # fmt: skip
def test_a_cursor_that_was_tampered_with_is_refused(store: Store, cursor: str) -> None:
    store.append(came(A, 1))
    with pytest.raises(QueryError):
        store.find(Query(), cursor)


def test_a_cursor_of_any_place_is_a_place(store: Store) -> None:
    store.append(came(A, 1))
    for cursor in ("0.0", "-5.0", "9" * 18 + "." + "9" * 18):
        assert store.find(Query(), cursor).records in ([], [record(store, A)])


@pytest.mark.parametrize("limit", [0, -1, LONGEST_PAGE + 1])
def test_a_page_has_a_sensible_length(store: Store, limit: int) -> None:
    with pytest.raises(QueryError):
        store.find(Query(), limit=limit)


# -- texts ----------------------------------------------------------------------------------------

NOTE = 'Say "yes" to A*B (or: NEAR the river) AND not-so-far, 50 % off; it\'s {text:x} ^2 \\o/'


@pytest.mark.parametrize(
    "text",
    ['"yes"', '"', "A*B", "*", "NEAR", "near the", "AND", "not-so-far", "-so-", "-", "(", "(or:",
     ")", "50 %", "%", "_" * 0 + "it's", "'", "text:x", "{text", "^2", "\\o/", "\\", ":",
     "ay", "a", "say\"YES\"to", "  say   \"yes\"", "SAY", NOTE, NOTE.upper(), "\u200bs\u00ady"],
)  # fmt: skip
def test_operators_are_text(store: Store, text: str) -> None:
    store.append(came(A, 1, note=NOTE), came(B, 2, first_name="Petr", last_name="Ó", email=None))
    if text == "\u200bs\u00ady":
        assert by_text(store, text) == []
    elif text in ("a", "-", "say"):
        assert A in by_text(store, text)
    else:
        assert by_text(store, text) == [A], text
    assert A in store.mentioning([text]) or text == "\u200bs\u00ady"


@pytest.mark.parametrize(
    "text",
    ['"no"', '""', "A**B", "NEAR/2", "NOT yes", "yes OR nothing", "A* B C", "* *", "((", "NEAR(",
     "no\0", "\0", "\0\0\0", "yes\0", "text:yes", "words:yes", "^yes", "'; DROP TABLE record; --",
     "%%", "___", "\ud800", "abc\udfff", "yes" * 3000, "ﬀﬀﬀ", "🏠🏠🏠"],
)  # fmt: skip
def test_what_nobody_wrote_is_not_found(store: Store, text: str) -> None:
    store.append(came(A, 1, note=NOTE))
    assert by_text(store, text) == []
    assert store.tallies(Query(texts=(text,))) == []
    assert set(store.mentioning([text])) <= {A}


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("Nováková", "novakova"), ("Novakova", "NOVÁKOVÁ"), ("Žluťoučký kůň", "zlutoucky kun"),
        ("STRASSE", "straße"), ("Straße", "strasse"), ("Łódź", "łodz"), ("ﬁne", "fine"),
        ("Ⅷ", "viii"), ("Çelik", "celik"), ("Пётр", "петр"), ("東京都", "東京都"), ("東京都", "京"),
        ("İstanbul", "istanbul"), ("a\u0301bc", "ábc"), ("ＡＢＣ", "abc"), ("so\u00adft", "soft"),
        ("🏠 house 🏠", "🏠house"), ("a\tb\nc", "abc"), ("Ωμέγα", "ωμεγα"), ("é" * 40, "e" * 30),
    ],
)  # fmt: skip
def test_accents_case_and_spaces_do_not_matter(store: Store, written: str, wanted: str) -> None:
    store.append(came(A, 1, last_name="X", note=f"x {written} y"), came(B, 2, last_name="X"))
    assert by_text(store, wanted) == [A]
    assert by_text(store, written) == [A]
    assert A in store.mentioning([wanted])


@pytest.mark.parametrize(
    "wanted",
    ["+420777123456", "777 123 456", "777123456", "+420 777 123 456", "777-123-456", "777/123.456",
     "(777) 123 456", "00420 777 123 456", "123456", "0420777", "777\u00a0123\u00a0456"],
)  # fmt: skip
@pytest.mark.parametrize("written", ["phone", "note"])
def test_a_number_in_any_spelling(store: Store, written: str, wanted: str) -> None:
    lead = {"phone": "+420777123456"} if written == "phone" else {}
    note = None if lead else "Call +420 777-123/456, please."
    store.append(came(A, 1, note=note, **lead), came(B, 2, phone="+420603123457"))
    if wanted == "0420777":
        assert by_text(store, wanted) == []
    else:
        assert by_text(store, wanted) == [A]
        assert A in store.mentioning([wanted])


def test_everything_that_a_person_told_us_and_nothing_else(store: Store) -> None:
    told = Message(lead="lead-4711", digest="d", at=DAY, action="created", id="message-1")
    origin = Origin("realgeeks", "192.0.2.7", page="https://host.example/fl%C3%A1t?utm=summer",
        title="The page's title", referrer="https://search.example/?q=cellar", source="Real Geeks",
        user_agent="Mozilla/5.0", message=told, api_key="partner")  # fmt: skip
    lead = received(
        first_name="Jana", last_name="Nováková", unit="B-202", rooms=("2+kk", "3+kk"),
        price_max=8500000, campaign="spring", tags=("vip",), assignee="agent-9",
        attributes={"pets": "Rex", "floors": ["third", "fourth"], "cellar": True},
    ).lead  # fmt: skip
    line = replace(came(A, 1), origin=origin, lead=lead)
    other = came(B, 2, first_name="X", last_name="Y", email=None)
    store.append(line, replace(other, origin=Origin("html", "")))
    there = ("jananov", "b-202", "2+kk", "8500000", "spring", "vip", "agent-9", "rex", "fourth",
             "flát", "utm=summer", "page's", "q=cellar", "realgeeks", "192.0.2.7", "partner",
             "lead-4711", "jana@example.com")  # fmt: skip
    for text in there:
        assert by_text(store, text) == [A], text
        assert A in store.mentioning([text]), text
    for text in ("mozilla", "host.example", "message-1"):
        assert by_text(store, text) == [], text
    assert by_text(store, "riverside") == [A, B], "the form, too"


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Novák", ("novak", "Novák", "NOVAK", "Nova\u0301k", "ová")),
        ("Müller", ("Müller", "Mueller", "Muller", "muelle", "ller")),
        ("Mueller", ("Mueller", "Müller", "MÜLLER")),
        ("Größl", ("Groessl", "Grossl", "GRÖSSL", "größl")),
        ("Michael", ("Michael",)),
        ("Łukasz Wałęsa", ("Lukasz", "walesa", "ŁUKASZ", "Wałęsa")),
        ("Đorđević", ("Dordevic", "đorđević")),
        ("Søren", ("Soren", "søren")),
        ("Шевченко", ("Шевченко", "шевч", "Shevchenko", "SHEV")),
        ("Shevchenko", ("Shevchenko", "Шевченко")),
        ("Юлія Згурська", ("Yuliia", "zghurska", "юлія")),
        ("В\u2019ячеслав Їжак", ("Viacheslav", "Yizhak", "їжак")),
        ("Сергій", ("Serhii", "сергій")),
        ("Наталья", ("Natalia",)),
    ],
)
def test_a_name_in_any_spelling(store: Store, name: str, typed: tuple[str, ...]) -> None:
    store.append(came(A, 1, first_name="", last_name=name, email=None))
    store.append(came(B, 2, first_name="Michal", last_name="Malý", email=None, language="en"))
    for text in typed:
        assert by_text(store, text) == [A], text
        assert A in store.mentioning([text]), text
    corrected = came(A, 1, first_name="", last_name="X", email=None).lead
    store.append(events.Amended(id=A, at=at(3), by="eva", lead=corrected, changed=("last_name",)))
    for text in typed:
        assert by_text(store, text) == [], text


def test_by_ids_and_numbers_of_a_crm(store: Store) -> None:
    store.append(
        came(A, 1), delivered(A, 2, "60001", inquiry_id="inq-77"),
        came(B, 3), delivered(B, 4, "160001", to="other"),
        revocation(5, customer="60001", notes="wrote a letter"),
    )  # fmt: skip
    assert by_text(store, "60001") == [A, D], "a whole number, not a part of one"
    assert by_text(store, "160001") == [B]
    for start in ("aaaa1", "AAAA1111", str(A), A.hex, f" {A} "):
        assert by_text(store, start) == [A], start
    assert by_text(store, "letter") == by_text(store, "LETTER ", "nothing") == [D]
    assert by_text(store, "aaaa2222", "cccc", "60001") == [A, B, D], "any of several"


def test_only_the_last_version_is_found_and_every_one_is_mentioned(store: Store) -> None:
    better = received(email="right@example.com").lead
    amended = events.Amended(id=A, at=at(2), by="eva", lead=better, changed=("email",))
    store.append(came(A, 1, email="wrong@example.com"), amended, came(B, 3))
    assert by_text(store, "right@example.com") == [A]
    assert by_text(store, "wrong@example.com") == []
    assert A in store.mentioning(["wrong@example.com"])
    assert A in store.mentioning(["right@example.com"])


@pytest.mark.parametrize("length", [3_000, 60_000])
def test_the_end_of_a_long_text(store: Store, length: int) -> None:
    store.append(came(A, 1, note="lorem ipsum " * (length // 12) + "needle@example.com"))
    assert by_text(store, "needle@example.com") == [A]
    assert store.mentioning(["needle@example.com"]) == [A]


# -- numbers --------------------------------------------------------------------------------------


def test_how_many_there_are_by_state(store: Store) -> None:
    store.append(
        came(A, 1), delivered(A, 2), came(B, 3), failed(B, 4),
        events.Held(id=C, at=at(5), reason="spam suspected"), came(C, 5),
        revocation(6, email="jana@example.com"), attempt(uuid4(), 7),
    )  # fmt: skip
    assert store.states() == {"delivered": 1, "failed": 1, "held": 1, "pending": 1}
    store.append(delivered(D, 8, None))
    assert store.states() == {"delivered": 1, "failed": 1, "held": 1}, "it is no submission"
    store.append(events.Discarded(id=C, at=at(9), by="eva"), failed(A, 9))
    assert store.states() == {"delivered": 1, "failed": 1, "discarded": 1}


def test_how_many_there_are_of_some_forms(store: Store) -> None:
    store.append(
        came(A, 1), delivered(A, 2), came(B, 3, form="quay"), failed(B, 4), came(C, 5, form="hill"),
        revocation(6, email="jana@example.com"),
    )  # fmt: skip
    assert store.states(["riverside", "quay"]) == {"delivered": 1, "failed": 1}
    assert store.states(["hill"]) == {"pending": 1}, "no revocation: it is of no form"
    assert store.states([]) == store.states(["nothing", "\ud800"]) == {}
    assert set(store.tallies(Query(forms=("hill", "quay")))) == {
        Tally(DAY.date(), "hill", None, None, "pending", 1),
        Tally(DAY.date(), "quay", None, None, "failed", 1),
    }


def test_how_many_came_in(store: Store) -> None:
    next_day = 86_400
    store.append(
        came(A, 1, campaign="web", unit="A.1"), delivered(A, 2),
        came(B, 3, campaign="web", unit="A.1"), delivered(B, 4),
        came(C, next_day, form="quay"), revocation(6, email="jana@example.com"),
    )  # fmt: skip
    first, second = DAY.date(), DAY.date() + timedelta(days=1)
    two = Tally(first, "riverside", "web", "A.1", "delivered", 2)
    one = Tally(second, "quay", None, None, "pending", 1)
    assert store.tallies(Query()) == store.tallies(Query(texts=("jana",))) == [two, one]
    assert store.tallies(Query(form="quay")) == [one]
    assert store.tallies(Query(until=at(100))) == [two]
    assert store.tallies(Query(since=at(3))) == [two._replace(number=1), one]
    assert store.tallies(Query(state="delivered", campaign="web", unit="A.1")) == [two]
    assert store.tallies(Query(destination="crm", state="pending")) == [one]
    assert store.tallies(Query(destination="geeks")) == []
    assert store.tallies(Query(customer="60001", form="riverside")) == [two]
    assert store.tallies(Query(texts=(str(A),))) == [two._replace(number=1)]


def test_at_midnight_another_day_begins(store: Store) -> None:
    midnight = datetime(2026, 3, 31, 23, 59, 59, 999999, tzinfo=UTC)
    for number, moment in enumerate((midnight, midnight + timedelta(microseconds=1))):
        store.append(received(UUID(int=number), at=moment))
    days = [tally.day for tally in store.tallies(Query())]
    assert days == [midnight.date(), midnight.date() + timedelta(days=1)]


def test_facts(store: Store) -> None:
    refusal = events.Refusal("riverside", "rate", 7)
    store.append(
        came(A, 1), attempt(A, 2), delivered(A, 3), came(B, 4), failed(B, 5, closing=True),
        events.Notified(at=at(6), receiver="desk", what=("closed:crm",)),
        events.Refused(id=uuid4(), at=at(7), day=DAY.date(), counts=(refusal,)),
        revocation(8, email="jana@example.com"),
    )  # fmt: skip
    facts = store.facts()
    assert facts.counts.received == {"riverside": 2}
    assert facts.counts.outcomes == {"crm": {"delivered": 1, "failed": 1}}
    assert facts.counts.closures == {"crm": 1}
    assert (facts.account("crm").closed, facts.account("crm").delivered_at) == ("400", at(3))
    assert facts.account("unheard of").closed is None
    assert list(facts.receivers.of("desk").told) == ["closed:crm"]
    assert facts.refusals.total["riverside"].reasons == {"rate": 7}
    assert [one.id for one in facts.revocations.since(at(0), ["jana@example.com"])] == [D]
    assert store.facts(hurry=True).damaged == 0


def test_claims_of_the_last_days_in_order(store: Store) -> None:
    day = 86_400
    for number in range(12):
        submission = UUID(int=number)
        store.append(
            came(submission, number * day), delivered(submission, number * day, f"{number}")
        )
    store.append(delivered(A, 11 * day - 5, "other", to="geeks"))
    claims = store.claims("crm")
    assert [claim.customer_id for claim in claims] == [f"{number}" for number in range(3, 12)]
    assert claims[-1] == Claim(at(11 * day), "11", None, UUID(int=11))
    assert [claim.submission for claim in store.claims("geeks")] == [A]
    assert store.claims("unheard of") == []
    store.append(came(B, 11 * day), attempt(B, 11 * day), attempt(B, 11 * day + 5))
    store.append(delivered(B, 10 * day, "late"))
    late = store.claims("crm")[-1]
    assert (late.customer_id, late.doubted_at) == ("late", at(11 * day)), "as the journal has them"


# -- people ---------------------------------------------------------------------------------------


def known(store: Store, *contacts: str, customers: tuple[str, ...] = ()) -> set[UUID]:
    return {one.submission for one in store.people("crm", contacts, customers, ())}


def test_people_by_contacts_customers_and_ids(store: Store) -> None:
    first = came(A, 1, email="Jana@Example.com", phone="+420777123456")
    store.append(first, delivered(A, 2, "7"))
    store.append(came(B, 3, email="petr@example.com"), delivered(B, 4, "8"))
    store.append(delivered(B, 5, "7", to="x"), came(C, 6, email="jana@example.com.au"))
    assert known(store, "jana@example.com") == known(store, "+420777123456") == {A}
    assert known(store, customers=("8",)) == {B}
    assert known(store, customers=("7",)) == {A}, "customer 7 of another CRM is another person"
    assert known(store, "77", "example.com", customers=("77", "")) == set()
    assert known(store) == set()
    assert store.people("crm", (), (), [A, None]) == [PersonHistory(A, [first.lead], {"7"})]
    assert store.people("x", (), (), [A]) == [PersonHistory(A, [first.lead], set())]


@pytest.mark.parametrize("email", ["Žofie@Example.com", "STRAßE@example.com", "a#B@example.com"])
def test_people_by_an_address_in_any_letters(store: Store, email: str) -> None:
    store.append(came(A, 1, email=email), came(B, 2, email="b@example.com"))
    assert known(store, email.casefold()) == {A}


def test_people_in_every_version_and_with_every_number(store: Store) -> None:
    better = received(email="right@example.com").lead
    store.append(came(A, 1, email="wrong@example.com"), delivered(A, 2, "7"))
    store.append(events.Amended(id=A, at=at(3), by="eva", lead=better, changed=("email",)))
    forced = events.Replayed(id=A, at=at(4), by="eva", destinations=("crm",), force=True)
    store.append(forced, delivered(A, 5, "9"))
    for email in ("wrong@example.com", "right@example.com"):
        (one,) = store.people("crm", [email], (), ())
        assert [lead.email for lead in one.leads] == ["wrong@example.com", "right@example.com"]
        assert one.customers == {"7", "9"}
    assert known(store, customers=("7",)) == known(store, customers=("9",)) == {A}


def test_people_before_their_first_line_are_nobody(store: Store) -> None:
    store.append(delivered(A, 1, "7"))
    assert known(store, customers=("7",)) == set()


def test_what_was_asked_in_the_same_words_shortly_before(store: Store) -> None:
    hour = timedelta(hours=1)
    store.append(came(A, 0), came(B, 600, note="other"), came(C, 1200), came(D, 1800))
    same = store.same_content(D, hour)
    assert [one.id for one in same] == [A, C]
    assert same[0] == record(store, A)
    assert [one.id for one in store.same_content(D, timedelta(minutes=20))] == [C]
    assert store.same_content(A, hour) == []
    assert store.same_content(B, hour) == []
    for number, (form, lead) in enumerate(
        [("quay", {}), ("riverside", {"email": "b@example.com"})]
    ):
        other = UUID(int=number)
        store.append(came(other, 1900, form=form, **lead))
        assert store.same_content(other, hour) == []


def test_only_what_is_sent_stands_for_the_same(store: Store) -> None:
    hour = timedelta(hours=1)
    held = events.Held(id=A, at=at(0), reason="spam suspected")
    store.append(
        held, came(A, 0), came(B, 1), failed(B, 2), came(C, 3), delivered(C, 4), came(D, 5)
    )
    assert [one.id for one in store.same_content(D, hour)] == [C]
    told = Message(lead="1", digest="d", at=DAY, action="created")
    elsewhere = replace(came(UUID(int=9), 6), origin=Origin("realgeeks", "", message=told))
    store.append(elsewhere)
    assert store.same_content(elsewhere.id, hour) == [], "a message is told apart by its digest"


def test_the_same_is_known_again_also_where_a_consent_was_revoked(store: Store) -> None:
    store.append(came(A, 0), revocation(1, email="jana@example.com"), came(B, 2))
    store.close()
    assert [one.id for one in store.same_content(B, timedelta(hours=1))] == [A]


def test_by_the_lead_of_another_system(store: Store) -> None:
    def told(submission: UUID, second: float, lead: str) -> events.Received:
        message = Message(lead=lead, digest="d", at=DAY, action="updated")
        return replace(came(submission, second), origin=Origin("realgeeks", "", message=message))

    store.append(told(B, 1, "7"), told(C, 2, "77"), came(D, 3), told(A, 4, "7"))
    assert store.of_lead("7") == [B, A]
    assert store.of_lead("77") == [C]
    for odd in ("", "8", "lead:7", "7%", "\ud800"):
        assert store.of_lead(odd) == [], odd


def test_what_shares_a_mark(store: Store) -> None:
    store.append(
        came(A, 1, phone="+420777123456"), delivered(A, 2, "7"), came(B, 3, email="b@example.com"),
        revocation(4, C, email="B@example.com"), revocation(5, D, submission=B),
    )  # fmt: skip
    assert store.sharing(["jana@example.com"]) == [A]
    assert store.sharing(["+420777123456", customer_mark("crm", "7")]) == [A]
    assert set(store.sharing(["b@example.com"])) == {B, C}
    assert store.sharing([str(B)]) == [D]
    assert store.sharing([]) == store.sharing(["", "7", "crm#", "\ud800"]) == []


def test_a_page_of_what_shares_a_mark(store: Store) -> None:
    other = UUID("eeee" + "0" * 28)
    store.append(
        came(A, 1), replace(came(B, 2), form="hill"), came(C, 3, email="c@example.com"),
        events.Amended(id=C, at=at(4), lead=came(C, 3).lead, changed=("email",), by="eva"),
        revocation(5, D, email="jana@example.com"), came(other, 6, email="e@example.com"),
    )  # fmt: skip
    marks = ("jana@example.com", "e@example.com")

    def found(**asked: Any) -> list[UUID]:
        query, after, ids = Query(sharing=marks, **asked), None, list[UUID]()
        while True:
            page = store.find(query, after, 2)
            ids += [record.id for record in page.records]
            if (after := page.next) is None:
                return ids

    assert found() == [other, D, C, B, A]
    assert found(oldest_first=True) == [A, B, C, D, other]
    assert found(forms=("hill",)) == [B]
    assert found(forms=("riverside",)) == [other, C, A]
    assert sum(one.number for one in store.tallies(Query(sharing=marks))) == 4
    assert store.find(Query(sharing=("\ud800",))).records == []
    assert store.find(Query(sharing=())).records == []


# -- one among many -------------------------------------------------------------------------------


def test_a_lease_has_one_holder(store: Store) -> None:
    first, second, other = store.lease("courier"), store.lease("courier"), store.lease("b.outage")
    assert not store.leased("courier")
    assert first.win()
    assert first.win()
    assert first.won()
    assert not second.win()
    assert not second.won()
    assert other.win()
    assert store.leased("courier")
    second.resign()
    assert first.won()
    first.resign()
    assert not first.won()
    assert not store.leased("courier")
    assert second.win()
    assert not first.win()
    second.resign()
    second.resign()
    other.resign()


def test_with_a_lease_events_are_written_only_while_it_is_held(store: Store) -> None:
    lease, other = store.lease("courier"), store.lease("courier")
    for lost in (lease, other):
        with pytest.raises(LeaseLostError):
            store.append(came(A, 0), lease=lost)
    assert lease.win()
    store.append(came(A, 0), came(B, 1), lease=lease)
    with pytest.raises(LeaseLostError):
        store.append(came(C, 2), lease=other)
    lease.resign()
    with pytest.raises(LeaseLostError):
        store.append(came(D, 3), lease=lease)
    assert [event.id for event in store.events(A, B, C, D)] == [A, B]


def test_something_is_claimed_once(store: Store) -> None:
    until = int(DAY.timestamp())
    assert store.claim_once("a solution", until)
    assert not store.claim_once("a solution", until)
    for odd in ("another", "", "../up", "a/b", "ř" * 5000, "a solution "):
        assert store.claim_once(odd, until)
        assert not store.claim_once(odd, until)


def test_what_is_claimed_for_good_is_claimed_once(store: Store) -> None:
    assert store.claim_once("for good", FOREVER)
    for number in range(60):  # hours, after which others may be forgotten
        assert store.claim_once(f"for a while {number}", int(DAY.timestamp()) + 3600 * number)
    assert not store.claim_once("for good", FOREVER)


def test_who_has_claimed_something_is_told_so_again(store: Store) -> None:
    until = int(DAY.timestamp())
    for key, when in (("a turn", until), ("for good", FOREVER)):
        assert store.claim_once(key, when, "a")
        assert store.claim_once(key, when, "a")  # the first answer was lost
        assert not store.claim_once(key, when, "b")
        assert not store.claim_once(key, when)
        assert store.claim_once(key, when, "a")
    odd = ("", "../up", "a/b", "ř" * 5000, "a ")
    for owner in odd:
        assert store.claim_once(f"the turn of {owner}", until, owner)
        mine = [one for one in ("a", *odd) if store.claim_once(f"the turn of {owner}", until, one)]
        assert mine == [owner]


def test_what_is_claimed_without_an_owner_belongs_to_nobody(store: Store) -> None:
    until = int(DAY.timestamp())
    assert store.claim_once("a solution", until)
    for owner in ("", "None", "a", None):
        assert not store.claim_once("a solution", until, owner)


def test_of_several_owners_at_once_one_has_it(store: Store) -> None:
    start = threading.Barrier(8)

    def claim(owner: str) -> bool:
        start.wait()
        return store.claim_once("a turn", 1_800_000_000, owner)

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(claim, "abababab"))
    assert won in ([True, False] * 4, [False, True] * 4)
    assert store.claim_once("a turn", 1_800_000_000, "ab"[won.index(True)])


def test_of_several_threads_one_claims_it(store: Store) -> None:
    start, won = threading.Barrier(8), list[bool]()

    def claim() -> None:
        start.wait()
        won.append(store.claim_once("a solution", 1_800_000_000))

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_threads_append_and_ask_at_once(store: Store) -> None:
    start = threading.Barrier(6)
    wrong: list[object] = []

    def work(number: int) -> None:
        start.wait()
        for turn in range(15):
            one = UUID(int=number * 1000 + turn)
            store.append(came(one, number * 100 + turn))
            mine = store.get(one)
            if mine is None or not store.find(Query(texts=(str(one),))).records:
                wrong.append(one)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert store.states() == {"pending": 90}


# -- what is no event ------------------------------------------------------------------------------


def test_something_is_kept_until_something_else_is(store: Store) -> None:
    assert store.kept("units-riverside") is None
    store.keep("units-riverside", b"\x00first")
    first = store.kept("units-riverside")
    assert first is not None
    assert first.content == b"\x00first"
    assert store.kept("units-riverside", first.revision) is None, "that is known"
    assert store.kept("units-hill") is None
    store.keep("units-riverside", b"")
    second = store.kept("units-riverside", first.revision)
    assert second is not None
    assert second.content == b""
    assert second.revision != first.revision
    store.keep("units-riverside", b"")
    third = store.kept("units-riverside", second.revision)
    assert third is not None, "it was kept anew"
    assert store.kept("units-riverside", first.revision) == third


def test_what_is_kept_outlives_connections_and_an_erasure(store: Store) -> None:
    store.append(came(A, 1))
    store.keep("units-riverside", b"x" * 1_000_000)
    store.close()
    store.erase([A], [], "eva")
    found = store.kept("units-riverside")
    assert found is not None
    assert found.content == b"x" * 1_000_000


# -- erasure --------------------------------------------------------------------------------------

EVA: dict[str, Any] = {
    "first_name": "Žofie",
    "last_name": "Šípková",
    "email": "zofie@example.com",
    "phone": "+420777999888",
    "note": "My dog is called Rex.",
}


def life(submission: UUID, second: float) -> list[AnyEvent]:
    """All kinds of lines that know something of a person."""
    answer = Answer(400, 0.1, "zofie@example.com is not valid")
    sent = Request("https://crm.example/x", "form", form={"name": "Žofie"})
    again = received(**{**EVA, "email": "sipkova@example.com"}).lead
    return [
        came(submission, second, **EVA),
        replace(attempt(submission, second + 1), request=sent),
        replace(failed(submission, second + 2), answer=answer),
        events.Amended(id=submission, at=at(second + 3), by="eva", lead=again, changed=("email",)),
        delivered(submission, second + 4, "60009", answer=answer),
    ]


def said_of(store: Store, submission: UUID) -> str:
    """All that can be had of it."""
    return repr(
        (store.events(submission), store.get(submission), store.people("crm", [], [], [submission]))
    )


def test_what_was_erased_is_gone(store: Store) -> None:
    store.append(*life(A, 0), came(B, 9), revocation(10, email="zofie@example.com", notes="Žofie"))
    assert store.erase([A, D], ["zofie@example.com"], "eva") == 6
    for text in ("Žofie", "Šípková", "zofie@", "sipkova@", "777999888", "Rex", "192.0.2.7"):
        assert text not in said_of(store, A) + said_of(store, D)
        assert found(store, Query(texts=(text,))) == ([B] if text == "192.0.2.7" else [])
    assert store.sharing(["zofie@example.com", "sipkova@example.com", "+420777999888"]) == []
    assert set(store.mentioning(["zofie@example.com"])) == set()
    assert record(store, A).state == record(store, D).state == "erased"
    assert record(store, A).deliveries["crm"].customer_id == "60009", "which explains its list"
    assert store.claims("crm")[0].customer_id == "60009"
    assert store.states() == {"erased": 1, "pending": 1}
    assert [one.id for one in store.changes(None).records] == [B]
    assert isinstance(store.events(A)[-1], events.Erased)
    assert store.erase([A, D], ["zofie@example.com"], "eva") == 0


def test_who_follows_the_changes_learns_of_an_erasure(store: Store) -> None:
    store.append(came(A, 1), came(B, 2))
    cursor = store.changes(None).cursor
    store.erase([A], [], "eva")
    changes = store.changes(cursor)
    by_id = {one.id: one.state for one in changes.records}
    assert by_id.get(A, "erased") == "erased"
    assert changes.whole or A in by_id
    assert [one.id for one in store.changes(None).records] == [B]


def test_the_same_person_may_come_again(store: Store) -> None:
    store.append(*life(A, 0))
    store.erase([A], [], "eva")
    soon = events.utcnow() + timedelta(seconds=1)
    again = received(A, at=soon, **EVA)
    store.append(again)
    assert record(store, A).state == "pending"
    assert record(store, A).submission == again.submission
    assert by_text(store, "Žofie") == store.sharing(["zofie@example.com"]) == [A]
    assert [one.id for one in store.changes(None).records] == [A]
    assert store.facts().counts.received == {"riverside": 2}
    store.append(*life(A, 0))
    assert record(store, A).state == "pending", "lines from before do not settle it"
    store.erase([A], [], "eva")
    assert record(store, A).state == "erased" or record(store, A).at == soon


def test_what_comes_again_while_it_is_erased_is_left_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append(*life(A, 0))
    soon = received(A, at=events.utcnow() + timedelta(hours=1), **EVA)
    journal = getattr(store, "journal", store)
    write = journal.append

    def and_again(*lines: events.AnyEvent) -> None:
        write(*lines)
        if isinstance(lines[0], events.Erased):
            write(events.Held(id=A, at=soon.at, reason="spam suspected"), soon)

    monkeypatch.setattr(journal, "append", and_again)
    assert store.erase([A], [], "eva") == 5
    assert soon in store.events(A)
    assert record(store, A).state == "held"


def test_what_came_while_the_clock_was_ahead_is_erased(store: Store) -> None:
    ahead = events.utcnow() + timedelta(days=400)
    store.append(received(A, at=ahead, **EVA), delivered(A, 4, "60009"), came(B, 9))
    assert store.erase([A], [], "eva") == 1
    assert "Žofie" not in said_of(store, A)
    assert record(store, A).state == "erased"
    assert store.erase([A], [], "eva") == 0


def test_what_comes_late_of_something_erased_is_emptied(store: Store) -> None:
    store.append(came(A, 1, **EVA), came(B, 2))
    store.erase([A], [], "eva")
    answer = Answer(200, 0.1, "60001 Žofie")
    sent = Request("https://crm.example/x", "form", form={"name": "Žofie"})
    store.append(replace(attempt(A, 3), request=sent), delivered(A, 4, answer=answer))
    store.append(delivered(B, 5, answer=answer))
    store.empty_late()
    assert "Žofie" not in said_of(store, A)
    assert record(store, A).deliveries["crm"].customer_id == "60001"
    assert "Žofie" in said_of(store, B), "and nothing else"
    before = store.events(A, B)
    store.empty_late()
    assert store.events(A, B) == before


def test_what_people_wrote_about_it_is_found_and_erased(store: Store) -> None:
    wrote = events.Commented(id=A, at=at(3), by="eva", text="His wife: Žofie, zofie@example.com")
    store.append(came(A, 1), came(B, 2), wrote)
    assert by_text(store, "his WIFE") == by_text(store, "zofie@") == [A]
    assert record(store, A).comments == [wrote.text]
    assert store.mentioning(["zofie@example.com"]) == [A]
    store.erase([A], [], "eva")
    late = events.Commented(id=A, at=events.utcnow(), by="eva", text="Žofie called")
    store.append(late)
    store.empty_late()
    assert "Žofie" not in said_of(store, A)
    assert by_text(store, "žofie") == []
    assert record(store, A).comments == []


def test_what_was_erased_is_not_expected_in_the_list_of_a_crm(store: Store) -> None:
    store.append(came(A, 1), delivered(A, 2))
    store.erase([A], [], "eva")
    compared = events.Compared(at=events.utcnow(), destination="crm", missing=(A,))
    store.append(compared)
    assert (store.facts().account("crm").missing, store.facts().account("crm").accepted) == (
        set(),
        {A},
    )


Change = Callable[[Store], None]


def test_erasing_what_is_not_there_says_that_it_was(store: Store) -> None:
    assert store.erase([A], ["nobody@example.com"], "eva") == 0
    assert record(store, A).state == "erased"
    assert found(store, Query()) == []
