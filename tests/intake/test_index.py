"""The root of a server that has only forms, and what search engines are told of its pages."""

import re
from pathlib import Path

import pytest
from flask import Flask

from frontdesk import Frontdesk
from tests.intake.desk import configuration
from tests.support import Site, serving

HTML = {"Accept": "text/html"}


def test_the_root_leads_to_every_form(desk: Site) -> None:
    answer = desk.get("/", headers={**HTML, "Accept-Language": "cs"})
    assert answer.status_code == 200
    assert 'lang="cs"' in answer.text
    assert "frame-ancestors 'self';" in answer.headers["Content-Security-Policy"] + ";"
    links = re.findall(r'<a class="fd-link" href="([^"]+)"', answer.text)
    assert len(links) == len(desk.app.extensions["frontdesk"].settings.forms)
    for link in links:
        page = desk.get(f"/{link}".replace("&amp;", "&"))
        assert page.status_code == 200, link
        assert "<form" in page.text


def test_the_root_of_a_host_is_its_own(tmp_path: Path) -> None:
    config = tmp_path / "frontdesk.toml"
    config.write_text(configuration(), encoding="utf-8")
    host = Flask("host", static_folder=None)
    Frontdesk(host, config=config)
    with serving(host) as site:
        assert site.get("/").status_code == 404
        assert site.get("/forms/riverside").status_code == 200


@pytest.mark.parametrize("path", ["/", "/forms/riverside", "/forms/riverside/thanks"])
@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("cs-CZ, en;q=0.5", "cs"),  # a language of a country is the language, too
        ("en-GB;q=0.4, cs_CZ;q=0.6", "cs"),
        ("fr, cs-CZ;q=0.8, en;q=0.7", "cs"),
        ("fr, en-US;q=0.8, cs;q=0.7", "en"),
        ("cs;q=0, en", "en"),
        ("CS", "cs"),
        ("*", "en"),
        ("fr", "en"),
        ("", "en"),
        (";;q=,-", "en"),
    ],
)
def test_a_page_speaks_the_language_that_the_browser_asks_for_first(
    desk: Site, path: str, accepted: str, language: str
) -> None:
    text = desk.get(path, headers={**HTML, "Accept-Language": accepted}).text
    assert re.search(r'<html lang="(\w+)"', text)[1] == language  # type: ignore[index]


@pytest.mark.parametrize("path", ["/", "/forms/riverside", "/forms/riverside/thanks", "/nothing"])
def test_no_page_of_ours_is_for_search_engines(desk: Site, path: str) -> None:
    text = desk.get(path, headers=HTML).text
    assert '<meta name="robots" content="noindex">' in text
    described = re.search(r'<meta name="description" content="([^"]+)">', text)
    assert described
    if path == "/forms/riverside":
        assert described[1].startswith("Riverside Residences: Tell us what you are looking for")
