"""A visitor's and an operator's way, from a page in the browser to the CRM, with either store."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from playwright.sync_api import Page, expect

from frontdesk.cli import main
from tests.form.test_sending import expect_thanks, fill_in, send
from tests.postgresql import Database
from tests.store.postgresql.test_site import SECTION
from tests.support import Site, eventually, fault, leads, mend, open_app


@pytest.fixture(params=["files", "postgresql"])
def config(
    request: pytest.FixtureRequest,
    write_config: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Path]:
    if request.param == "files":
        yield write_config()
        return
    database: Database = request.getfixturevalue("database")
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", database.url)
    yield write_config(**{"\n[captcha]": SECTION})
    database.terminate()


def run(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *words])


def test_an_enquiry_that_the_crm_refuses_is_corrected_and_arrives(
    config: Path, serve: Callable[[Flask], Site], crm: str, page: Page
) -> None:
    site = serve(open_app(config))
    fault(crm, "status", status=400, times=None)
    page.goto(f"{site.url}/forms/riverside?lang=en")
    send(page)
    expect(page.get_by_label("First name")).to_have_attribute("aria-invalid", "true")
    fill_in(page)
    send(page)
    expect_thanks(page)
    assert eventually(lambda: "answered 400" in run(config, "log", "--state", "failed").stdout)

    mend(crm)
    identity = run(config, "log", "--text", "Nováková", "--json").stdout.split('"id":"')[1][:8]
    assert run(config, "amend", identity, "phone=777 123 456").exit_code == 0
    assert run(config, "replay", identity, "--no-wait").exit_code == 0
    assert eventually(lambda: identity in run(config, "log", "--state", "delivered").stdout)
    told = run(config, "show", identity).stdout
    assert [word in told for word in ("failed", "amended", "replayed", "delivered")] == [True] * 4
    [arrived] = leads(crm)
    assert (arrived["parameters"]["surname"], arrived["parameters"]["phone"]) == (
        "Nováková",
        "+420777123456",
    )
    assert run(config, "person", "--yes", "jana@example.com", "erase").exit_code == 0
    assert run(config, "log", "--text", "Nováková").stdout == ""
