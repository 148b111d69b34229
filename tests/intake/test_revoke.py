"""`POST /consents/revoke`, and the same from a host's own code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from flask import Flask

from frontdesk import Frontdesk
from frontdesk.config import api_key
from frontdesk.intake.revocation import RevocationError
from frontdesk.model.events import AnyEvent, Delivered, Revocation
from frontdesk.model.ledger import Ledger
from frontdesk.store.files.lines import Damage
from frontdesk.store.files.segments import Journal
from tests.intake.desk import journal_of, problem_of
from tests.support import BRISK, FORM, Site, eventually, journal_lines, leads, open_app

KEY, OTHER = api_key.new(), api_key.new()
KEYED = f"""{FORM}
[[forms.riverside.api_keys]]
name = "newsletter"
sha256 = "{api_key.digest(KEY)}"

[forms.hill]
title = "Hill"
destinations = ["second"]
[[forms.hill.api_keys]]
name = "hill"
sha256 = "{api_key.digest(OTHER)}"

[destinations.second]
type = "realpad"
base_url = "http://127.0.0.1:9/ws/v10/"
login = "sandbox"
password = "sandbox"
"""


@pytest.fixture
def site(write_config: Callable[..., Path], serve: Callable[[Flask], Site]) -> Site:
    return serve(open_app(write_config(KEYED)))


def revoke(site: Site, key: str = KEY, again: str = "", **facts: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {key}"} | ({"Idempotency-Key": again} if again else {})
    return site.post("/consents/revoke", json=facts, headers=headers)


def valid(crm: str) -> set[int]:
    (customer,) = leads(crm, "customers")
    return {consent["id"] for consent in customer["consents"] if consent["valid"]}


def events_of(site: Site) -> list[AnyEvent]:
    lines = Journal(journal_of(site)).read()
    return [line.event for line in lines if not isinstance(line, Damage)]


def wanted(site: Site) -> list[Revocation]:
    return [event for event in events_of(site) if isinstance(event, Revocation)]


@pytest.mark.parametrize("who", ["email", "customer", "submission"])
def test_a_program_has_a_consent_revoked(site: Site, crm: str, who: str) -> None:
    submission = site.enquire(consents=[2, 1]).json()["id"]
    # Only then is it known whose the submission was; sooner, the revocation would be said twice.
    eventually(lambda: any(isinstance(event, Delivered) for event in events_of(site)))
    (customer,) = leads(crm, "customers")
    whose = {"email": "JANA@example.com", "customer": customer["id"], "submission": submission}
    answer = revoke(site, consent=1, notes="Unsubscribed", **{who: whose[who]})
    assert answer.status_code == 202, answer.text
    assert answer.json()["destinations"] == ["crm"]
    eventually(lambda: valid(crm) == {2})
    (event,) = wanted(site)
    assert (str(event.id), event.by) == (answer.json()["id"], "newsletter")


def test_the_same_request_again_is_the_same_revocation(site: Site) -> None:
    facts = {"consent": 1, "email": "jana@example.com"}
    first, second = (revoke(site, again="one", **facts).json()["id"] for _ in range(2))
    assert first == second
    assert revoke(site, again="two", **facts).json()["id"] != first
    assert revoke(site, again="one", **{**facts, "consent": 2}).json()["id"] != first
    ledger = Ledger()
    for event in events_of(site):
        ledger.apply(event)
    assert sum(record.revocation is not None for record in ledger.records.values()) == 3


JANA = {"email": "jana@example.com"}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({**JANA}, "consent"),
        ({**JANA, "consent": "1"}, "consent"),
        ({**JANA, "consent": True}, "consent"),
        ({**JANA, "consent": 0}, "consent"),
        ({**JANA, "consent": 1 << 40}, "consent"),
        ({"consent": 1}, "email"),
        ({**JANA, "consent": 1, "customer": 7}, "email"),
        ({"consent": 1, "email": "jana"}, "email"),
        ({"consent": 1, "email": ["jana@example.com"]}, "email"),
        ({"consent": 1, "customer": "seven"}, "customer"),
        ({"consent": 1, "customer": -7}, "customer"),
        ({"consent": 1, "customer": "9" * 5000}, "customer"),
        ({"consent": 1, "submission": "7"}, "submission"),
        ({"consent": 1, "submission": "{" + str(uuid4()) + "}"}, "submission"),
        ({**JANA, "consent": 1, "notes": "x" * 2001}, "notes"),
        ({**JANA, "consent": 1, "notes": 1}, "notes"),
        ({**JANA, "consent": 1, "destination": "nowhere"}, "destination"),
        ({**JANA, "consent": 1, "destination": {}}, "destination"),
        ({**JANA, "consent": 1, "reason": "x"}, "reason"),
    ],
)
def test_what_cannot_be_meant_is_named(site: Site, facts: dict[str, Any], field: str) -> None:
    assert list(problem_of(revoke(site, **facts), 422)["errors"]) == [field]
    assert wanted(site) == []


def test_what_is_no_such_request_is_refused(site: Site) -> None:
    url, key = "/consents/revoke", {"Authorization": f"Bearer {KEY}"}
    facts = {**JANA, "consent": 1}
    problem_of(site.post(url, json=facts), 401)
    problem_of(revoke(site, api_key.new(), **facts), 401)
    problem_of(revoke(site, destination="second", **facts), 403)
    problem_of(site.post(url, data=facts, headers=key), 415)
    problem_of(site.post(url, json=[1], headers=key), 400)
    problem_of(site.post(url, json={"notes": "x" * 100_000}, headers=key), 413)
    assert wanted(site) == []


def test_each_key_reaches_its_own_forms_destinations(site: Site) -> None:
    assert revoke(site, OTHER, consent=1, **JANA).json()["destinations"] == ["second"]


def test_without_keys_there_is_no_such_route(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    site = serve(open_app(write_config()))
    problem_of(revoke(site, consent=1, **JANA), 404)
    assert "/consents/revoke" not in site.get("/openapi.json").json()["paths"]


def test_programs_have_a_limit_of_their_own(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    limit = {'tokens = "1000/minute"': 'tokens = "1000/minute"\napi_submissions = "2/minute"'}
    site = serve(open_app(write_config(KEYED, **limit)))
    answers = [revoke(site, consent=1, **JANA).status_code for _ in range(3)]
    assert answers == [202, 202, 429]


def test_a_host_has_a_consent_revoked(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str
) -> None:
    app = Flask("host")
    extension = Frontdesk(app, config=write_config(), intervals=BRISK)

    @app.post("/unsubscribe")
    def unsubscribe() -> str:
        whose = {"email": "jana@example.com", "customer": None}
        return str(extension.revoke_consent(1, by="unsubscribe link", **whose))

    site = serve(app)
    site.enquire(consents=[2, 1])
    eventually(lambda: leads(crm))
    identity = site.post("/unsubscribe").text
    eventually(lambda: valid(crm) == {2})
    directory = app.extensions["frontdesk"].settings.data_dir / "journal"
    assert identity in {line["id"] for line in journal_lines(directory)}
    with app.app_context(), pytest.raises(RevocationError, match="email: is no email address"):
        extension.revoke_consent(1, by="unsubscribe link", email="jana")
