"""What the page says never refuses what its visitor wrote."""

from typing import Any

import pytest

from tests.intake.desk import errors_of, label, lead_of, page_of, submit
from tests.support import Site

JSON = {"headers": {"Accept": "application/json"}}
OWN: dict[str, Any] = {"rooms": None, "consent_2": None, "unit": None, "phone": None}
OWN["attribute_heard_from"] = "web"


def orchard(desk: Site, **changes: Any) -> Any:
    """A form post of a page's own form, answered as JSON."""
    return submit(desk, "orchard", **{**OWN, **JSON, "note": None, **changes})


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("en-US", "en"),
        ("EN", "en"),
        ("cs_CZ", "cs"),
        (" de-AT ", "de"),
        ("zh-Hans-CN", "zh"),
        ("\u200ecs", "cs"),
        *((no, "en") for no in ("", "xx", "sh", "english", "-", "1", "x" * 6000, "\u3164")),
    ],
    ids=label,
)
@pytest.mark.parametrize("channel", ["form", "json"])
def test_a_language_is_taken_as_far_as_it_is_one(
    desk: Site, channel: str, said: str, kept: str
) -> None:
    answer = (
        desk.enquire(language=said) if channel == "json" else submit(desk, language=said, **JSON)
    )
    assert lead_of(desk, answer)["language"] == kept
    known = said not in ("xx", "sh", "english", "-", "1", "x" * 6000)
    assert ("language" in answer.json().get("ignored", [])) == (not known)


@pytest.mark.parametrize("said", [["en"], 1, True, {}, None], ids=repr)
def test_a_language_of_an_odd_type_is_none(desk: Site, said: object) -> None:
    answer = desk.enquire(language=said)
    assert lead_of(desk, answer)["language"] == "en"
    assert answer.json().get("ignored", []) == ([] if said is None else ["language"])


@pytest.mark.parametrize("name", ["campaign", "page", "title", "referrer"])
@pytest.mark.parametrize("said", [[], {}, True, ["x"], "x" * 50_000, 2026], ids=label)
def test_what_a_page_says_of_itself_is_never_refused(desk: Site, name: str, said: object) -> None:
    answer = desk.enquire(**{name: said})
    assert answer.status_code == 202, answer.text
    odd = not isinstance(said, str) and said != 2026
    assert answer.json().get("ignored", []) == ([name] if odd else [])


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (["a", 7, None, {}, "b"], ["a", "7", "b"]),
        ("a, b,a", ["a", "b"]),
        (7, ["7"]),
        ({}, None),
        (True, None),
        ([[]], None),
        (["x" * 6000], ["x" * 500]),
    ],
    ids=label,
)
def test_tags_as_a_page_writes_them(desk: Site, said: object, kept: list[str] | None) -> None:
    answer = desk.enquire(tags=said)
    assert lead_of(desk, answer).get("tags") == kept
    assert ("tags" in answer.json().get("ignored", [])) == (kept is None)


def test_a_campaign_may_be_a_number(desk: Site) -> None:
    assert lead_of(desk, desk.enquire(campaign=2026))["campaign"] == "2026"


# -- what is not in the list -------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["form", "json"])
@pytest.mark.parametrize("note", ["Is there a lift?", ""])
def test_a_unit_that_is_not_listed_is_named_in_the_note(
    desk: Site, channel: str, note: str
) -> None:
    if channel == "form":
        answer = orchard(desk, unit="Z.999", note=note, language="en")
    else:
        body = {"rooms": None, "consents": None, "attributes": {"heard_from": "web"}}
        answer = desk.enquire("orchard", **body, unit="Z.999", note=note, language="en", phone=None)
    lead = lead_of(desk, answer)
    assert "unit" not in lead
    assert lead["note"] == f"{note}\nUnit: Z.999".strip()
    assert answer.json()["ignored"] == ["unit"]


@pytest.mark.parametrize(
    ("name", "said", "remark"),
    [
        ("attribute_heard_from", "tv", "heard_from: tv"),
        ("attribute_channels", ["web", "tv", "fax"], "channels: tv, fax"),
        ("attribute_has_pets", "two cats", "has_pets: two cats"),
        ("unit", "Z.\u202e999\r\n\x1b[31m", "Unit: Z.999 [31m"),
        ("unit", "x" * 6000, f"Unit: {'x' * 200}"),
    ],
    ids=label,
)
def test_a_choice_that_the_form_does_not_offer_is_named_in_the_note(
    desk: Site, name: str, said: Any, remark: str
) -> None:
    answer = orchard(desk, **{name: said}, language="en")
    lead = lead_of(desk, answer)
    assert lead["note"] == remark
    assert answer.json()["ignored"] == [name]
    attributes = {"heard_from": "web", "channels": ["web"]} if name == "attribute_channels" else {}
    assert lead.get("attributes", {}).get("channels") == attributes.get("channels")


def test_rooms_that_the_form_does_not_offer(desk: Site) -> None:
    lead = lead_of(desk, submit(desk, rooms=["2+kk", "9+kk", ""], note="", language="en", **JSON))
    assert lead["rooms"] == ["2+kk"]
    assert lead["note"] == "Rooms: 9+kk"


def test_an_empty_choice_is_still_asked_for(desk: Site) -> None:
    answer = orchard(desk, attribute_heard_from=" \u200b")
    assert list(errors_of(answer)) == ["attributes.heard_from"]


def test_it_is_kept_where_the_form_comes_back(desk: Site) -> None:
    changes = {**OWN, "unit": "<Z.999>", "attribute_channels": ["fax", "web"], "first_name": ""}
    page = page_of(submit(desk, "orchard", **changes, note="Hello", language="en"), 422)
    assert page.value("unit") == "<Z.999>"
    assert page.ticked("attribute_channels") == ["web", "fax"]
    assert page.invalid() == {"first_name"}
    assert page.value("note") == "Hello"


def test_a_link_may_name_a_unit_that_is_not_listed(desk: Site) -> None:
    assert page_of(desk.get("/forms/orchard?unit=Z.999"), 200).value("unit") == "Z.999"
    assert page_of(desk.get("/forms/orchard?unit=A.101"), 200).value("unit") == "A.101"
    assert page_of(desk.get("/forms/orchard?unit=%E2%80%8B"), 200).value("unit") == ""


def test_a_note_that_is_full_says_how_much_room_there_is(desk: Site) -> None:
    answer = orchard(desk, unit="Z.999", note="x" * 5000, language="en")
    assert errors_of(answer)["note"] == ["Please shorten this to 4,988 characters."]
    assert "note" in lead_of(desk, orchard(desk, unit="Z.999", note="x" * 4988, language="en"))


# -- ticked boxes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        *((yes, True) for yes in ("on", "yes", "1", "true", "TRUE", "Yes", " y ", ["0", "1"])),
        *((no, False) for no in ("off", "no", "0", "false", "False", "n")),
        *((nothing, None) for nothing in ("", " ", None)),
    ],
    ids=repr,
)
def test_a_ticked_box_answers_a_question(desk: Site, said: Any, kept: bool | None) -> None:
    lead = lead_of(desk, orchard(desk, attribute_has_pets=said))
    assert lead["attributes"].get("has_pets") == kept
    assert "note" not in lead


@pytest.mark.parametrize(
    ("said", "granted"),
    [
        *((yes, True) for yes in ("on", "y", "1", "TRUE", ["0", "1"], "agreed")),
        *((no, False) for no in ("OFF", "No", "False", "0", "n", " ", ["0"])),
    ],
    ids=repr,
)
def test_a_ticked_box_gives_a_consent(desk: Site, said: Any, granted: bool) -> None:
    consents = lead_of(desk, submit(desk, consent_1=said, **JSON))["consents"]
    assert {c["id"]: c["granted"] for c in consents}[1] == granted


# -- the empty option --------------------------------------------------------------------------


def test_the_empty_option_says_what_it_means(desk: Site) -> None:
    html = desk.get("/forms/orchard?lang=en").text
    for option, times in (("Any flat", 1), ("No preference", 1), ("Please choose", 1)):
        assert html.count(f'value="">{option}</option>') == times, option
    assert ">–</option>" not in html
    assert "Kterýkoli byt" in desk.get("/forms/orchard?lang=cs").text
