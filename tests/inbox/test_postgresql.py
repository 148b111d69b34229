"""The inbox with its journal in PostgreSQL, on two machines: each a folder and a process's app."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flask import Flask

from frontdesk.config import load
from frontdesk.kinds import KINDS
from frontdesk.operations.prepare import prepare
from tests.inbox import leads
from tests.inbox.people import HILL, INBOX, Browser
from tests.postgresql import Database
from tests.support import FORM, Site, eventually, open_app


def test_two_people_on_two_machines(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], database: Database
) -> None:
    journal = f'[journal]\nstore = "postgresql"\nurl = "{database.url}"\n[delivery]'
    sites = []
    for number in range(2):
        replace = {
            "[delivery]": journal,
            'data_dir = "var"': f'data_dir = "var{number}"',
            'courier = "inside"': 'courier = "apart"',
        }
        config = write_config(FORM + HILL + INBOX, **replace)
        if not sites:
            prepare(load(config, KINDS))
        sites.append(serve(open_app(config)))
    one, other = browsers = [Browser(site) for site in sites]
    one.sign_in("act riverside")
    other.sign_in("act all")
    leads.failed(sites[0], form="hill", first_name="Emil")
    for number in range(5):
        identity = leads.held(sites[number % 2])
        for browser in browsers:
            assert browser.get(str(identity)).status_code == 200
        with ThreadPoolExecutor(2) as pool:
            answers = pool.map(lambda b: b.send(f"{identity}/release", version="2"), browsers)  # noqa: B023
            found = sorted(answer.url.rpartition("=")[2] for answer in answers)
        assert found == ["late", "released"]
    one.get()
    assert "All 5" in one.text
    assert "Emil" not in one.page.text
    other.get(tab="needs")
    assert "Emil" in other.text
    assert "All 6 Needs you 1 Waiting 5 Delivered 0" in other.text
    for browser in browsers:
        browser.http.close()


def test_the_list_has_its_index_built_where_no_courier_does(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], database: Database
) -> None:
    """Which is when somebody looks at it most."""
    replace = {
        "[delivery]": f'[journal]\nstore = "postgresql"\nurl = "{database.url}"\n[delivery]',
        'courier = "inside"': 'courier = "apart"',
    }
    config = write_config(FORM + HILL + INBOX, **replace)
    prepare(load(config, KINDS))
    site = serve(open_app(config))
    leads.held(site)
    browser = Browser(site)
    browser.sign_in("act all")
    eventually(lambda: browser.get().status_code == 200)
    assert "All 1 Needs you 1" in browser.text
    browser.http.close()
