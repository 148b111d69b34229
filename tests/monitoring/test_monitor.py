"""/metrics and /readyz of running sites, and what they say of a CRM in trouble."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from flask import Flask
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from frontdesk.model.events import utcnow
from tests.samples import received
from tests.support import (
    FORM,
    METRICS,
    METRICS_TOKEN,
    Site,
    eventually,
    fault,
    open_app,
)

BEARER = {"Authorization": f"Bearer {METRICS_TOKEN}"}


@pytest.fixture
def sites(write_config: Callable[..., Path], serve: Callable[[Flask], Site]) -> tuple[Site, Site]:
    """Two desks on one journal."""
    config = write_config(FORM + METRICS)
    return serve(open_app(config)), serve(open_app(config))


# -- who may read it ---------------------------------------------------------------------------


def test_without_configuration_there_is_nothing(site: Site) -> None:
    answer = site.get("/metrics", headers=BEARER)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer",
        "Bearer ",
        f"Bearer {METRICS_TOKEN}x",
        f"Bearer {METRICS_TOKEN[:-1]}",
        f"Basic {METRICS_TOKEN}",
        METRICS_TOKEN,
        "Bearer Prosím".encode(),
    ],
)
def test_only_for_whoever_has_the_token(
    sites: tuple[Site, Site], authorization: str | bytes | None
) -> None:
    answer = sites[0].get("/metrics", headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "frontdesk_" not in answer.text


def test_not_kept_by_caches_and_not_for_pages_of_others(sites: tuple[Site, Site]) -> None:
    headers = {**BEARER, "Origin": "https://riverside.example.com"}
    answer = sites[0].get("/metrics", headers=headers)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == sites[0].url
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_openmetrics_for_whoever_asks_for_it(sites: tuple[Site, Site]) -> None:
    headers = {**BEARER, "Accept": "application/openmetrics-text; version=1.0.0"}
    answer = sites[0].get("/metrics", headers=headers)
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    families = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {"frontdesk_submissions", "frontdesk_refused", "frontdesk_owed"} <= families


def test_the_host_sites_own_metrics_are_left_alone(sites: tuple[Site, Site]) -> None:
    text = sites[0].get("/metrics", headers=BEARER).text
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert names
    assert all(name.startswith("frontdesk_") for name in names)


# -- what it says ------------------------------------------------------------------------------


def test_either_desk_tells_what_both_have_done(sites: tuple[Site, Site]) -> None:
    for site in sites:
        assert site.metrics()("submissions_total", form="riverside") == 0
    for site in sites:
        assert site.enquire(note=f"Sent to {site.url}").status_code == 202
    assert sites[0].enquire(link="https://spam.example").status_code == 202

    def settled() -> bool:
        return all(
            site.metrics()("deliveries_total", destination="crm", outcome="delivered") == 2
            for site in sites
        )

    eventually(settled)
    for site in sites:
        found = site.metrics()
        assert found("submissions_total", form="riverside") == 3
        assert found("submissions_held_total", form="riverside") == 1
        assert found("open_submissions", state="held") == found("open_submissions") == 1
        assert found("owed", destination="crm") == found("oldest_owed_seconds") == 0
        assert utcnow().timestamp() - found("last_delivery_timestamp_seconds") < 600
        assert found("courier_running") == found("journal_writable") == 1
        assert 0 < found("disk_free_ratio") < 1


def test_a_closed_account(sites: tuple[Site, Site], crm: str) -> None:
    fault(crm, "status", status=401)
    sites[0].enquire()
    eventually(lambda: sites[1].metrics()("account_closed", destination="crm"))
    sites[0].enquire(note="Waits behind the first one.")
    found = sites[1].metrics()
    assert found("account_closures_total", destination="crm") == 1
    assert found("deliveries_total", destination="crm", outcome="failed") == 1
    assert found("open_submissions", state="failed") == 1
    assert found("owed", destination="crm") == 1
    assert found("oldest_owed_seconds", destination="crm") > 0


def test_either_desk_tells_what_was_wrong_with_what_both_have_refused(
    sites: tuple[Site, Site],
) -> None:
    for site in sites:
        found = site.metrics()
        assert found("refused_fields_total", form="riverside", field="token", reason="stale") == 0
        assert site.enquire(email="jana@", surname="Nováková").status_code == 422
        site.app.extensions["frontdesk"].intake.tally.write()
    for site in sites:
        found = site.metrics()
        assert found("refused_fields_total", form="riverside", field="email", reason="invalid") == 2
        assert found("refused_fields_total", form="riverside", field="other") == 2
        assert found("refused_fields_total") == 4


def test_refusals_and_verdicts_are_counted(sites: tuple[Site, Site]) -> None:
    site = sites[0]

    def counts() -> dict[str, float]:
        found = site.metrics()
        reasons = ("token", "fields", "origin")
        told = {
            reason: found("refused_total", form="riverside", reason=reason) for reason in reasons
        }
        return told | {
            "passed": found("captcha_verdicts_total", provider="none", verdict="passed"),
            "flushes": found("journal_flush_duration_seconds_count"),
        }

    before = counts()
    assert site.enquire(email="nobody").status_code == 422
    assert site.enquire(token="made up").status_code == 403
    foreign = {"Origin": "https://elsewhere.example"}
    assert site.post("/forms/riverside", json={}, headers=foreign).status_code == 403
    assert site.enquire().status_code == 202
    after = counts()
    more = {name: after[name] - before[name] for name in before}
    assert more.pop("flushes") >= 1
    assert more == {"token": 1, "fields": 1, "origin": 1, "passed": 1}


def test_requests_are_timed_by_endpoint_and_not_by_what_was_asked_for(
    sites: tuple[Site, Site],
) -> None:
    site = sites[0]
    assert site.get("/forms/riverside?unit=A.101").status_code == 200
    assert site.get("/forms/nothing-of-the-sort").status_code == 404
    found = site.metrics()
    assert found("request_duration_seconds_count", endpoint="form_page", status="2xx") >= 1
    assert found("request_duration_seconds_count", endpoint="form_page", status="4xx") >= 1
    text = site.get("/metrics", headers=BEARER).text
    assert "nothing-of-the-sort" not in text
    assert "A.101" not in text


def test_nobody_is_named(sites: tuple[Site, Site]) -> None:
    sites[0].enquire()
    text = sites[0].get("/metrics", headers=BEARER).text
    for personal in ("Jana", "jana@", "777 123", "777123", "127.0.0.1"):
        assert personal not in text


# -- /readyz -----------------------------------------------------------------------------------


def warnings(site: Site) -> list[str] | None:
    answer = site.get("/readyz")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    found: list[str] | None = answer.json().get("warnings")
    return found


def test_a_desk_that_is_well_has_no_warnings(site: Site) -> None:
    eventually(lambda: warnings(site) == [])  # which it does not know before it has looked
    assert site.get("/readyz").json() == {"status": "ready", "warnings": []}


def test_a_crm_in_trouble_is_a_warning_and_the_form_stays(site: Site, crm: str) -> None:
    fault(crm, "status", status=401)
    site.enquire()
    eventually(lambda: warnings(site) == ["closed", "failed"])
    site.enquire(link="https://spam.example")
    eventually(lambda: warnings(site) == ["closed", "failed", "held"])


def test_what_is_late_and_delivered_by_nobody(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    app = open_app(write_config(**{'courier = "inside"': 'courier = "apart"'}))
    journal = app.extensions["frontdesk"].intake.store
    long_ago = utcnow().replace(year=2025)
    journal.append(received(at=long_ago))
    site = serve(app)
    eventually(lambda: warnings(site) == ["courier", "late"])


def test_it_is_not_made_to_wait_for_another_process_that_builds_the_index(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], tmp_path: Path
) -> None:
    """What is not known yet is not told, and then it is."""
    app = open_app(write_config(**{'courier = "inside"': 'courier = "apart"'}))
    app.extensions["frontdesk"].intake.store.append(received())
    site = serve(app)
    index = tmp_path / "var/index"
    index.mkdir(mode=0o700, exist_ok=True)
    with building(index):
        assert warnings(site) is None
    eventually(lambda: warnings(site) == ["courier"])


@contextmanager
def building(folder: Path) -> Iterator[None]:
    """As another process holds an index's folder while it builds."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def test_a_journal_that_cannot_be_written_is_told_as_before(
    sites: tuple[Site, Site], tmp_path: Path
) -> None:
    site = sites[0]
    eventually(lambda: warnings(site) == [])  # which it does not know before it has looked
    journal = tmp_path / "var/journal"
    journal.rename(tmp_path / "away")
    journal.write_text("A file in the folder's place.")
    answer = eventually(lambda: _unready(site))
    assert answer["status"] == "unready"
    assert "cannot be written" in answer["problems"][0]
    assert "warnings" not in answer
    found = site.metrics()
    assert found("journal_writable") == 0
    failures = found("journal_flush_failures_total")
    assert site.enquire().status_code == 503
    assert site.metrics()("journal_flush_failures_total") == failures + 1


def _unready(site: Site) -> dict[str, object] | None:
    answer: requests.Response = site.get("/readyz")
    return answer.json() if answer.status_code == 503 else None
