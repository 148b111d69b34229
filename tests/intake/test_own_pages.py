"""`templates_dir`: templates of an operator's own, and what becomes of those with errors."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from frontdesk import Frontdesk, create_app
from tests.intake.desk import configuration, page_of, submit
from tests.support import Site, serving

LAYOUT = """<!doctype html>
<html lang="{{ language }}"><title>{% block title %}{% endblock %}</title>
{% include "frontdesk/_head.html" %}
<body class="fd-page"><nav id="own">Our company</nav>{% block content %}{% endblock %}</body></html>
"""


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """`frontdesk serve`, or a host, with a folder of an operator's own templates."""
    with ExitStack() as running:

        def start(host: str = "", **templates: str) -> Site:
            folder = tmp_path / "own/frontdesk"
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in templates.items():
                (folder / f"{name}.html").write_text(text, encoding="utf-8")
            config = tmp_path / "frontdesk.toml"
            config.write_text(configuration(top='templates_dir = "own"'), encoding="utf-8")
            if not host:
                return running.enter_context(serving(create_app(config)))
            (tmp_path / "templates/frontdesk").mkdir(parents=True)
            (tmp_path / "templates/frontdesk/layout.html").write_text(host, encoding="utf-8")
            app = Flask("host", root_path=str(tmp_path), static_folder=None)
            Frontdesk(app, config=config)
            return running.enter_context(serving(app))

        yield start


def test_they_go_before_the_built_in_ones(operator: Callable[..., Site]) -> None:
    site = operator(layout=LAYOUT)
    form = page_of(site.get("/forms/riverside"), 200)
    assert form.texts["own"] == "Our company"
    assert {"first_name", "consent_2", "token"} <= set(form.controls)
    invalid = page_of(submit(site, first_name=""), 422)
    assert invalid.texts["own"] == "Our company"
    for path, status in (("/forms/riverside/thanks", 200), ("/forms/nowhere", 404), ("/", 200)):
        page = page_of(site.get(path, headers={"Accept": "text/html"}), status)
        assert page.texts["own"] == "Our company"


def test_a_hosts_own_go_before_them(operator: Callable[..., Site]) -> None:
    site = operator(host=LAYOUT.replace("company", "host"), layout=LAYOUT, thanks="<p id=own>Ta")
    assert page_of(site.get("/forms/riverside"), 200).texts["own"] == "Our host"
    assert page_of(site.get("/forms/riverside/thanks"), 200).texts["own"] == "Ta"


def test_one_that_cannot_be_compiled_is_named_and_the_built_in_one_serves(
    operator: Callable[..., Site], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "frontdesk.intake"):
        site = operator(layout=LAYOUT, thanks="<p>\n{% if %}", _field="\n\n{{ x|nothing }}")
        page = page_of(site.get("/forms/riverside"), 200)
    assert page.texts["own"] == "Our company", "the others serve all the same"
    assert "first_name" in page.controls
    assert "Thank you" in site.get("/forms/riverside/thanks?lang=en").text
    said = [record.getMessage() for record in caplog.records]
    folder = tmp_path / "own/frontdesk"
    assert len(said) == 2
    assert said[0].startswith(f"template {folder}/_field.html, line 3: No filter named 'nothing'")
    assert said[1].startswith(f"template {folder}/thanks.html, line 2: Expected an expression")
    assert all(each.endswith("; the built-in one serves instead") for each in said)


def test_one_that_fails_only_when_it_is_shown_is_named_once(
    operator: Callable[..., Site], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    form = (
        '{% extends "frontdesk/layout.html" %}\n{% block content %}\n'
        "{% if notice %}{{ gone.at_all }}{% endif %}\n"
        '<h2 id="mine">Mine</h2>{% include "frontdesk/_form.html" %}{% endblock %}'
    )
    with caplog.at_level(logging.ERROR, "frontdesk.intake"):
        site = operator(layout=LAYOUT, form=form)
        assert "mine" in page_of(site.get("/forms/riverside"), 200).texts
        for _ in range(2):
            page = page_of(submit(site, first_name="", last_name="Nováková"), 422)
            assert "mine" not in page.texts
            assert page.texts["own"] == "Our company", "only the one with the error is left out"
            assert page.value("last_name") == "Nováková"
        assert "mine" in page_of(site.get("/forms/riverside"), 200).texts
    (said,) = [record.getMessage() for record in caplog.records]
    assert f"{tmp_path}/own/frontdesk/form.html, line 3: " in said
    assert "'gone' is undefined" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n{{ 1 // 0 }}", "line 2: ZeroDivisionError"),
        ("{{ [1]|sum(start='Jana') }}", "line 1: TypeError"),
        ('\n{% include "frontdesk/gone.html" %}', "line 2: there is no frontdesk/gone.html"),
        ('{% include "frontdesk/form.html" %}', "line 1: RecursionError"),
        ('{% extends "frontdesk/form.html" %}', "line 1: RecursionError"),
        ("{{ dict(a=1, a=2) }}", "form.html: keyword argument repeated: a;"),  # which Jinja takes
        ("{% for a in b %}" * 30 + "{% endfor %}" * 30, "too many statically nested blocks"),
    ],
)
def test_whatever_goes_wrong_the_form_is_there(
    operator: Callable[..., Site], caplog: pytest.LogCaptureFixture, text: str, said: str
) -> None:
    with caplog.at_level(logging.ERROR, "frontdesk.intake"):
        site = operator(form=text)
        assert "first_name" in page_of(site.get("/forms/riverside"), 200).controls
    (record,) = caplog.records
    assert said in record.getMessage()
    assert record.exc_info is None
    assert "Jana" not in record.getMessage()


def test_files_that_are_no_text_or_not_to_be_read(
    operator: Callable[..., Site], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "own/frontdesk"
    folder.mkdir(parents=True)
    (folder / "layout.html").write_bytes("Přihláška".encode("cp1250"))
    (folder / "form.html").symlink_to("form.html")
    (folder / "thanks.html").mkdir()
    os.mkfifo(folder / "_field.html")
    with caplog.at_level(logging.ERROR, "frontdesk.intake"):
        site = operator()
    assert "first_name" in page_of(site.get("/forms/riverside"), 200).controls
    assert site.get("/forms/riverside/thanks").status_code == 200
    assert len(caplog.records) == 4


def test_the_inbox_is_not_for_changing(operator: Callable[..., Site], tmp_path: Path) -> None:
    (tmp_path / "own/frontdesk_inbox").mkdir(parents=True)
    (tmp_path / "own/frontdesk_inbox/layout.html").write_text("<p id=own>")
    environment = operator(layout=LAYOUT).app.jinja_env
    source, _, _ = environment.loader.get_source(environment, "frontdesk_inbox/layout.html")
    assert "id=own" not in source
