"""Many at once: a plan first, then step by step, bounded to what the list had; and as a file."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from flask import Flask

from frontdesk.model import events
from frontdesk.model.events import utcnow
from frontdesk.store.base import Store
from frontdesk.store.errors import JournalError
from frontdesk.store.lease import Lease
from tests.inbox import leads
from tests.inbox.people import HILL, INBOX, PASSWORD, Browser
from tests.support import FORM, Site, open_app

Browse = Callable[..., Browser]
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def hidden(browser: Browser, form: str) -> dict[str, list[str]]:
    """The hidden fields of a page's form that is sent to an address."""
    pattern = re.compile(rf'<form[^>]*action="[^"]*{form}".*?</form>', re.DOTALL)
    (shown,) = pattern.findall(browser.page.text)
    found: dict[str, list[str]] = {}
    for name, value in HIDDEN.findall(shown):
        found.setdefault(name, []).append(value)
    return found


def plan(browser: Browser, action: str, *ids: UUID, **query: str) -> requests.Response:
    """Choose an action on the list: for the selected ones, or for all if none is."""
    browser.get(**query)
    known = hidden(browser, "bulk")
    which = {"which": "selected", "id": list(map(str, ids))} if ids else {"which": "all"}
    return browser.send("bulk", **{**known, "action": action, **which})


def step(browser: Browser, **more: Any) -> requests.Response:
    return browser.send("bulk/step", **{**hidden(browser, "step"), **more})


def to_the_end(browser: Browser, **more: Any) -> int:
    """Go on until it is over; the number of steps."""
    step(browser, **more)
    steps = 1
    while "data-goes-on" in browser.page.text:
        step(browser)
        steps += 1
    return steps


def state(site: Site, identity: UUID) -> str:
    record = leads.store_of(site).get(identity)
    assert record is not None
    return record.state


def decided(site: Site, *ids: UUID) -> list[str]:
    """Who released or discarded these, or had them sent again."""
    kinds = (events.Released, events.Discarded, events.Replayed)
    lines = leads.store_of(site).events(*ids)
    return [line.by or "" for line in lines if isinstance(line, kinds)]


def test_the_selected_ones_are_released(browse: Browse, inbox: Site) -> None:
    held = [leads.held(inbox) for _ in range(3)]
    done = leads.done(inbox)
    browser = browse("act all")
    plan(browser, "release", held[0], held[1], done)
    assert "2 enquiries are to be released" in browser.text
    assert "1 other was chosen, too" in browser.text
    assert [state(inbox, one) for one in held] == ["held"] * 3, "a plan does nothing"
    assert to_the_end(browser) == 1
    assert "2 of 2 are released." in browser.text
    assert decided(inbox, *held) == ["act all (inbox)"] * 2
    assert state(inbox, held[2]) == "held"


def test_who_has_selected_nothing_is_told(browse: Browse, inbox: Site) -> None:
    leads.held(inbox)
    browser = browse("act all")
    browser.get()
    sent = {**hidden(browser, "bulk"), "action": "release", "which": "selected"}
    browser.send("bulk", **sent)
    assert "No enquiry is selected." in browser.text
    plan(browser, "send")
    assert "This can be done to none of the chosen enquiries" in browser.text


def test_all_of_a_list_in_steps(browse: Browse, inbox: Site) -> None:
    failed = [leads.held(inbox, note=f"number {number}") for number in range(60)]
    other = leads.held(inbox, form="hill")
    browser = browse("act all")
    plan(browser, "discard", tab="needs", form="riverside")
    assert "60 enquiries are to be discarded" in browser.text
    late = leads.held(inbox)
    assert to_the_end(browser) == 3
    assert "60 of 60 are discarded." in browser.text
    assert {state(inbox, one) for one in failed} == {"discarded"}
    assert state(inbox, other) == "held", "of another form"
    assert state(inbox, late) == "held", "it came after the list was shown"


def test_more_than_a_hundred_have_to_be_typed(browse: Browse, inbox: Site) -> None:
    at = utcnow() - timedelta(hours=1)
    lines = [leads.lead(at=at, note=f"number {number}") for number in range(101)]
    leads.put(inbox, *(events.Held(id=one.id, at=at, reason="spam") for one in lines), *lines)
    browser = browse("act riverside")
    plan(browser, "discard")
    assert "type how many there are: 101" in browser.text
    for wrong in ("", "100", "1e2", "x"):
        assert step(browser, number=wrong).status_code == 422
        assert "This is not the number." in browser.text
    assert decided(inbox, *(one.id for one in lines)) == []
    to_the_end(browser, number=" 101 ")
    assert "101 of 101 are discarded." in browser.text
    assert len(decided(inbox, *(one.id for one in lines))) == 101


def test_it_can_be_stopped(browse: Browse, inbox: Site) -> None:
    held = [leads.held(inbox, note=f"number {number}") for number in range(60)]
    browser = browse("act all")
    plan(browser, "discard")
    step(browser)
    step(browser, stop="1")
    assert "25 of 60 are discarded." in browser.text
    assert "data-goes-on" not in browser.page.text
    assert len(decided(inbox, *held)) == 25


class Full:
    """A store whose disk is full after so many more appends."""

    def __init__(self, store: Store, room: int) -> None:
        self._store, self._room = store, room

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def append(self, *lines: events.AnyEvent, lease: Lease | None = None) -> None:
        if not self._room:
            raise JournalError("No space left on device")
        self._room -= 1
        self._store.append(*lines, lease=lease)


def test_it_stops_where_the_disk_is_full(browse: Browse, inbox: Site) -> None:
    held = [leads.held(inbox, note=f"number {number}") for number in range(5)]
    browser = browse("act all")
    plan(browser, "discard")
    state_of = inbox.app.extensions["frontdesk"]
    before = state_of.intake
    state_of.intake = before._replace(store=Full(before.store, 2))
    try:
        answer = step(browser)
    finally:
        state_of.intake = before
    assert answer.status_code == 503
    assert "What is done stays done" in browser.text
    assert "No space left" not in browser.text
    assert len(decided(inbox, *held)) == 2
    plan(browser, "discard")
    to_the_end(browser)
    assert "3 of 3 are discarded." in browser.text


def test_who_has_to_sign_in_on_the_way_comes_back_to_the_list(browse: Browse, inbox: Site) -> None:
    held = [leads.held(inbox) for _ in range(2)]
    browser = browse("act all")
    plan(browser, "discard")
    browser.http.cookies.clear()
    assert step(browser).status_code == 401
    known = {"name": "act all", "password": PASSWORD, "next": browser.hidden("next")}
    assert browser.send("sign-in", **known).status_code == 200
    assert browser.page.url == browser.root
    assert decided(inbox, *held) == []


def test_a_step_that_is_sent_twice_does_it_once(browse: Browse, inbox: Site) -> None:
    held = [leads.held(inbox, note=f"number {number}") for number in range(30)]
    browser = browse("act all")
    plan(browser, "discard")
    known = hidden(browser, "step")
    for _ in range(2):
        browser.send("bulk/step", **known)
    assert "0 of 30 are discarded." in browser.text
    assert "25 were passed over" in browser.text
    assert len(decided(inbox, *held)) == 25


def refused(identity: UUID) -> list[events.AnyEvent]:
    """What a CRM's refusal writes down."""
    tried = events.Attempt(id=identity, destination="crm")
    why = "the CRM answered 400"
    no = events.Failed(id=identity, destination="crm", attempt=tried.attempt, reason=why)
    return [tried, no]


@pytest.fixture
def resting(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> Iterator[tuple[Site, Browser]]:
    """A site without a courier, and somebody who may act there."""
    config = write_config(FORM + HILL + INBOX, **{'"inside"': '"apart"'})
    site = serve(open_app(config))
    browser = Browser(site)
    browser.sign_in("act all")
    yield site, browser
    browser.http.close()


def test_what_is_refused_again_is_not_sent_again_by_the_same_step(
    resting: tuple[Site, Browser],
) -> None:
    site, browser = resting
    one = leads.failed(site)
    plan(browser, "send")
    known = hidden(browser, "step")
    browser.send("bulk/step", **known)
    leads.put(site, *refused(one))
    browser.send("bulk/step", **known)
    assert "0 of 1 are to be sent again." in browser.text
    assert "1 was passed over" in browser.text
    assert decided(site, one) == ["act all (inbox)"]


def test_what_failed_only_after_the_list_was_shown_stays(resting: tuple[Site, Browser]) -> None:
    site, browser = resting
    old = leads.failed(site, note="old")
    waits = leads.lead()
    leads.put(site, waits)
    plan(browser, "discard")
    assert "1 enquiry is to be discarded" in browser.text
    leads.put(site, *refused(waits.id))
    to_the_end(browser)
    assert [state(site, old), state(site, waits.id)] == ["discarded", "failed"]


def test_one_that_is_written_in_several_ways_is_one(browse: Browse, inbox: Site) -> None:
    one = leads.held(inbox)
    browser = browse("act all")
    browser.get()
    ways = [str(one), str(one).upper(), one.hex, f"{{{one}}}", one.urn]
    chosen = {"action": "release", "which": "selected", "id": ways}
    browser.send("bulk", **{**hidden(browser, "bulk"), **chosen})
    assert "1 enquiry is to be released" in browser.text
    step(browser, id=ways, most="5")
    assert decided(inbox, one) == ["act all (inbox)"]


def test_who_is_signed_out_in_the_middle_comes_back_to_the_list(
    browse: Browse, inbox: Site
) -> None:
    leads.held(inbox)
    browser = browse("act all")
    plan(browser, "discard")
    browser.http.cookies.clear()
    assert step(browser).status_code == 401
    again = browser.hidden("next")
    answer = browser.send("sign-in", name="act all", password=PASSWORD, next=again)
    assert (answer.status_code, answer.url) == (200, browser.root)


def test_what_has_changed_since_the_plan_is_passed_over(browse: Browse, inbox: Site) -> None:
    held = [leads.held(inbox) for _ in range(2)]
    one, other = browse("act all"), browse("act riverside")
    plan(one, "release", *held)
    plan(other, "release", *held)
    to_the_end(one)
    to_the_end(other)
    assert "0 of 2 are released." in other.text
    assert "2 were passed over" in other.text
    assert decided(inbox, *held) == ["act all (inbox)"] * 2


def test_nobody_reaches_beyond_their_forms(browse: Browse, inbox: Site) -> None:
    mine, theirs = leads.held(inbox), leads.held(inbox, form="hill")
    browser = browse("act riverside")
    plan(browser, "discard", mine, theirs, uuid4())
    assert "1 enquiry is to be discarded" in browser.text
    step(browser, id=[str(theirs)])
    assert "0 of 1 are discarded." in browser.text
    browser.send("bulk", action="discard", which="all", seen=utcnow().isoformat(), form="hill")
    assert state(inbox, theirs) == "held"


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "erase"}, {"which": "every"}, {"seen": "yesterday"}, {"seen": ""},
        {"id": ["x"]}, {"id": [str(UUID(int=n)) for n in range(201)]}, {"most": "-1"},
        {"most": "9" * 30}, {"done": "x"}, {"after": "x"}, {"most": "²"},
    ],
    ids=lambda wrong: str(wrong)[:40],
)  # fmt: skip
def test_what_no_page_sends_is_refused_and_nothing_done(
    browse: Browse, inbox: Site, wrong: dict[str, Any]
) -> None:
    held = leads.held(inbox)
    browser = browse("act all")
    plan(browser, "discard")
    assert step(browser, **wrong).status_code in (400, 404)
    assert state(inbox, held) == "held"


def test_an_unknown_filter_means_none_and_never_all(browse: Browse, inbox: Site) -> None:
    held = leads.held(inbox)
    browser = browse("act all")
    plan(browser, "discard")
    seen = utcnow().isoformat()
    browser.send("bulk", action="discard", which="all", seen=seen, state="lost")
    assert "none of the chosen enquiries" in browser.text
    assert state(inbox, held) == "held"


# -- as a file ------------------------------------------------------------------------------------


def trail(config: Path) -> list[dict[str, Any]]:
    lines = (config.parent / "var/audit.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_a_list_as_a_table(browse: Browse, inbox: Site, config: Path) -> None:
    leads.held(inbox, first_name="=cmd()", last_name=leads.EMOJI, note='a "b"\n;c')
    leads.done(inbox, form="hill", first_name="Dana")
    browser = browse("admin riverside")
    browser.get(q="cmd", tab="needs")
    (link,) = re.findall(r'href="(export[^"]*csv)"', browser.page.text.replace("./", ""))
    answer = browser.get(link.replace("&amp;", "&"))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="enquiries-\d{4}-\d\d-\d\d\.csv"',
        answer.headers["Content-Disposition"],
    )
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    known = dict(zip(head, row, strict=True))
    assert known["first_name"] == "'=cmd()"
    assert known["note"] == 'a "b"\n;c'
    (line,) = [line for line in trail(config) if line["what"] == "export"]
    assert line["by"] == "admin riverside"
    assert line["list"] == {"tab": "needs", "q": "…"}, "without what was looked for"


def test_a_list_for_programs(browse: Browse, inbox: Site) -> None:
    identity = leads.held(inbox)
    leads.done(inbox, form="hill")
    answer = browse("admin riverside").get("export", format="jsonl")
    (line,) = answer.text.splitlines()
    assert json.loads(line)["submission"]["id"] == str(identity)


@pytest.mark.parametrize("query", [{"format": "xlsx"}, {"state": "lost"}, {"form": "hill"}])
def test_no_file_of_what_cannot_be_meant(
    browse: Browse, inbox: Site, config: Path, query: dict[str, str]
) -> None:
    leads.held(inbox, form="hill")
    assert browse("admin riverside").get("export", **query).status_code == 404
    assert "export" not in [line["what"] for line in trail(config)]


def test_only_an_administrator_is_given_files(browse: Browse, inbox: Site) -> None:
    leads.held(inbox)
    browser = browse("act all")
    assert "export" not in browser.get().text
    assert browser.get("export").status_code == 403
