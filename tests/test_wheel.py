"""The wheel carries everything and works far from the checkout."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
import requests

from tests.demo_process import Demo

ROOT = Path(__file__).parents[1]

USE = """
import frontdesk, pathlib, sys
assert pathlib.Path(frontdesk.__file__).is_relative_to(sys.prefix), frontdesk.__file__
client = frontdesk.create_app("frontdesk.toml").test_client()
page = client.get("/forms/riverside?lang=cs")
assert page.status_code == 200 and "Odeslat popt" in page.text, page.text
assert client.get("/static/form.css").status_code == 200
assert client.get("/openapi.json").json["openapi"] == "3.1.0"
"""

CONFIG = """
secret_key = "a secret of the tests, long enough"
captcha = { provider = "altcha" }
[destinations.crm]
type = "realpad"
login = "a"
password = "b"
[forms.riverside]
title = "Riverside"
destinations = ["crm"]
languages = ["cs", "en"]
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", target, ROOT], check=True, timeout=120)
    return next(target.glob("frontdesk-*.whl"))


def test_the_wheel_has_static_files_templates_and_translations(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        "frontdesk/static/form.css",
        "frontdesk/templates/frontdesk/form.html",
        "frontdesk/sandbox/static/inbox.js",
        "frontdesk/sandbox/demo/templates/frontdesk.toml",
        "frontdesk/store/postgresql/migrations/0001.sql",
        "frontdesk/examples/site/app.py",
        "frontdesk/examples/deploy/frontdesk.service",
        "frontdesk/examples/spa/plans/3.svg",
        "frontdesk/translations/cs/LC_MESSAGES/frontdesk.po",
        "frontdesk/translations/cs/LC_MESSAGES/inbox.po",
        "frontdesk/py.typed",
    }
    assert expected <= names
    outside = ("tests/", "static/", "templates/", "examples/")
    assert not [name for name in names if name.startswith(outside)]
    assert not [name for name in names if "__pycache__" in name]


def test_it_works_in_a_foreign_environment(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)  # which would bring the checkout back
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=False, symlinks=True)
    python = environment / "bin/python"
    paths = {"base": str(environment), "platbase": str(environment)}
    library = Path(sysconfig.get_path("purelib", "venv", paths))
    # The dependencies are taken from here; Frontdesk itself only from the wheel.
    (library / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel],
        check=True,
        timeout=120,
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "frontdesk.toml").write_text(CONFIG)
    subprocess.run([python, "-c", USE], cwd=elsewhere, check=True, timeout=120)
    command = [environment / "bin/frontdesk", "--help"]
    said = subprocess.run(command, cwd=elsewhere, check=True, capture_output=True, text=True)
    assert "amend" in said.stdout

    running = Demo(elsewhere / "demo", (str(environment / "bin/frontdesk"),))
    for origin in running.origins:
        there = "/readyz" if origin == running.origins.leads else "/"
        assert requests.get(origin + there, timeout=30).ok, origin
    assert running.stop() == 0
