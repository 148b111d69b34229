"""HTTP: the pages that people see, and the problem documents that programs get."""

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urljoin

import pytest
import requests
from markupsafe import escape

from tests.intake.desk import (
    FILLED,
    Page,
    forge_token,
    journal_of,
    label,
    page_of,
    preflight,
    problem_of,
    received,
    submit,
)
from tests.support import ENQUIRY, Site, journal_lines

HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
JSON = {"Accept": "application/json"}
SEND_JSON = {"Content-Type": "application/json"}
HOSTILE = "\"'><script>alert(1)</script>"


# -- the form as a page ------------------------------------------------------------------------


def test_the_form_page_has_every_field_and_nothing_ticked(desk: Site) -> None:
    page = page_of(desk.get("/forms/riverside"), 200)
    names = {"first_name", "last_name", "email", "phone", "unit", "rooms", "price_max", "note"}
    names |= {"consent_1", "consent_2", "token", "language", "campaign", "page", "tags", "link"}
    names |= {"title", "referrer"}
    assert names <= set(page.controls)
    assert [box["value"] for box in page.controls["rooms"]] == ["1+kk", "2+kk", "3+kk", "4+kk"]
    assert not any("checked" in box for boxes in page.controls.values() for box in boxes)
    assert page.invalid() == set()
    assert page.value("token")


def test_the_form_page_has_every_attribute_unanswered(desk: Site) -> None:
    page = page_of(desk.get("/forms/orchard"), 200)
    answers = {
        name.removeprefix("attribute_"): page.value(name)
        for name in page.controls
        if name.startswith("attribute_") and name != "attribute_channels"
    }
    assert answers == dict.fromkeys(
        ("has_pets", "nickname", "household", "share", "move_in", "heard_from"), ""
    )
    assert page.ticked("attribute_channels") == []
    assert page.controls["unit"][0]["tag"] == "select"
    assert "rooms" not in page.controls


@pytest.mark.parametrize("path", ["/forms/riverside", "/forms/orchard"])
def test_every_control_has_a_name_to_be_read(desk: Site, path: str) -> None:
    html = desk.get(path).text
    for name, boxes in Page(html).controls.items():
        for box in boxes:
            if box.get("type") not in ("hidden", "checkbox"):
                assert f'for="{box["id"]}"' in html, name


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        ("unit=A.101", "unit", "A.101"),
        ("campaign=spring", "campaign", "spring"),
        ("utm_campaign=summer", "campaign", "summer"),
        ("utm_campaign=summer&campaign=spring", "campaign", "spring"),
        ("utm_campaign=summer&campaign=", "campaign", "summer"),
        ("tags=a,b", "tags", "a,b"),
        ("page=https://www.example.com/flat?x%3D1", "page", "https://www.example.com/flat?x=1"),
        ("title=Open%20day", "title", "Open day"),
        ("referrer=https://www.example.com/", "referrer", "https://www.example.com/"),
        ("lang=cs", "language", "cs"),
        ("lang=de", "language", "en"),
        ("unit=" + "x" * 5000, "unit", "x" * 2000),
    ],
    ids=label,
)
def test_the_form_is_prefilled_from_the_query(
    desk: Site, query: str, name: str, value: str
) -> None:
    assert page_of(desk.get(f"/forms/riverside?{query}"), 200).value(name) == value


@pytest.mark.parametrize("unit", ["B.202", "Z.999", HOSTILE])
def test_the_unit_of_a_link_is_preselected_listed_or_not(desk: Site, unit: str) -> None:
    page = page_of(desk.get("/forms/orchard", params={"unit": unit}), 200)
    assert page.value("unit") == unit


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [
        ("", None, "en"),
        ("", "cs", "cs"),
        ("", "cs-CZ,cs;q=0.9,en;q=0.5", "cs"),
        ("", "de,fr", "en"),
        ("", ";;;", "en"),
        ("?lang=cs", "en", "cs"),
        ("?lang=en", "cs", "en"),
        ("?lang=../../etc/passwd", "cs", "cs"),
    ],
)
def test_the_form_speaks_the_visitors_language(
    desk: Site, query: str, accept: str | None, language: str
) -> None:
    headers = {"Accept-Language": accept} if accept else {}
    page = page_of(desk.get(f"/forms/riverside{query}", headers=headers), 200)
    assert page.language == language
    assert page.value("language") == language


def test_the_form_is_translated(desk: Site) -> None:
    english, czech = (
        set(desk.get(f"/forms/riverside?lang={language}").text.splitlines())
        for language in ("en", "cs")
    )
    labels = [line for line in english & czech if "<label" in line and "for=" in line]
    assert labels == []


@pytest.mark.parametrize("form", ["riverside", "orchard"])
@pytest.mark.parametrize(
    "name",
    [
        *("unit", "lang", "campaign", "utm_campaign", "utm_source", "gclid", "page", "title"),
        *("referrer", "tags", "theme", "embed", "id", "token", HOSTILE),
    ],
)
def test_hostile_values_in_the_query_stay_text(desk: Site, form: str, name: str) -> None:
    for path in (f"/forms/{form}", f"/forms/{form}/thanks"):
        for many in (1, 500):
            answer = desk.get(path, params={name: HOSTILE * many}, headers=HTML)
            assert answer.status_code == 200
            assert "<script>" not in answer.text
            kept = answer.text.count(escape(HOSTILE)) * len(HOSTILE)
            assert kept <= 2000


@pytest.mark.parametrize("accept", [HTML, JSON], ids=["html", "json"])
def test_hostile_values_in_the_path_stay_text(desk: Site, accept: dict[str, str]) -> None:
    answer = desk.get("/forms/" + quote(HOSTILE, safe=""), headers=accept)
    assert answer.status_code == 404
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "name",
    [*FILLED, "language", "campaign", "page", "title", "referrer", "tags", "link", "token"],
)
def test_hostile_values_in_the_fields_stay_text(desk: Site, name: str) -> None:
    missing = "first_name" if name == "last_name" else "last_name"
    answer = submit(desk, **{missing: "", "token": forge_token(), name: HOSTILE})
    assert answer.status_code in (403, 422)
    assert "<script>" not in answer.text
    if name in ("first_name", "note", "email", "price_max", "campaign", "page", "title"):
        assert Page(answer.text).value(name) == HOSTILE


def test_hostile_keys_in_json_stay_text(desk: Site) -> None:
    problem = problem_of(desk.enquire(**{HOSTILE: "x"}), 422)
    assert list(problem["errors"]) == [HOSTILE]


# -- an enquiry comes in -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_a_browser_is_sent_on_to_the_thanks(desk: Site, kind: str) -> None:
    if kind == "urlencoded":
        answer = submit(desk, language="cs")
    else:
        parts = [
            (name, (None, value))
            for name, values in {**FILLED, "language": "cs", "token": forge_token()}.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        answer = desk.post("/forms/riverside", files=parts)
    assert answer.status_code == 303
    line = received(desk, answer)
    assert line["origin"]["channel"] == "html"
    assert line["lead"]["rooms"] == ["2+kk", "3+kk"]
    thanks = requests.get(urljoin(answer.url, answer.headers["Location"]), timeout=30)
    assert page_of(thanks, 200).language == "cs"
    assert "Nováková" not in thanks.text, "the page can be opened by anybody who has its address"


def test_a_browser_is_sent_on_to_the_forms_own_success_page(desk: Site) -> None:
    token = forge_token("orchard")
    fields = {"first_name": "J", "last_name": "N", "email": "j@example.com", "token": token}
    answer = desk.post("/forms/orchard", data={**fields, "attribute_heard_from": "web"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "https://www.example.com/thanks?from=orchard"


def test_a_script_that_sends_the_form_gets_json(desk: Site) -> None:
    answer = submit(desk, headers=JSON)
    assert answer.status_code == 202
    assert answer.json()["status"] == "accepted"
    problem_of(submit(desk, headers=JSON, first_name=""), 422)


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8"])
def test_a_program_gets_its_id(desk: Site, kind: str) -> None:
    body = json.dumps({**ENQUIRY, "token": forge_token()})
    answer = desk.post("/forms/riverside", data=body, headers={"Content-Type": kind})
    assert answer.status_code == 202
    assert set(answer.json()) == {"id", "status"}
    line = received(desk, answer)
    assert line["origin"]["channel"] == "json"
    assert line["destinations"] == ["crm"]


@pytest.mark.parametrize("channel", ["html", "json"])
def test_where_an_enquiry_came_from_is_kept(desk: Site, channel: str) -> None:
    said = {
        "page": "https://riverside.example.com/flat/101?utm_source=ads&gclid=Cj0",
        "title": "Flat\n 101\x00",
        "referrer": "https://www.example.com/",
    }
    if channel == "html":
        answer = submit(desk, **said, headers={"User-Agent": "x" * 5000})
    else:
        body = {**ENQUIRY, "token": forge_token(), **said}
        answer = desk.post("/forms/riverside", json=body, headers={"User-Agent": "x" * 5000})
    assert received(desk, answer)["origin"] == {
        "channel": channel,
        "ip": "127.0.0.1",
        **said,
        "title": "Flat 101",
        "user_agent": "x" * 1000,
    }


def test_what_a_page_says_of_itself_is_clipped(desk: Site) -> None:
    names = ("page", "title", "referrer", "campaign")
    body = {**ENQUIRY, "token": forge_token(), **dict.fromkeys(names, "x" * 10_000)}
    line = received(desk, desk.post("/forms/riverside", json=body))
    kept = {**line["origin"], **line["lead"]}
    assert [len(kept[name]) for name in names] == [2000, 200, 2000, 200]
    too_much = {**body, "page": "x" * 100_000}
    assert desk.post("/forms/riverside", json=too_much).status_code == 413


def test_what_grows_when_it_is_composed_is_clipped_as_well(desk: Site) -> None:
    # Three characters each in Unicode's composed form.
    kept = received(desk, submit(desk, page="\ufb2c" * 2000))["origin"]["page"]
    assert len(kept) == 2000


def test_marks_of_the_page_and_the_browser_cannot_steer_a_terminal(desk: Site) -> None:
    hostile = "a\x1b[2J\x9b1mb\x7f\tc"
    marks = dict.fromkeys(("page", "title", "referrer", "campaign"), hostile)
    kept = received(desk, submit(desk, **marks, headers={"User-Agent": hostile}))
    told = {**kept["origin"], "campaign": kept["lead"]["campaign"]}
    assert {told[name] for name in (*marks, "user_agent")} == {"a[2J1mb c"}


INVALID = {
    "first_name": "",
    "last_name": "x" * 5001,
    "email": "jana@",
    "phone": "12",
    "price_max": "8,5 mil.",
}


def test_invalid_fields_keep_the_input_and_have_errors_at_them(desk: Site) -> None:
    page = page_of(submit(desk, **INVALID, consent_2=None, consent_1="y"), 422)
    assert page.invalid() == {*INVALID, "consent_2"}
    for name in (*INVALID, "consent_2"):
        assert page.error(name)
    for name in ("unit", "note"):
        assert page.error(name) == ""
    assert {name: page.value(name) for name in INVALID} == INVALID
    assert page.value("unit") == "A.101"
    assert page.value("note") == "Is there a cellar?\nAnd a lift?"
    assert page.ticked("rooms") == ["2+kk", "3+kk"]
    assert page.ticked("consent_1")
    assert not page.ticked("consent_2")


def test_errors_of_choices_and_attributes_are_at_their_fields(desk: Site) -> None:
    bad = {
        "attribute_household": "three",
        "attribute_share": "4.2.1",
        "attribute_move_in": "2026-02-30",
        "attribute_heard_from": "",
    }
    fields = {"first_name": "J", "last_name": "N", "email": "j@example.com"}
    answer = desk.post("/forms/orchard", data={**fields, **bad, "token": forge_token("orchard")})
    page = page_of(answer, 422)
    assert {name for name in bad if page.error(name)} == set(bad)
    assert page.value("attribute_household") == "three"


def test_errors_in_html_are_in_the_visitors_language(desk: Site) -> None:
    english = page_of(submit(desk, first_name="", language="en"), 422)
    czech = page_of(submit(desk, first_name="", language="cs"), 422)
    assert (english.language, czech.language) == ("en", "cs")
    assert czech.value("language") == "cs"
    assert english.error("first_name") != czech.error("first_name")


def test_a_form_without_email_and_phone_says_so_at_the_email(desk: Site) -> None:
    page = page_of(submit(desk, email="", phone=""), 422)
    assert "email" in page.invalid()
    assert page.error("email")


def test_an_invalid_form_can_be_corrected_and_sent(desk: Site) -> None:
    page = page_of(submit(desk, email="jana@"), 422)
    names = set(page.controls) - {"rooms", "link", "consent_1"}  # not ticked
    fields: dict[str, Any] = {name: page.value(name) for name in names}
    fields |= {"email": "jana@example.com", "rooms": page.ticked("rooms")}
    answer = desk.post(urljoin("/forms/riverside", page.action), data=fields)
    assert answer.status_code == 303


def test_unknown_fields_of_a_browser_are_ignored(desk: Site) -> None:
    assert submit(desk, utm_source="x", submit="Send").status_code == 303


# -- bad input ---------------------------------------------------------------------------------

DEEP = "[" * 30_000 + "]" * 30_000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"first_name": "Jana"',
        b"{'first_name': 'Jana'}",
        b'{"first_name": NaN}',
        b'{"price_max": Infinity}',
        b'{"price_max": 1e999}',
        b'{"price_max": 1' + b"0" * 5000 + b"}",
        b'{"first_name": "\\ud800"}',
        b'{"first_name": "\xff\xfe"}',
        b'{"first_name": "\xed\xa0\x80"}',
        '{"first_name": "Jana"}'.encode("utf-16"),
        b'{"first_name": "a\nb"}',
        b"[]",
        b"[[]]",
        b"null",
        b"7",
        b'"text"',
        b'{} {"first_name": "Jana"}',
        DEEP.encode(),
        b'{"note":' + DEEP.encode() + b"}",
        b'{"a":' * 9000,
    ],
    ids=label,
)
def test_malformed_json_is_a_400(desk: Site, body: bytes) -> None:
    problem_of(desk.post("/forms/riverside", data=body, headers=SEND_JSON), 400)


def test_json_of_100000_brackets(open_desk: Callable[..., Site]) -> None:
    site = open_desk(limits='max_body = "1 MiB"')
    body = "[" * 100_000 + "]" * 100_000
    for nested in (body, f'{{"note": {body}}}', f'{{"attributes": {{"x": {body}}}}}'):
        problem_of(site.post("/forms/riverside", data=nested, headers=SEND_JSON), 400)


@pytest.mark.parametrize("depth", [1, 100, 900])
def test_json_that_is_just_not_too_deep_is_a_field_of_the_wrong_type(
    desk: Site, depth: int
) -> None:
    body = f'{{"token": "{forge_token()}", "note": {"[" * depth}{"]" * depth}}}'
    problem = problem_of(desk.post("/forms/riverside", data=body, headers=SEND_JSON), 422)
    assert "note" in problem["errors"]


def unknown_form(site: Site, headers: dict[str, str]) -> requests.Response:
    return site.get("/forms/unknown", headers=headers)


def unknown_form_posted(site: Site, headers: dict[str, str]) -> requests.Response:
    return site.post("/forms/unknown", data=FILLED, headers=headers)


def unknown_path(site: Site, headers: dict[str, str]) -> requests.Response:
    return site.get("/no/such/page", headers=headers)


def wrong_method(site: Site, headers: dict[str, str]) -> requests.Response:
    return requests.put(f"{site.url}/forms/riverside", data=FILLED, headers=headers, timeout=30)


def wrong_method_elsewhere(site: Site, headers: dict[str, str]) -> requests.Response:
    return site.post("/forms/riverside/token", headers=headers)


def wrong_content_type(site: Site, headers: dict[str, str]) -> requests.Response:
    return site.post(
        "/forms/riverside", data="Jana", headers={"Content-Type": "text/plain", **headers}
    )


def no_content_type(site: Site, headers: dict[str, str]) -> requests.Response:
    return site.post("/forms/riverside", headers=headers)


def xml(site: Site, headers: dict[str, str]) -> requests.Response:
    return site.post(
        "/forms/riverside", data="<a/>", headers={"Content-Type": "application/xml", **headers}
    )


def over_the_limit(site: Site, headers: dict[str, str]) -> requests.Response:
    return submit(site, note="x" * 70_000, headers=headers)


def foreign_origin(site: Site, headers: dict[str, str]) -> requests.Response:
    return submit(site, headers={"Origin": "https://evil.example.com", **headers})


@pytest.mark.parametrize("channel", ["html", "json"])
@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (unknown_form, 404),
        (unknown_form_posted, 404),
        (unknown_path, 404),
        (wrong_method, 405),
        (wrong_method_elsewhere, 405),
        (wrong_content_type, 415),
        (no_content_type, 415),
        (xml, 415),
        (over_the_limit, 413),
        (foreign_origin, 403),
    ],
)
def test_bad_input(
    desk: Site, ask: Callable[..., requests.Response], status: int, channel: str
) -> None:
    answer = ask(desk, HTML if channel == "html" else JSON)
    if channel == "json":
        assert problem_of(answer, status)["detail"]
    else:
        page = page_of(answer, status)
        assert page.language == "en"
    if status == 405:
        assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("accept", [HTML, JSON, {"Accept": "*/*"}], ids=["html", "json", "any"])
@pytest.mark.parametrize("form", ["riverside", "unknown"])
def test_who_sends_json_gets_json_back(desk: Site, form: str, accept: dict[str, str]) -> None:
    answer = desk.post(f"/forms/{form}", json={}, headers=accept)
    problem_of(answer, 404 if form == "unknown" else 403)


def test_who_asks_for_problems_gets_them(desk: Site) -> None:
    problem_of(desk.get("/forms/unknown", headers={"Accept": "application/problem+json"}), 404)


@pytest.mark.parametrize("size", ["at-the-limit", "over-it"])
def test_a_json_body_at_the_limit(open_desk: Callable[..., Site], size: str) -> None:
    site = open_desk(limits='max_body = "4 KiB"\nfill_time = "0 s"')
    body = json.dumps({**ENQUIRY, "token": forge_token()})
    body = body + " " * (4096 - len(body) + (size == "over-it"))
    answer = site.post("/forms/riverside", data=body, headers=SEND_JSON)
    assert answer.status_code == (413 if size == "over-it" else 202)


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_of_no_stated_length_over_the_limit(
    open_desk: Callable[..., Site], kind: str
) -> None:
    site = open_desk(limits='max_body = "4 KiB"')

    def chunks() -> Iterator[bytes]:
        yield b"first_name=J&last_name=N&email=j@example.com&consent_2=y&token="
        yield forge_token().encode()
        yield b"&note=" + b"x" * 5000

    headers = {"Content-Type": kind, **JSON}
    answer = site.post("/forms/riverside", data=chunks(), headers=headers)
    problem_of(answer, 413)


@pytest.mark.parametrize("path", ["/forms/riverside", "/nowhere"])
def test_an_error_page_is_in_the_visitors_language(desk: Site, path: str) -> None:
    english, czech = (
        requests.put(
            desk.url + path, headers={**HTML, "Accept-Language": language}, timeout=30
        ).text
        for language in ("en", "cs")
    )
    assert Page(czech).language == "cs"
    assert english.replace('lang="en"', "") != czech.replace('lang="cs"', "")


# -- the small routes --------------------------------------------------------------------------

ROUTES = [
    "/forms/riverside",
    "/forms/riverside/thanks",
    "/forms/riverside/token",
    "/forms/riverside/schema",
    "/openapi.json",
    "/healthz",
    "/readyz",
    "/static/form.css",
]


@pytest.mark.parametrize("path", ROUTES)
def test_head_is_get_without_the_body(desk: Site, path: str) -> None:
    got = desk.get(path)
    head = requests.head(desk.url + path, timeout=30)
    assert (got.status_code, head.status_code) == (200, 200)
    assert head.content == b""
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


@pytest.mark.parametrize("path", ROUTES)
def test_options_says_what_is_allowed(desk: Site, path: str) -> None:
    answer = preflight(desk, path, {})
    assert answer.status_code == 200
    allowed = {method.strip() for method in answer.headers["Allow"].split(",")}
    assert {"GET", "HEAD", "OPTIONS"} <= allowed
    assert ("POST" in allowed) == (path == "/forms/riverside")


def test_it_is_alive_and_ready(desk: Site) -> None:
    assert desk.get("/healthz").json() == {"status": "alive"}
    assert desk.get("/readyz").json()["status"] == "ready"


def test_a_form_without_altcha_has_no_challenge(desk: Site) -> None:
    problem_of(desk.get("/forms/riverside/challenge", headers=JSON), 404)


def test_a_body_that_breaks_off_is_no_enquiry(desk: Site) -> None:
    before = journal_lines(journal_of(desk))
    host, port = desk.url.removeprefix("http://").split(":")
    body = f"token={forge_token()}&first_name=J&last_name=N&email=j@example.com&consent_2=y&note=a"
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"POST /forms/riverside HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            + f"Content-Length: {len(body) + 40}\r\n\r\n{body}".encode()
        )
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").readline()
    assert b" 400 " in answer
    assert journal_lines(journal_of(desk)) == before


@pytest.mark.parametrize("host", ["..", "x" * 5000])
def test_a_host_header_that_is_none(desk: Site, host: str) -> None:
    answer = desk.get("/forms/riverside", headers={"Host": host})
    assert answer.status_code == 400, answer.text
