"""What is told, in which words; and what is not told again."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from frontdesk.model.events import (
    AnyEvent,
    Deferred,
    Delivered,
    Discarded,
    Failed,
    Held,
    Notified,
    Opened,
    Released,
    Replayed,
)
from frontdesk.model.receivers import Receiver
from frontdesk.monitoring.conditions import conditions
from frontdesk.monitoring.digest import MOST, NAMED, Digest, Matter, digest, matters, remembered
from frontdesk.monitoring.machine import Machine
from frontdesk.monitoring.status import status
from frontdesk.store.memory.store import MemoryStore
from frontdesk.units.standing import Old
from tests.samples import received
from tests.support import ENQUIRY

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHO = "b7d0c1"
LATE, DAY = timedelta(minutes=15), timedelta(days=1)


def when(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def failed(
    lead: UUID, minutes: float, reason: str = "create-lead answered 400", *, closes: bool = False
) -> Failed:
    return Failed(
        id=lead, at=when(minutes), destination="crm", reason=reason, closes_account=closes
    )


class Story:
    """A journal, told to somebody whenever there is something to tell."""

    def __init__(self, *lines: AnyEvent) -> None:
        self.lines = list(lines)
        self.unwritable: str | None = None
        self.disk = 0.5
        self.outages: list[str] = []
        self.old: list[Old] = []

    def store(self) -> MemoryStore:
        store = MemoryStore()
        store.append(*self.lines)
        return store

    def standing(self, minutes: float) -> dict[str, Matter]:
        store = self.store()
        records = store.changes(None).records
        found = status(store.facts(), store.states(), records, ["crm"], when(minutes))
        machine = Machine(self.unwritable, self.disk, outages=(*self.outages,), old=(*self.old,))
        return matters(conditions(found, machine, when(minutes), LATE), store.facts(), records)

    def tell(self, minutes: float, repeat: timedelta = DAY) -> Digest | None:
        """What somebody is told at a time; the journal has it then."""
        standing = self.standing(minutes)
        receiver = remembered(self.store().facts().receivers.of(WHO), standing, ["crm"])
        news = digest(standing, receiver, when(minutes), repeat, "Frontdesk at desk.example")
        if news is not None:
            self.lines.append(
                Notified(
                    at=when(minutes), receiver=WHO, what=news.what, over=news.over, again=news.again
                )
            )
        return news

    def title(self, minutes: float) -> str | None:
        news = self.tell(minutes)
        return news and news.title.removeprefix("Frontdesk: ")


def test_nothing_to_tell() -> None:
    lead = received(at=NOW)
    story = Story(lead)
    assert story.tell(1) is None
    story.lines.append(Delivered(id=lead.id, at=when(2), destination="crm"))
    assert story.tell(3) is None


def test_a_failed_lead_is_told_once() -> None:
    lead = received(at=NOW)
    story = Story(lead, failed(lead.id, 1))
    news = story.tell(2)
    assert news is not None
    assert news.title == "Frontdesk: 1 lead failed"
    assert news.what == (f"failed:{lead.id}",)
    assert news.text == (
        "1 lead failed:\n"
        f"- 1 of riverside to crm: create-lead answered 400 ({str(lead.id)[:8]})\n"
        "Amend and replay, or discard: frontdesk log --state failed\n\n"
        "This is Frontdesk at desk.example."
    )
    assert story.tell(3) is None


def test_one_that_fails_again_is_told_again() -> None:
    lead = received(at=NOW)
    story = Story(lead, failed(lead.id, 1))
    assert story.title(2) == "1 lead failed"
    # Nobody looks in between.
    story.lines.append(Replayed(id=lead.id, at=when(3), by="eva", destinations=("crm",)))
    story.lines.append(failed(lead.id, 4))
    assert story.title(5) == "1 lead failed"
    assert story.tell(6) is None


def test_what_a_person_dealt_with_is_no_news() -> None:
    one, other = received(at=NOW), received(at=NOW)
    story = Story(one, failed(one.id, 1), Held(id=other.id, at=NOW, reason="spam suspected"), other)
    assert story.title(2) == "1 lead failed, 1 lead held"
    story.lines.append(Discarded(id=one.id, at=when(3), by="eva"))
    story.lines.append(Released(id=other.id, at=when(3), by="eva"))
    assert story.tell(4) is None
    assert story.store().facts().receivers.of(WHO).told == {}, (
        "what is known does not grow with the years"
    )


def test_many_leads_are_counted_by_what_they_have_in_common() -> None:
    leads = [received(at=NOW) for _ in range(50)]
    reasons = ["create-lead answered 400"] * 40 + ["create-lead answered 413"] * 10
    story = Story(
        *leads, *(failed(lead.id, 1, why) for lead, why in zip(leads, reasons, strict=True))
    )
    news = story.tell(2)
    assert news is not None
    assert news.title == "Frontdesk: 50 leads failed"
    assert len(news.what) == 50
    more, fewer = (line for line in news.text.splitlines() if line.startswith("- "))
    assert more.startswith("- 40 of riverside to crm: create-lead answered 400 (")
    assert more.endswith(f" and {40 - NAMED} more)")
    assert fewer.startswith("- 10 of riverside to crm: create-lead answered 413 (")
    assert story.tell(3) is None


def test_more_than_a_line_may_hold_comes_in_parts() -> None:
    leads = [received(at=NOW) for _ in range(MOST + 5)]
    story = Story(*leads, *(failed(lead.id, 1) for lead in leads))
    assert story.title(2) == f"{MOST} leads failed"
    assert story.title(3) == "5 leads failed"
    assert story.tell(4) is None


def test_a_closed_account_until_it_is_open_again() -> None:
    lead, other = received(at=NOW), received(at=when(2))
    story = Story(lead, failed(lead.id, 1, "create-lead answered 401", closes=True), other)
    news = story.tell(2)
    assert news is not None
    assert news.title == "Frontdesk: crm is closed, 1 lead failed", "the gravest first"
    assert news.what == ("closed:crm", f"failed:{lead.id}")
    assert "- crm is closed: create-lead answered 401\n" in news.text
    assert "frontdesk check --open" in news.text
    assert story.tell(3) is None
    story.lines.append(Opened(at=when(4), destination="crm", by="eva"))
    over = story.tell(5)
    assert over is not None
    assert (over.title, over.what, over.over) == (
        "Frontdesk: crm is open again",
        (),
        ("closed:crm",),
    )
    assert "Nothing else needs you." not in over.text, "a lead has failed"
    assert story.tell(6) is None


def test_an_account_that_closes_again_at_once_is_told_again() -> None:
    first, second = received(at=NOW), received(at=NOW)
    story = Story(first, second, failed(first.id, 1, "answered 401", closes=True))
    assert story.title(2) == "crm is closed, 1 lead failed"
    story.lines.append(Opened(at=when(3), destination="crm", by="eva"))
    story.lines.append(failed(second.id, 4, "answered 401", closes=True))
    assert story.title(5) == "crm is closed, 1 lead failed"


def test_late_leads_until_none_is() -> None:
    lead = received(at=NOW)
    again = Deferred(id=lead.id, at=when(1), destination="crm", reason="503", until=when(99))
    story = Story(lead, again)
    assert story.tell(14) is None
    assert story.title(16) == "leads are late"
    assert story.tell(20) is None
    story.lines.append(Delivered(id=lead.id, at=when(21), destination="crm"))
    news = story.tell(22)
    assert news is not None
    assert news.title == "Frontdesk: no lead is late any more"
    assert "Nothing else needs you." in news.text


def test_the_disk_and_the_journal() -> None:
    story = Story()
    story.disk, story.unwritable = 0.04, "No space left on device"
    news = story.tell(0)
    assert news is not None
    assert news.title == "Frontdesk: the journal cannot be written, the disk is nearly full"
    assert "- the journal cannot be written: No space left on device\n" in news.text
    assert "- only 4.0% of the disk is free\n" in news.text
    assert story.tell(1) is None
    story.disk, story.unwritable = 0.5, None
    assert story.title(2) == "the journal can be written again, the disk has room again"
    assert story.tell(3) is None


def test_captchas_of_two_providers() -> None:
    story = Story()
    story.outages = ["hcaptcha", "turnstile"]
    assert story.title(0) == "hcaptcha cannot be asked, turnstile cannot be asked"
    assert story.title(1) is None
    story.outages = ["turnstile"]
    assert story.title(2) == "hcaptcha answers again"
    story.outages = []
    assert story.title(3) == "turnstile answers again"


def test_what_stands_is_recalled_after_a_while_all_at_once() -> None:
    one, other = received(at=NOW), received(at=NOW)
    story = Story(one, other, failed(one.id, 1))
    assert story.title(2) == "1 lead failed"
    story.lines.append(failed(other.id, 60))
    assert story.title(61) == "1 lead failed"
    assert story.tell(24 * 60) is None
    news = story.tell(24 * 60 + 3)
    assert news is not None
    assert news.title == "Frontdesk: reminder: 2 leads failed"
    assert (news.what, news.again) == ((), True)
    assert story.tell(24 * 60 + 62) is None, "not each in its turn"
    assert story.title(48 * 60 + 4) == "reminder: 2 leads failed"


def test_nothing_is_recalled_if_nobody_wants_it() -> None:
    lead = received(at=NOW)
    story = Story(lead, failed(lead.id, 1))
    assert story.title(2) == "1 lead failed"
    assert story.tell(10**6, repeat=timedelta(0)) is None


def test_what_is_told_does_not_change_what_is_known_of_a_failing_receiver() -> None:
    receiver = Receiver()
    receiver.apply(Notified(at=when(0), receiver=WHO, what=("late",)))
    receiver.apply(Notified(at=when(1), receiver=WHO, what=("disk",), reason="answered 500"))
    assert (receiver.told, receiver.failures) == ({"late": when(0)}, 1)
    assert receiver.reason == "answered 500"
    receiver.apply(Notified(at=when(2), receiver=WHO, over=("late",)))
    assert (receiver.told, receiver.failures, receiver.reason) == ({}, 0, None)


def test_a_line_that_is_there_twice_counts_once() -> None:
    told = Notified(at=when(0), receiver=WHO, what=("late",))
    over = Notified(at=when(1), receiver=WHO, over=("late",))
    facts = Story(told, over, told).store().facts()
    assert facts.receivers.of(WHO).told == {}


def test_an_account_that_is_not_configured_any_more_is_forgotten() -> None:
    receiver = Receiver(told={"closed:old": when(0), "closed:crm": when(0)})
    receiver = remembered(receiver, {}, ["crm"])
    assert set(receiver.told) == {"closed:crm"}


@pytest.mark.parametrize("state", ["failed", "held"])
def test_nothing_of_the_person_is_told(state: str) -> None:
    lead = received(uuid4(), at=NOW, phone="+420777123456", note="Is there a cellar?", unit="A.101")
    held = Held(id=lead.id, at=NOW, reason="spam suspected: sent faster than a person can type")
    story = Story(held, lead) if state == "held" else Story(lead, failed(lead.id, 1))
    news = story.tell(2)
    assert news is not None
    for value in (*map(str, ENQUIRY.values()), "+420777123456", "192.0.2.7", "A.101"):
        assert value not in news.text + news.title


def test_units_that_are_old_are_told_of_by_form() -> None:
    story = Story()
    story.old = [Old("hill", "hill: its units are old"), Old("river", "river: its units are old")]
    news = story.tell(1)
    assert news is not None
    assert news.title == "Frontdesk: the units of hill are old, the units of river are old"
    assert news.what == ("units:hill", "units:river")
    assert "- hill: its units are old\n- river: its units are old\nEnquiries come" in news.text
    story.old = story.old[1:]
    assert story.title(2) == "the units of hill are up to date again"
    assert story.title(3) is None
