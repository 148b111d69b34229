"""Addresses in the configuration, of whatever setting: what they become, what is none."""

from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from flask import Flask

from frontdesk import create_app
from frontdesk.config import ConfigError, load
from frontdesk.kinds import KINDS
from tests.support import FORM, Site

CAPTCHA = """
data_dir = "var"
secret_key = "a secret of the tests, long enough"
[captcha]
provider = "turnstile"
sitekey = "0x4AAAAAAA"
secret = "0x4AAAAAAA-secret"
[destinations.crm]
type = "realpad"
login = "sandbox"
password = "sandbox"
"""
# A table of the file, and the setting in it that is an address.
SETTINGS = {
    "public_url": ("data_dir = ", "public_url"),
    "captcha.verify_url": ("provider = ", "verify_url"),
    "captcha.script_url": ("provider = ", "script_url"),
    "destinations.crm.base_url": ("login = ", "base_url"),
    "forms.riverside.privacy_url": ("phone_region = ", "privacy_url"),
    "forms.riverside.success_url": ("phone_region = ", "success_url"),
    "forms.riverside.allowed_origins[0]": ("allowed_origins = ", "allowed_origins"),
}


@pytest.fixture
def problems(tmp_path: Path) -> Callable[[str, str], list[str]]:
    def told(setting: str, written: str) -> list[str]:
        beside, key = SETTINGS[setting]
        text = (CAPTCHA + FORM).replace('allowed_origins = ["https://riverside.example.com"]\n', "")
        if key == "allowed_origins":
            beside, written = "phone_region = ", f"[{written}]"
        assert text.count(f"\n{beside}") == 1
        path = tmp_path / "frontdesk.toml"
        path.write_text(
            text.replace(f"\n{beside}", f"\n{key} = {written}\n{beside}"), encoding="utf-8"
        )
        try:
            load(path, KINDS)
        except ConfigError as error:
            return error.problems
        return []

    return told


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize(
    "written",
    [
        r"https://example.com\n",
        r"https://exam\tple.com",
        r"https://exam\u0000ple.com",
        "https://example.com /",
        "https://example.com; script-src *",
        "https://example.com;sandbox",
        "https://example.com,https://other.example.com",
        "https://example.com'",
        r"https://example.com/\"",
        r"https://example.com\\@other.example.com",
        "https://example.com:port",
        "https://example.com:65536",
        "https://:8080",
        "https://[::1",
        "https://me@example.com",
        "https://:pw@example.com",
        "https://př.cz;.cz",
        "https://-ř.cz",
    ],
)
def test_what_is_no_address_is_refused(
    problems: Callable[[str, str], list[str]], setting: str, written: str
) -> None:
    [told] = problems(setting, f'"{written}"')
    assert told.startswith(f"{setting}: ")


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize(
    "written",
    [
        "https://example.com",
        "http://crm_stand-in:8002/",
        "http://[::1]:3000",
        "http://192.0.2.7",
        "https://příklad.cz/",
    ],
)
def test_what_is_an_address_is_taken(
    problems: Callable[[str, str], list[str]], setting: str, written: str
) -> None:
    assert problems(setting, f'"{written}"') == []


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (
            "https://příklad.cz/děkujeme?z=á#é",
            "https://xn--pklad-zsa96e.cz/d%C4%9Bkujeme?z=%C3%A1#%C3%A9",
        ),
        ("https://straße.example:8443/a,b;c", "https://xn--strae-oqa.example:8443/a,b;c"),
        ("https://example.com/a,b;c?d={e}", "https://example.com/a,b;c?d={e}"),
    ],
)
def test_international_names_are_sent_as_browsers_send_them(
    write_config: Callable[..., Path], written: str, sent: str
) -> None:
    config = write_config(**{'currency = "CZK"': f'success_url = "{written}"'})
    assert load(config, KINDS).forms["riverside"].success_url == sent


def test_a_form_with_international_names_works(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    ours = "https://riverside.example.com"
    config = write_config(
        **{
            'currency = "CZK"': 'success_url = "https://Příklad.cz/děkujeme"',
            f'["{ours}"]': '["https://Příklad.cz:8443"]',
        }
    )
    site = serve(create_app(config))
    page = site.get("/forms/riverside")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' https://xn--pklad-zsa96e.cz;" in policy
    assert policy.endswith("frame-ancestors 'self' https://xn--pklad-zsa96e.cz:8443")
    fields = {"first_name": "Eva", "last_name": "Malá", "phone": "603123456", "consent_2": "y"}
    answer: requests.Response = site.post(
        "/forms/riverside",
        data={**fields, "token": site.token()},
        headers={"Origin": "https://xn--pklad-zsa96e.cz:8443"},
    )
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("https://xn--pklad-zsa96e.cz/d%C4%9Bkujeme")
