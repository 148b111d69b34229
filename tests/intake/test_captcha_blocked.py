"""The word that stands in for a response where the vendor's script was blocked, and the contact."""

import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.intake.desk import events_of, forge_token, nobody_listens, problem_of, received, submit
from tests.intake.siteverify import VENDORS
from tests.support import FORM, Site

ALTCHA = 'provider = "altcha"'
NONE = 'provider = "none"\nallow_none = true'


def vendor(provider: str, on_outage: str, more: str = "") -> str:
    return f"""provider = "{provider}"
sitekey = "k"
secret = "s"
verify_url = "{nobody_listens()}"
on_outage = "{on_outage}"
{more}"""


def facts(site: Site, form: str = "riverside", language: str = "en") -> dict[str, Any]:
    """What the page tells the captcha's module."""
    page = site.get(f"/forms/{form}?lang={language}").text
    found = re.search(r"data-fd-captcha='([^']*)'", page)
    assert found
    told: dict[str, Any] = json.loads(html.unescape(found[1]))
    assert site.get(f"/forms/{form}/token?lang={language}").json()["captcha"] == told
    return told


@pytest.mark.parametrize("provider", VENDORS)
@pytest.mark.parametrize("on_outage", ["hold", "deliver"])
@pytest.mark.parametrize("channel", ["json", "html"])
def test_a_blocked_captcha_is_held_even_where_outages_are_delivered(
    open_desk: Callable[..., Site], provider: str, on_outage: str, channel: str
) -> None:
    site = open_desk(captcha=vendor(provider, on_outage))
    assert facts(site)["blocked"] == "send"
    answer = (
        site.enquire(token=forge_token(), captcha="blocked")
        if channel == "json"
        else submit(site, **{facts(site)["field"]: "blocked"})
    )
    lines = events_of(site, received(site, answer)["id"])
    assert [line["event"] for line in lines] == ["held", "received"]
    assert lines[0]["reason"] == "the captcha was blocked in the visitor's browser"
    assert lines[0]["captcha"] == "blocked"


@pytest.mark.parametrize("provider", VENDORS)
def test_a_blocked_captcha_is_refused_where_outages_are(
    open_desk: Callable[..., Site], provider: str
) -> None:
    site = open_desk(captcha=vendor(provider, "refuse"))
    assert facts(site)["blocked"] == "refuse"
    answer = site.enquire(token=forge_token(), captcha="blocked")
    assert problem_of(answer, 503)["code"] == "outage"


def test_the_word_means_nothing_to_altcha(open_desk: Callable[..., Site]) -> None:
    site = open_desk(captcha=f'{ALTCHA}\non_outage = "hold"')
    assert problem_of(site.enquire(token=forge_token(), captcha="blocked"), 422)


def test_the_word_means_nothing_without_a_captcha(open_desk: Callable[..., Site]) -> None:
    site = open_desk(captcha=NONE)
    answer = site.enquire(token=forge_token(), captcha="blocked")
    lines = events_of(site, received(site, answer)["id"])
    assert [line["event"] for line in lines] == ["received"]


def test_an_enquiry_that_came_in_well_is_not_held_afterwards(
    open_desk: Callable[..., Site],
) -> None:
    """Its answer got lost, and when it is sent again the script is blocked."""
    site = open_desk(captcha=vendor("turnstile", "deliver"))
    token = forge_token()
    first = site.enquire(token=token, captcha="any")
    again = site.enquire(token=token, captcha="blocked")
    assert again.json() == first.json()
    lines = events_of(site, first.json()["id"])
    assert [line["event"] for line in lines] == ["received"]


@pytest.mark.parametrize(
    "captcha", [ALTCHA, vendor("hcaptcha", "hold"), vendor("turnstile", "hold")]
)
@pytest.mark.parametrize(
    ("contact", "text", "href"),
    [
        ("sales@Example.com", "sales@example.com", "mailto:sales@example.com"),
        ("+420777123456", "+420 777 123 456", "tel:+420777123456"),
    ],
)
def test_the_contact_is_told(
    open_desk: Callable[..., Site], captcha: str, contact: str, text: str, href: str
) -> None:
    form = FORM.replace('currency = "CZK"', f'contact = "{contact}"')
    told = facts(open_desk(captcha=captcha, forms=form))
    assert told["contact"] == {"text": text, "href": href}


def test_what_is_told_is_in_the_forms_language(open_desk: Callable[..., Site]) -> None:
    site = open_desk(captcha=vendor("hcaptcha", "hold"))
    assert facts(site, language="cs")["language"] == "cs"
    assert facts(site)["contact"] is None


@pytest.mark.parametrize("provider", VENDORS)
def test_a_script_from_elsewhere_is_all_that_may_be_loaded(
    open_desk: Callable[..., Site], provider: str
) -> None:
    own = 'script_url = "https://captcha.example.com:8443/1/api.js?endpoint=x"'
    site = open_desk(captcha=vendor(provider, "refuse", own))
    policy = site.get("/forms/riverside").headers["Content-Security-Policy"]
    assert "frame-src https://captcha.example.com:8443;" in policy
    assert "hcaptcha.com" not in policy
    assert "cloudflare.com" not in policy
    assert "please allow captcha.example.com;" in facts(site)["texts"]["blocked"]
