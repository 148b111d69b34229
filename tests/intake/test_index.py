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


@pytest.mark.parametrize("path", ["/", "/forms/riverside", "/forms/riverside/thanks", "/nothing"])
def test_no_page_of_ours_is_for_search_engines(desk: Site, path: str) -> None:
    text = desk.get(path, headers=HTML).text
    assert '<meta name="robots" content="noindex">' in text
    described = re.search(r'<meta name="description" content="([^"]+)">', text)
    assert described
    if path == "/forms/riverside":
        assert described[1].startswith("Riverside Residences: Tell us what you are looking for")
