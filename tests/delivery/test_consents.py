"""What is left of a lead's consents when some were revoked since."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from frontdesk.config import load
from frontdesk.delivery.consents import Consents
from frontdesk.delivery.destination import Withdrawal
from frontdesk.kinds import KINDS
from frontdesk.model import events
from frontdesk.model.lead import Consent, Submission
from frontdesk.model.ledger import Ledger
from tests.samples import received
from tests.support import FORM, GENERAL

RENAMED = {"riverside": {2: 3, 1: 3}, "orchard": {2: 3}}
GIVEN = (Consent(2, True, "I agree."), Consent(5, True, "News."), Consent(3, True, "I agree now."))


@pytest.mark.parametrize("revoked", [1, 2, 3])
def test_a_consent_under_a_former_id_is_the_same_one(revoked: int) -> None:
    line = received(UUID(int=1), consents=GIVEN)
    ledger = Ledger()
    ledger.apply(line)
    wanted = events.Revocation(
        at=line.at + timedelta(seconds=1),
        consent=revoked,
        destinations=("crm",),
        by="eva",
        email=line.lead.email,
    )
    record = ledger.apply(wanted)
    assert record is not None
    consents = Consents(ledger.revocations, ["crm"], RENAMED)
    left = consents.order(ledger.records[line.id], "crm")
    assert isinstance(left, Submission)
    assert [consent.id for consent in left.lead.consents] == [5]
    withdrawal = consents.order(record, "crm")
    assert isinstance(withdrawal, Withdrawal)
    assert withdrawal.consent == 3


def test_what_only_the_customer_tells_is_undone_under_a_former_id() -> None:
    line = received(UUID(int=1), consents=GIVEN[:1])
    ledger = Ledger()
    record = ledger.apply(line)
    revoked = events.Revocation(
        at=line.at + timedelta(seconds=1),
        consent=3,
        destinations=("crm",),
        by="eva",
        customer="7",
    )
    ledger.apply(revoked)
    assert record is not None
    assert record.submission is not None
    consents = Consents(ledger.revocations, ["crm"], RENAMED)
    (again,) = consents.undone(record.submission, "crm", "7")
    assert (again.consent, again.customer, again.at) == (3, "7", revoked.at)
    assert Consents(ledger.revocations, ["crm"], {}).undone(record.submission, "crm", "7") == []


def test_an_id_for_which_the_forms_have_two_successors_stays_as_it_is() -> None:
    ledger = Ledger()
    record = ledger.apply(
        events.Revocation(consent=2, destinations=("crm",), by="eva", customer="7")
    )
    assert record is not None
    order = Consents(ledger.revocations, ["crm"], {"a": {2: 3}, "b": {2: 4}}).order(record, "crm")
    assert isinstance(order, Withdrawal)
    assert (order.consent, order.customer) == (2, "7")


def test_an_id_that_another_form_still_has_stays_as_it_is(tmp_path: Path) -> None:
    other = FORM.replace("forms.riverside", "forms.orchard").replace(
        "id = 2\n", "id = 5\nwas = [2]\n"
    )
    path = tmp_path / "frontdesk.toml"
    path.write_text(GENERAL.replace("{crm}", "http://127.0.0.1:9") + FORM + other, encoding="utf-8")
    ledger, renamed = Ledger(), load(path, KINDS).consents_renamed
    for named, sent in ((2, 2), (5, 5), (1, 1), (9, 9)):
        record = ledger.apply(
            events.Revocation(consent=named, destinations=("crm",), by="eva", customer="7")
        )
        assert record is not None
        order = Consents(ledger.revocations, ["crm"], renamed).order(record, "crm")
        assert isinstance(order, Withdrawal)
        assert order.consent == sent, "who takes 2 back takes no other consent back"
