"""A configuration that was wrong: what failed because of it goes once it is mended."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.cli.conftest import Desk
from tests.support import FORM, Site, attribute, eventually, journal_lines, leads, open_app

AGE = attribute("customer_age", "integer")
WRONG = attribute("customer_shoe_size", "integer") + AGE


@pytest.fixture
def desk(write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str) -> Desk:
    """A form with a consent and a question that the CRM does not know."""
    config = write_config(FORM.replace("id = 2\n", "id = 7\n") + WRONG)
    return Desk(config, serve(open_app(config)), crm)


def restart_with(desk: Desk, **changes: str) -> None:
    """End the server that goes by the configuration of before, and change that."""
    desk.site.app.extensions["frontdesk"].close()
    text = desk.config.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    desk.config.write_text(text)


def test_a_wrong_consent_and_a_wrong_attribute_are_mended_for_all(desk: Desk) -> None:
    for number in range(20):
        sent = desk.site.enquire(
            first_name=f"Visitor {number}",
            email=f"visitor{number}@example.com",
            phone=None,
            consents=[7, 1],
            attributes={"customer_shoe_size": 38, "customer_age": 42},
        )
        assert sent.status_code == 202, sent.text
    eventually(lambda: len(desk.records("--state", "failed")) == 20)
    assert leads(desk.crm) == []
    # One mistake of the two is mended, and then the other.
    restart_with(desk, **{WRONG: AGE})
    refused = desk.run("replay", "--state", "failed")
    assert refused.exit_code == 1
    assert "Unknown consent type: 7." in refused.stdout
    restart_with(desk, **{"id = 7\n": "id = 2\nwas = [7]\n"})
    replayed = desk.run("replay", "--state", "failed")
    assert replayed.exit_code == 0, replayed.output
    arrived = [lead["parameters"] for lead in leads(desk.crm)]
    assert len({parameters["email"] for parameters in arrived}) == len(arrived) == 20
    assert {parameters["updateconsents"] for parameters in arrived} == {"2,1"}
    assert {parameters["customer_age"] for parameters in arrived} == {"42"}
    # What is not sent is said, and neither that nor what the visitor agreed to is lost.
    shown = desk.run("show", desk.records()[0]["submission"]["id"]).stdout
    assert "attempt    destination=crm  left_out=customer_shoe_size" in shown
    assert "customer_shoe_size=38" in shown
    assert "id=7  granted=True  text=I agree to the processing of my data." in shown


def test_a_consent_is_taken_away_and_never_given(desk: Desk) -> None:
    identity = desk.enquire("failed", consents=[7, 1])
    assert "what remains of 7, 1." in desk.run("amend", identity, "consents=1,2").stderr
    amended = desk.run("amend", identity, "consents=1")
    assert amended.exit_code == 0, amended.output
    assert desk.run("replay", identity).exit_code == 0
    (lead,) = leads(desk.crm)
    assert lead["parameters"]["updateconsents"] == "1"
    lines = journal_lines(desk.config.parent / "var/journal")
    assert [c["granted"] for c in lines[0]["lead"]["consents"]] == [True, True]
    again = desk.run("amend", identity, "consents=1,7")
    assert (again.exit_code, "what remains of 1." in again.stderr) == (2, True)
    none = desk.run("amend", identity, "consents=")
    assert "`frontdesk consents revoke` takes a consent away there" in none.stderr
    assert "what remains of none." in desk.run("amend", identity, "consents=1").stderr


def test_a_consent_remains_by_the_id_that_it_has_now(desk: Desk) -> None:
    identity = desk.enquire("failed", consents=[7, 1])
    restart_with(desk, **{"id = 7\n": "id = 2\nwas = [7]\n"})
    assert desk.run("amend", identity, "consents=2").exit_code == 0
    assert desk.run("replay", identity).exit_code == 0
    assert leads(desk.crm)[0]["parameters"]["updateconsents"] == "2"
