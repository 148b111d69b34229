"""The extension in a host: one object for several apps, and mistakes told in sentences."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string
from jinja2 import StrictUndefined

from frontdesk import ConfigError, Frontdesk, Person
from tests.support import FORM, Site, eventually, journal_lines


def test_one_extension_serves_two_apps_each_with_its_own(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], tmp_path: Path
) -> None:
    first = tmp_path / "first.toml"
    write_config(**{'data_dir = "var"': 'data_dir = "one"'}).rename(first)
    second = write_config(FORM.replace("forms.riverside", "forms.hillside"))
    extension = Frontdesk(config=first, url_prefix="/enquiry")
    apps = Flask("one"), Flask("two")
    extension.init_app(apps[0])
    extension.init_app(apps[1], config=second, url_prefix="/contact")
    one, two = map(serve, apps)
    assert one.get("/enquiry/forms/riverside").status_code == 200
    assert one.get("/enquiry/forms/hillside").status_code == 404
    assert two.get("/contact/forms/hillside").status_code == 200
    assert two.get("/contact/forms/riverside").status_code == 404
    body = {"first_name": "Jana", "last_name": "Nová", "phone": "777 123 456", "consents": [2]}
    for site, path, folder in (
        (one, "/enquiry/forms/riverside", "one"),
        (two, "/contact/forms/hillside", "var"),
    ):
        token = site.get(f"{path}/token").json()["token"]
        identity = site.post(path, json={**body, "token": token}).json()["id"]
        lines = eventually(lambda at=tmp_path / folder / "journal": journal_lines(at))
        assert {line["id"] for line in lines} == {identity}


def test_an_app_of_its_own_makes_an_extension_twice(write_config: Callable[..., Path]) -> None:
    app, extension = Flask("host"), Frontdesk(config=write_config())
    extension.init_app(app)
    before = app.extensions["frontdesk"]
    with pytest.raises(ValueError, match="has a Frontdesk already"):
        extension.init_app(app)
    assert app.extensions["frontdesk"] is before
    before.close()


HOST = """
from flask import Flask
from frontdesk import Frontdesk

app = Flask(__name__)
Frontdesk(app, config={config!r})
"""


@pytest.fixture
def wrong(write_config: Callable[..., Path], tmp_path: Path) -> Path:
    """A host's app.py whose configuration has two mistakes."""
    config = write_config(**{'login = "sandbox"': "", 'currency = "CZK"': 'currency = "Kc"'})
    host = tmp_path / "app.py"
    host.write_text(HOST.format(config=str(config)))
    return host


def test_a_wrong_configuration_names_itself_in_a_hosts_app(wrong: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        Frontdesk(Flask("host"), config=wrong.with_name("frontdesk.toml"))
    assert len(caught.value.problems) == 2
    assert caught.value.__suppress_context__
    run = subprocess.run(
        [sys.executable, str(wrong)], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 1
    _, _, after = run.stderr.partition("the configuration cannot be used:\n")
    assert after.splitlines() == caught.value.problems, "the last thing that is said"
    frames = [line for line in run.stderr.splitlines() if line.startswith("  File ")]
    assert [Path(line.split('"')[1]).name for line in frames] == [
        *("app.py", "extension.py", "extension.py", "extension.py")
    ]


@pytest.mark.parametrize(
    "command", [("run", "--port", "0"), ("--help",), ("routes",), ("frontdesk", "log")]
)
def test_flasks_own_commands_show_no_traceback(wrong: Path, command: tuple[str, ...]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "flask", "--app", str(wrong), *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in run.stderr
    assert "destinations.crm.login: is missing" in run.stderr
    assert "forms.riverside.currency: " in run.stderr


@pytest.mark.parametrize(
    ("app", "given", "told"),
    [
        (Flask, {"url_prefix": "enquiry"}, "a path such as \"/enquiry\", not 'enquiry'"),
        (Flask, {"url_prefix": "/<lang>"}, "not '/<lang>'"),
        (Flask, {"url_prefix": "/a?b"}, "not '/a?b'"),
        (Flask, {"url_prefix": "/a%2fb"}, "not '/a%2fb'"),
        (Flask, {"url_prefix": 3}, "not 3"),
        (Flask, {"config": {"forms": {}}}, "config is the path of a file, not of the type dict"),
        (str, {}, "mounted on an app of Flask, not on str"),
    ],
)
def test_what_cannot_be_mounted_is_told_in_a_sentence(
    write_config: Callable[..., Path], app: Callable[[str], Flask], given: Any, told: str
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        Frontdesk(app("host"), **{"config": write_config(), **given})
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        3,
        {"name": "eva"},
        Flask("host"),
        ("", "act"),
        ("x" * 201, "act"),
        ("a\nb", "act"),
        ("\ud800", "act"),
        (7, "act"),
        ("eva", "act", [1]),
    ],
    ids=repr,
)
def test_a_host_that_answers_nonsense_lets_nobody_in(
    write_config: Callable[..., Path], answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    app = Flask("host")
    config = write_config(FORM + "[inbox]\nhost = true\n")
    who = (lambda: Person(*answer)) if isinstance(answer, tuple) else (lambda: answer)
    Frontdesk(app, config=config, inbox=who)
    shown = app.test_client().get("/inbox/")
    assert shown.status_code == 500
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in shown.headers
    assert "a person's" in caplog.text or "inbox= answers with a Person" in caplog.text
    app.extensions["frontdesk"].close()


def test_an_address_that_is_empty_leads_nowhere(write_config: Callable[..., Path]) -> None:
    app = Flask("host")
    config = write_config(FORM + "[inbox]\nhost = true\n")
    Frontdesk(app, config=config, inbox=lambda: "")
    shown = app.test_client().get("/inbox/")
    assert shown.status_code == 401
    app.extensions["frontdesk"].close()


@pytest.mark.parametrize("look", ["", '[look]\naccent = "#1d5c49"\n'], ids=["plain", "with a look"])
def test_a_host_may_be_strict_about_templates(write_config: Callable[..., Path], look: str) -> None:
    app = Flask("host")
    app.jinja_env.undefined = StrictUndefined
    config = write_config(FORM + look + "[inbox]\nhost = true\n")
    Frontdesk(app, config=config, inbox=lambda: Person("eva", "admin"))
    app.add_url_rule(
        "/page", "page", lambda: render_template_string("{{ frontdesk_form('riverside') }}")
    )
    client = app.test_client()
    form, inbox = "/forms/riverside", "/inbox/"
    forms = (form, f"{form}?embed=1&theme=dark", f"{form}/thanks", f"{form}/thanks?embed=1")
    pages = (inbox, f"{inbox}?q=jana&state=failed", f"{inbox}health", f"{inbox}charts")
    for path in ("/page", *forms, *pages):
        assert client.get(path).status_code == 200, path
    for path in ("/forms/none", f"{inbox}none"):
        assert client.get(path).status_code == 404, path
    app.extensions["frontdesk"].close()
