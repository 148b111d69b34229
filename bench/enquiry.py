"""What all benchmarks send, and the form that takes it."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench.common import ROOT
from bench.load import MARK

FILL_TIME = 2.0  # seconds that must lie between a token and its enquiry
NO_CAPTCHA = 'provider = "none"\nallow_none = true'
NOBODY = "http://127.0.0.1:9"  # a CRM that is never asked

_CONFIG = """
data_dir = "var"
secret_key = "a secret of the benchmark, long enough"
trusted_proxies = 1

[limits]  # counted as in production, and never reached
submissions = "1000000/second; 1000000000/hour"
tokens = "1000000/second"
fill_time = "{fill_time} s"
threads = 64  # so that none is held because too many wait for the captcha's vendor

[captcha]
{captcha}

[delivery]
courier = "{courier}"

[destinations.crm]
type = "realpad"
base_url = "{crm}/ws/v10/"
login = "sandbox"
password = "sandbox"

"""
_FORM = """
[forms.{slug}]
title = "Riverside Residences"
destinations = ["crm"]
languages = ["en", "cs"]
phone_region = "{region}"
rooms = ["1+kk", "2+kk", "3+kk", "4+kk"]
allowed_origins = ["https://riverside.example.com"]
realpad = {{ project = 1234, referral = 77, campaign = "web", tags = ["web"] }}
consents = [
    {{ id = 1, label = "Send me news." }},
    {{ id = 2, label = "I agree to the processing of my personal data.", required = true }},
]

[[forms.{slug}.attributes]]
key = "customer_has_pets"
type = "boolean"
label = "Do you have pets?"

[[forms.{slug}.attributes]]
key = "customer_down_payment"
type = "decimal"
label = "Down payment"

[[forms.{slug}.attributes]]
key = "viewing_date"
type = "date"
label = "When would you like to see it?"

[[forms.{slug}.attributes]]
key = "customer_ab_test_param"
type = "select"
label = "Parking"
options = [{{ value = "1", label = "Garage" }}, {{ value = "2", label = "Outdoors" }}]
"""
FORMS = ("riverside", "hillside", "quayside")
VISITORS = 1000  # of addresses of their own
# Numbers of four regions; the first is also written without its prefix where it is at home.
_NUMBERS = ("777 123 {:03}", "+421 905 123 {:03}", "+49 1512 3456{:03}", "+44 7400 123{:03}")
_DOMAINS = [f"mail{number}.example.com" for number in range(50)]

ENQUIRY: dict[str, Any] = {
    "first_name": "Jana",
    "last_name": "Nováková",
    "email": f"jana.{MARK.decode()}@example.com",
    "phone": "777 123 456",
    "unit": "A.101",
    "rooms": ["2+kk", "3+kk"],
    "price_max": "8 500 000",
    "note": "Good afternoon, is there a cellar, and when could we see the flat? " * 3,
    "consents": [1, 2],
    "attributes": {
        "customer_has_pets": True,
        "customer_down_payment": 62.5,
        "viewing_date": "2027-03-01",
        "customer_ab_test_param": "2",
    },
    "language": "en",
    "campaign": "spring",
    "page": "https://riverside.example.com/flats/a-101",
    "captcha": "P1_" + "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9" * 8,
}


def configure(
    folder: Path,
    *,
    captcha: str = NO_CAPTCHA,
    courier: str = "apart",  # and none runs: only the way in is measured
    crm: str = NOBODY,
    fill_time: float = FILL_TIME,
    database: str = "",
) -> Path:
    """A configuration in a folder, which is made. `database`: has the journal, if there is one."""
    folder.mkdir(exist_ok=True)
    path = folder / "frontdesk.toml"
    text = _CONFIG.format(captcha=captcha, courier=courier, crm=crm, fill_time=fill_time)
    forms = [_FORM.format(slug=slug, region="CZ") for slug in FORMS]
    journal = f'[journal]\nstore = "postgresql"\nurl = "{database}"\n' if database else ""
    path.write_text("".join([text, *forms, journal]))
    return path


def environment(config: Path | None = None) -> dict[str, str]:
    """Of a process that serves; what is measured is this checkout."""
    paths = [str(ROOT), str(ROOT / "app")]
    known = {"FRONTDESK_CONFIG": str(config)} if config else {}
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **known}


def serve(port: int) -> list[str]:
    """The command of our own server."""
    return [sys.executable, "-m", "frontdesk", "serve", "--port", str(port)]


def took(config: Path, *arguments: str) -> float:
    """Seconds that a command takes."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "frontdesk", "--config", str(config), *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(config), capture_output=True, check=False
    )
    if done.returncode not in (0, 1) or not done.stdout:
        raise RuntimeError(done.stderr.decode())
    return time.perf_counter() - began


def contact(visitor: int) -> dict[str, str]:
    """How a visitor can be reached: of fifty mail domains, and telephones of four regions."""
    domain = _DOMAINS[visitor % len(_DOMAINS)]
    number = _NUMBERS[visitor % len(_NUMBERS)].format(visitor % 1000)
    return {"email": f"jana.{MARK.decode()}@{domain}", "phone": number}


def request(path: str, body: dict[str, Any], visitor: int) -> bytes:
    """A whole HTTP request, from a visitor of an address of its own."""
    data = json.dumps(body, ensure_ascii=False).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Accept: application/json\r\nOrigin: https://riverside.example.com\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
        f"X-Forwarded-For: 203.0.{visitor // 250}.{visitor % 250}\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def submissions(port: int, visitors: int = VISITORS) -> list[bytes]:
    """An enquiry of each visitor, to one of three forms, with a token that is good in FILL_TIME."""
    tokens = [token(port, FORMS[n % len(FORMS)]) for n in range(min(visitors, 10 * len(FORMS)))]
    return [
        request(
            f"/forms/{FORMS[visitor % len(FORMS)]}",
            {**ENQUIRY, **contact(visitor), "token": tokens[visitor % len(tokens)]},
            visitor,
        )
        for visitor in range(visitors)
    ]


def token(port: int, form: str = FORMS[0]) -> str:
    url = f"http://127.0.0.1:{port}/forms/{form}/token"
    with urllib.request.urlopen(url, timeout=30) as answer:
        issued: str = json.load(answer)["token"]
        return issued
