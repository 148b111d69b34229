"""What was held goes on its way when it comes again and nothing holds it back."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from frontdesk import create_app
from frontdesk.cli import main
from tests.intake.desk import forge_token
from tests.intake.siteverify import HTML, JSON, SiteVerify
from tests.support import ENQUIRY, Site, eventually, leads, serving

HOUR = 3600
ONCE = {"Idempotency-Key": "one and the same"}


@pytest.fixture
def vendor() -> Iterator[SiteVerify]:
    refusal = (200, JSON, {"success": False, "error-codes": ["invalid-input-response"]})
    stub = SiteVerify({"ill": (500, HTML, b""), "bad": refusal}, "")
    yield stub
    stub.close()


@pytest.fixture
def start(
    write_config: Callable[..., Path], vendor: SiteVerify
) -> Iterator[Callable[..., tuple[Site, Path]]]:
    """Start a desk whose form takes a minute to fill in, on the same data each time."""
    keys = {"provider": "turnstile", "sitekey": "k", "secret": "s", "verify_url": vendor.url}
    captcha = "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())
    changes = {
        'provider = "none"\nallow_none = true': f'{captcha}\ntimeout = "30 s"',
        'fill_time = "0 s"': 'fill_time = "1 minute"',
    }
    with ExitStack() as running:

        def start(**more: str) -> tuple[Site, Path]:
            config = write_config(**changes, **more)
            return running.enter_context(serving(create_app(config))), config

        yield start


def send(site: Site, *, age: int = HOUR, **changes: Any) -> requests.Response:
    body = {**ENQUIRY, "captcha": "good", **changes}
    token = forge_token(age=age)
    return site.post("/forms/riverside", json={**body, "token": token}, headers=ONCE)


def state(config: Path, answer: requests.Response) -> str:
    assert answer.status_code == 202, answer.text
    command = ["--config", str(config), "log", "--json"]
    lines = CliRunner().invoke(main, command).stdout.splitlines()
    (found,) = [json.loads(line) for line in lines]
    assert found["submission"]["id"] == answer.json()["id"]
    word: str = found["state"]
    return word


FIRST: dict[str, dict[str, Any]] = {
    "blocked": {"captcha": "blocked"},
    "an outage": {"captcha": "ill"},
    "hasty": {"age": 0},
    "the hidden field": {"link": "https://spam.example"},
    "all of it": {"captcha": "blocked", "age": 0, "link": "https://spam.example"},
}


@pytest.mark.parametrize("first", FIRST.values(), ids=FIRST)
def test_it_is_delivered_once(
    start: Callable[..., tuple[Site, Path]], crm: str, first: dict[str, Any]
) -> None:
    site, config = start()
    held = send(site, **first)
    assert state(config, held) == "held"
    assert send(site, **first).json() == held.json()
    assert state(config, held) == "held", "to send the same again does not help"
    assert send(site).json() == held.json()
    eventually(lambda: state(config, held) == "delivered")
    assert send(site, **first).json() == held.json()
    assert send(site).json() == held.json()
    assert state(config, held) == "delivered"
    assert len(leads(crm)) == 1


def test_a_failed_captcha_lets_nothing_go(
    start: Callable[..., tuple[Site, Path]],
) -> None:
    site, config = start()
    held = send(site, captcha="blocked")
    send(site, captcha="bad")
    assert state(config, held) == "held"


def test_what_a_person_discarded_stays_so(start: Callable[..., tuple[Site, Path]]) -> None:
    site, config = start()
    held = send(site, captcha="blocked")
    command = ["--config", str(config), "release", "--discard", held.json()["id"]]
    assert CliRunner().invoke(main, command).exit_code == 0
    assert send(site).json() == held.json()
    assert state(config, held) == "discarded"


def test_in_another_process_and_after_a_restart(
    start: Callable[..., tuple[Site, Path]], crm: str
) -> None:
    apart = {'courier = "inside"': 'courier = "apart"'}
    first, config = start(**apart)
    held = send(first, captcha="blocked")
    second, _ = start(**apart)
    send(second)
    assert state(config, held) == "pending"
    start()
    eventually(lambda: state(config, held) == "delivered")
    assert len(leads(crm)) == 1


def test_who_came_in_with_another_token_meanwhile_is_not_delivered_twice(
    start: Callable[..., tuple[Site, Path]], crm: str
) -> None:
    site, config = start(**{'same_within = "0 s"': 'same_within = "10 minutes"'})
    send(site, captcha="blocked")
    body = {**ENQUIRY, "captcha": "good", "token": forge_token(age=HOUR)}
    assert site.post("/forms/riverside", json=body).status_code == 202
    eventually(lambda: leads(crm))
    send(site)

    def states() -> list[str]:
        command = ["--config", str(config), "log", "--json"]
        lines = CliRunner().invoke(main, command).stdout.splitlines()
        return sorted(json.loads(line)["state"] for line in lines)

    eventually(lambda: states() == ["delivered", "duplicate"])
    assert len(leads(crm)) == 1
