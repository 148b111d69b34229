"""`show --evidence`: what proves a consent, to a person, a program and a printer."""

import hashlib
import json
import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page

from frontdesk.model import events
from frontdesk.model.lead import Consent
from frontdesk.store.files.segments import Journal
from tests.cli.conftest import Desk
from tests.samples import received
from tests.support import fault

WORDS = "I agree to the processing of my data."


@pytest.fixture
def submission(desk: Desk) -> str:
    """Refused once, replayed, and one of its consents revoked since."""
    fault(desk.crm, "status", status=400)
    identity = desk.enquire("failed", first_name="Jana <b>", consents=[2, 1])
    assert desk.run("replay", identity).exit_code == 0
    assert desk.run("consents", "revoke", "1", "--email", "jana@example.com").exit_code == 0
    return identity


def test_it_says_who_agreed_to_what_and_what_followed(desk: Desk, submission: str) -> None:
    told = json.loads(desk.run("show", submission, "--evidence", "--json").stdout)
    assert told["person"]["email"] == "jana@example.com"
    assert told["at"].endswith("Z")
    assert told["origin"]["ip"] == "127.0.0.1"
    first, second = told["agreements"]
    assert (first["id"], first["granted"], first["text"]) == (2, True, WORDS)
    assert first["sha256"] == hashlib.sha256(WORDS.encode()).hexdigest()
    assert (first["intact"], first["language"], second["granted"]) == (True, "en", True)
    refused, taken = told["sent"]
    assert (refused["outcome"], refused["status"]) == ("failed", 400)
    assert (taken["outcome"], taken["status"]) == ("delivered", 200)
    assert taken["customer"] == taken["answer"].strip()
    assert taken["parameters"]["updateconsents"] == "2,1"
    assert "password" not in taken["parameters"]
    assert [one["what"] for one in told["later"]] == [
        "sent again to crm",
        "consent 1 revoked at crm",
        "revocation of consent 1: crm: confirmed",
    ]
    text = desk.run("show", submission, "--evidence").stdout
    for said in (WORDS, first["sha256"], "updateconsents=2,1", "+00:00", "answered '60001'"):
        assert said in text


def test_the_page_to_print_loads_and_runs_nothing(
    desk: Desk, submission: str, open_page: Callable[..., Page]
) -> None:
    html = desk.run("show", submission, "--evidence", "--html").stdout
    assert "Jana &lt;b&gt;" in html
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(html)
    assert page.get_by_role("heading", name="Consent 2: agreed").is_visible()
    assert page.locator("blockquote").first.inner_text() == WORDS
    assert page.get_by_text("Asked in en.").count() == 2
    assert page.get_by_text("which is that of these words").count() == 2
    heights = page.locator(".times tr").evaluate_all("all => all.map((row) => row.clientHeight)")
    assert len({*heights}) == 1, "a time stands on one line"
    assert page.evaluate("getComputedStyle(document.querySelector('table')).borderCollapse") == (
        "collapse"
    ), "its policy lets its own style in"
    assert asked == []


def test_what_was_erased_is_not_in_it(desk: Desk, submission: str) -> None:
    assert desk.run("person", "jana@example.com", "erase", "--yes").exit_code == 0
    for form in ((), ("--json",), ("--html",)):
        told = desk.run("show", submission, "--evidence", *form)
        assert told.exit_code == 0, told.output
        assert "erased" in told.stdout
        assert not re.search("jana|127.0.0.1", told.stdout, re.IGNORECASE)


def test_who_comes_again_after_an_erasure_has_evidence_of_the_new_enquiry(desk: Desk) -> None:
    token = desk.site.token()
    first = desk.enquire("delivered", token=token)
    assert desk.run("person", "jana@example.com", "erase", "--yes").exit_code == 0
    assert desk.enquire("delivered", token=token) == first
    told = json.loads(desk.run("show", first, "--evidence", "--json").stdout)
    assert told["person"]["email"] == "jana@example.com"
    assert told["agreements"][0]["text"] == WORDS
    assert [one["outcome"] for one in told["sent"]] == ["delivered"]
    assert (told["erased"], told["later"]) == (False, [])


def test_a_revocation_that_was_not_sent_is_not_said_to_be_confirmed(desk: Desk) -> None:
    older = desk.enquire("delivered", consents=[2, 1])
    fault(desk.crm, "status", status=400, times=1, endpoint="revoke-customer-consent")
    failed = desk.run("consents", "revoke", "1", "--email", "jana@example.com", "--json")
    newer = desk.enquire("delivered", consents=[2, 1], note="I want news after all.")
    assert desk.run("replay", json.loads(failed.stdout)["id"]).exit_code == 0
    text = desk.run("show", older, "--evidence").stdout
    assert "confirmed" not in text
    assert "failed: revoke-customer-consent answered 400" in text
    assert f"not sent, because {newer[:8]} has granted it again" in " ".join(text.split())


def test_every_revocation_is_in_it_with_all_that_became_of_it(desk: Desk) -> None:
    submission = desk.enquire("delivered", consents=[2, 1])
    revoke = ("consents", "revoke", "1", "--email", "jana@example.com", "--json")
    first = json.loads(desk.run(*revoke, "--notes", "By phone.").stdout)["id"]
    assert desk.run("replay", first, "--force").exit_code == 0
    fault(desk.crm, "status", status=400, times=1, endpoint="revoke-customer-consent")
    second = json.loads(desk.run(*revoke).stdout)["id"]
    assert desk.run("release", "--discard", second).exit_code == 0
    told = json.loads(desk.run("show", submission, "--evidence", "--json").stdout)
    assert [one["what"].partition("answered")[0] for one in told["later"]] == [
        "consent 1 revoked at crm: By phone.",
        "revocation of consent 1: crm: confirmed",
        "revocation of consent 1: sent again to crm",
        "revocation of consent 1: crm: confirmed",
        "consent 1 revoked at crm",
        "revocation of consent 1: crm: failed: revoke-customer-consent ",
        "revocation of consent 1: discarded",
    ]
    people = [bool(one["by"]) for one in told["later"]]
    assert people == [True, False, True, False, True, False, True]


def test_a_wording_without_a_hash_is_not_said_to_be_another_one(desk: Desk) -> None:
    old = received(uuid4(), consents=(Consent(id=2, granted=True, text=WORDS),))
    Journal(desk.config.parent / "var/journal").append(old)
    html = desk.run("show", str(old.id), "--evidence", "--html").stdout
    assert "SHA-256 none." in html


@pytest.mark.parametrize("options", [["--html"], ["--evidence", "--html", "--json"]])
def test_what_contradicts_itself_is_refused(desk: Desk, options: list[str]) -> None:
    assert desk.run("show", "0", *options).exit_code == 2


def test_what_old_lines_and_hostile_ones_say_passes_for_nothing_else(desk: Desk) -> None:
    identity = UUID(int=7)
    came = received(identity, first_name="Jana\n  consent 9: agreed\u202e")
    origin = replace(came.origin, ip="0.0.0.0")
    Journal(desk.config.parent / "var/journal").append(
        events.Held(id=identity, at=came.at, reason="odd\n  2026-01-01  personal data erased"),
        replace(came, origin=origin),
    )
    text = desk.run("show", str(identity), "--evidence").stdout
    assert "0.0.0.0" not in text
    assert "\u202e" not in text
    assert not [line for line in text.splitlines() if re.match("  (consent 9|2026-01-01)", line)]


def test_what_was_erased_is_corrected_no_more(desk: Desk, submission: str) -> None:
    assert desk.run("person", "jana@example.com", "erase", "--yes").exit_code == 0
    refused = desk.run("amend", submission, "email=jana@example.com")
    assert (refused.exit_code, "was erased" in refused.output) == (2, True)
    for path in (desk.config.parent / "var/journal").iterdir():
        assert b"jana@example.com" not in path.read_bytes()
