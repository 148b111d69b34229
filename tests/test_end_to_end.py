"""The main job, over real HTTP at both ends."""

from typing import Any

from tests.support import Site, eventually, journal_lines, leads


def test_an_enquiry_arrives_with_exactly_the_documented_parameters(site: Site, crm: str) -> None:
    answer = site.enquire(language="en", campaign="spring")
    assert answer.status_code == 202
    assert answer.json()["status"] == "accepted"
    stored: list[dict[str, Any]] = eventually(lambda: leads(crm))
    assert stored[0]["parameters"] == {
        "name": "Jana",
        "surname": "Nováková",
        "email": "jana@example.com",
        "phone": "+420777123456",
        "project": "1234",
        "referral": "77",
        "tags": "web",
        "campaign": "spring",
        "internalid": "A.101",
        "preferencerooms": "2+kk|3+kk",
        "preferencepricemax": "8500000",
        "note": "Is there a cellar?",
        "language": "en",
        "consentsource": "127.0.0.1",
        "updateconsents": "2",
    }


def test_the_journal_tells_the_whole_story(site: Site, crm: str) -> None:
    submission = site.enquire().json()["id"]
    journal = site.app.extensions["frontdesk"].intake.store.journal.directory
    lines = eventually(lambda: found if len(found := journal_lines(journal)) == 3 else None)
    assert [line["event"] for line in lines] == ["received", "attempt", "delivered"]
    assert {line["id"] for line in lines} == {submission}
    assert lines[2]["customer_id"] == str(leads(crm)[0]["customer_id"])
    assert "sandbox" not in str(lines), "credentials have no place in the journal"
