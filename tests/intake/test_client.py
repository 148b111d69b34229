"""Who is at the door: addresses, rates, origins."""

import http.client
import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.intake.desk import forge_token, page_of, problem_of, received, submit
from tests.support import ENQUIRY, FORM, Site

LIMITED = FORM + FORM.replace("riverside", "quay").replace("https://quay.", "https://riverside.")
TWICE = 'submissions = "2/hour"\ntokens = "3/hour"\nfill_time = "0 s"'
ALLOWED = "https://riverside.example.com"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "127.0.0.1"),
        (0, "203.0.113.7", ""),
        (1, None, ""),
        (1, "0.0.0.0", ""),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        (1, "6.6.6.6,203.0.113.7", "203.0.113.7"),
        (1, "203.0.113.7:4711", "203.0.113.7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "2001:DB8:0:0::7", "2001:db8::7"),
        (1, "[2001:db8::7]", "2001:db8::7"),
        (1, "[2001:db8::7]:4711", "2001:db8::7"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "[::ffff:203.0.113.7]:4711", "203.0.113.7"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "unknown", ""),
        (1, "203.0.113.7, _hidden", ""),
        (1, "", ""),
        (1, "203.0.113.7, ", ""),
        (1, "<script>", ""),
        (2, "203.0.113.7", ""),
        (2, "203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, "6.6.6.6, 2001:db8::7, 10.0.0.1", "2001:db8::7"),
    ],
)
def test_the_visitors_address(
    open_desk: Callable[..., Site], proxies: int, forwarded: str | None, address: str
) -> None:
    site = open_desk(top=f"trusted_proxies = {proxies}")
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    answer = submit(site, headers=headers)
    assert received(site, answer)["origin"]["ip"] == address


def test_a_header_sent_twice_counts_as_one_list(open_desk: Callable[..., Site]) -> None:
    site = open_desk(top="trusted_proxies = 1")
    body = json.dumps({**ENQUIRY, "token": site.token()}).encode()
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=30)
    connection.putrequest("POST", "/forms/riverside")
    connection.putheader("X-Forwarded-For", "6.6.6.6")
    connection.putheader("X-Forwarded-For", "203.0.113.7")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    submission = json.loads(connection.getresponse().read())["id"]
    connection.close()
    assert submission
    journal = site.app.extensions["frontdesk"].intake.store.journal
    origins = [line.event.origin.ip for line in journal.read()]
    assert origins == ["203.0.113.7"]


def knock(site: Site, address: str, form: str = "riverside") -> int:
    answer = submit(site, form, headers={"X-Forwarded-For": address})
    return answer.status_code


@pytest.fixture
def limited(open_desk: Callable[..., Site]) -> Site:
    return open_desk(top="trusted_proxies = 1", limits=TWICE, forms=LIMITED)


@pytest.mark.parametrize(
    ("first", "third", "same"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("203.0.113.7", "6.6.6.6, 203.0.113.7", True),
        ("203.0.113.7", "203.0.113.7:999", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ],
)
def test_the_limit_is_per_client(limited: Site, first: str, third: str, same: bool) -> None:
    assert [knock(limited, first), knock(limited, first)] == [303, 303]
    assert knock(limited, third) == (429 if same else 303)


def test_the_limit_is_per_form(limited: Site) -> None:
    assert [knock(limited, "203.0.113.7") for _ in range(3)] == [303, 303, 429]
    assert knock(limited, "203.0.113.7", "quay") == 303


def test_every_limit_of_a_list_bites(open_desk: Callable[..., Site]) -> None:
    site = open_desk(limits='submissions = "1000/minute; 1/day"\nfill_time = "0 s"')
    assert [submit(site).status_code for _ in range(2)] == [303, 429]


def test_a_form_has_limits_of_its_own(open_desk: Callable[..., Site]) -> None:
    own = '\n[forms.quay.limits]\nsubmissions = "1/hour"\n'
    site = open_desk(forms=LIMITED + own)
    assert [submit(site, "quay").status_code for _ in range(2)] == [303, 429]
    assert [submit(site).status_code for _ in range(3)] == [303, 303, 303]


def test_who_is_limited_is_told_when_to_come_back(limited: Site) -> None:
    token = forge_token()
    for _ in range(2):
        assert limited.enquire(token=token).status_code == 202
    answer = limited.enquire(token=token)
    problem_of(answer, 429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 7200


def test_who_is_limited_keeps_the_input(limited: Site) -> None:
    for _ in range(2):
        submit(limited)
    answer = submit(limited)
    page = page_of(answer, 429)
    assert page.value("first_name") == "Jana"
    assert page.value("note") == "Is there a cellar?\nAnd a lift?"
    assert page.ticked("rooms") == ["2+kk", "3+kk"]
    assert page.ticked("consent_2")
    assert int(answer.headers["Retry-After"]) >= 1


def test_invalid_enquiries_count_as_well(limited: Site) -> None:
    statuses = [submit(limited, first_name="").status_code for _ in range(3)]
    assert statuses == [422, 422, 429]


@pytest.mark.parametrize("path", ["token", "challenge"])
def test_tokens_are_limited(limited: Site, path: str) -> None:
    answers = [limited.get(f"/forms/riverside/{path}") for _ in range(4)]
    assert {answer.status_code for answer in answers[:3]} != {429}
    problem_of(answers[3], 429)
    assert int(answers[3].headers["Retry-After"]) >= 1


def test_reading_the_form_is_not_limited(limited: Site) -> None:
    assert {limited.get("/forms/riverside").status_code for _ in range(9)} == {200}


ORIGINS = [
    (None, None, True),
    (ALLOWED, None, True),
    (ALLOWED, "cross-site", True),
    ("{self}", None, True),
    ("{self}", "same-origin", True),
    ("https://leads.example.com", None, True),
    ("http://leads.example.com", None, False),
    ("https://{host}", None, False),
    ("https://rewritten.example.com", "same-origin", True),
    ("https://evil.example.com", None, False),
    ("https://evil.example.com", "cross-site", False),
    ("https://evil.example.com", "same-site", False),
    ("https://evil.example.com", "none", False),
    ("https://riverside.example.com.evil.example", None, False),
    ("https://xriverside.example.com", None, False),
    ("http://riverside.example.com", None, False),
    ("https://riverside.example.com:8443", None, False),
    ("https://riverside.example.com/", None, False),
    ("null", None, False),
    ("", None, False),
    ("http://", None, False),
    ("http://[::1", None, False),
    ("riverside.example.com", None, False),
]


@pytest.mark.parametrize("channel", ["html", "json"])
@pytest.mark.parametrize(("origin", "fetch_site", "allowed"), ORIGINS)
def test_only_known_origins_may_post(
    open_desk: Callable[..., Site],
    channel: str,
    origin: str | None,
    fetch_site: str | None,
    allowed: bool,
) -> None:
    site = open_desk(top='public_url = "https://leads.example.com/enquiry"')
    headers = {"Sec-Fetch-Site": fetch_site} if fetch_site else {}
    if origin is not None:
        headers["Origin"] = origin.format(self=site.url, host=urlsplit(site.url).netloc)
    if channel == "html":
        assert submit(site, headers=headers).status_code == (303 if allowed else 403)
        return
    body = {**ENQUIRY, "token": site.token()}
    answer = site.post("/forms/riverside", json=body, headers=headers)
    if allowed:
        assert answer.status_code == 202
    else:
        problem_of(answer, 403)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "http", "https"),
    [
        (0, None, True, False),
        (0, "https", True, False),
        (1, "https", False, True),
        (1, "HTTPS", False, True),
        (1, "http", True, False),
        (1, "https, http", True, False),
        (1, None, True, True),
        (2, "https,http", False, True),
        (2, "http", True, True),
    ],
)
def test_a_page_of_ours_is_known_by_its_scheme_as_well(
    open_desk: Callable[..., Site], proxies: int, forwarded: str | None, http: bool, https: bool
) -> None:
    site = open_desk(top=f"trusted_proxies = {proxies}")
    said = {} if forwarded is None else {"X-Forwarded-Proto": forwarded}
    host = urlsplit(site.url).netloc
    for scheme, ours in (("http", http), ("https", https)):
        answer = submit(site, headers={"Origin": f"{scheme}://{host}", **said})
        assert answer.status_code == (303 if ours else 403), scheme
