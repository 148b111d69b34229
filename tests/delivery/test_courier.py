"""The courier on a real journal and a real CRM: every row of the delivery table."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import requests

from frontdesk.config import Settings, load
from frontdesk.crm.realpad.destination import RealpadDestination
from frontdesk.crm.realpad.settings import RealpadAccount
from frontdesk.data_dir import COURIER, open_store
from frontdesk.delivery.courier import Courier, Shift, Terms, run_beside
from frontdesk.delivery.destination import Delivered, Lookups, PriorDelivery
from frontdesk.delivery.lanes import Lanes
from frontdesk.delivery.schedule import LEAST_TRIES, Schedule
from frontdesk.kinds import KINDS
from frontdesk.model import events
from frontdesk.model.events import AnyEvent, utcnow
from frontdesk.model.exchange import Answer, Request
from frontdesk.model.lead import Submission
from frontdesk.sandbox.observation import prague
from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from frontdesk.store.files.lines import Damage, Line, read_file
from frontdesk.store.files.segments import Journal
from tests.samples import received
from tests.support import BRISK, calls, eventually, fault, leads, mend

CREATE, LIST = "create-lead", "list-leads"


class Prompt(RealpadDestination):
    """Looks at once: what the sandbox has not stored when it hangs up, it never will."""

    @property
    def lookups(self) -> Lookups:
        return self._lookups._replace(patience=0.0)


class Office:
    """A journal, the CRM and couriers that can be started and stopped."""

    crm_class: type[RealpadDestination] = Prompt

    def __init__(self, settings: Settings, crm: str) -> None:
        self.settings = settings
        self.crm = crm
        self.store = open_store(settings)
        self.journal = self.store.journal
        self._running: list[tuple[Courier, threading.Thread]] = []

    def start(self) -> None:
        delivery = self.settings.delivery
        terms = Terms(
            {"crm": self.destination()},
            Schedule(delivery.retry_first, delivery.retry_longest, delivery.give_up_after),
            delivery.concurrency,
            delivery.same_within,
        )
        lease = self.store.lease(COURIER)
        courier = Courier(open_store(self.settings), Lanes(lease), terms, intervals=BRISK)
        thread = threading.Thread(target=courier.run)
        thread.start()
        self._running.append((courier, thread))

    def destination(self) -> RealpadDestination:
        account = self.settings.destinations["crm"].account
        assert isinstance(account, RealpadAccount)
        return self.crm_class(account, self.settings.forms)

    def stop(self) -> None:
        for courier, _ in self._running:
            courier.stop()
        for _, thread in self._running:
            thread.join()
        self._running.clear()

    def events(self) -> list[AnyEvent]:
        found = list(self.journal.read())
        return [line.event for line in found if not isinstance(line, Damage)]

    def story(self, submission: UUID) -> list[str]:
        return [type(e).__name__ for e in self.events() if e.id == submission]

    def last(self, submission: UUID) -> Any:
        return [event for event in self.events() if event.id == submission][-1]

    def until(self, submission: UUID, *story: str) -> Any:
        """Wait until a submission's events are these; its last one."""
        eventually(lambda: self.story(submission) == list(story))
        return self.last(submission)

    def add(self, **lead: Any) -> UUID:
        line = received(**lead)
        self.journal.append(line)
        return line.id


@pytest.fixture
def office(write_config: Callable[..., Path], crm: str) -> Iterator[Office]:
    office = Office(load(write_config(), KINDS), crm)
    yield office
    office.stop()
    office.store.close()


@pytest.fixture
def office_with(write_config: Callable[..., Path], crm: str) -> Iterator[Callable[..., Office]]:
    offices: list[Office] = []

    def make(**replace: str) -> Office:
        offices.append(Office(load(write_config(**replace), KINDS), crm))
        return offices[-1]

    yield make
    for office in offices:
        office.stop()
        office.store.close()


def people(count: int) -> list[dict[str, str]]:
    return [
        {"first_name": f"Jana {number}", "email": f"jana{number}@example.com"}
        for number in range(count)
    ]


def sent(crm: str) -> list[str]:
    return [endpoint for endpoint, _ in calls(crm)]


# -- success -----------------------------------------------------------------------------------


def test_2xx_is_delivered_with_the_customers_id(office: Office) -> None:
    one = office.add()
    office.start()
    outcome = office.until(one, "Received", "Attempt", "Delivered")
    assert outcome.customer_id == str(leads(office.crm)[0]["customer_id"])
    assert (outcome.destination, outcome.reconciled, outcome.answer.status) == ("crm", False, 200)
    attempt = office.events()[1]
    assert isinstance(attempt, events.Attempt)
    assert attempt.attempt == outcome.attempt


def test_what_comes_while_it_runs_is_delivered_too(office: Office) -> None:
    office.start()
    ids = [office.add(**person) for person in people(30)]
    eventually(lambda: len(leads(office.crm)) == 30)
    for one in ids:
        office.until(one, "Received", "Attempt", "Delivered")
    office.stop()
    assert sent(office.crm) == [CREATE] * 30


@pytest.mark.parametrize("kind", ["html", "empty"])
def test_an_odd_success_is_one(office: Office, kind: str) -> None:
    fault(office.crm, kind)
    one = office.add()
    office.start()
    outcome = office.until(one, "Received", "Attempt", "Delivered")
    assert (outcome.customer_id, outcome.answer.status) == (None, 200)


def test_a_second_courier_waits_for_the_first(office: Office) -> None:
    for _ in range(3):
        office.start()
    ids = [office.add(**person) for person in people(10)]
    for one in ids:
        office.until(one, "Received", "Attempt", "Delivered")
    office.stop()
    assert len(leads(office.crm)) == 10


def test_a_restart_sends_nothing_again(office: Office) -> None:
    ids = [office.add(**person) for person in people(3)]
    office.start()
    for one in ids:
        office.until(one, "Received", "Attempt", "Delivered")
    office.stop()
    office.start()
    later = office.add(first_name="Later")
    office.until(later, "Received", "Attempt", "Delivered")
    office.stop()
    assert sent(office.crm) == [CREATE] * 4


def test_a_repeated_line_is_not_sent_again(office: Office) -> None:
    line = received()
    office.journal.append(line, line)
    office.start()
    office.until(line.id, "Received", "Received", "Attempt", "Delivered")
    office.journal.append(line)
    later = office.add(first_name="Later")
    office.until(later, "Received", "Attempt", "Delivered")
    office.stop()
    assert sent(office.crm) == [CREATE] * 2


def test_held_until_released(office: Office) -> None:
    line = received()
    office.journal.append(events.Held(id=line.id, reason="spam"), line)
    office.start()
    other = office.add(first_name="Other")
    office.until(other, "Received", "Attempt", "Delivered")
    assert len(leads(office.crm)) == 1
    office.journal.append(events.Released(id=line.id, by="eva"))
    office.until(line.id, "Held", "Received", "Released", "Attempt", "Delivered")


# -- trouble -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 503])
def test_5xx_is_deferred_and_tried_again(office: Office, status: int) -> None:
    fault(office.crm, "status", status=status, times=2)
    one = office.add()
    office.start()
    steps = ["Attempt", "Deferred"] * 2
    office.until(one, "Received", *steps, "Attempt", "Delivered")
    deferred = office.events()[2]
    assert isinstance(deferred, events.Deferred)
    assert (deferred.unknown, deferred.account_until, deferred.closes_account) == (
        False,
        None,
        False,
    )
    assert deferred.answer is not None
    assert deferred.answer.status == status
    assert timedelta() <= deferred.until - deferred.at <= timedelta(milliseconds=50)
    assert sent(office.crm) == [CREATE] * 3, "5xx was not stored, so it is not looked for"


def test_a_server_that_is_down_meets_one_lead_at_a_time(office: Office) -> None:
    fault(office.crm, "status", status=503, times=None)
    for person in people(20):
        office.add(**person)
    office.start()
    eventually(lambda: len(calls(office.crm)) >= 4)
    office.stop()
    flying = 0
    for event in office.events():
        flying += isinstance(event, events.Attempt) - isinstance(event, events.Deferred)
        assert flying in (0, 1)


def test_a_server_that_cannot_be_reached(office_with: Callable[..., Office]) -> None:
    office = office_with(**{"127.0.0.1": "nonexistent.invalid"})
    one = office.add()
    office.start()
    eventually(lambda: office.story(one)[:5] == ["Received", *["Attempt", "Deferred"] * 2])
    office.stop()
    assert all(not e.unknown for e in office.events() if isinstance(e, events.Deferred))
    assert calls(office.crm) == []


@pytest.mark.parametrize("status", [400, 404, 415, 422])
def test_other_4xx_fail_until_a_person_acts(office: Office, status: int) -> None:
    fault(office.crm, "status", status=status, body="The phone is wrong.")
    one, other = office.add(), office.add(first_name="Other")
    office.start()
    failed = office.until(one, "Received", "Attempt", "Failed")
    assert (failed.answer.body, failed.closes_account) == ("The phone is wrong.", False)
    office.until(other, "Received", "Attempt", "Delivered")
    fix = received(phone="+420777123456").lead
    office.journal.append(
        events.Amended(id=one, by="eva", lead=fix, changed=("phone",)),
        events.Replayed(id=one, by="eva", destinations=("crm",)),
    )
    story = ["Received", "Attempt", "Failed", "Amended", "Replayed", "Attempt", "Delivered"]
    office.until(one, *story)
    office.stop()
    assert leads(office.crm)[-1]["parameters"]["phone"] == "+420777123456"
    assert sent(office.crm) == [CREATE] * 3


@pytest.mark.parametrize(("status", "count"), [(401, 200), (403, 20), (418, 20)])
def test_a_ban_is_not_fed(office: Office, status: int, count: int) -> None:
    fault(office.crm, "ban", status=status, seconds=3600)
    ids = [office.add(**person) for person in people(count)]
    office.start()
    failed = eventually(
        lambda: [event for event in office.events() if isinstance(event, events.Failed)]
    )
    assert [event.closes_account for event in failed] == [True]
    late = office.add(first_name="Late")
    office.stop()
    office.start()  # the account stays closed over a restart
    office.add(first_name="Later")
    office.stop()
    assert sent(office.crm) == [CREATE]
    stories: dict[UUID, list[str]] = {}
    for event in office.events():
        stories.setdefault(event.id, []).append(type(event).__name__)
    waiting = [one for one in [*ids, late] if stories[one] == ["Received"]]
    assert len(waiting) == count

    mend(office.crm)
    office.start()
    office.journal.append(events.Opened(destination="crm", by="eva"))
    eventually(lambda: len(leads(office.crm)) > count)
    for one in waiting[::100]:
        office.until(one, "Received", "Attempt", "Delivered")
    assert office.story(failed[0].id) == ["Received", "Attempt", "Failed"]
    office.journal.append(events.Replayed(id=failed[0].id, by="eva", destinations=("crm",)))
    office.until(failed[0].id, "Received", "Attempt", "Failed", "Replayed", "Attempt", "Delivered")


def test_a_replay_opens_the_account(office: Office) -> None:
    fault(office.crm, "status", status=401, body="No.")
    one, other = office.add(), office.add(first_name="Other")
    office.start()
    office.until(one, "Received", "Attempt", "Failed")
    office.journal.append(events.Replayed(id=one, by="eva", destinations=("crm",)))
    office.until(one, "Received", "Attempt", "Failed", "Replayed", "Attempt", "Delivered")
    office.until(other, "Received", "Attempt", "Delivered")


def test_429_makes_the_account_wait_as_long_as_it_asks(office: Office) -> None:
    fault(office.crm, "rate_limit", retry_after="600")
    one, other = office.add(), office.add(first_name="Other")
    office.start()
    outcome = office.until(one, "Received", "Attempt", "Deferred")
    assert outcome.account_until == outcome.until
    asked = (outcome.until - outcome.at).total_seconds()
    assert 599 < asked <= 601
    office.stop()
    office.start()
    later = office.add(first_name="Later")
    office.stop()
    assert sent(office.crm) == [CREATE]
    assert office.story(other) == office.story(later) == ["Received"]


def test_429_ends(office: Office) -> None:
    fault(office.crm, "rate_limit", retry_after="1", times=2)
    ids = [office.add(**person) for person in people(5)]
    office.start()
    for one in ids:
        eventually(lambda one=one: office.story(one)[-1] == "Delivered")
    office.stop()
    statuses = [status for _, status in calls(office.crm)]
    assert statuses == [429, 429, *[200] * 5]
    told = [e for e in office.events() if isinstance(e, events.Deferred)]
    attempts = [e.at for e in office.events() if isinstance(e, events.Attempt)]
    assert attempts[1] >= told[0].until
    assert attempts[2] >= told[1].until


def test_an_absurd_retry_after_is_a_day(office: Office) -> None:
    fault(office.crm, "rate_limit", retry_after="9" * 40)
    one = office.add()
    office.start()
    outcome = office.until(one, "Received", "Attempt", "Deferred")
    assert timedelta(hours=23) < outcome.until - utcnow() <= timedelta(days=1)


# -- unknown -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options"),
    [("cut_after", {}), ("hang_after", {"seconds": 3})],
    ids=["cut", "timeout"],
)
def test_unknown_and_found(
    office_with: Callable[..., Office], kind: str, options: dict[str, Any]
) -> None:
    office = office_with(**{'"20 s"': '"1 s"'})
    office.crm_class = RealpadDestination  # with its own patience
    fault(office.crm, kind, **options)
    one = office.add()
    office.start()
    outcome = office.until(one, "Received", "Attempt", "Deferred", "Delivered")
    assert outcome.reconciled
    assert outcome.attempt is None
    (stored,) = leads(office.crm)
    assert outcome.customer_id == str(stored["customer_id"])
    assert outcome.inquiry_id == str(stored["inquiry_id"])
    deferred = office.events()[2]
    assert isinstance(deferred, events.Deferred)
    assert deferred.unknown
    assert sent(office.crm) == [CREATE, LIST]


def test_unknown_and_not_found(office: Office) -> None:
    fault(office.crm, "cut_before")
    one = office.add()
    office.start()
    outcome = office.until(one, "Received", "Attempt", "Deferred", "Attempt", "Delivered")
    assert not outcome.reconciled
    assert sent(office.crm) == [CREATE, LIST, CREATE]
    assert len(leads(office.crm)) == 1


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateways_word_is_looked_up(office: Office, status: int) -> None:
    fault(office.crm, "status", status=status)
    one = office.add()
    office.start()
    office.until(one, "Received", "Attempt", "Deferred", "Attempt", "Delivered")
    assert sent(office.crm) == [CREATE, LIST, CREATE]


def test_a_redirect_is_looked_up(office: Office) -> None:
    fault(
        office.crm, "status", status=302, headers={"Location": f"{office.crm}/ws/v10/create-lead"}
    )
    one = office.add()
    office.start()
    office.until(one, "Received", "Attempt", "Deferred", "Attempt", "Delivered")
    assert sent(office.crm) == [CREATE, LIST, CREATE]


@pytest.mark.parametrize("stored", [True, False], ids=["stored", "not stored"])
def test_a_crash_between_intent_and_outcome(office: Office, stored: bool) -> None:
    line = received()
    attempt = events.Attempt(id=line.id, destination="crm")
    office.journal.append(line, attempt)
    if stored:
        office.destination().deliver(submission(line), "no")
    before = len(calls(office.crm))
    office.start()
    if stored:
        assert office.until(line.id, "Received", "Attempt", "Delivered").reconciled
        assert sent(office.crm)[before:] == [LIST]
    else:
        office.until(line.id, "Received", "Attempt", "Attempt", "Delivered")
        assert sent(office.crm)[before:] == [LIST, CREATE]
    assert len(leads(office.crm)) == 1


def submission(line: events.Received) -> Submission:
    return Submission(line.id, line.at, line.form, line.lead, line.origin, line.destinations)


@pytest.mark.parametrize(
    ("kind", "options"),
    [("status", {"status": 500}), ("html", {}), ("cut_before", {})],
    ids=["500", "page", "cut"],
)
def test_while_the_list_cannot_be_had_nothing_is_sent(
    office: Office, kind: str, options: dict[str, Any]
) -> None:
    fault(office.crm, "cut_after")
    fault(office.crm, kind, endpoint=LIST, times=2, **options)
    one = office.add()
    office.start()
    outcome = office.until(one, "Received", "Attempt", *["Deferred"] * 3, "Delivered")
    assert outcome.reconciled
    assert all(e.unknown for e in office.events() if isinstance(e, events.Deferred))
    assert sent(office.crm) == [CREATE, LIST, LIST, LIST]
    assert len(leads(office.crm)) == 1


def test_a_ban_met_by_a_lookup_closes_the_account(office: Office) -> None:
    fault(office.crm, "cut_after")
    fault(office.crm, "ban", seconds=3600, endpoint=LIST)
    one = office.add()
    office.start()
    outcome = office.until(one, "Received", "Attempt", "Deferred", "Deferred")
    assert (outcome.closes_account, outcome.unknown) == (True, True)
    office.add(first_name="Other")
    office.stop()
    assert sent(office.crm) == [CREATE, LIST]
    mend(office.crm)
    office.start()
    office.journal.append(events.Opened(destination="crm", by="eva"))
    assert office.until(one, "Received", "Attempt", *["Deferred"] * 2, "Delivered").reconciled


def test_namesakes_are_told_apart(office: Office) -> None:
    # The first is delivered; the second has the same name, and its request got lost.
    first = office.add(email="one@example.com")
    office.start()
    office.until(first, "Received", "Attempt", "Delivered")
    fault(office.crm, "cut_before")
    second = office.add(email="two@example.com")
    office.until(second, "Received", "Attempt", "Deferred", "Attempt", "Delivered")
    assert [lead["parameters"]["email"] for lead in leads(office.crm)] == [
        "one@example.com",
        "two@example.com",
    ]


def arrived(crm: str) -> list[str]:
    """The email address of every lead that the CRM has stored, sorted."""
    return sorted(lead["parameters"]["email"] for lead in leads(crm))


@pytest.mark.parametrize("kind", ["cut_after", "cut_before"])
def test_namesakes_one_of_whom_is_in_doubt(office: Office, kind: str) -> None:
    """The others wait until it is clear what became of the first; nobody else does."""
    fault(office.crm, kind)
    emails = ["one@example.com", "three@example.com", "two@example.com"]
    ids = [office.add(email=email) for email in emails]
    other = office.add(first_name="Petr", email="petr@example.com")
    office.start()
    for one in [*ids, other]:
        eventually(lambda one=one: office.story(one)[-1] == "Delivered")
    office.stop()
    assert arrived(office.crm) == sorted([*emails, "petr@example.com"])
    story = [(event.id, type(event)) for event in office.events()]
    cleared_up = story.index((ids[0], events.Delivered))
    assert story.index((other, events.Delivered)) < cleared_up
    assert all(story.index((one, events.Attempt)) > cleared_up for one in ids[1:])


@pytest.mark.parametrize("kind", ["cut_after", "cut_before"])
def test_a_customer_whom_the_crm_knows_by_another_name(office: Office, kind: str) -> None:
    known = {"name": "Jana Svobodová", "email": "jana@example.com"}
    requests.post(f"{office.crm}/_sandbox/customers", json=known, timeout=30)
    fault(office.crm, kind)
    one = office.add()
    office.start()
    eventually(lambda: office.story(one)[-1] == "Delivered")
    office.stop()
    assert office.last(one).reconciled is (kind == "cut_after")
    assert len(leads(office.crm)) == 1


def test_a_customer_who_has_married_since_an_earlier_enquiry(office: Office) -> None:
    """In an account that others use too; the journal knows whose customer it is."""
    foreign = {"login": "sandbox", "password": "sandbox", "name": "A", "surname": "B"}
    url = f"{office.crm}/ws/v10/create-lead"
    requests.post(url, data={**foreign, "email": "foreign@example.com"}, timeout=30)
    first = office.add(last_name="Svobodová")
    office.start()
    office.until(first, "Received", "Attempt", "Delivered")
    fault(office.crm, "cut_after")
    second = office.add(last_name="Nováková")
    assert office.until(second, "Received", "Attempt", "Deferred", "Delivered").reconciled
    assert len(leads(office.crm)) == 3


@pytest.mark.parametrize("relative", [None, "Eva"], ids=["own name", "name of a relative"])
def test_a_stranger_whose_customer_the_crm_does_not_say(
    write_config: Callable[..., Path], crm: str, relative: str | None
) -> None:
    """Both were under way when the process died; the stranger's request got lost, ours did not."""
    ago, behind = timedelta(seconds=20), [timedelta(seconds=20)]
    with serve_sandbox(create_sandbox(clock=lambda: prague() - behind[0])) as serving:
        config = write_config()
        config.write_text(config.read_text().replace(crm, serving.url))
        office = Office(load(config, KINDS), serving.url)
        try:
            stranger = received(first_name="Petr", email="petr@example.com")
            ours = received(email="house@example.com")
            if relative:
                first = received(first_name=relative, email="house@example.com")
                known = office.destination().deliver(submission(first), "no").customer_id
                delivered = events.Delivered(
                    id=first.id, destination="crm", customer_id=known, at=utcnow() - ago
                )
                office.journal.append(first, delivered)
            for line, seconds in ((stranger, 1), (ours, 0)):
                at = utcnow() - ago - timedelta(seconds=seconds)
                attempt = events.Attempt(id=line.id, destination="crm", at=at)
                office.journal.append(line, attempt)
            office.destination().deliver(submission(ours), "no")
            behind[0] = timedelta()
            fault(office.crm, "empty")
            office.start()
            told = office.until(stranger.id, "Received", "Attempt", "Attempt", "Delivered")
            assert (told.customer_id, told.reconciled) == (None, False)
            assert office.until(ours.id, "Received", "Attempt", "Delivered").reconciled
        finally:
            office.stop()
            office.journal.close()
        assert len(leads(serving.url)) == (3 if relative else 2)


@pytest.mark.parametrize("minutes", [-50, 50])
def test_a_crm_with_another_clock(
    write_config: Callable[..., Path], crm: str, minutes: int
) -> None:
    sandbox = create_sandbox(clock=lambda: prague() + timedelta(minutes=minutes))
    with serve_sandbox(sandbox) as serving:
        config = write_config()
        config.write_text(config.read_text().replace(crm, serving.url))
        office = Office(load(config, KINDS), serving.url)
        try:
            office.start()
            for kind, name in [
                ("cut_after", "Petr"),
                ("cut_before", "Pavel"),
                ("cut_after", "Eva"),
            ]:
                fault(serving.url, kind)
                one = office.add(first_name=name, email=f"{name}@example.com")
                eventually(lambda one=one: office.story(one)[-1] == "Delivered")
                assert office.last(one).reconciled is (kind == "cut_after")
        finally:
            office.stop()
            office.store.close()
        assert len(leads(serving.url)) == 3


def test_a_crm_that_takes_longer_than_the_first_retry(office_with: Callable[..., Office]) -> None:
    """`retry_first` is 50 ms; it is looked up when the CRM has had the time that it is given."""
    office = office_with(**{'read_timeout = "20 s"': 'read_timeout = "1 s"'})
    office.crm_class = RealpadDestination  # with its own patience
    fault(office.crm, "hang", seconds=2)  # stores it after we have hung up
    one = office.add()
    office.start()
    outcome = office.until(one, "Received", "Attempt", "Deferred", "Delivered")
    assert outcome.reconciled
    assert sent(office.crm) == [CREATE, LIST]


class Forgiving(RealpadDestination):
    """A CRM that knows a lead again by its id."""

    def __init__(self, settings: Settings, crm: str) -> None:
        account = settings.destinations["crm"].account
        assert isinstance(account, RealpadAccount)
        super().__init__(account, {})
        self.crm = crm

    @property
    def lookups(self) -> Lookups | None:
        return None

    def deliver(self, submission: Submission, prior: PriorDelivery = "no") -> Delivered:
        if any(lead["parameters"]["note"] == str(submission.id) for lead in leads(self.crm)):
            return Delivered()
        lead = msgspec.structs.replace(submission.lead, note=str(submission.id))
        return super().deliver(msgspec.structs.replace(submission, lead=lead), prior)


def test_a_crm_that_recognises_a_repeat_is_not_asked_for_a_list(office: Office) -> None:
    crm = Forgiving(office.settings, office.crm)
    terms = Terms({"crm": crm}, Schedule(0.05, 0.2, 86400.0), concurrency=4)
    lease = office.store.lease(COURIER)
    courier = Courier(open_store(office.settings), Lanes(lease), terms, intervals=BRISK)
    for kind in ("cut_after", "cut_before"):
        fault(office.crm, kind)
    ids = [office.add(email=f"{number}@example.com") for number in range(4)]
    with run_beside(courier):
        for one in ids:
            eventually(lambda one=one: office.story(one)[-1] == "Delivered")
    assert LIST not in sent(office.crm)
    assert len(leads(office.crm)) == 4


class Halfway(Forgiving):
    """Its CRM does not know a lead again, and it has no way to look one up."""

    lookups = Lookups(1.0, timedelta(days=7))
    find = None  # type: ignore[assignment]


def test_lookups_without_a_search_are_a_mistake(office: Office) -> None:
    election = office.store.lease(COURIER)
    halfway = {"crm": Halfway(office.settings, office.crm)}
    with pytest.raises(TypeError, match="crm has lookups"):
        Courier(office.store, Lanes(election), Terms(halfway, Schedule(0.05, 0.2, 86400.0), 4))


def test_a_replay_of_an_unknown_one_looks_first(office: Office) -> None:
    fault(office.crm, "cut_after")
    fault(office.crm, "status", status=500, endpoint=LIST, times=None)
    one = office.add()
    office.start()
    eventually(lambda: LIST in sent(office.crm))
    office.stop()
    mend(office.crm)
    for _ in range(2):  # an impatient operator
        office.journal.append(events.Replayed(id=one, by="eva", destinations=("crm",)))
    office.start()
    eventually(lambda: office.story(one)[-1] == "Delivered")
    assert office.last(one).reconciled
    assert len(leads(office.crm)) == 1


# -- giving up, and a journal that cannot be written --------------------------------------------


@pytest.mark.parametrize("kind", ["status", "cut_after"])
def test_it_gives_up_and_a_replay_does_not_send_twice(
    office_with: Callable[..., Office], kind: str
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=6)
    office = office_with()
    fault(office.crm, kind, times=None)
    line = received(at=long_ago)
    office.journal.append(line)
    if kind == "cut_after":  # and it cannot be looked up either
        fault(office.crm, "status", status=503, endpoint="list-leads", times=None)
    office.start()
    eventually(lambda: office.story(line.id)[-1] == "Failed")
    failed = office.last(line.id)
    assert office.story(line.id).count("Deferred") == LEAST_TRIES - 1
    mend(office.crm)
    doubt = ", and the CRM may have it" if kind == "cut_after" else ""
    assert failed.reason.startswith(f"given up after trying for too long{doubt}; last: ")
    assert failed.unknown is (kind == "cut_after")
    office.journal.append(events.Replayed(id=line.id, by="eva", destinations=("crm",)))
    eventually(lambda: office.story(line.id)[-1] == "Delivered")
    office.stop()
    assert len(leads(office.crm)) == 1


def fill_disk(journal: Journal) -> Path:
    """What is written stays readable; every further write fails, until unlinked."""
    (segment,) = journal.segments()
    old = segment.with_name("2026-01-01.jsonl")
    segment.rename(old)
    segment.symlink_to("/dev/full")
    return segment


def written(segment: Path) -> list[str]:
    lines = read_file(segment.with_name("2026-01-01.jsonl"))
    return [type(line.event).__name__ for line in lines if isinstance(line, Line)]


def test_nothing_is_sent_while_the_intent_cannot_be_written(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    one = office.add()
    segment = fill_disk(office.journal)
    office.start()
    eventually(lambda: "nothing is sent while the journal cannot be written" in caplog.text)
    assert calls(office.crm) == []
    segment.unlink()
    office.until(one, "Received", "Attempt", "Delivered")
    assert sent(office.crm) == [CREATE]


def test_an_outcome_waits_for_the_journal(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    fault(office.crm, "hang_after", seconds=0.5)
    one = office.add()
    office.start()
    eventually(lambda: leads(office.crm))
    segment = fill_disk(office.journal)
    eventually(lambda: "waits for the journal" in caplog.text)
    assert written(segment) == ["Received", "Attempt"]
    segment.unlink()
    office.until(one, "Received", "Attempt", "Delivered")
    office.stop()
    assert sent(office.crm) == [CREATE]


def test_an_outcome_that_is_never_written_is_looked_up_later(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    fault(office.crm, "hang_after", seconds=0.5)
    one = office.add()
    office.start()
    eventually(lambda: leads(office.crm))
    segment = fill_disk(office.journal)
    eventually(lambda: "waits for the journal" in caplog.text)
    office.stop()
    segment.unlink()
    office.start()
    assert office.until(one, "Received", "Attempt", "Delivered").reconciled
    assert sent(office.crm) == [CREATE, LIST]


def test_damage_does_not_stop_it(office: Office) -> None:
    first = office.add()
    with office.journal.segments()[0].open("ab") as file:
        file.write(b'{"v":1,"event":"recei')
    office.store.close()
    second = office.add(first_name="Other")
    office.start()
    for one in (first, second):
        office.until(one, "Received", "Attempt", "Delivered")


def test_a_lead_for_an_account_that_is_no_longer_configured_waits(office: Office) -> None:
    line = received(uuid4(), destinations=("gone", "crm"))
    office.journal.append(line)
    office.start()
    office.until(line.id, "Received", "Attempt", "Delivered")
    office.stop()
    assert sent(office.crm) == [CREATE]


# -- clocks and locks --------------------------------------------------------------------------


def test_a_wrong_clock_delays_no_lead_and_gives_none_up(office: Office) -> None:
    fault(office.crm, "status", status=503)
    future = received(at=datetime(2091, 1, 1, tzinfo=UTC), first_name="Future")
    past = received(at=datetime(1970, 1, 1, tzinfo=UTC), first_name="Past")
    office.journal.append(future)
    office.journal.append(past)
    office.start()
    for line in (future, past):
        eventually(lambda line=line: "Delivered" in office.story(line.id))


def test_whoever_loses_its_lock_stops(
    office_with: Callable[..., Office], caplog: pytest.LogCaptureFixture
) -> None:
    office = office_with(**{'"20 s"': '"3 s"', '"5 s"': '"1 s"'})
    office.crm_class = RealpadDestination  # with its own patience: what is under way arrives
    caplog.set_level(logging.INFO)
    office.start()
    eventually(lambda: caplog.text.count("is the courier now") == 1)
    fault(office.crm, "hang", seconds=0.5, times=None)
    office.settings.data_dir.joinpath("courier.lock").unlink()
    office.start()
    eventually(lambda: caplog.text.count("is the courier now") >= 2)
    for person in people(4):
        office.add(**person)
    eventually(lambda: len(leads(office.crm)) >= 4)
    office.stop()
    assert len(leads(office.crm)) == 4


# -- the same enquiry sent again ---------------------------------------------------------------


def test_an_enquiry_sent_twice_is_delivered_once(
    write_config: Callable[..., Path], crm: str
) -> None:
    config = write_config(**{'same_within = "0 s"': 'same_within = "10 minutes"'})
    office = Office(load(config, KINDS), crm)
    first, second, other = office.add(), office.add(), office.add(note="Another question.")
    try:
        office.start()
        office.until(first, "Received", "Attempt", "Delivered")
        duplicate = office.until(second, "Received", "Duplicate")
        assert duplicate.of == first
        office.until(other, "Received", "Attempt", "Delivered")
        office.stop()
        office.start()  # a courier that starts anew comes to the same end
        last = office.add(note="One more.")
        office.until(last, "Received", "Attempt", "Delivered")
        assert office.story(second) == ["Received", "Duplicate"]
        assert len(leads(crm)) == 3
    finally:
        office.stop()
        office.store.close()


# -- a person is erased meanwhile --------------------------------------------------------------


def test_what_is_erased_while_it_is_looked_up_is_not_sent(office: Office) -> None:
    identity = office.add()
    office.journal.append(events.Attempt(id=identity, destination="crm"))
    fault(office.crm, "hang", endpoint=LIST, seconds=300, times=None)
    lease = office.store.lease(COURIER)
    assert lease.win()
    terms = Terms({"crm": office.destination()}, Schedule(0.05, 0.2, 86400.0), 4)
    shift = Shift(office.store, Lanes(lease), terms, threading.Event(), 0.01)
    with ThreadPoolExecutor() as pool:
        eventually(lambda: shift.step(pool) or LIST in sent(office.crm))
        office.store.erase({identity}, [], "eva")
        shift.step(pool)
        mend(office.crm)
    lease.resign()
    assert leads(office.crm) == []
    assert office.story(identity) == ["Received", "Attempt", "Erased"]


def test_what_comes_of_what_was_under_way_at_an_erasure_is_not_kept(office: Office) -> None:
    office.start()
    identity = office.add(note="My dog is called Rex.")
    office.until(identity, "Received", "Attempt", "Delivered")
    office.store.erase({identity}, [], "eva")
    request = Request("https://crm.example.com/", "form", form={"note": "Rex"})
    answer = Answer(200, 0.1, "Thank you, Rex")
    office.journal.append(
        events.Attempt(id=identity, destination="crm", request=request),
        events.Delivered(id=identity, destination="crm", answer=answer, customer_id="60001"),
    )

    def content() -> bytes:
        return b"".join(path.read_bytes() for path in office.journal.segments())

    eventually(lambda: b"Rex" not in content())
    assert office.last(identity).customer_id == "60001"
    # The same enquiry, sent again, is a new one, and nothing of that is taken away.
    office.journal.append(received(identity, note="I am Rex."))
    assert office.until(
        identity,
        *("Received", "Attempt", "Delivered", "Erased", "Attempt", "Delivered"),
        *("Received", "Attempt", "Delivered"),
    ).answer.body
    assert b"I am Rex." in content()
    assert leads(office.crm)[-1]["parameters"]["note"] == "I am Rex."
