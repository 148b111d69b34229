"""What a CRM's own list says of what it took: looked at by itself, told, and never sent again."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from click.testing import CliRunner

from frontdesk.cli import main
from frontdesk.config import load
from frontdesk.couriers import make_courier
from frontdesk.crm.accounts import destinations
from frontdesk.data_dir import open_store
from frontdesk.delivery.comparison import Comparisons
from frontdesk.delivery.courier import run_beside
from frontdesk.delivery.outbox import Outbox
from frontdesk.kinds import KINDS
from frontdesk.model import events
from frontdesk.model.events import AnyEvent, Compared, utcnow
from frontdesk.store.files.lines import Damage
from frontdesk.store.files.segments import Journal
from tests.receivers import Webhook
from tests.samples import received
from tests.support import BRISK, FORM, calls, eventually, fault, leads, mend

AGO = timedelta(minutes=10)  # longer than the CRM may take to list what it took
FAR = datetime.max.replace(tzinfo=UTC)
LIST = "list-leads"


class Desk:
    """A journal, a CRM, a courier that compares twice a second, and a command line."""

    def __init__(self, config: Path, crm: str) -> None:
        self.config, self.crm = config, crm
        self.settings = load(config, KINDS)
        self.store = open_store(self.settings)
        self.journal = self.store.journal

    def courier(self) -> Any:
        return run_beside(make_courier(self.settings, open_store(self.settings), BRISK))

    def took(self, *, stored: bool = True, told: bool = True, **lead: str) -> UUID:
        """A lead that the CRM took a while ago, as the journal says."""
        at = utcnow() - AGO
        line = received(uuid4(), at=at, **lead)
        customer = None
        if stored:
            person = {"name": line.lead.first_name, "surname": line.lead.last_name}
            account = {"login": "sandbox", "password": "sandbox", "email": line.lead.email}
            url = f"{self.crm}/ws/v10/create-lead"
            customer = requests.post(url, data=account | person, timeout=30).text
        customer = customer or "60999"
        delivered = events.Delivered(
            id=line.id, at=at, destination="crm", customer_id=customer if told else None
        )
        self.journal.append(line, events.Attempt(id=line.id, at=at, destination="crm"), delivered)
        return line.id

    def events(self) -> list[AnyEvent]:
        lines = list(self.journal.read())
        return [line.event for line in lines if not isinstance(line, Damage)]

    def compared(self) -> list[Compared]:
        return [event for event in self.events() if isinstance(event, Compared)]

    def run(self, *arguments: str) -> Any:
        return CliRunner().invoke(main, ["--config", str(self.config), *arguments])

    def lists(self) -> int:
        return [endpoint for endpoint, _ in calls(self.crm)].count(LIST)


@pytest.fixture
def desk(
    write_config: Callable[..., Path], crm: str, hook: Webhook
) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(every: str = "500 ms") -> Desk:
        notify = f'\n[notify]\nurls = ["{hook.url}"]\nbundle = "0 s"\n'
        compare = {'same_within = "0 s"': f'same_within = "0 s"\ncompare_every = "{every}"'}
        made.append(Desk(write_config(FORM + notify, **compare), crm))
        return made[-1]

    yield make
    for each in made:
        each.store.close()


def test_what_the_crm_has_lost_is_named_and_never_sent_by_itself(
    desk: Callable[..., Desk], hook: Webhook
) -> None:
    here = desk()
    there = here.took(first_name="Petr", email="petr@example.com")
    lost = here.took(first_name="Eva", email="eva@example.com")
    [inquiry] = [lead["inquiry_id"] for lead in leads(here.crm)[1:]]
    requests.delete(f"{here.crm}/_sandbox/leads/{inquiry}", timeout=30)
    with here.courier():
        eventually(lambda: here.compared())
        eventually(lambda: str(lost) in str(hook.taken))
    assert here.compared()[0].missing == (lost,)
    assert "frontdesk replay ID --force" in str(hook.taken)
    assert str(there) not in str(hook.taken)
    assert len(leads(here.crm)) == 1, "nothing is sent again by itself"
    status = here.run("status")
    assert status.exit_code == 1
    assert f"crm lacks what it had taken: {lost}" in status.stdout
    assert "not in the CRM's list" in here.run("show", str(lost)).stdout

    assert here.run("replay", str(lost), "--force").exit_code == 0
    assert "lacks" not in here.run("status").stdout
    assert here.run("verify").exit_code == 0
    assert here.compared()[-1].missing == ()
    assert here.compared()[-1].by


def test_what_is_missing_on_purpose_is_pointed_out_once(desk: Callable[..., Desk]) -> None:
    here = desk()
    gone = here.took(stored=False, first_name="Eva", email="eva@example.com")
    assert str(gone) in here.run("verify").stdout
    assert str(gone) in here.run("status").stdout
    assert here.run("verify", "--accept").exit_code == 0
    before = len(here.compared())
    with here.courier():
        eventually(lambda: len(here.compared()) > before)
    assert here.compared()[-1].missing == ()
    assert str(gone) not in here.run("status").stdout


def test_what_was_answered_with_no_id_is_confirmed_by_the_list(
    desk: Callable[..., Desk],
) -> None:
    here = desk()
    seen = here.took(told=False, first_name="Petr", email="petr@example.com")
    lost = here.took(told=False, stored=False, first_name="Eva", email="eva@example.com")
    assert here.store.facts().account("crm").unconfirmed == {seen, lost}
    assert "(unconfirmed)" in here.run("show", str(seen)).stdout
    with here.courier():
        eventually(lambda: here.compared())
    account = here.store.facts().account("crm")
    assert (account.unconfirmed, account.missing) == ({lost}, {lost})
    assert "(unconfirmed)" not in here.run("show", str(seen)).stdout
    assert "not in the CRM's list" in here.run("show", str(lost)).stdout


def test_a_list_that_cannot_be_had_is_asked_for_again(desk: Callable[..., Desk]) -> None:
    here = desk(every="1 hour")
    old = received(uuid4(), at=utcnow() - timedelta(hours=2), email="old@example.com")
    taken = {"id": old.id, "at": old.at, "destination": "crm"}
    here.journal.append(old, events.Attempt(**taken), events.Delivered(**taken))
    here.took(first_name="Petr", email="petr@example.com")
    fault(here.crm, "status", status=500, endpoint=LIST, times=2)
    with here.courier():
        eventually(lambda: [c for c in here.compared() if c.reason is None])
    first, second, third = here.compared()
    assert first.reason == second.reason == "list-leads answered 500"
    assert third.missing == (old.id,)
    assert not here.store.facts().account("crm").closed


def test_what_cannot_be_written_down_is_not_asked_for_at_once_again(
    desk: Callable[..., Desk], caplog: pytest.LogCaptureFixture
) -> None:
    here = desk()
    here.took(first_name="Petr", email="petr@example.com")
    crm = destinations(here.settings)
    unwritable = open_store(here.settings)
    unwritable.append = Journal(here.config).append  # a file, which no folder can be made of
    comparisons = Comparisons(unwritable, crm, every=1.0, soon=1.0)
    outbox = Outbox(here.store, {"crm": 0.0})
    outbox.catch_up()
    for _ in range(3):
        with ThreadPoolExecutor() as pool:
            comparisons.start(["crm"], outbox, pool, ())
        comparisons.land()
    assert caplog.text.count("what a comparison found could not be written") == 1


@pytest.mark.parametrize("at", [utcnow() + 9000 * timedelta(days=1), FAR])
def test_a_clock_that_was_years_ahead_puts_nothing_off(
    desk: Callable[..., Desk], at: datetime
) -> None:
    here = desk()
    lost = here.took(stored=False)
    here.journal.append(Compared(destination="crm", at=at))
    assert here.run("verify").exit_code == 1
    if at != FAR:  # no time is later
        assert here.store.facts().account("crm").missing == {lost}
    before = here.lists()
    with here.courier():
        eventually(lambda: here.lists() > before)


def test_a_closed_account_is_not_asked(desk: Callable[..., Desk]) -> None:
    here = desk()
    here.took(first_name="Petr", email="petr@example.com")
    fault(here.crm, "ban", seconds=3600)
    with here.courier():
        eventually(lambda: here.store.facts().account("crm").closed)
        asked = here.lists()
        late = received(uuid4(), email="late@example.com")
        here.journal.append(late)
    verified = here.run("verify")
    assert verified.exit_code == 1
    assert "was not asked: list-leads answered 401" in verified.output
    assert here.lists() == asked == 1
    mend(here.crm)
    assert here.run("check", "--open").exit_code == 0
    assert here.run("verify").exit_code == 0


def test_nothing_is_asked_where_nothing_was_taken_or_it_is_switched_off(
    desk: Callable[..., Desk],
) -> None:
    here = desk(every="0 s")
    here.took(first_name="Petr", email="petr@example.com")
    with here.courier():
        new = received(uuid4(), email="new@example.com")
        here.journal.append(new)
        eventually(lambda: here.store.get(new.id).state == "delivered")
    assert here.compared() == []
    assert here.lists() == 0


def test_what_was_erased_is_not_missed(desk: Callable[..., Desk]) -> None:
    here = desk()
    lost = here.took(stored=False, first_name="Eva", email="eva@example.com")
    with here.courier():
        eventually(lambda: here.compared() and here.compared()[-1].missing == (lost,))
        assert here.run("person", "eva@example.com", "erase", "--yes").exit_code == 0
        eventually(lambda: here.compared()[-1].missing == ())
    assert "lacks" not in here.run("status").stdout
    assert here.run("verify").exit_code == 0
    assert here.compared()[-1].missing == ()


def test_what_is_accepted_is_not_taken_for_listed(desk: Callable[..., Desk]) -> None:
    here = desk()
    gone = here.took(told=False, stored=False, first_name="Eva", email="eva@example.com")
    for arguments in (("verify",), ("verify", "--accept"), ("verify",)):
        here.run(*arguments)
        assert "not in the CRM's list" in here.run("show", str(gone)).stdout, arguments
    assert here.store.facts().account("crm").unconfirmed == {gone}


def test_what_was_accepted_and_is_sent_again_is_missed_once_more(
    desk: Callable[..., Desk],
) -> None:
    here = desk()
    gone = here.took(stored=False, first_name="Eva", email="eva@example.com")
    assert here.run("verify", "--accept").exit_code == 0
    assert here.run("replay", str(gone), "--force").exit_code == 0
    assert here.store.facts().account("crm").accepted == set()


def test_what_could_not_be_sent_again_still_explains_what_the_crm_has(
    desk: Callable[..., Desk],
) -> None:
    here = desk(every="0 s")
    there = here.took(first_name="Petr", email="petr@example.com")
    fault(here.crm, "status", status=400)
    assert here.run("replay", str(there), "--force").exit_code == 1
    verified = here.run("verify")
    assert verified.exit_code == 0, verified.output
    assert here.compared()[-1].unexplained == 0
