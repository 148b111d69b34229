"""A reload of the configuration: somebody comes, somebody goes, the inbox itself comes and goes."""

from pathlib import Path

from flask import Flask

from tests import test_processes as processes
from tests.inbox.people import HASH, Browser, entry
from tests.support import FORM, Site
from tests.test_processes import Start
from tests.test_reload import House

start, sandbox = processes.start, processes.sandbox  # fixtures


def test_who_may_is_taken_anew(start: Start, sandbox: str, tmp_path: Path) -> None:
    house = House(tmp_path, sandbox)

    def write(people: str) -> None:
        text = f'forms_dir = "forms.d"\n{house.general}{FORM}{people}'
        (tmp_path / "frontdesk.toml").write_text(text)

    def reload(people: str) -> None:
        write(people)
        assert house.reload()[0] == 0

    write(entry("Eva", "act"))
    house.serve(start, 1)
    assert f"Inbox: {house.url}/inbox/" in house.log()
    browser = Browser(Site(Flask("served elsewhere"), house.url))
    assert browser.sign_in("Eva").status_code == 200
    reload(entry("Eva", "read") + entry("Jan", "read"))
    assert browser.get(follow=False).status_code == 200, "another role is no other password"
    reload(entry("Eva", "read", password=HASH.replace("$", "$x", 1)))
    assert browser.get(follow=False).status_code == 303
    reload("")
    assert browser.get().status_code == 404
    reload(entry("Jan", "read"))
    assert browser.get(follow=False).status_code == 303
    browser.http.close()
