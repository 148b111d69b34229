"""Form posts in the encodings that pages are written in, urlencoded and in parts."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
import requests

from tests.intake.desk import FILLED, forge_token, journal_of, lead_of, page_of, problem_of
from tests.support import Site, journal_lines

URLENCODED = "application/x-www-form-urlencoded"
Post = Callable[..., requests.Response]


def urlencoded(
    site: Site, fields: list[tuple[str, bytes]], charset: str = "", **headers: str
) -> requests.Response:
    body = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in fields)
    kind = f"{URLENCODED}; charset={charset}" if charset else URLENCODED
    return site.post("/forms/riverside", data=body, headers={"Content-Type": kind, **headers})


def in_parts(
    site: Site, fields: list[tuple[str, bytes]], charset: str = "", **headers: str
) -> requests.Response:
    parts = [
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value
        for name, value in fields
    ]
    kind = "multipart/form-data; boundary=B" + (f"; charset={charset}" if charset else "")
    body = b"\r\n".join([*parts, b"--B--\r\n"])
    return site.post("/forms/riverside", data=body, headers={"Content-Type": kind, **headers})


@pytest.fixture(params=[urlencoded, in_parts])
def post(request: pytest.FixtureRequest) -> Post:
    function: Post = request.param
    return function


def fields(encoding: str, **changes: Any) -> list[tuple[str, bytes]]:
    filled = {**FILLED, "token": forge_token(), **changes}
    return [
        (name, value if isinstance(value, bytes) else value.encode(encoding))
        for name, values in filled.items()
        for value in (values if isinstance(values, list) else [values])
    ]


ENCODINGS = [
    ("windows-1250", "Jiří", "Žluťoučký"),
    ("iso-8859-2", "Jiří", "Łukasz"),
    ("windows-1251", "Олена", "Ґалаґан"),
    ("koi8-u", "Олена", "Їжак"),
    ("windows-1252", "José", "Œuvré"),
    ("iso-8859-1", "José", "Müller"),
    ("utf-8", "Jiří", "😀"),
    ("UTF8", "Jiří", "Олена"),
    ("shift_jis", "花子", "山田"),
    ("gbk", "小明", "王"),
    ("euc-kr", "민수", "김"),
    ("big5", "小明", "王"),
]


@pytest.mark.parametrize(("encoding", "first", "last"), ENCODINGS, ids=[e[0] for e in ENCODINGS])
@pytest.mark.parametrize("told", ["charset", "_charset_"])
def test_a_form_is_read_in_its_own_encoding(
    desk: Site, post: Post, encoding: str, first: str, last: str, told: str
) -> None:
    sent = fields(encoding, first_name=first, last_name=last)
    if told == "charset":
        answer = post(desk, sent, encoding)
    else:
        answer = post(desk, [*sent, ("_charset_", encoding.encode())])
    lead = lead_of(desk, answer)
    assert (lead["first_name"], lead["last_name"]) == (first, last)


def test_what_the_page_says_counts_before_the_header(desk: Site, post: Post) -> None:
    sent = [*fields("windows-1250", first_name="Jiří"), ("_charset_", b"windows-1250")]
    assert lead_of(desk, post(desk, sent, "utf-8"))["first_name"] == "Jiří"


@pytest.mark.parametrize("said", [b"", b" "])
def test_an_empty_charset_field_says_nothing(desk: Site, post: Post, said: bytes) -> None:
    sent = [*fields("utf-8", first_name="Jiří"), ("_charset_", said)]
    assert lead_of(desk, post(desk, sent))["first_name"] == "Jiří"


def test_a_part_may_have_an_encoding_of_its_own(desk: Site) -> None:
    name = 'first_name"\r\nContent-Type: text/plain; charset="iso-8859-2'
    sent = [field for field in fields("utf-8") if field[0] != "first_name"]
    answer = in_parts(desk, [*sent, (name, "Jiří".encode("iso-8859-2"))])
    assert lead_of(desk, answer)["first_name"] == "Jiří"


def test_what_the_pages_encoding_lacks_comes_as_a_reference(desk: Site, post: Post) -> None:
    # As browsers send it.
    sent = fields("windows-1250", first_name="&#1054;&#1083;&#1077;&#1085;&#1072;", note="R&amp;D")
    lead = lead_of(desk, post(desk, sent, "windows-1250"))
    assert (lead["first_name"], lead["note"]) == ("Олена", "R&amp;D")


def test_in_utf_8_nothing_is_a_reference(desk: Site, post: Post) -> None:
    sent = fields("utf-8", note="&#65;")
    assert lead_of(desk, post(desk, sent))["note"] == "&#65;"


UNREADABLE = [
    ("", "Jiří".encode("windows-1250")),
    ("utf-8", "Jiří".encode("windows-1250")),
    ("no-such-encoding", "Jiří".encode("windows-1250")),
    ("windows-1250", b"Ji\x81"),  # not assigned
    ("windows-1252", b"Ji\x81"),
    ("", b"Ji\xed\xa0\x80"),  # half of a character
    ("shift_jis", b"Ji\x81"),
]


@pytest.mark.parametrize(("charset", "value"), UNREADABLE, ids=repr)
def test_what_cannot_be_read_is_asked_for_again(
    desk: Site, post: Post, charset: str, value: bytes
) -> None:
    before = journal_lines(journal_of(desk))
    sent = fields("ascii", first_name=value, last_name="Novakova", language="cs")
    page = page_of(post(desk, sent, charset, Accept="text/html"), 422)
    assert page.invalid() == {"first_name"}
    assert page.value("first_name") == ""
    assert page.language == "cs"
    assert page.error("first_name").startswith("Tohle se nepodařilo přečíst")
    assert page.value("last_name") == "Novakova"
    assert page.value("email") == "jana@example.com"
    assert page.ticked("rooms") == ["2+kk", "3+kk"]
    assert page.ticked("consent_2")
    problem = problem_of(post(desk, sent, charset, Accept="application/json"), 422)
    assert list(problem["errors"]) == ["first_name"]
    assert journal_lines(journal_of(desk)) == before


@pytest.mark.parametrize("name", ["page", "title", "campaign", "language", "utm", "link"])
def test_what_the_page_says_unreadably_is_left_out(desk: Site, post: Post, name: str) -> None:
    sent = fields("utf-8", first_name="Jiří", **{name: b"\xe9"})
    assert lead_of(desk, post(desk, sent))["first_name"] == "Jiří"


@pytest.mark.parametrize("charset", ["utf-7", "UTF-16", "utf-16le", "utf-32", "iso-2022-jp"])
@pytest.mark.parametrize("told", ["charset", "_charset_"])
def test_what_no_page_is_written_in_is_refused(
    desk: Site, post: Post, charset: str, told: str
) -> None:
    sent = fields("ascii", last_name="+AGE-")
    if told == "charset":
        answer = post(desk, sent, charset, Accept="application/json")
    else:
        sent.append(("_charset_", charset.encode()))
        answer = post(desk, sent, Accept="application/json")
    assert "UTF-8" in problem_of(answer, 415)["detail"]


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "base64", "rot13", "x" * 999]
)
def test_a_codec_of_python_is_no_encoding_of_a_page(desk: Site, post: Post, charset: str) -> None:
    sent = fields("utf-8", first_name="Ji\\u0159i")
    answer = post(desk, [*sent, ("_charset_", charset.encode())], Accept="application/json")
    if answer.status_code != 415:
        assert lead_of(desk, answer)["first_name"] == "Ji\\u0159i"


def test_files_are_left_out(desk: Site) -> None:
    sent = [*fields("utf-8", note="Hello"), ('note"; filename="x.txt', b"a file")]
    assert lead_of(desk, in_parts(desk, sent))["note"] == "Hello"


# -- pages that browsers do not vouch for ------------------------------------------------------


@pytest.mark.parametrize("origin", ["null", "https://translate.example.net"])
def test_a_post_from_elsewhere_is_shown_to_be_confirmed(
    desk: Site, post: Post, origin: str
) -> None:
    before = journal_lines(journal_of(desk))
    token = forge_token()
    answer = post(desk, fields("utf-8", token=token), Origin=origin, Accept="text/html")
    page = page_of(answer, 403)
    assert journal_lines(journal_of(desk)) == before
    assert "send it once more" in answer.text
    kept = {name: page.value(name) for name in ("first_name", "last_name", "email", "phone")}
    assert kept.items() <= FILLED.items()
    assert page.value("note") == FILLED["note"].replace("\r\n", "\n")
    assert page.ticked("rooms") == FILLED["rooms"]
    assert page.ticked("consent_2")
    assert page.value("token") == token, "so that it is not new, and hasty"
    # And from there it is of our own origin.
    names = set(page.controls) - {"rooms", "link", "consent_1"}
    again: dict[str, Any] = {name: page.value(name) for name in names}
    again["rooms"] = page.ticked("rooms")
    sent = desk.post("/forms/riverside", data=again, headers={"Origin": desk.url})
    assert lead_of(desk, sent)["last_name"] == "Nováková"


def test_it_is_framed_by_nobody_else(desk: Site) -> None:
    answer = urlencoded(desk, fields("utf-8"), Origin="https://evil.example", Accept="text/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://riverside.example.com" in policy
    assert "evil" not in policy


@pytest.mark.parametrize("origin", ["null", "https://evil.example"])
def test_without_a_token_it_is_shown_with_one(desk: Site, origin: str) -> None:
    page = page_of(urlencoded(desk, fields("utf-8", token=""), Origin=origin), 403)
    assert page.value("token")
    assert page.value("last_name") == "Nováková"


@pytest.mark.parametrize("origin", ["null", "https://evil.example"])
def test_a_script_of_a_page_that_is_not_allowed_is_refused(desk: Site, origin: str) -> None:
    problem = problem_of(desk.post("/forms/riverside", json={}, headers={"Origin": origin}), 403)
    assert "allowed_origins" in problem["detail"]
    answer = urlencoded(desk, fields("utf-8"), Origin=origin, Accept="application/json")
    assert "allowed_origins" in problem_of(answer, 403)["detail"]
