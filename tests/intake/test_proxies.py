"""A proxy of which the configuration says nothing is noticed; so is who is refused for it."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from frontdesk import create_app
from frontdesk.cli import main
from tests.intake.desk import configuration, forge_token
from tests.support import ENQUIRY, FORM, METRICS, Site, eventually, serving

FORWARDED = {"X-Forwarded-For": "203.0.113.9"}


def warnings(site: Site) -> list[str]:
    found: list[str] = site.get("/readyz").json().get("warnings", [])
    return found


def status(folder: Path) -> Result:
    return CliRunner().invoke(main, ["--config", str(folder / "frontdesk.toml"), "status"])


def said(caplog: pytest.LogCaptureFixture) -> int:
    return caplog.text.count("trusted_proxies is 0")


def test_it_is_said_once_in_the_log_and_wherever_somebody_looks(
    tmp_path: Path, open_desk: Callable[..., Site], caplog: pytest.LogCaptureFixture
) -> None:
    site = open_desk()
    assert site.get("/readyz").json()["status"] == "ready"
    for _ in range(3):
        site.get("/forms/riverside/token", headers=FORWARDED)
    assert said(caplog) == 1
    assert "203.0.113.9" not in caplog.text
    eventually(lambda: "proxies" in warnings(site))
    told = status(tmp_path)
    assert told.exit_code == 1
    assert "trusted_proxies is 0" in " ".join(told.stdout.split())
    # What the configuration says now, is said no more.
    (tmp_path / "frontdesk.toml").write_text(configuration(top="trusted_proxies = 1"))
    assert "trusted_proxies" not in status(tmp_path).stdout


def test_after_a_day_it_is_forgotten(tmp_path: Path, open_desk: Callable[..., Site]) -> None:
    site = open_desk()
    site.get("/readyz")
    site.get("/forms/riverside/token", headers=FORWARDED)
    assert "trusted_proxies" in status(tmp_path).stdout
    yesterday = time.time() - 86500
    os.utime(tmp_path / "var/unknown-proxy", (yesterday, yesterday))
    assert "trusted_proxies" not in status(tmp_path).stdout


@pytest.mark.parametrize(
    ("top", "headers", "peer"),
    [
        ("", {}, "127.0.0.1"),
        ("trusted_proxies = 1", FORWARDED, "127.0.0.1"),
        ("", FORWARDED, "198.41.200.7"),  # a stranger, who can send any header
        ("", FORWARDED, "2a00:1450:4014::1"),
    ],
)
def test_nothing_is_said_without_reason(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    top: str,
    headers: dict[str, str],
    peer: str,
) -> None:
    (tmp_path / "frontdesk.toml").write_text(configuration(top=top))
    app = create_app(tmp_path / "frontdesk.toml")
    with serving(from_there(app, peer)) as site:
        site.get("/readyz")
        assert site.get("/forms/riverside/token", headers=headers).status_code == 200
    assert said(caplog) == 0
    assert not (tmp_path / "var/unknown-proxy").exists()


def from_there(app: Flask, peer: str) -> Flask:
    """The app as if its visitors were at that address."""
    serves = app.wsgi_app
    app.wsgi_app = lambda environ, start: serves({**environ, "REMOTE_ADDR": peer}, start)  # type: ignore[method-assign]
    return app


def test_who_comes_too_often_is_counted_and_not_named(
    open_desk: Callable[..., Site], caplog: pytest.LogCaptureFixture
) -> None:
    limits = 'submissions = "1/hour"\ntokens = "2/hour"'
    site = open_desk(limits=limits, forms=FORM + METRICS)

    def refused(reason: str) -> float:
        return site.metrics()("refused_total", form="riverside", reason=reason)

    before = refused("rate"), refused("tokens")
    for _ in range(4):
        site.post("/forms/riverside", json={**ENQUIRY, "token": forge_token()})
        site.get("/forms/riverside/token")
    assert (refused("rate"), refused("tokens")) == (before[0] + 3, before[1] + 2)
    lines = [r.getMessage() for r in caplog.records if "too often" in r.getMessage()]
    assert lines == ["form riverside: 1 refused for coming too often; see [limits]"]
    assert caplog.records[0].levelno == logging.WARNING
    assert "127.0.0.1" not in "".join(lines)
