"""Who is turned away is counted by what was wrong, whatever way in, and never by what was typed."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdesk.intake import complaint
from frontdesk.intake.tally import Reason, Tally
from frontdesk.model import events
from frontdesk.store.errors import JournalError
from frontdesk.store.files.lines import Line
from frontdesk.store.files.segments import Journal
from tests.intake.desk import ATTRIBUTES, ORCHARD, forge_token, journal_of, nobody_listens, submit
from tests.support import ENQUIRY, FORM, Site, attribute, eventually, journal_lines, refused

HTML = {"Accept": "text/html"}
LONG = "x" * 5001
BOUNDED = attribute("floor", "integer", "min = 1", "max = 9")


def counted(site: Site) -> Counter[str]:
    """What the journal says once the process has written it down."""
    site.app.extensions["frontdesk"].intake.tally.write()
    return refused(journal_of(site))


def post_json(site: Site, form: str = "riverside", **changes: Any) -> requests.Response:
    """Send the complete enquiry as a script would; a change to None leaves a key out."""
    body = {**ENQUIRY, "token": forge_token(form), **changes}
    body = {key: value for key, value in body.items() if value is not None}
    return site.post(f"/forms/{form}", json=body)


# -- what was wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "code", "changes"),
    [
        ("first_name", "missing", {"first_name": None}),
        ("email", "no_contact", {"email": None, "phone": None}),
        ("email", "invalid", {"email": "jana@"}),
        ("phone", "invalid", {"phone": "12"}),
        ("phone", "several", {"phone": "777 123 456, 602 123 456"}),
        ("price_max", "invalid", {"price_max": "8,5 mil."}),
        ("price_max", "currency", {"price_max": "350 000 EUR"}),
        ("price_max", "out_of_range", {"price_max": "0"}),
        ("note", "too_long", {"note": LONG}),
        ("attributes.floor", "invalid", {"attribute_floor": "top"}),
        ("attributes.floor", "out_of_range", {"attribute_floor": "12"}),
        ("consents.2", "missing", {"consent_2": None}),
        ("token", "stale", {"token": forge_token(age=3 * 86400)}),
    ],
)
def test_a_field_of_a_page(
    open_desk: Callable[..., Site], field: str, code: str, changes: dict[str, Any]
) -> None:
    site = open_desk(forms=FORM + BOUNDED)
    assert submit(site, **changes).status_code == 422
    assert counted(site) == {"riverside fields": 1, f"riverside {field} {code}": 1}


@pytest.mark.parametrize(
    ("field", "code", "changes"),
    [
        ("last_name", "missing", {"last_name": None}),
        ("email", "wrong_type", {"email": 7}),
        ("rooms", "not_offered", {"rooms": ["9+kk"]}),
        ("consents", "not_offered", {"consents": [2, 99]}),
        ("attributes", "wrong_type", {"attributes": "none"}),
        ("other", "unknown", {"surname": "Nováková"}),
        ("other", "unknown", {"attributes": {"shoe size": "39", "hat size": "7"}}),
        ("captcha", "wrong_type", {"h-captcha-response": 7}),
    ],
)
def test_a_field_of_a_json_body(
    open_desk: Callable[..., Site], field: str, code: str, changes: dict[str, Any]
) -> None:
    site = open_desk()
    assert post_json(site, **changes).status_code == 422
    assert counted(site) == {"riverside fields": 1, f"riverside {field} {code}": 1}


def test_a_number_that_can_mean_two(open_desk: Callable[..., Site]) -> None:
    site = open_desk(forms=FORM.replace('phone_region = "CZ"', 'phone_region = "PL"'))
    assert submit(site, phone="484 219 628").status_code == 422
    assert counted(site) == {"riverside fields": 1, "riverside phone ambiguous": 1}


def test_what_cannot_be_read(open_desk: Callable[..., Site]) -> None:
    site = open_desk()
    body = f"token={forge_token()}&first_name=J%FFna&last_name=N&email=j@example.com&consent_2=y"
    form = {**HTML, "Content-Type": "application/x-www-form-urlencoded"}
    assert site.post("/forms/riverside", data=body, headers=form).status_code == 422
    assert counted(site) == {"riverside fields": 1, "riverside first_name unreadable": 1}


def test_all_that_is_wrong_with_one_enquiry(open_desk: Callable[..., Site]) -> None:
    site = open_desk()
    for language in ("en", "cs"):
        assert submit(site, email="jana", phone="12", language=language).status_code == 422
    assert counted(site) == {
        "riverside fields": 2,
        "riverside email invalid": 2,
        "riverside phone invalid": 2,
    }


@pytest.mark.parametrize("code", ["missing", "invalid"])
def test_a_token_that_is_none(open_desk: Callable[..., Site], code: str) -> None:
    site = open_desk()
    token = {"missing": "", "invalid": forge_token("quay")}[code]
    assert submit(site, token=token).status_code == 403
    assert post_json(site, token=token).status_code == 403
    assert counted(site) == {"riverside token": 2, f"riverside token {code}": 2}


# -- whatever else turns a person away -----------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "status", "sent"),
    [
        ("too_large", 413, {"data": {"note": "x" * 80_000}}),
        ("malformed", 415, {"data": "Jana", "headers": {"Content-Type": "text/plain"}}),
        ("malformed", 400, {"data": "{", "headers": {"Content-Type": "application/json"}}),
        ("origin", 403, {"json": ENQUIRY, "headers": {"Origin": "https://elsewhere.example"}}),
        ("key", 401, {"json": ENQUIRY, "headers": {"Authorization": "Bearer fdk_wrong"}}),
    ],
)
def test_before_it_is_looked_at(
    open_desk: Callable[..., Site], reason: str, status: int, sent: dict[str, Any]
) -> None:
    site = open_desk()
    assert site.post("/forms/riverside", **sent).status_code == status
    assert counted(site) == {f"riverside {reason}": 1}


def test_a_page_of_others(open_desk: Callable[..., Site]) -> None:
    site = open_desk()
    assert submit(site, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert counted(site) == {"riverside origin": 1}


def test_limits(open_desk: Callable[..., Site]) -> None:
    site = open_desk(limits='submissions = "1/hour"\ntokens = "1/hour"\nfill_time = "0 s"')
    assert submit(site).status_code == 303
    assert submit(site).status_code == post_json(site).status_code == 429
    assert site.post("/forms/riverside", data="no form").status_code == 429
    assert [site.get("/forms/riverside/token").status_code for _ in range(3)] == [200, 429, 429]
    assert counted(site) == {"riverside rate": 3, "riverside tokens": 2}


@pytest.mark.parametrize(
    ("response", "code"), [({}, "missing"), ({"altcha": "rubbish"}, "failed")], ids=str
)
def test_a_captcha(open_desk: Callable[..., Site], response: dict[str, str], code: str) -> None:
    site = open_desk(captcha='provider = "altcha"')
    assert submit(site, **response).status_code == 422
    assert post_json(site, **response).status_code == 422
    assert counted(site) == {"riverside captcha": 2, f"riverside captcha {code}": 2}


@pytest.mark.parametrize(("response", "code"), [("r", "unavailable"), ("blocked", "blocked")])
def test_a_captcha_that_cannot_be_asked(
    open_desk: Callable[..., Site], response: str, code: str
) -> None:
    keys = {"provider": "turnstile", "sitekey": "k", "secret": "s", "on_outage": "refuse"}
    keys["verify_url"] = nobody_listens()
    captcha = "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())
    site = open_desk(captcha=captcha)
    assert submit(site, **{"cf-turnstile-response": response}).status_code == 503
    assert counted(site) == {"riverside outage": 1, f"riverside captcha {code}": 1}


def test_a_defect_of_ours(open_desk: Callable[..., Site]) -> None:
    site = open_desk()
    del site.app.extensions["frontdesk"].intake.enquiries._tokens
    assert submit(site).status_code == 500
    assert counted(site) == {"riverside broken": 1}


def test_nothing_is_counted_where_nobody_was_turned_away(open_desk: Callable[..., Site]) -> None:
    site = open_desk()
    assert submit(site).status_code == post_json(site).status_code + 101 == 303
    assert submit(site, link="https://spam.example").status_code == 303
    assert site.post("/forms/none", data={"email": "x"}).status_code == 404
    assert counted(site) == {}
    assert b'"refused"' not in raw(journal_of(site))


def raw(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.glob("*.jsonl"))


# -- nothing of the visitor ---------------------------------------------------------------------

MARK = "7Gq"  # in no word of ours, and in no UUID
typed = st.text(max_size=40).map(lambda text: f"{MARK}{text}")
NAMES = [*ENQUIRY, "captcha", "altcha", "language", "campaign", "link", "token", "attributes"]
NAMES += [f"attribute_{key}" for key in ATTRIBUTES]
bodies = st.dictionaries(
    st.sampled_from(NAMES) | typed,
    typed | st.lists(typed) | st.dictionaries(st.sampled_from(sorted(ATTRIBUTES)) | typed, typed),
    max_size=12,
)


def test_no_typed_value_or_name_comes_into_the_journal(open_desk: Callable[..., Site]) -> None:
    site = open_desk(forms=FORM + ORCHARD)
    answers: Counter[int] = Counter()

    @settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
    @given(bodies, st.sampled_from(["riverside", "orchard"]), typed)
    def send(body: dict[str, Any], form: str, agent: str) -> None:
        headers = {"User-Agent": ascii(agent), "Referer": f"https://{MARK}.example/"}
        path = f"/forms/{form}?page={MARK}&lang={MARK}"
        token = forge_token(form)
        for answer in (
            site.post(path, json=body, headers=headers),
            site.post(path, json={"token": token, **body, "email": MARK}, headers=headers),
            site.post(path, data={**body, "token": token, "email": MARK}, headers=headers),
        ):
            answers[answer.status_code] += 1

    send()
    assert set(answers) <= {400, 403, 415, 422}
    found = counted(site)
    assert sum(found[f"{form} fields"] for form in ("riverside", "orchard")) == answers[422]
    text = raw(journal_of(site))
    assert text.count(b"\n") == text.count(b'"event":"refused"') == 1
    assert MARK.encode() not in text
    reasons = get_args(Reason) + get_args(complaint.Code)
    captchas = ("failed", "blocked", "busy", "unavailable")
    (line,) = Journal(journal_of(site)).read()
    assert isinstance(line, Line)
    assert isinstance(line.event, events.Refused)
    assert {one.reason for one in line.event.counts} <= {*reasons, *captchas}
    fields = {one.field for one in line.event.counts}
    ours = {*ENQUIRY, *(f"attributes.{key}" for key in ATTRIBUTES), "consents.1", "consents.2"}
    assert fields <= {*ours, None, "token", "captcha", "attributes", "link", "other"}
    assert "other" in fields


# -- when it is written -------------------------------------------------------------------------

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEVER = 86_400.0


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal")


def written(journal: Journal) -> list[events.Refused]:
    lines = [line.event for line in journal.read() if isinstance(line, Line)]
    return [event for event in lines if isinstance(event, events.Refused)]


def test_a_flood_is_one_line(open_desk: Callable[..., Site]) -> None:
    site = open_desk()
    for _ in range(200):
        assert site.post("/forms/riverside", json={"note": "No token."}).status_code == 403
    assert raw(journal_of(site)) == b"", "a request that is refused waits for no disk"
    assert counted(site)["riverside token"] == 200
    assert raw(journal_of(site)).count(b"\n") == 1


def test_it_is_written_after_a_while_by_itself_and_only_once(journal: Journal) -> None:
    tally = Tally(journal, 0.01)
    tally.count("riverside", "rate")
    eventually(lambda: refused(journal.directory) == {"riverside rate": 1})
    tally.count("riverside", "rate")
    eventually(lambda: refused(journal.directory) == {"riverside rate": 2})
    assert len(written(journal)) == 2
    tally.write()
    tally.stop()
    assert len(written(journal)) == 2


def test_a_process_that_ends_writes_what_it_has(open_desk: Callable[..., Site]) -> None:
    site = open_desk()
    assert submit(site, email="jana").status_code == 422
    site.app.extensions["frontdesk"].close()
    assert refused(journal_of(site)) == {"riverside fields": 1, "riverside email invalid": 1}
    assert journal_lines(journal_of(site)) == []


def test_each_day_has_its_own(journal: Journal) -> None:
    now = NOON
    tally = Tally(journal, NEVER, lambda: now)
    tally.count("riverside", "rate")
    now += timedelta(days=1)
    tally.count("riverside", "rate")
    tally.count("riverside", "captcha", [("captcha", "failed")])
    tally.stop()
    first, second = written(journal)
    assert (first.day, second.day) == (NOON.date(), now.date())
    assert [one.times for one in first.counts] == [1]
    assert [one.times for one in second.counts] == [1, 1, 1]
    assert first.id == second.id
    assert first.at < second.at


def test_a_clock_that_is_set_back_repeats_no_time(journal: Journal) -> None:
    now = NOON
    tally = Tally(journal, NEVER, lambda: now)
    for _ in range(3):
        tally.count("riverside", "rate")
        tally.write()
        now -= timedelta(hours=1)
    tally.stop()
    assert refused(journal.directory) == {"riverside rate": 3}


def test_what_cannot_be_written_is_written_later(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    folder.write_text("not a folder")
    tally = Tally(Journal(folder), 0.01)
    tally.count("riverside", "unwritable")
    tally.write()
    tally.count("riverside", "unwritable")
    folder.unlink()
    eventually(lambda: refused(folder) == {"riverside unwritable": 2})
    tally.stop()


class Unflushed(Journal):
    """One whose first flush fails, when the lines are in the file already."""

    failed = False

    def append(self, *lines: events.AnyEvent) -> None:
        super().append(*lines)
        if not self.failed:
            self.failed = True
            raise JournalError("Input/output error")


def test_what_is_there_although_its_flush_failed_counts_once(tmp_path: Path) -> None:
    journal = Unflushed(tmp_path / "journal")
    tally = Tally(journal, NEVER)
    tally.count("riverside", "rate")
    tally.write()
    tally.count("riverside", "rate")
    tally.stop()
    assert len(written(journal)) == 3
    assert refused(journal.directory) == {"riverside rate": 2}


def test_lines_of_processes_that_began_at_the_same_time(journal: Journal) -> None:
    for _ in range(2):
        tally = Tally(journal, NEVER, lambda: NOON)
        tally.count("riverside", "rate")
        tally.stop()
    assert len({event.id for event in written(journal)}) == 2
    assert refused(journal.directory) == {"riverside rate": 2}
