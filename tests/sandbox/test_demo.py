"""`frontdesk demo` as a command: what it starts, shows, writes and says."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import FrameLocator, Page, expect

from frontdesk.sandbox.demo.origins import Origins, other_crm
from frontdesk.sandbox.realgeeks.app import SITE
from tests.demo_process import Demo, command
from tests.support import free_block, tick


def test_the_front_page_shows_every_way_and_the_crm(demo: Demo, page: Page) -> None:
    page.goto(demo.origins.room)
    inbox = page.frame_locator("iframe[title*=CRM]")
    expect(inbox.get_by_text("Live")).to_be_visible()
    site = page.frame_locator("#site iframe")
    site.get_by_role("link", name="Enquire about A.101").click()
    expect(site.get_by_role("button", name="Send the enquiry")).to_be_visible()
    page.get_by_role("radio", name="Landing page").check()
    embedded = page.frame_locator("#landing iframe").frame_locator("iframe")
    expect(embedded.get_by_role("button", name="Send the enquiry")).to_be_visible()
    page.get_by_role("radio", name="Own form").check()
    own = page.frame_locator("#spa iframe")
    own.get_by_role("link", name="B.203").click()
    expect(own.get_by_role("button", name="Ask for a viewing")).to_be_visible()


def test_the_operators_inbox_has_some_to_play_with(demo: Demo, page: Page) -> None:
    page.goto(demo.origins.room)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="the operators’ inbox").click()
    inbox = opened.value
    for name, state in (("Petra", "held"), ("Karel", "failed"), ("Oksana", "unknown")):
        expect(inbox.get_by_role("link", name=name)).to_contain_text(state)
    inbox.close()
    refused = page.get_by_role("status").get_by_role("listitem").filter(has_text="Karel Svoboda")
    expect(refused).to_contain_text("was refused by the CRM: Incorrect parameter format: phone")
    with page.expect_popup() as opened:
        refused.get_by_role("link", name="correct it and send it again").click()
    inbox = opened.value
    inbox.get_by_role("button", name="Send again").click()
    expect(inbox.get_by_text("Failed: create-lead answered 400")).to_be_visible()
    inbox.get_by_role("link", name="Correct").click()
    inbox.get_by_label("Phone").fill("777 123 456")
    inbox.get_by_role("button", name="Save").click()
    before = len(demo.leads())
    inbox.get_by_role("button", name="Send again").click()
    assert demo.newest_lead(before)["surname"] == "Svoboda"
    expect(inbox.get_by_text("Delivered: crm: customer")).to_be_visible()


def test_the_front_page_has_its_own_files(demo: Demo) -> None:
    page = requests.get(demo.origins.room, timeout=60).text
    files = re.findall(r'(?:href|src)="(/[^"]+)"', page)
    assert {Path(file).name for file in files} == {"icon.svg", "room.css", "room.js"}
    for file in files:
        assert requests.get(demo.origins.room + file, timeout=60).ok, file


def fill_in(form: FrameLocator) -> None:
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    form.get_by_label("Phone", exact=True).fill("777 123 456")
    tick(form.get_by_label("I agree to the processing"))


def test_what_is_held_is_said_with_the_way_to_let_it_go(demo: Demo, page: Page) -> None:
    before = len(demo.leads())
    page.goto(demo.origins.room)
    newest = page.get_by_role("status").get_by_role("listitem").first
    site = page.frame_locator("#site iframe")
    site.get_by_role("link", name="Enquire about A.101").click()
    fill_in(site)
    site.locator("[name=link]").evaluate("field => field.value = 'as a robot does'")
    site.get_by_role("button", name="Send the enquiry").click()
    expect(newest).to_contain_text("is held, not sent: spam suspected: the hidden field was filled")
    assert len(demo.leads()) == before
    command = newest.locator("code").inner_text()
    subprocess.run(command.split(), check=True, timeout=60)
    expect(newest).to_contain_text("has arrived in the CRM.")
    assert demo.newest_lead(before)["surname"] == "Nováková"


def test_on_a_telephone_the_arrival_is_seen_and_the_tabs_stay_in_one_row(
    demo: Demo, open_page: Callable[..., Page]
) -> None:
    page = open_page(viewport={"width": 390, "height": 780})
    page.goto(demo.origins.room)
    tops = [tab.bounding_box() for tab in page.get_by_label("Way in").locator("label").all()]
    assert len({box["y"] for box in tops if box}) == 1
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    site = page.frame_locator("#site iframe")
    site.get_by_role("link", name="Enquire about A.101").click()
    fill_in(site)
    page.wait_for_timeout(2_100)  # nobody types faster, says fill_time
    site.get_by_role("button", name="Send the enquiry").click()
    # The thanks take the focus, and the page goes there with them: no visitor is faster than that.
    expect(site.locator("[tabindex]:focus", has_text="Thank you")).to_be_visible()
    arrived = page.get_by_role("status").get_by_text("Jana Nováková’s enquiry has arrived")
    expect(arrived).to_be_in_viewport()
    page.get_by_role("link", name="See the CRM").click()
    expect(page.locator("iframe[title*=CRM]")).to_be_in_viewport()
    lead = page.frame_locator("iframe[title*=CRM]").get_by_role("heading", name="Jana")
    expect(lead.first).to_be_visible()


def test_the_examples_are_third_parties_to_the_forms(demo: Demo) -> None:
    """Another port would do for an origin; for cookies and storage it takes another name."""
    names = {each: urlsplit(origin).hostname for each, origin in demo.origins._asdict().items()}
    assert names["leads"] not in (names["landing"], names["spa"])
    assert len(set(demo.origins)) == len(demo.origins)


@pytest.mark.parametrize("example", ["landing", "spa"])
def test_the_demos_addresses_stand_in_for_those_of_the_examples(demo: Demo, example: str) -> None:
    origin = getattr(demo.origins, example)
    for path in ("", "enquiry.js") if example == "spa" else ("",):
        answer = requests.get(f"{origin}/{path}", timeout=60)
        assert demo.origins.leads in answer.text
        assert "//leads.example.com" not in answer.text
    for path in ("../frontdesk.toml", "%2e%2e/frontdesk.toml", "nothing.html"):
        assert requests.get(f"{origin}/{path}", timeout=60).status_code == 404


def test_the_log_can_be_read_beside_it(demo: Demo) -> None:
    config = demo.directory / "frontdesk.toml"
    reading = [sys.executable, "-m", "frontdesk", "--config", str(config), "log", "--json"]
    assert subprocess.run(reading, capture_output=True, timeout=60).returncode == 0
    assert str(config) in demo.output.read_text()


def test_secrets_are_the_owners_alone(demo: Demo) -> None:
    assert demo.directory.stat().st_mode & 0o777 == 0o700
    for name in ("frontdesk.toml", "secret_key"):
        assert (demo.directory / name).stat().st_mode & 0o777 == 0o600


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    first = free_block(len(Origins._fields))
    with socket.create_server(("127.0.0.1", first + 1)):
        refused = subprocess.run(command(first, tmp_path), capture_output=True, text=True)
    assert refused.returncode == 2
    assert f"port {first + 1} is taken" in refused.stderr


def test_both_crms_can_be_shown(tmp_path: Path, page: Page) -> None:
    running = Demo(tmp_path / "data", (), 0, "--realgeeks")
    try:
        page.goto(running.origins.room)
        page.get_by_role("radio", name="Real Geeks").check()
        inbox = page.frame_locator("iframe[title*=Geeks]")
        expect(inbox.get_by_text("Live")).to_be_visible()
        lead = {"id": str(uuid4()), "source": "test", "first_name": "Jana", "tags": ["a", "b"]}
        note = {"type": "note", "source": "test", "description": "Unit: A.101"}
        requests.post(
            f"{other_crm(running.port)}/rest/sites/{SITE}/leads",
            json={**lead, "activities": [note]},
            auth=("sandbox", "sandbox"),
            timeout=60,
        ).raise_for_status()
        expect(inbox.get_by_role("heading", name="Jana")).to_be_visible()
        expect(inbox.get_by_text("Unit: A.101")).to_be_visible()
        expect(inbox.get_by_text("a,b")).to_be_visible()
        page.close()  # before the CRMs that it asks every second
        checking = ["--config", str(running.directory / "frontdesk.toml"), "check"]
        checked = subprocess.run(
            [sys.executable, "-m", "frontdesk", *checking],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "username and site accepted" in checked.stdout
    finally:
        assert running.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_without_a_word_too_much(tmp_path: Path, number: int) -> None:
    running = Demo(tmp_path / "data")
    assert requests.get(f"{running.origins.leads}/readyz", timeout=60).ok
    assert running.stop(number) == 0
    assert running.output.read_text().endswith("Stopped.\n")
    assert "Traceback" not in running.output.read_text()
    # Started again, it signs with the same key: forms that are still open go on working.
    key = (running.directory / "secret_key").read_text()
    again = Demo(running.directory)
    again.stop()
    assert (running.directory / "secret_key").read_text() == key
