"""A visitor is sent what was chosen, in our words, and nobody is sent what nobody asked for."""

import os
import threading
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from frontdesk.config import Settings, load, validate
from frontdesk.crm.accounts import destinations
from frontdesk.crm.confirmation.destination import ConfirmationDestination
from frontdesk.crm.confirmation.rules import PARTS, Rules
from frontdesk.delivery.destination import (
    Delivered,
    DeliveryError,
    Destination,
    PriorDelivery,
    Withheld,
)
from frontdesk.kinds import KINDS
from frontdesk.model import events
from frontdesk.model.events import Held, Received, Released, Replayed, utcnow
from frontdesk.model.lead import Consent, Message, Origin
from frontdesk.model.units import PriceList, Unit
from frontdesk.store.base import Store
from frontdesk.store.errors import JournalError
from frontdesk.store.files.store import FileStore
from frontdesk.store.memory.store import MemoryStore
from frontdesk.units import lists
from tests.crm.mail.test_destination import NASTY
from tests.postbox import Mail, Served, header_lines, post_office, with_mail
from tests.samples import received
from tests.support import FORM, GENERAL

DAY = 86400.0
HOUR = timedelta(hours=1)
HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
    *("X-Auto-Response-Suppress", "Reply-To", "List-Unsubscribe", "MIME-Version", "Content-Type"),
]
OFFERED = '\nunits = ["A.101", "B.1"]\nrooms = '
CHOICE = """
[[forms.riverside.attributes]]
key = "parking"
type = "select"
label = "Parking"
options = [{ value = "yes", label = "In the garage" }, { value = "no", label = "None" }]

[[forms.riverside.attributes]]
key = "words"
type = "string"
label = "Your words"
"""
SECTION = "[forms.riverside.confirmation]"


@pytest.fixture
def office() -> Iterator[Served]:
    with post_office() as served:
        yield served


def configured(url: str, section: str = "", more: str = CHOICE) -> Settings:
    form = FORM.replace("\nrooms = ", OFFERED)
    text = with_mail(url, form=form).replace(SECTION, f"{SECTION}\n{section}") + more
    tree = tomllib.loads((GENERAL + text).replace("{crm}", "http://127.0.0.1:9"))
    return validate(tree, KINDS, {})


def hello(settings: Settings, store: Store) -> Destination:
    return destinations(settings, store)["hello"]


def came(store: Store, *before: events.AnyEvent, origin: Origin | None = None, **lead: Any) -> Any:
    """A submission that the store has."""
    event = received(destinations=("sales", "hello"), **{"language": "en", **lead})
    if origin is not None:
        event = Received(
            id=event.id, form=event.form, lead=event.lead, origin=origin, destinations=("hello",)
        )
    store.append(*before, event)
    return event.submission


def confirm(office: Served, settings: Settings | None = None, **lead: Any) -> Mail:
    store = MemoryStore()
    result = hello(settings or configured(office.url), store).deliver(came(store, **lead), "no")
    assert isinstance(result, Delivered)
    assert result.inquiry_id == office.box.mails[-1].id
    return office.box.mails[-1]


def test_it_says_what_was_chosen_and_agreed_to(office: Served) -> None:
    settings = configured(
        office.url, 'answered_by = "Eva Novotná"\nlink = "https://example.com/list.pdf"'
    )
    mail = confirm(
        office,
        settings,
        unit="A.101",
        rooms=("2+kk", "3+kk"),
        attributes={"parking": "yes", "words": "my own"},
        consents=(Consent(2, granted=True, text="I agree."), Consent(1, granted=False, text="No.")),
    )
    assert header_lines(mail) == HEADERS
    assert mail.to == ["jana@example.com"]
    assert mail.content["From"] == "Riverside <hello@example.com>"
    assert mail.content["Reply-To"] == "office@example.com"
    assert mail.content["Auto-Submitted"] == "auto-replied"
    unsubscribe = "<mailto:office@example.com?subject=unsubscribe>"
    assert mail.content["List-Unsubscribe"] == unsubscribe
    assert mail.content["Subject"] == "Your enquiry: Riverside Residences"
    for body in (mail.body(), mail.body("html")):
        for told in (
            *("A.101", "2+kk, 3+kk", "In the garage", "Eva Novotná", "I agree."),
            *("https://example.com/list.pdf", "office@example.com"),
        ):
            assert told in body
        assert "No." not in body
        assert "my own" not in body
    assert "https://" not in mail.body("html").replace("https://example.com/list.pdf", "")


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Your enquiry: Riverside Residences"),
        ("cs", "Vaše poptávka: Rezidence U řeky"),
        ("de", "Ihre Anfrage: Riverside Residences"),
        ("hu", "Az Ön érdeklődése: Riverside Residences"),
        ("pl", "Państwa zapytanie: Riverside Residences"),
        ("sk", "Váš dopyt: Riverside Residences"),
        ("uk", "Ваш запит: Riverside Residences"),
        ("xx", "Your enquiry: Riverside Residences"),
    ],
)
def test_it_is_in_the_language_of_the_visitor(office: Served, language: str, subject: str) -> None:
    assert confirm(office, language=language).content["Subject"] == subject


def test_it_has_the_addresses_of_links(office: Served) -> None:
    settings = configured(office.url)
    form = settings.forms["riverside"]
    said = "We call soon; see the [plans](https://riverside.example.com/plans)."
    form = form.model_copy(update={"thanks_next": said})
    mail = confirm(office, settings.model_copy(update={"forms": {"riverside": form}}))
    for kind in ("plain", "html"):
        assert "see the plans (https://riverside.example.com/plans)." in mail.body(kind)


def test_a_unit_of_a_price_list_is_called_as_people_call_it(office: Served, tmp_path: Path) -> None:
    source = """
[forms.riverside.units]
source = "json"
url = "http://127.0.0.1:9/units"
columns = { unit = "id" }
"""
    text = with_mail(office.url, form=FORM) + source
    tree = tomllib.loads((GENERAL + text).replace("{crm}", "http://127.0.0.1:9"))
    settings, store = validate(tree, KINDS, {}), MemoryStore()
    lists.keep(store, "riverside", PriceList("", "", (Unit("4711", name="A.101"),), at=utcnow()))
    for unit, said in (("4711", True), ("4712", False)):
        sent = came(store, unit=unit, email=f"{unit}@example.com")
        assert isinstance(hello(settings, store).deliver(sent, "no"), Delivered)
        assert ("A.101" in office.box.mails[-1].body("plain")) == said
        assert unit not in office.box.mails[-1].body("plain")
    (tmp_path / "var/kept/units-riverside").mkdir(parents=True)
    broken = FileStore(tmp_path / "var")
    with pytest.raises(DeliveryError, match="list of units cannot be read") as caught:
        hello(settings, broken).deliver(came(broken, unit="4711"), "no")
    assert not caught.value.unknown
    broken.close()


@pytest.mark.parametrize("typed", NASTY)
def test_nothing_of_what_a_stranger_has_typed_is_in_it(office: Served, typed: str) -> None:
    plain = confirm(office, first_name="", last_name="")
    mail = confirm(
        office,
        first_name=typed,
        last_name=typed,
        unit=typed,
        note=typed,
        rooms=(typed,),
        campaign=typed,
        tags=(typed,),
        price_max=123_456,
        attributes={"words": typed, "parking": typed, typed: typed},
    )
    for kind in ("plain", "html"):
        assert mail.body(kind) == plain.body(kind)
    assert header_lines(mail) == header_lines(plain)
    assert mail.content["Subject"] == plain.content["Subject"]


def test_a_file_or_a_link_goes_with_it_by_unit(office: Served, tmp_path: Path) -> None:
    route = """
[[forms.riverside.confirmation.routes]]
units = ["A.*"]
attachment = "file.pdf"
"""
    settings = configured(office.url, 'link = "https://example.com/all"', CHOICE)
    config = tmp_path / "frontdesk.toml"
    (tmp_path / "file.pdf").write_bytes(b"%PDF-1.7")
    form = FORM.replace("\nrooms = ", OFFERED)
    text = with_mail(office.url, form=form, more=route)
    config.write_text((GENERAL + text).replace("{crm}", "http://127.0.0.1:9"))
    found = load(config, KINDS, {})
    mail = confirm(office, found, unit="A.101")
    (attached,) = mail.content.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("file.pdf", "application/pdf")
    assert attached.get_content() == b"%PDF-1.7"
    assert "attached" in mail.body()
    assert not list(confirm(office, found, unit="B.1").content.iter_attachments())
    assert "https://example.com/all" in confirm(office, settings).body()
    file = tmp_path / "file.pdf"
    for what, said in (
        ("gone", "No such file"),
        ("pipe", "is not a file"),
        ("long", "has grown beyond 5 MB"),
        ("folder", "is not a file"),
    ):
        file.unlink(missing_ok=True)
        if what == "pipe":
            os.mkfifo(file)
        elif what == "long":
            file.write_bytes(b"x" * 5_000_001)
        elif what == "folder":
            file.mkdir()
        store = MemoryStore()
        with pytest.raises(DeliveryError, match=f"cannot be read: file.pdf: {said}") as caught:
            hello(found, store).deliver(came(store, unit="A.101"), "no")
        assert (caught.value.permanent, caught.value.account) == (False, True)


@pytest.mark.parametrize(
    ("contact", "answers", "mailto"),
    [
        ("homes+a@bücher.example.com", "homes+a@xn--bcher-kva.example.com", "homes%2Ba@xn--bcher-"),
        ("žofie@example.com", None, "hello@example.com?"),  # which not every server takes
        ("+420 777 123 456", None, "hello@example.com?"),
    ],
)
def test_whom_an_answer_goes_to(
    office: Served, contact: str, answers: str | None, mailto: str
) -> None:
    settings = configured(office.url)
    form = settings.forms["riverside"]
    section = form.crm["confirmation"].model_copy(update={"reply_to": ""})
    crm = {**form.crm, "confirmation": section}
    form = form.model_copy(update={"contact": contact, "crm": crm})
    mail = confirm(office, settings.model_copy(update={"forms": {"riverside": form}}))
    assert mail.content["Reply-To"] == answers
    assert mail.content["List-Unsubscribe"].strip().startswith(f"<mailto:{mailto}")


# -- who gets none -----------------------------------------------------------------------------

NOW = events.utcnow()
MESSAGE = Message(lead="1", digest="0", at=NOW, action="created")
UNTRUSTED = {
    "there is no email address": {"email": None, "phone": "+420777123456"},
    "the address is one that only few mail servers take": {"email": "žofie@example.com"},
    "it came from another system": {
        "origin": Origin("realgeeks", "", source="Zillow", message=MESSAGE)
    },
    "it came from a program, without a captcha": {"origin": Origin("json", "", api_key="portal")},
    "the captcha could not be asked": {
        "origin": Origin("html", "192.0.2.7", captcha="unavailable")
    },
}


@pytest.mark.parametrize("reason", UNTRUSTED)
def test_who_may_not_have_asked_for_it_gets_none(office: Served, reason: str) -> None:
    store = MemoryStore()
    submission = came(store, **UNTRUSTED[reason])
    for prior in ("no", "perhaps", "yes"):
        there = hello(configured(office.url), store)
        assert there.deliver(submission, prior) == Withheld(reason)
    assert office.box.asked == {}


def test_what_was_held_gets_none_even_when_it_was_released(office: Served) -> None:
    store = MemoryStore()
    identity = uuid4()
    event = received(identity, destinations=("hello",))
    store.append(Held(id=identity, reason="spam suspected"), event)
    store.append(Released(id=identity, by="eva"))
    result = hello(configured(office.url), store).deliver(event.submission, "no")
    assert result == Withheld("it was held for a person to look at")


def test_an_address_that_the_server_refuses_is_nobodys_fault(office: Served) -> None:
    store = MemoryStore()
    there = hello(configured(office.url), store)
    result = there.deliver(came(store, email="nobody@example.com"), "no")
    assert isinstance(result, Withheld)
    assert result.reason == "the mail server does not take the address (550 5.1.1)"
    assert result.answer is not None
    assert result.answer.status == 550
    for name in ("full", "relay"):
        with pytest.raises(DeliveryError) as caught:
            there.deliver(came(store, email=f"{name}@example.com"), "no")
        assert caught.value.permanent == (name == "relay"), "which is a mistake of ours"


LATELY = Withheld("the address has had one from this form lately")
FULL = "as many as are allowed in an hour were sent"


def test_an_address_gets_one_in_a_time(office: Served) -> None:
    store = MemoryStore()
    there = hello(configured(office.url), store)
    first = came(store)
    assert isinstance(there.deliver(first, "no"), Delivered)
    for email in ("jana@example.com", "JANA@example.com", "ja.na+2@Example.com"):
        assert there.deliver(came(store, email=email), "no") == LATELY
    assert there.deliver(first, "yes") == LATELY
    assert isinstance(there.deliver(came(store, email="jan@example.com"), "no"), Delivered)
    assert len(office.box.mails) == 2


def test_it_is_tried_again_when_it_could_not_be_sent(office: Served) -> None:
    store = MemoryStore()
    there = hello(configured(office.url), store)
    mine, other = came(store), came(store)
    office.box.cut = "after"
    with pytest.raises(DeliveryError) as caught:
        there.deliver(mine, "no")
    assert caught.value.unknown
    attempt = events.Attempt(id=mine.id, destination="hello")
    store.append(attempt)
    assert there.deliver(other, "no") == LATELY
    store.append(
        events.Attempt(id=other.id, destination="hello"),
        events.Withheld(id=other.id, destination="hello", reason=LATELY.reason),
    )
    office.box.cut = None
    assert isinstance(there.deliver(mine, "perhaps"), Delivered)
    assert len(office.box.letters("jana@example.com")) == 1, "the second is the first again"
    store.append(events.Delivered(id=mine.id, destination="hello", attempt=attempt.attempt))
    # A process died when it was about to ask: the turn was another's.
    assert there.deliver(other, "perhaps") == LATELY


class Forgetful:
    """A store whose answer to one of the claims is lost, though it has used up the key."""

    def __init__(self, store: Store, lost: int) -> None:
        """`lost`: the number of that claim, from 1."""
        self._store, self._left = store, lost

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def claim_once(self, key: str, until: int, owner: str | None = None) -> bool:
        won = self._store.claim_once(key, until, owner)
        self._left -= 1
        if not self._left:
            raise JournalError("the connection was lost")
        return won


CLAIMS = PARTS + 2  # for a letter that is the first of its hour: the address's, and the turn


@pytest.mark.parametrize("lost", range(1, CLAIMS + 1))
def test_what_was_claimed_without_being_told_is_ones_own(store: Store, lost: int) -> None:
    clock = Clock()
    mine, other = came(store, at=NOW), came(store, at=NOW)
    late = came(store, at=NOW, email="late@example.com")
    breaking: Any = Forgetful(store, lost)
    with pytest.raises(DeliveryError, match="cannot be asked: the connection was lost"):
        Rules("hello", 1, "a secret", breaking, clock).why_not(mine, 0, DAY, "no")
    fresh = Rules("hello", 1, "a secret", store, clock)  # another process
    assert fresh.why_not(other, 0, DAY, "no") == LATELY.reason
    assert fresh.why_not(other, 0, DAY, "perhaps") == LATELY.reason
    for _ in range(2):  # it may be cut short once more before anything is sent
        assert fresh.why_not(mine, 0, DAY, "perhaps") is None
    assert fresh.why_not(late, 0, DAY, "no") == FULL, "it has used one turn, and no second one"
    assert fresh.why_not(mine, 1, DAY, "yes") == LATELY.reason, "that would be another letter"


def test_the_first_claim_that_nobody_was_told_of_costs_no_confirmation(office: Served) -> None:
    store = MemoryStore()
    mine, other = came(store), came(store)
    breaking: Any = Forgetful(store, 1)
    with pytest.raises(DeliveryError, match="cannot be asked: the connection was lost"):
        hello(configured(office.url), breaking).deliver(mine, "no")
    there = hello(configured(office.url), store)
    assert there.deliver(other, "no") == LATELY
    assert isinstance(there.deliver(mine, "perhaps"), Delivered)
    assert len(office.box.mails) == 1


def test_a_letter_keeps_its_turn_while_the_mail_server_is_away(store: Store) -> None:
    clock = Clock()
    mails = [came(store, at=NOW, email=f"visitor{number}@example.com") for number in range(5)]
    for hours in range(100):
        clock.now += 3600 if hours else 0
        for _ in range(2):  # each process asks for itself
            rules = Rules("hello", 5, "a secret", store, clock)
            prior: PriorDelivery = "perhaps" if hours else "no"
            assert {rules.why_not(mail, 0, DAY, prior) for mail in mails} == {None}
    other = came(store, at=NOW + 99 * HOUR, email="visitor1@example.com")
    assert rules.why_not(other, 0, DAY, "no") == LATELY.reason


def test_of_several_letters_to_an_address_at_the_same_moment_one_is_sent(store: Store) -> None:
    mails = [came(store) for _ in range(8)]
    start, clock = threading.Barrier(len(mails)), Clock()

    def ask(mail: Any) -> str | None:
        start.wait()
        return Rules("hello", 100, "a secret", store, clock).why_not(mail, 0, DAY, "no")

    with ThreadPoolExecutor(len(mails)) as pool:
        reasons = list(pool.map(ask, mails))
    assert (reasons.count(None), reasons.count(LATELY.reason)) == (1, 7)


def test_a_turn_that_another_has_used_is_not_taken_for_ones_own(office: Served) -> None:
    store = MemoryStore()
    there = hello(configured(office.url), store)
    first, second = came(store), came(store)
    store.append(events.Attempt(id=first.id, destination="hello"))
    assert isinstance(there.deliver(first, "no"), Delivered)
    assert there.deliver(second, "perhaps") == LATELY
    assert len(office.box.mails) == 1


def test_no_more_than_so_many_go_out_in_an_hour(office: Served) -> None:
    store = MemoryStore()
    settings = configured(office.url)
    account = settings.destinations["hello"].account.model_copy(update={"per_hour": 2})

    def fresh() -> ConfirmationDestination:  # as after a restart
        return ConfirmationDestination("hello", account, settings.forms, settings, store)

    there, results = fresh(), []
    for number in range(4):
        there = fresh() if number == 1 else there
        mine = came(store, at=NOW, email=f"visitor{number}@example.com")
        results.append(there.deliver(mine, "no"))
    assert [type(result) for result in results] == [Delivered, Delivered, Withheld, Withheld]
    assert results[2] == Withheld(FULL)
    assert len(office.box.mails) == 2


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_123.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["memory", "files"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = MemoryStore() if request.param == "memory" else FileStore(tmp_path / "var")
    yield made
    made.close()


def test_an_address_has_its_turn_again_when_the_time_is_over(store: Store) -> None:
    clock = Clock()
    given: list[float] = []
    for _ in range(100):
        for _ in range(2):  # each process asks for itself
            asked = Rules("hello", 1000, "a secret", store, clock)
            if asked.why_not(came(store), 0, DAY, "no") is None:
                given.append(clock.now)
        clock.now += 3600
    gaps = [later - earlier for earlier, later in pairwise(given)]
    assert len(gaps) >= 3
    assert all(DAY <= gap <= 1.25 * DAY + 3600 for gap in gaps)


def test_the_next_hour_has_its_turns_again(store: Store) -> None:
    asked = Rules("hello", 1, "a secret", store)

    def one(number: int, hours: int) -> Any:
        return came(store, at=NOW + hours * HOUR, email=f"visitor{number}@example.com")

    first, second = one(0, 0), one(1, 0)
    assert asked.why_not(first, 0, DAY, "no") is None
    assert asked.why_not(second, 0, DAY, "no") == FULL
    assert asked.why_not(one(2, 1), 0, DAY, "no") is None
    assert asked.why_not(one(3, 0), 0, DAY, "no") == FULL
    at = NOW + 2 * HOUR
    store.append(
        events.Withheld(id=second.id, at=NOW, destination="hello", reason=FULL),
        Replayed(id=second.id, at=at, by="eva", destinations=("hello",), force=True),
    )
    assert asked.why_not(second, 0, DAY, "perhaps") is None, "it is looked at once more"


def test_no_address_is_kept(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "var")
    kept: list[str] = []
    claim = store.claim_once

    class Listening:
        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        def claim_once(self, key: str, until: int, owner: str | None = None) -> bool:
            kept.extend((key, owner or ""))
            return claim(key, until, owner)

    listening: Any = Listening()
    assert Rules("hello", 10, "a secret", listening).why_not(came(store), 0, DAY, "no") is None
    assert kept
    assert not any("jana" in key for key in kept)
    store.close()


def test_the_journal_cannot_be_asked(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "var")
    submission = came(store)
    (tmp_path / "var/altcha").write_text("in the way")
    with pytest.raises(DeliveryError, match="journal cannot be asked: File exists") as caught:
        Rules("hello", 10, "a secret", store).why_not(submission, 0, DAY, "no")
    assert (caught.value.permanent, caught.value.unknown) == (False, False)
    store.close()


def test_a_check_says_that_nothing_finds_anybody_human(office: Served) -> None:
    settings = configured(office.url)
    findings = list(hello(settings, MemoryStore()).check([settings.forms["riverside"]]))
    assert [finding.well for finding in findings] == [True, True]
    assert "without a captcha" in findings[1].message
