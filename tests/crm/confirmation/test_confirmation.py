"""A visitor is sent what was chosen, in our words, and nobody is sent what nobody asked for."""

import os
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from frontdesk.config import Settings, load, validate
from frontdesk.crm.accounts import destinations
from frontdesk.crm.confirmation.destination import ConfirmationDestination
from frontdesk.crm.confirmation.rules import Rules
from frontdesk.delivery.destination import (
    Delivered,
    DeliveryError,
    Destination,
    Withheld,
)
from frontdesk.kinds import KINDS
from frontdesk.model import events
from frontdesk.model.events import Held, Received, Released, utcnow
from frontdesk.model.lead import Consent, Message, Origin
from frontdesk.model.units import PriceList, Unit
from frontdesk.store.base import JournalError, Store
from frontdesk.store.files.store import FileStore
from frontdesk.store.memory import MemoryStore
from frontdesk.units import lists
from tests.crm.mail.test_destination import NASTY
from tests.postbox import Mail, Served, header_lines, post_office, with_mail
from tests.samples import received
from tests.support import FORM, GENERAL

DAY = 86400.0
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
    """A store that uses up a key and then breaks, so many times, before anybody is told."""

    def __init__(self, store: Store, times: int) -> None:
        self._store, self._times = store, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def claim_once(self, key: str, until: int) -> bool:
        won = self._store.claim_once(key, until)
        if self._times:
            self._times -= 1
            raise JournalError("the connection was lost")
        return won


@pytest.mark.parametrize("times", [1, 2])
def test_a_turn_whose_use_nobody_was_told_of_is_not_lost(office: Served, times: int) -> None:
    store = MemoryStore()
    mine, other = came(store), came(store)
    with pytest.raises(DeliveryError, match="cannot be looked up"):
        hello(configured(office.url), Forgetful(store, 1)).deliver(mine, "no")  # type: ignore[arg-type]
    store.append(events.Attempt(id=mine.id, destination="hello"))
    if times > 1:
        with pytest.raises(DeliveryError, match="cannot be looked up"):
            hello(configured(office.url), Forgetful(store, 1)).deliver(mine, "perhaps")  # type: ignore[arg-type]
    there = hello(configured(office.url), store)
    assert there.deliver(other, "no") == LATELY
    store.append(
        events.Attempt(id=other.id, destination="hello"),
        events.Withheld(id=other.id, destination="hello", reason=LATELY.reason),
    )
    assert isinstance(there.deliver(mine, "perhaps"), Delivered)
    assert len(office.box.mails) == 1


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
        results.append(there.deliver(came(store, email=f"visitor{number}@example.com"), "no"))
    assert [type(result) for result in results] == [Delivered, Delivered, Withheld, Withheld]
    assert results[2] == Withheld("as many as are allowed in an hour were sent")
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
    first = came(store)
    given: list[float] = []
    for _ in range(100):
        for _ in range(2):  # each process asks for itself
            asked = Rules("hello", 1000, "a secret", store, clock)
            if asked.why_not(first, DAY, "no") is None:
                given.append(clock.now)
        clock.now += 3600
    gaps = [later - earlier for earlier, later in pairwise(given)]
    assert len(gaps) >= 3
    assert all(DAY <= gap <= 1.25 * DAY + 3600 for gap in gaps)


def test_the_hour_has_its_turns_again(store: Store) -> None:
    clock = Clock()
    asked = Rules("hello", 1, "a secret", store, clock)

    def one(number: int) -> str | None:
        return asked.why_not(came(store, email=f"visitor{number}@example.com"), DAY, "no")

    assert one(0) is None
    assert one(1) == "as many as are allowed in an hour were sent"
    clock.now += 3600
    assert one(2) is None


def test_no_address_is_kept(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "var")
    kept: list[str] = []
    claim = store.claim_once

    class Listening:
        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        def claim_once(self, key: str, until: int) -> bool:
            kept.append(key)
            return claim(key, until)

    listening: Any = Listening()
    assert Rules("hello", 10, "a secret", listening).why_not(came(store), DAY, "no") is None
    assert kept
    assert not any("jana" in key for key in kept)
    store.close()


def test_the_journal_cannot_be_asked(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "var")
    submission = came(store)
    (tmp_path / "var/altcha").write_text("in the way")
    with pytest.raises(DeliveryError, match="who has had one cannot be looked up") as caught:
        Rules("hello", 10, "a secret", store).why_not(submission, DAY, "no")
    assert (caught.value.permanent, caught.value.unknown) == (False, False)
    store.close()


def test_a_check_says_that_nothing_finds_anybody_human(office: Served) -> None:
    settings = configured(office.url)
    findings = list(hello(settings, MemoryStore()).check([settings.forms["riverside"]]))
    assert [finding.well for finding in findings] == [True, True]
    assert "without a captcha" in findings[1].message
