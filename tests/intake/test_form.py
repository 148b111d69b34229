"""The fields: what is understood, what is refused, under which name."""

from typing import Any

import pytest

from tests.intake.desk import ATTRIBUTES, errors_of, label, lead_of, page_of, problem_of, submit
from tests.support import Site

EMOJI = "😀"
JSON = {"Content-Type": "application/json"}


def orchard(desk: Site, **changes: Any) -> Any:
    """A valid JSON enquiry for the form with the attributes, with changes."""
    valid = {"rooms": None, "consents": None, "phone": None, "attributes": {"heard_from": "web"}}
    return desk.enquire("orchard", **{**valid, **changes})


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("first_name", "  Jana \t Marie ", "Jana Marie"),
        ("first_name", "Novota\u0301", "Novotá"),
        ("last_name", "O'Neil-Šťastná 王", "O'Neil-Šťastná 王"),
        ("last_name", "<b>Nováková</b>", "<b>Nováková</b>"),
        ("first_name", "Ja\x00na\x1b[31m", "Jana[31m"),
        ("email", "Jana.Novakova@EXAMPLE.com", "Jana.Novakova@example.com"),
        ("email", "jana@příklad.cz", "jana@příklad.cz"),
        ("phone", "777123456", "+420777123456"),
        ("phone", "777 123 456", "+420777123456"),
        ("phone", "+420 777-123-456", "+420777123456"),
        ("phone", "00420777123456", "+420777123456"),
        ("phone", "+44 20 7946 0958", "+442079460958"),
        ("phone", "0044 (20) 7946 0958", "+442079460958"),
        ("phone", "+1 (212) 555-2368", "+12125552368"),
        ("unit", "A.101 / 3. NP", "A.101 / 3. NP"),
        ("rooms", ["4+kk", "1+kk", "4+kk"], ["4+kk", "1+kk"]),
        ("price_max", 8_500_000, 8_500_000),
        ("price_max", "8.500.000", 8_500_000),
        ("price_max", "8 500 000 CZK", 8_500_000),
        ("price_max", "8 500 000 Kč", 8_500_000),
        ("price_max", 8_500_000.0, 8_500_000),
        ("price_max", 10**12, 10**12),
        ("note", "a\r\nb\u2028c", "a\nb\nc"),
        ("note", EMOJI * 2500, EMOJI * 2500),
        ("note", f"  {'x' * 5000}\n\n", "x" * 5000),
        ("language", "de", "de"),
        ("campaign", "spring & summer", "spring & summer"),
        ("campaign", "x" * 300, "x" * 200),
        ("tags", ["a", " b ", "", "a"], ["a", "b"]),
    ],
    ids=label,
)
def test_an_answer_is_understood(desk: Site, field: str, given: Any, kept: Any) -> None:
    assert lead_of(desk, desk.enquire(**{field: given}))[field] == kept


@pytest.mark.parametrize("absent", ["", "  ", "\u00a0\n", None], ids=repr)
@pytest.mark.parametrize("field", ["email", "phone", "unit", "price_max", "note", "campaign"])
def test_what_is_not_answered_is_absent(desk: Site, field: str, absent: Any) -> None:
    assert field not in lead_of(desk, desk.enquire(**{field: absent}))


@pytest.mark.parametrize(
    "field", ["first_name", "rooms", "note", "consents", "attributes", "token"]
)
def test_null_is_no_answer(desk: Site, field: str) -> None:
    token = desk.token()
    body = {"first_name": "A", "last_name": "B", "email": "a@example.com", "token": token}
    complete = {**body, "consents": [2]}
    answers = [
        desk.post("/forms/riverside", json={**complete, field: None}),
        desk.post("/forms/riverside", json={k: v for k, v in complete.items() if k != field}),
    ]
    assert answers[0].status_code == answers[1].status_code
    if answers[0].status_code != 202:
        assert answers[0].json()["errors"] == answers[1].json()["errors"]


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("first_name", ""),
        ("first_name", " \u00a0\n "),
        ("first_name", "\x00\x07"),
        ("first_name", "x" * 5001),
        ("last_name", ""),
        ("email", "jana"),
        ("email", "jana@"),
        ("email", "jana@localhost"),
        ("email", "jana@example.com, petr@example.com"),
        ("email", "jana@example.com\r\nBcc: all@example.com"),
        ("email", f"j@{'x' * 5000}.com"),
        ("phone", "123"),
        ("phone", "777 123 45"),
        ("phone", "+999 777 123 456"),
        ("phone", "call me"),
        ("phone", "777 CALL NOW"),
        ("phone", "7" * 5000),
        ("unit", "x" * 5001),
        ("rooms", ["9+kk"]),
        ("rooms", ["2+kk", ""]),
        ("rooms", ["2+kk"] * 201),
        ("price_max", "8,5 mil."),
        ("price_max", 0),
        ("price_max", -1),
        ("price_max", 10**12 + 1),
        ("price_max", 8.5),
        ("price_max", "9" * 51),
        ("note", EMOJI * 2501),
    ],
    ids=label,
)
def test_an_answer_is_refused_at_its_field(desk: Site, field: str, given: Any) -> None:
    errors = errors_of(desk.enquire(**{field: given}))
    assert list(errors) == [field]
    assert all(errors[field])


TEXTS = ("first_name", "last_name", "email", "phone", "unit", "note")
WRONG_TYPES: dict[str, list[Any]] = {
    **{name: [1, 1.5, True, [], ["x"], {}, {"a": 1}] for name in TEXTS},
    "rooms": ["2+kk", 2, True, {}, [2], [None], [["2+kk"]]],
    "price_max": [True, 1.5, [], [1], {}],
    "consents": ["2", 2, True, {}, {"2": True}, ["2"], [True], [[2]], [2.0]],
    "attributes": ["x", 1, True, [], ["x"]],
    "captcha": [1, True, [], {}],
    "link": [{}],
}
WRONG = [(field, value) for field, values in WRONG_TYPES.items() for value in values]


@pytest.mark.parametrize(
    ("field", "value"), WRONG, ids=[f"{field}={value!r}" for field, value in WRONG]
)
def test_a_value_of_the_wrong_type_is_an_error_at_its_field(
    desk: Site, field: str, value: Any
) -> None:
    assert field in errors_of(desk.enquire(**{field: value}))


@pytest.mark.parametrize("value", [1, True, [], {}], ids=repr)
def test_a_token_of_the_wrong_type_is_no_token(desk: Site, value: object) -> None:
    assert "token" in errors_of(desk.enquire(token=value), 403)


@pytest.mark.parametrize(
    "key",
    [
        "firstName",
        "consent_2",
        "attribute_has_pets",
        "validate",
        "data",
        "meta",
        "Meta",
        "configured",
        "spoken",
        "csrf_token",
        "__class__",
        "",
        "email ",
        "<script>",
        "no\x00te",
        "ключ",
        "x" * 1000,
    ],
)
def test_an_unknown_key_is_an_error(desk: Site, key: str) -> None:
    assert list(errors_of(desk.enquire(**{key: "x"}))) == [key]


def test_every_error_is_told_at_once(desk: Site) -> None:
    errors = errors_of(
        desk.enquire(
            first_name="", email="x", phone="1", rooms=["?"], consents=[], nonsense=1, note=1
        )
    )
    assert set(errors) == {
        "first_name",
        "email",
        "phone",
        "rooms",
        "consents.2",
        "nonsense",
        "note",
    }


def test_a_repeated_key_counts_once(desk: Site) -> None:
    body = (
        '{"first_name": "Petr", "first_name": "Jana", "last_name": "N", "email": "j@example.com",'
        f' "consents": [2], "token": "{desk.token()}"}}'
    )
    assert lead_of(desk, desk.post("/forms/riverside", data=body, headers=JSON))["first_name"] in (
        "Petr",
        "Jana",
    )


@pytest.mark.parametrize("channel", ["html", "json"])
@pytest.mark.parametrize(
    ("email", "phone", "accepted"),
    [
        ("jana@example.com", "", True),
        ("", "777 123 456", True),
        ("jana@example.com", "777 123 456", True),
        ("", "", False),
        (" ", "\t", False),
        ("jana@example.com", "123", False),
        ("jana", "777 123 456", False),
    ],
)
def test_an_email_or_a_phone(
    desk: Site, channel: str, email: str, phone: str, accepted: bool
) -> None:
    send = desk.enquire if channel == "json" else lambda **fields: submit(desk, **fields)
    answer = send(email=email, phone=phone)
    assert answer.status_code == (({"json": 202, "html": 303})[channel] if accepted else 422)


@pytest.mark.parametrize(
    ("given", "granted"),
    [([2], {2: True, 1: False}), ([1, 2], {2: True, 1: True}), ([2, 2], {2: True, 1: False})],
    ids=repr,
)
def test_consents_are_kept_with_their_wording(
    desk: Site, given: list[int], granted: dict[int, bool]
) -> None:
    consents = lead_of(desk, desk.enquire(consents=given))["consents"]
    assert {c["id"]: c["granted"] for c in consents} == granted
    assert consents[0]["text"] == "I agree to the processing of my data."


def test_consents_are_kept_in_the_language_in_which_they_were_asked(desk: Site) -> None:
    consents = lead_of(desk, desk.enquire(language="cs"))["consents"]
    assert consents[0]["text"] == "Souhlasím se zpracováním údajů."


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (None, "consents.2"),
        ([], "consents.2"),
        ([1], "consents.2"),
        ([2, 99], "consents"),
        ([2, -1], "consents"),
        ([2, None], "consents"),
        ([2, 10**15], "consents"),
    ],
    ids=repr,
)
def test_a_required_consent_must_be_given_and_no_other_invented(
    desk: Site, given: list[Any] | None, field: str
) -> None:
    assert field in errors_of(desk.enquire(consents=given))


@pytest.mark.parametrize("value", ["false", "0", "off", "", "no"])
def test_a_consent_that_was_not_ticked_is_not_given(desk: Site, value: str) -> None:
    page = page_of(submit(desk, consent_2=value), 422)
    assert page.error("consent_2")
    assert not page.ticked("consent_2")


@pytest.mark.parametrize(
    ("key", "given", "kept"),
    [
        ("has_pets", True, True),
        ("has_pets", False, False),
        ("nickname", " Ja\u0301ja\x00 ", "Jája"),
        ("household", 3, 3),
        ("household", "3", 3),
        ("household", 0, 0),
        ("household", 3.0, 3),
        ("share", 42.5, "42.5"),
        ("share", "42,5", "42.5"),
        ("share", 42, "42"),
        ("share", 1e15, "1000000000000000"),
        ("move_in", "2028-02-29", "2028-02-29"),
        ("heard_from", "friend", "friend"),
        ("channels", ["friend", "web", "friend"], ["friend", "web"]),
    ],
    ids=label,
)
def test_an_attribute_of_each_type(desk: Site, key: str, given: object, kept: object) -> None:
    answer = orchard(desk, attributes={"heard_from": "web", key: given})
    assert lead_of(desk, answer)["attributes"] == {"heard_from": "web", key: kept}


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("has_pets", "true"),
        ("has_pets", 1),
        ("nickname", "x" * 5001),
        ("nickname", 1),
        ("household", "three"),
        ("household", -1),
        ("household", 1.5),
        ("household", True),
        ("household", "9" * 19),
        ("share", "4.2.1"),
        ("share", -0.5),
        ("share", True),
        ("share", 1e300),
        ("share", "1e3"),
        ("move_in", "2026-02-30"),
        ("move_in", "1. 2. 2026"),
        ("move_in", "20260201"),
        ("move_in", "2026-2-1"),
        ("move_in", 20260201),
        ("heard_from", "tv"),
        ("heard_from", ["web"]),
        ("heard_from", ""),
        ("heard_from", None),
        ("channels", "web"),
        ("channels", ["tv"]),
        ("channels", [1]),
        ("unknown", "x"),
        ("", "x"),
        ("link", "x"),
    ],
    ids=label,
)
def test_an_attribute_that_is_refused(desk: Site, key: str, given: object) -> None:
    answer = orchard(desk, attributes={"heard_from": "web", key: given})
    assert list(errors_of(answer)) == [f"attributes.{key}"]


def test_attributes_through_html(desk: Site) -> None:
    answered = {
        "attribute_has_pets": "false",
        "attribute_nickname": "Jája",
        "attribute_household": "3",
        "attribute_share": "42,5",
        "attribute_move_in": "2028-02-29",
        "attribute_heard_from": "web",
        "attribute_channels": ["web", "friend"],
    }
    token = desk.token("orchard")
    fields = {"first_name": "J", "last_name": "N", "email": "j@example.com", "token": token}
    answer = desk.post(
        "/forms/orchard", data={**fields, **answered}, headers={"Accept": "application/json"}
    )
    assert lead_of(desk, answer)["attributes"] == {
        "has_pets": False,
        "nickname": "Jája",
        "household": 3,
        "share": "42.5",
        "move_in": "2028-02-29",
        "heard_from": "web",
        "channels": ["web", "friend"],
    }
    assert set(ATTRIBUTES) == set(lead_of(desk, answer)["attributes"])


@pytest.mark.parametrize("unit", ["A.101", ""])
def test_a_listed_unit(desk: Site, unit: str) -> None:
    assert lead_of(desk, orchard(desk, unit=unit)).get("unit", "") == unit


def test_the_phone_region_is_the_forms(desk: Site) -> None:
    assert lead_of(desk, orchard(desk, phone="0903 123 456"))["phone"] == "+421903123456"


@pytest.mark.parametrize(
    ("name", "messages"),
    [
        ("first_name", {"first_name": ""}),
        ("email", {"email": "x"}),
        ("phone", {"phone": "1"}),
        ("price_max", {"price_max": "8,5 mil."}),
        ("note", {"note": "x" * 5001}),
        ("consents.2", {"consents": []}),
        ("nonsense", {"nonsense": "x"}),
        ("rooms", {"rooms": "2+kk"}),
    ],
)
def test_messages_are_in_the_visitors_language(
    desk: Site, name: str, messages: dict[str, Any]
) -> None:
    english = problem_of(desk.enquire(language="en", **messages), 422)
    czech = problem_of(desk.enquire(language="cs", **messages), 422)
    assert czech["errors"][name] != english["errors"][name]
    assert czech["detail"] != english["detail"]
