"""API keys: programs that send other people's enquiries, and say whose they are."""

import logging
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from click.testing import CliRunner
from openapi_spec_validator import validate

from frontdesk import create_app
from frontdesk.cli import main
from frontdesk.config import ConfigError, api_key, load
from frontdesk.kinds import KINDS
from tests.intake.desk import (
    ORCHARD,
    configuration,
    errors_of,
    events_of,
    forge_token,
    journal_of,
    preflight,
    problem_of,
    received,
)
from tests.support import ENQUIRY, FORM, METRICS, Site, eventually, journal_lines, leads

KEY, OTHER, WRONG = api_key.new(), api_key.new(), api_key.new()
VISITOR = {"ip": "203.0.113.9", "user_agent": "Mozilla/5.0 (of the visitor)"}
HASTY = 'submissions = "3/day"\nfill_time = "1 hour"\napi_submissions = "8/day"'
REFUSING = 'provider = "hcaptcha"\nsitekey = "s"\nsecret = "t"\nverify_url = "http://127.0.0.1:9"'


def keyed(form: str = "riverside", **keys: str) -> str:
    return "".join(
        f'\n[[forms.{form}.api_keys]]\nname = "{name}"\nsha256 = "{api_key.digest(key)}"\n'
        for name, key in keys.items()
    )


FORMS = FORM + keyed(portal=KEY, chat=OTHER) + ORCHARD + METRICS


@pytest.fixture
def site(open_desk: Callable[..., Site]) -> Site:
    """Where a visitor would be stopped by everything that there is."""
    return open_desk(limits=HASTY, captcha=f'{REFUSING}\non_outage = "refuse"', forms=FORMS)


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def hand_on(
    site: Site, key: str = KEY, *, idempotency: str = "", **changes: Any
) -> requests.Response:
    """An enquiry as a program sends it; a change to None leaves a key out."""
    body = {**ENQUIRY, **VISITOR, "note": str(uuid4()), **changes}
    body = {name: value for name, value in body.items() if value is not None}
    headers = bearing(key) | ({"Idempotency-Key": idempotency} if idempotency else {})
    return site.post("/forms/riverside", json=body, headers=headers)


def test_a_program_needs_no_token_no_time_and_no_captcha(site: Site) -> None:
    answer = hand_on(site)
    line = received(site, answer)
    assert [event["event"] for event in events_of(site, line["id"])] == ["received"]
    assert line["origin"] == {"channel": "json", **VISITOR, "api_key": "portal"}


def test_so_does_its_form_post(site: Site) -> None:
    fields = {"first_name": "J", "last_name": "N", "phone": "777123456", "consent_2": "y"}
    answer = site.post("/forms/riverside", data={**fields, **VISITOR}, headers=bearing(OTHER))
    assert answer.status_code == 202, "a program is answered in JSON"
    assert received(site, answer)["origin"] == {"channel": "html", **VISITOR, "api_key": "chat"}
    wrong = site.post("/forms/riverside", data={**fields, "ip": "?"}, headers=bearing(OTHER))
    assert list(errors_of(wrong)) == ["ip"]


def test_a_token_that_comes_along_does_not_matter(site: Site) -> None:
    for token in ("forged", forge_token(), forge_token(age=10**6)):
        assert hand_on(site, token=token).status_code == 202


@pytest.mark.parametrize(
    ("ip", "kept"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_whose_address_it_is(site: Site, ip: str, kept: str) -> None:
    assert received(site, hand_on(site, ip=ip))["origin"]["ip"] == kept


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_program_that_does_not_know_the_visitors_address_stands_for_it(
    site: Site, nothing: str | None
) -> None:
    answer = hand_on(site, ip=nothing, user_agent=nothing)
    # Never the program's own address, nor its own User-Agent.
    assert received(site, answer)["origin"] == {
        "channel": "json",
        "ip": "",
        "source": "portal",
        "api_key": "portal",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ip": "203.0.113"}, "ip"),
        ({"ip": "example.com"}, "ip"),
        ({"ip": "203.0.113.9, 10.0.0.1"}, "ip"),
        ({"ip": 3405803785}, "ip"),
        ({"ip": ["203.0.113.9"]}, "ip"),
        ({"user_agent": ["x"]}, "user_agent"),
        ({"first_name": ""}, "first_name"),
        ({"consents": []}, "consents.2"),
        ({"x_forwarded_for": "203.0.113.9"}, "x_forwarded_for"),
    ],
    ids=repr,
)
def test_what_a_program_says_is_checked(site: Site, change: dict[str, Any], field: str) -> None:
    assert list(errors_of(hand_on(site, **change))) == [field]


def test_the_honeypot_is_still_one(site: Site) -> None:
    line = received(site, hand_on(site, link="https://spam.example.com"))
    assert [event["event"] for event in events_of(site, line["id"])] == ["held", "received"]


# -- once --------------------------------------------------------------------------------------


def test_the_same_content_of_a_day_is_one_submission(site: Site) -> None:
    first, second = hand_on(site, note="Hello"), hand_on(site, note="Hello")
    assert first.json() == second.json()
    assert hand_on(site, OTHER, note="Hello").json() != first.json(), "of another program"
    assert hand_on(site, note="Hello!").json() != first.json()


def test_an_idempotency_key_tells_enquiries_apart(site: Site) -> None:
    first = hand_on(site, note="Hello", idempotency="1").json()
    assert hand_on(site, note="Hello", idempotency="1").json() == first
    assert hand_on(site, note="Hello", idempotency="2").json() != first
    assert hand_on(site, OTHER, note="Hello", idempotency="1").json() != first


# -- who has no key ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        WRONG,
        KEY[:-1],
        KEY + "x",
        KEY.upper(),
        KEY.removeprefix("fdk_"),
        "fdk_",
        "x",
        "",
        "\xff" * 47,
    ],
    ids=[
        "another",
        "short",
        "long",
        "capitals",
        "without prefix",
        "prefix",
        "word",
        "empty",
        "bytes",
    ],
)
def test_a_wrong_key_is_told_so(
    open_desk: Callable[..., Site], key: str, caplog: pytest.LogCaptureFixture
) -> None:
    site = open_desk(forms=FORMS)
    before = site.metrics()("refused_total", form="riverside", reason="key")
    body = {**ENQUIRY, **VISITOR, "token": forge_token()}  # with which a visitor could send it
    answer = site.post(
        "/forms/riverside",
        json=body,
        headers={"Authorization": b"Bearer " + key.encode("latin-1")},
    )
    assert problem_of(answer, 401)["detail"]
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert journal_lines(journal_of(site)) == []
    assert site.metrics()("refused_total", form="riverside", reason="key") == before + 1
    said = caplog.text + answer.text
    assert "wrong API key" in caplog.text
    assert key.removeprefix("fdk_") not in said or len(key) < 10


def test_wrong_keys_are_counted(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    assert [hand_on(site, WRONG).status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    assert caplog.text.count("wrong API key") == 3
    assert hand_on(site).status_code == 202, "the right one has a limit of its own"


def test_a_program_has_a_limit_of_its_own(site: Site) -> None:
    statuses = [hand_on(site, ip=f"203.0.113.{n}").status_code for n in range(9)]
    assert statuses == [202] * 8 + [429]
    refused = hand_on(site)
    assert problem_of(refused, 429)["code"] == "rate"
    assert int(refused.headers["Retry-After"]) > 0
    assert hand_on(site, OTHER).status_code == 202, "and so has each of them"


def test_a_key_is_of_one_form(site: Site) -> None:
    body = {"first_name": "J", "last_name": "N", "email": "j@example.com"}
    answer = site.post("/forms/orchard", json=body, headers=bearing(KEY))
    problem_of(answer, 401)


@pytest.mark.parametrize("name", ["ip", "user_agent"])
def test_visitors_do_not_say_who_they_are(desk: Site, name: str) -> None:
    assert list(errors_of(desk.enquire(**{name: "203.0.113.9"}))) == [name]


def test_a_password_before_the_site_is_no_key(open_desk: Callable[..., Site]) -> None:
    site = open_desk(forms=FORMS)
    basic = {"Authorization": "Basic dXNlcjpwYXNzd29yZA=="}
    body = {**ENQUIRY, "token": forge_token()}
    assert site.post("/forms/riverside", json=body, headers=basic).status_code == 202
    orchard = {"first_name": "J", "last_name": "N", "email": "j@example.com"}
    orchard |= {"token": forge_token("orchard"), "attributes": {"heard_from": "web"}}  # type: ignore[dict-item]
    answer = site.post("/forms/orchard", json=orchard, headers=bearing("of-the-sites-proxy"))
    assert answer.status_code == 202


def test_keys_are_not_for_browsers(site: Site) -> None:
    asked = {
        "Origin": "https://riverside.example.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    allowed = preflight(site, "/forms/riverside", asked).headers["Access-Control-Allow-Headers"]
    assert "authorization" not in allowed.lower()


# -- configuration -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forms", "said"),
    [
        (keyed(portal=KEY, chat=KEY), "forms.riverside.api_keys: two programs have the same key"),
        (
            keyed(portal=KEY) + keyed(portal=OTHER),
            "forms.riverside.api_keys: 'portal' is there twice",
        ),
        (
            keyed(portal=KEY).replace(api_key.digest(KEY), KEY),
            (
                "forms.riverside.api_keys[0].sha256: is a key itself; only its hash belongs here,"
                " and it needs a new one now"
            ),
        ),
        (
            keyed(portal=KEY).replace(api_key.digest(KEY), "5ebe2294"),
            (
                "forms.riverside.api_keys[0].sha256: not the SHA-256 of a key, 64 hex digits;"
                " see `frontdesk key new`"
            ),
        ),
    ],
    ids=["same key", "same name", "the key", "no hash"],
)
def test_what_is_no_key_is_a_mistake_of_the_configuration(
    tmp_path: Path, forms: str, said: str
) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_text(configuration(forms=FORM + forms))
    with pytest.raises(ConfigError) as caught:
        load(path, KINDS)
    assert caught.value.problems == [said]
    assert KEY not in str(caught.value)


def test_capitals_in_a_hash_do_not_matter(open_desk: Callable[..., Site]) -> None:
    forms = keyed(portal=KEY).replace(api_key.digest(KEY), api_key.digest(KEY).upper())
    assert hand_on(open_desk(forms=FORM + forms)).status_code == 202


def test_the_hash_of_a_password_lets_nobody_in(open_desk: Callable[..., Site]) -> None:
    site = open_desk(forms=FORM + keyed(portal="secret") + keyed(chat="fdk_secret"))
    for guess in ("secret", "fdk_secret"):
        assert hand_on(site, guess).status_code == 401


def test_a_new_key_works(tmp_path: Path, open_desk: Callable[..., Site]) -> None:
    site = open_desk()
    config = tmp_path / "frontdesk.toml"
    command = ["--config", str(config), "key", "new"]
    told = [CliRunner().invoke(main, [*command, name]) for name in ("portal", "chat")]
    assert [one.exit_code for one in told] == [0, 0]
    made = [one.stdout.split()[one.stdout.split().index("nowhere:") + 1] for one in told]
    lines = "".join(one.stdout[one.stdout.index("[[") :] for one in told)
    assert [key["name"] for key in tomllib.loads(lines)["forms"]["riverside"]["api_keys"]] == [
        "portal",
        "chat",
    ]
    assert not any(key in lines for key in made)
    site = open_desk(forms=FORM + lines)
    assert [hand_on(site, key).status_code for key in made] == [202, 202]


def test_a_key_can_be_made_before_there_is_a_configuration(tmp_path: Path) -> None:
    command = ["--config", str(tmp_path / "none.toml"), "key", "new"]
    assert "[[forms.riverside.api_keys]]" in CliRunner().invoke(main, command).stdout
    assert CliRunner().invoke(main, [*command, "Röd"]).exit_code == 2
    named = CliRunner().invoke(main, [*command, "chat", "--form", "hill"]).stdout
    assert '[[forms.hill.api_keys]]\nname = "chat"\n' in named


# -- and on ------------------------------------------------------------------------------------


def test_the_document_has_it(site: Site) -> None:
    document = site.get("/openapi.json").json()
    validate(document)
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    post = document["paths"]["/forms/riverside"]["post"]
    assert post["security"] == [{}, {"apiKey": []}]
    visitors, programs = post["requestBody"]["content"]["application/json"]["schema"]["anyOf"]
    assert "ip" not in visitors["properties"]
    assert "ip" in programs["properties"]
    assert "token" not in programs["required"]
    assert "security" not in document["paths"]["/forms/orchard"]["post"]


def test_realpad_is_told_the_visitors_address(
    write_config: Callable[..., Path], serve: Callable[..., Site], crm: str
) -> None:
    site = serve(create_app(write_config(FORM + keyed(portal=KEY))))
    assert hand_on(site).status_code == 202
    assert hand_on(site, ip=None).status_code == 202
    stored = eventually(lambda: found if len(found := leads(crm)) == 2 else None)
    told = {lead["parameters"]["consentsource"] for lead in stored}
    assert told == {"203.0.113.9", "portal"}


def test_no_key_is_in_any_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hand_on(site)
    hand_on(site, WRONG)
    assert KEY not in caplog.text
    assert WRONG not in caplog.text
    assert api_key.digest(KEY) not in repr(site.app.extensions["frontdesk"].settings)
