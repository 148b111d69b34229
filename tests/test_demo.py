"""`frontdesk demo` in a real browser: all three ways in, each as far as the sandbox CRM."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.support import eventually, journal_lines, leads

PATIENCE = 20_000  # ms; a busy machine solves the proof of work slowly
FILL_TIME = 2_100  # ms; what is sent within 2 s of fetching the form is taken for a bot's


class Demo:
    """The demo as a process of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_block(4)
        self.site, self.leads, self.landing, self.sandbox = (
            f"http://127.0.0.1:{self.port + n}" for n in range(4)
        )
        self.output = directory.parent / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command(self.port, directory), stdout=output, stderr=subprocess.STDOUT
            )
        eventually(self._says_its_addresses)

    def _says_its_addresses(self) -> bool:
        assert self.process.poll() is None, self.output.read_text()
        return "Ctrl-C" in self.output.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it as an operator would; returns the exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)

    def newest_lead(self, already: int) -> dict[str, Any]:
        """The parameters of the one lead that arrives in addition to those that were there."""
        stored = eventually(lambda: found if len(found := leads(self.sandbox)) > already else None)
        assert len(stored) == already + 1
        parameters: dict[str, Any] = stored[-1]["parameters"]
        return parameters


def command(port: int, directory: Path) -> list[str]:
    options = ["--port", str(port), "--data-dir", str(directory), "--no-open"]
    return [sys.executable, "-m", "frontdesk", "demo", *options]


def free_block(length: int) -> int:
    """The first of some consecutive ports on which nobody listens."""
    for first in range(21_000 + os.getpid() % 1_000 * 8, 60_000, length):
        with_sockets = [socket.socket() for _ in range(length)]
        try:
            for n, each in enumerate(with_sockets):
                each.bind(("127.0.0.1", first + n))
        except OSError:
            continue
        else:
            return first
        finally:
            for each in with_sockets:
                each.close()
    raise AssertionError("no free ports")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("demo") / "data")
    yield running
    running.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; whatever the browser complains about fails the test."""
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context.new_page()
    context.close()
    # An answer of 422 is meant; browsers report every such fetch.
    assert [text for text in complaints if "status of 422" not in text] == []


def fill_in(form: FrameLocator | Page) -> None:
    """Type the enquiry into Frontdesk's own form, wherever it stands; the unit is left alone."""
    form.get_by_label("First name").fill("Jana")
    form.get_by_label("Last name").fill("Nováková")
    form.get_by_label("Email", exact=True).fill("jana@example.com")
    form.get_by_label("Phone", exact=True).fill("777 123 456")
    form.get_by_label("2+kk").check()
    form.get_by_label("3+kk").check()
    form.get_by_label("Highest price").fill("8 500 000")
    form.get_by_label("When can you come?").fill("2026-05-30")
    form.get_by_label("Do you have pets?").select_option("Yes")
    form.get_by_label("A parking space").check()
    form.get_by_label("A cellar").check()
    form.get_by_label("Message").fill("Is there a cellar?\nAnd a lift?")
    form.get_by_label("I agree to the processing").check()


EXPECTED = {
    "name": "Jana",
    "surname": "Nováková",
    "email": "jana@example.com",
    "phone": "+420777123456",
    "project": "1234",
    "referral": "77",
    "tags": "demo",
    "campaign": "web",
    "internalid": "A.101",
    "preferencerooms": "2+kk|3+kk",
    "preferencepricemax": "8500000",
    "note": "Is there a cellar?\nAnd a lift?",
    "language": "en",
    "consentsource": "127.0.0.1",
    "updateconsents": "2",
    "viewing_date": "2026-05-30",
    "has_pets": "true",
    "extras": "parking,cellar",
}


def test_from_the_sites_price_list_to_the_crm(demo: Demo, page: Page) -> None:
    before = len(leads(demo.sandbox))
    page.goto(f"{demo.site}/residences")
    page.get_by_role("link", name="Enquire about A.101").click()
    expect(page.get_by_role("banner").get_by_text("Riverside")).to_be_visible()
    expect(page.get_by_label("Unit")).to_have_value("A.101")
    fill_in(page)
    page.wait_for_timeout(FILL_TIME)
    page.get_by_role("button", name="Send the enquiry").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.get_by_role("banner").get_by_text("Riverside")).to_be_visible()
    assert demo.newest_lead(before) == EXPECTED


def test_from_an_iframe_on_another_origin_to_the_crm(demo: Demo, page: Page) -> None:
    before = len(leads(demo.sandbox))
    page.goto(demo.landing)
    form = page.frame_locator("iframe")
    fill_in(form)
    expect(form.get_by_role("link", name="Riverside")).to_have_count(0)  # no site around it
    form.get_by_label("Unit").select_option("B.203")
    form.get_by_label("Let me know").check()
    page.wait_for_timeout(FILL_TIME)
    form.get_by_role("button", name="Send the enquiry").click()
    expect(form.get_by_role("heading", name="Thank you")).to_be_visible()
    assert demo.newest_lead(before) == EXPECTED | {
        "internalid": "B.203",
        "campaign": "open-day",
        "tags": "demo,iframe",
        "updateconsents": "2,1",
    }
    last = journal_lines(demo.directory / "journal")
    received = [line for line in last if line["event"] == "received"][-1]
    assert received["origin"]["page"] == f"{demo.landing}/"


def test_from_a_form_of_ones_own_to_the_crm(demo: Demo, page: Page) -> None:
    before = len(leads(demo.sandbox))
    page.goto(f"{demo.landing}/own-form")
    page.get_by_label("First name").fill("Jana")
    page.get_by_label("Email").fill("jana@")
    page.get_by_label("2+kk").check()
    page.get_by_label("4+kk").check()
    page.wait_for_timeout(FILL_TIME)
    page.get_by_role("button", name="Send").click()

    # The answer comes as JSON; the page puts it at the fields.
    expect(page.get_by_text("Please tell us your last name.")).to_be_visible()
    expect(page.get_by_text("This email address is not complete")).to_be_visible()
    expect(page.get_by_text("Without this consent we cannot reply")).to_be_visible()
    expect(page.get_by_label("Last name")).to_be_focused()

    page.get_by_label("Last name").fill("Nováková")
    page.get_by_label("Email").fill("jana@example.com")
    page.get_by_label("Flat", exact=True).select_option("C.401")
    page.get_by_label("At most").fill("16 000 000")
    page.get_by_label("I agree to the processing").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you, Jana!")).to_be_visible()
    assert demo.newest_lead(before) == {
        "name": "Jana",
        "surname": "Nováková",
        "email": "jana@example.com",
        "project": "1234",
        "referral": "77",
        "tags": "demo,json",
        "campaign": "open-day",
        "internalid": "C.401",
        "preferencerooms": "2+kk|4+kk",
        "preferencepricemax": "16000000",
        "language": "en",
        "consentsource": "127.0.0.1",
        "updateconsents": "2",
    }


def test_what_cannot_be_sent_is_kept_and_explained(demo: Demo, page: Page) -> None:
    before = len(leads(demo.sandbox))
    page.goto(f"{demo.site}/enquiry/forms/riverside?unit=C.401&lang=en")
    fill_in(page)
    page.get_by_label("Phone", exact=True).fill("12")
    page.get_by_label("Highest price").fill("8,5 mil.")
    page.wait_for_timeout(FILL_TIME)
    page.get_by_role("button", name="Send the enquiry").click()
    expect(page.get_by_role("alert")).to_be_focused()
    for label in ("Phone", "Highest price"):
        expect(page.get_by_label(label, exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Highest price")).to_have_value("8,5 mil.")
    expect(page.get_by_label("First name")).to_have_value("Jana")
    expect(page.get_by_label("Unit")).to_have_value("C.401")
    expect(page.get_by_label("3+kk")).to_be_checked()
    expect(page.get_by_label("I agree to the processing")).to_be_checked()

    page.get_by_label("Phone", exact=True).fill("777 123 456")
    page.get_by_label("Highest price").fill("8.500.000")
    page.get_by_role("button", name="Send the enquiry").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert demo.newest_lead(before) == EXPECTED | {"internalid": "C.401"}


def test_what_is_missing_is_said_at_once(demo: Demo, page: Page) -> None:
    before = len(leads(demo.sandbox))
    page.goto(f"{demo.site}/enquiry/forms/riverside?lang=en")
    page.get_by_role("button", name="Send the enquiry").click()
    for field in ("first_name", "last_name", "email", "consent_2"):
        expect(page.locator(f"#{field}-error")).not_to_be_empty()
    expect(page.get_by_label("First name")).to_be_focused()
    page.get_by_label("Phone", exact=True).fill("7")
    expect(page.locator("#email-error")).to_be_empty()  # one of the two is enough
    expect(page.locator("#last_name-error")).not_to_be_empty()
    assert len(leads(demo.sandbox)) == before


def test_the_front_page_shows_every_way_and_the_crm(demo: Demo, page: Page) -> None:
    page.goto(demo.site)
    inbox = page.frame_locator("iframe[title*=CRM]")
    expect(inbox.get_by_text("Live")).to_be_visible()
    site = page.frame_locator("#drop-in iframe")
    expect(site.get_by_role("link", name="Enquire about A.101")).to_be_visible()
    page.get_by_role("radio", name="iframe").check()
    embedded = page.frame_locator("#iframe iframe").frame_locator("iframe")
    expect(embedded.get_by_role("button", name="Send the enquiry")).to_be_visible()
    page.get_by_role("radio", name="JSON").check()
    own = page.frame_locator("#json iframe")
    expect(own.get_by_role("button", name="Send")).to_be_visible()


def test_the_log_can_be_read_beside_it(demo: Demo) -> None:
    config = demo.directory / "frontdesk.toml"
    reading = [sys.executable, "-m", "frontdesk", "--config", str(config), "log", "--json"]
    assert subprocess.run(reading, capture_output=True, timeout=30).returncode == 0
    assert str(config) in demo.output.read_text()


def test_secrets_are_the_owners_alone(demo: Demo) -> None:
    assert demo.directory.stat().st_mode & 0o777 == 0o700
    for name in ("frontdesk.toml", "secret_key"):
        assert (demo.directory / name).stat().st_mode & 0o777 == 0o600


def test_a_port_that_is_taken_is_named(demo: Demo, tmp_path: Path) -> None:
    second = subprocess.run(
        command(demo.port - 1, tmp_path), capture_output=True, text=True, timeout=30
    )
    assert second.returncode == 2
    assert f"port {demo.port} is taken" in second.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_without_a_word_too_much(tmp_path: Path, number: int) -> None:
    running = Demo(tmp_path / "data")
    assert requests.get(f"{running.leads}/readyz", timeout=30).ok
    assert running.stop(number) == 0
    assert running.output.read_text().endswith("Stopped.\n")
    assert "Traceback" not in running.output.read_text()
    # Started again, it signs with the same key: forms that are still open go on working.
    key = (running.directory / "secret_key").read_text()
    again = Demo(running.directory)
    again.stop()
    assert (running.directory / "secret_key").read_text() == key
