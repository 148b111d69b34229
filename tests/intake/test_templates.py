"""Templates that a host site overrides by name."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from frontdesk import Frontdesk
from tests.intake.desk import configuration, page_of, submit
from tests.support import Site
from tests.support import serving as serving_app

LAYOUT = """<!doctype html>
<html lang="{{ language }}"><title>{% block title %}{% endblock %}</title>
{% block head %}{% endblock %}
<body><nav id="hosts-own">{{ hosts_own }}</nav>{% block content %}{% endblock %}</body></html>
"""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """A host site with templates of its own."""
    with ExitStack() as running:

        def start(**templates: str) -> Site:
            for name, text in templates.items():
                path = tmp_path / "templates" / "frontdesk" / f"{name}.html"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            config = tmp_path / "frontdesk.toml"
            config.write_text(configuration(), encoding="utf-8")
            app = Flask("host", root_path=str(tmp_path), static_folder=None)
            app.context_processor(lambda: {"hosts_own": "Our company"})
            Frontdesk(app, config=config, url_prefix="/enquiry")
            return running.enter_context(serving_app(app))

        yield start


def test_the_layout_is_the_hosts_own(host: Callable[..., Site]) -> None:
    site = host(layout=LAYOUT)
    form = page_of(site.get("/enquiry/forms/riverside"), 200)
    assert form.texts["hosts-own"] == "Our company"
    assert {"first_name", "consent_2", "token"} <= set(form.controls)
    invalid = page_of(submit(site, path="/enquiry/forms/riverside", first_name=""), 422)
    assert invalid.texts["hosts-own"] == "Our company"
    assert invalid.error("first_name")
    assert invalid.value("last_name") == "Nováková"
    for path, status in (("/riverside/thanks", 200), ("/unknown", 404)):
        page = page_of(site.get(f"/enquiry/forms{path}"), status)
        assert page.texts["hosts-own"] == "Our company"


HEAD = """{% extends "frontdesk/page.html" %}
{% block head %}{% set theme = "dark" %}{% include "frontdesk/_head.html" %}{% endblock %}"""
TAGS = """{% extends "frontdesk/page.html" %}
{% block head %}<link rel="stylesheet" href="{{ static_url('form.css') }}">
<script type="module" src="{{ static_url('form.js') }}"></script>{% endblock %}"""


@pytest.mark.parametrize("query", ["", "?theme=light", "?theme=dark", "?embed=1&theme=dark"])
@pytest.mark.parametrize(
    ("layout", "files"),
    [(HEAD, ["form.css", "dark.css", "form.js"]), (TAGS, ["form.css", "form.js"])],
    ids=["include", "tags"],
)
def test_a_layout_may_choose_the_theme(
    host: Callable[..., Site], query: str, layout: str, files: list[str]
) -> None:
    site = host(layout=layout, page=LAYOUT)
    pages = [("/riverside", 200), ("/riverside/thanks", 200), ("/unknown", 404)]
    for path, status in pages[:2] if "embed" in query else pages:
        page = page_of(site.get(f"/enquiry/forms{path}{query}"), status)
        linked = [link.rpartition("/")[2] for link in page.links if "/static/" in link]
        assert [name for name in linked if name != "frame.js"] == files
        assert page.texts["hosts-own"] == "Our company"


def test_a_page_is_the_hosts_own(host: Callable[..., Site]) -> None:
    site = host(thanks='<p id="hosts-own">{{ title }}</p>')
    thanks = page_of(site.get("/enquiry/forms/riverside/thanks?lang=cs"), 200)
    assert thanks.texts["hosts-own"] == "Rezidence U řeky"
    form = page_of(site.get("/enquiry/forms/riverside"), 200)
    assert "hosts-own" not in form.texts


def test_without_overrides_the_pages_are_ours(host: Callable[..., Site]) -> None:
    page = page_of(host().get("/enquiry/forms/riverside"), 200)
    assert "hosts-own" not in page.texts
    assert "first_name" in page.controls
