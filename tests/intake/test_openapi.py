"""Schemathesis finds nothing that the server does otherwise than /openapi.json says.

Bounded, and the same in every run. What gets a body past the door, and what no schema can say (a
telephone number, say), is put in.
"""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from openapi_spec_validator import validate
from schemathesis import Case, GenerationMode
from schemathesis.checks import positive_data_acceptance

from frontdesk.config import api_key
from tests.intake.desk import ORCHARD, forge_token, problem_of, running_desk
from tests.support import FORM, Site, small_form

KEY = api_key.new()
FORMS = f"""
{FORM}
{ORCHARD}
[[forms.orchard.api_keys]]
name = "portal"
sha256 = "{api_key.digest(KEY)}"
{small_form("hill", 'captcha.provider = "altcha"')}
"""
# What is checked beyond any schema, by the name of the field.
SENSE = {
    "first_name": "Jana",
    "last_name": "Nováková",
    "email": "jana@example.com",
    "phone": "+420 777 123 456",
    "language": "cs",
    "ip": "203.0.113.9",
    "price_max": "8 500 000",
    "move_in": "2028-02-29",
    "household": "3",
    "share": "42,5",
    "destination": "crm",
}
OPERATIONS = [
    f"{method} /forms/{form}{path}"
    for form in ("riverside", "orchard", "hill")
    for method, path in (("POST", ""), ("GET", "/schema"), ("GET", "/token"), ("GET", "/challenge"))
]
REVOKE = "POST /consents/revoke"
OPERATIONS.append(REVOKE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    limits = 'submissions = "100000/minute"\ntokens = "100000/minute"\nfill_time = "0 s"\n'
    limits += 'api_submissions = "100000/minute"'
    with running_desk(tmp_path_factory.mktemp("openapi"), limits=limits, forms=FORMS) as site:
        yield site


@pytest.fixture(scope="module")
def described(site: Site) -> Any:
    validate(site.get("/openapi.json").json())
    return schemathesis.openapi.from_url(f"{site.url}/openapi.json")


def test_every_operation_is_tried(described: Any) -> None:
    found = {operation.ok().label for operation in described.get_all_operations()}
    assert found == set(OPERATIONS)


def with_sense(facts: dict[str, Any]) -> dict[str, Any]:
    """The same, but what a schema calls a text is one that means something."""
    facts = {k: SENSE.get(k, v) if isinstance(v, str) else v for k, v in facts.items()}
    if isinstance(facts.get("attributes"), dict):
        facts["attributes"] = with_sense(facts["attributes"])
    return facts


@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_server_does_what_the_document_says(
    described: Any, label: str, mode: GenerationMode
) -> None:
    operation = next(o.ok() for o in described.get_all_operations() if o.ok().label == label)
    posts, form = label.startswith("POST"), label.split("/")[2]
    token = "" if label == REVOKE else forge_token(form)
    keyed = form == "orchard" or label == REVOKE

    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=25 if posts else 5,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def conforms(case: Case) -> None:
        if posts:
            hypothesis.assume(isinstance(case.body, dict))
            if isinstance(case.body.get("token"), str):
                case.body["token"] = token
            if mode is GenerationMode.POSITIVE:
                case.body = with_sense(case.body)
        headers = {"Authorization": f"Bearer {KEY}"} if posts and keyed else {}
        checked = case.call_and_validate(
            headers=headers,
            timeout=30,
            # Whose captcha is not passed is 422, however well the body fits.
            excluded_checks=_BUT_FOR_CAPTCHAS if posts and form == "hill" else [],
        )
        if posts and mode is GenerationMode.POSITIVE and form != "hill":
            assert checked.status_code == 202, checked.text

    conforms()


_BUT_FOR_CAPTCHAS = [positive_data_acceptance]


@pytest.mark.parametrize(
    ("body", "kind"),
    [("x", "text/plain"), ("<a/>", "application/xml"), ("x", ""), ("", "application/octet-stream")],
)
@pytest.mark.parametrize("accept", ["*/*", "", "application/json", "text/plain"])
def test_a_program_that_sends_something_else_is_told_so_in_json(
    site: Site, body: str, kind: str, accept: str
) -> None:
    headers = {"Accept": accept} | ({"Content-Type": kind} if kind else {})
    answer = requests.post(f"{site.url}/forms/riverside", data=body, headers=headers, timeout=30)
    assert "JSON" in problem_of(answer, 415)["detail"]


@pytest.mark.parametrize("key", ["é", "a\tb", "x" * 256, "\x7f"], ids=ascii)
def test_an_idempotency_key_is_ascii(site: Site, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    url = f"{site.url}/forms/riverside"
    problem_of(requests.post(url, json={}, headers=headers, timeout=30), 400)
