"""A look over HTTP: what is linked, what is served, and for how long."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from frontdesk import Frontdesk
from tests.intake.desk import ORCHARD, configuration, page_of, submit
from tests.look.conftest import LOGO
from tests.support import FORM, Site, serving

LOOK = """
[look]
accent = { light = "#7a1f3d" }
radius = "0"
"""


def linked(site: Site, path: str, status: int = 200) -> list[str]:
    return [
        link.partition("?")[0].rpartition("/")[2]
        for link in page_of(site.get(path, headers={"Accept": "text/html"}), status).links
        if "look/" in link or link.endswith(".css")
    ]


def sheet_of(site: Site, path: str) -> str:
    html = site.get(path, headers={"Accept": "text/html"}).text
    found = re.search(r'href="([^"]*/look/[^"]*\.css[^"]*)"', html)
    assert found
    return site.get(f"/forms/{found[1]}").text


def test_forms_without_one_load_what_they_always_did(looking: Callable[..., Site]) -> None:
    site = looking("", FORM + ORCHARD + LOOK.replace("[look]", "[forms.orchard.look]"))
    assert linked(site, "/forms/riverside") == ["form.css", "dark.css"]
    assert linked(site, "/forms/orchard") == ["form.css", "page-auto.css"]
    assert site.get("/forms/riverside/look/page-auto.css").status_code == 404


@pytest.mark.parametrize(
    ("theme", "query", "name"),
    [
        ("", "", "page-auto.css"),
        ("", "?theme=dark", "page-dark.css"),
        ("", "?theme=purple", "page-auto.css"),
        ('theme = "dark"', "", "page-dark.css"),
        ('theme = "dark"', "?theme=light", "page-light.css"),
        ('theme = "dark"', "?theme=auto", "page-auto.css"),
        ('theme = "auto"', "", "page-auto.css"),
    ],
)
def test_the_theme_is_the_pages_else_the_looks(
    looking: Callable[..., Site], theme: str, query: str, name: str
) -> None:
    site = looking(LOOK + theme)
    assert linked(site, f"/forms/riverside{query}") == ["form.css", name]
    assert linked(site, f"/forms/riverside/thanks{query}") == ["form.css", name]
    invalid = page_of(submit(site, path=f"/forms/riverside{query}", first_name=""), 422)
    assert any(f"/{name}?v=" in link for link in invalid.links)
    scheme = name.removeprefix("page-").removesuffix(".css").replace("auto", "light dark")
    assert f'<meta name="color-scheme" content="{scheme}">' in invalid.html


def test_a_sheet_has_all_colours_of_its_scheme(looking: Callable[..., Site]) -> None:
    site = looking(LOOK)
    light, dark, auto = (
        site.get(f"/forms/riverside/look/page-{theme}.css").text
        for theme in ("light", "dark", "auto")
    )
    assert "--fd-accent:#7a1f3d;" in light
    assert "--fd-radius:0px;" in light
    assert "--fd-accent:#7a1f3d;" not in dark
    assert "color-scheme:dark" in dark
    assert "prefers-color-scheme" not in light + dark
    before, _, after = auto.partition("@media (prefers-color-scheme:dark)")
    assert "--fd-accent:#7a1f3d;" in before
    assert "--fd-accent:#7a1f3d;" not in after


def test_a_sheet_is_kept_under_its_hash_and_under_no_other(looking: Callable[..., Site]) -> None:
    site = looking(LOOK)
    html = site.get("/forms/riverside").text
    found = re.search(r'href="(riverside/look/page-auto\.css\?v=[0-9a-f]{16})"', html)
    assert found
    first = site.get(f"/forms/{found[1]}")
    assert first.headers["Cache-Control"] == "max-age=31536000, immutable"
    assert first.headers["Content-Type"].startswith("text/css")
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in first.headers["Content-Security-Policy"]
    # A page of yesterday's look, or one of another process that is not as far yet.
    other = site.get("/forms/riverside/look/page-auto.css?v=0123456789abcdef")
    assert (other.status_code, other.headers["Cache-Control"]) == (200, "no-cache")
    again = site.get(
        "/forms/riverside/look/page-auto.css", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304


def test_files_of_ones_own(looking: Callable[..., Site], brand: Path) -> None:
    font = b"wOF2" + bytes(range(256))
    (brand / "brand.woff2").write_bytes(font)
    site = looking(
        """
        [look]
        logo = "logo.svg"
        stylesheet = "own.css"
        font = { file = "brand.woff2", bold = "brand.woff2", fallback = "serif" }
        """
    )
    assert linked(site, "/forms/riverside") == [
        *("form.css", "page-auto.css", "stylesheet", "logo")
    ]
    logo = site.get("/forms/riverside/look/logo")
    assert (logo.content, logo.headers["Content-Type"]) == (LOGO, "image/svg+xml; charset=utf-8")
    assert "sandbox" in logo.headers["Content-Security-Policy"]
    assert "script-src" not in logo.headers["Content-Security-Policy"]
    style = site.get("/forms/riverside/look/stylesheet")
    assert style.text == (brand / "own.css").read_text()
    sheet = sheet_of(site, "/forms/riverside")
    assert sheet.count("@font-face") == 1, "a variable font is one"
    assert "font-weight:100 900" in sheet
    assert '--fd-font:"frontdesk riverside",serif;' in sheet
    source = re.search(r"src:url\((regular\?v=\w+)\)", sheet)
    assert source
    served = site.get(f"/forms/riverside/look/{source[1]}")
    assert (served.content, served.headers["Content-Type"]) == (font, "font/woff2")
    assert "immutable" in served.headers["Cache-Control"]
    for name in ("regular", "logo", "stylesheet"):
        assert site.get(f"/forms/riverside/look/{name}").headers["X-Content-Type-Options"]


@pytest.mark.parametrize(
    "name", ["nothing", "bold", "page-purple.css", "..%2flogo.svg", "logo.svg"]
)
def test_what_there_is_not(looking: Callable[..., Site], name: str) -> None:
    site = looking(LOOK)
    assert site.get(f"/forms/riverside/look/{name}").status_code == 404
    assert site.get(f"/forms/nowhere/look/{name}").status_code == 404


def test_without_a_heading(looking: Callable[..., Site]) -> None:
    site = looking('[look]\nlogo = "logo.svg"')
    page = page_of(site.get("/forms/riverside?heading=off"), 200)
    assert "<h1" not in page.html
    assert "/logo" not in page.html
    assert page.action == "riverside?heading=off"
    again = page_of(submit(site, path="/forms/riverside?heading=off", first_name=""), 422)
    assert "<h1" not in again.html
    for query in ("", "?heading=on", "?heading="):
        assert "<h1" in site.get(f"/forms/riverside{query}").text


def test_inside_a_page_of_the_hosts_each_form_has_its_own(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    looks = """
    [forms.riverside.look]
    accent = "#e8a0b8"
    theme = "dark"
    [forms.orchard.look]
    accent = "#0b5394"
    density = "compact"
    """
    path.write_text(configuration(forms=FORM + ORCHARD + looks), encoding="utf-8")
    host = Flask("host", root_path=str(tmp_path), static_folder=None)
    Frontdesk(host, config=path, url_prefix="/enquiry")

    @host.get("/both")
    def both() -> str:
        return render_template_string(
            "{{ frontdesk_form('riverside') }}{{ frontdesk_form('orchard') }}"
        )

    with serving(host) as site:
        assert linked(site, "/both") == [
            *("form.css", "form-dark.css", "form.css", "form-light.css")
        ]
        links = [link for link in page_of(site.get("/both"), 200).links if "look/" in link]
        assert links[0].startswith("enquiry/forms/riverside/look/form-dark.css?v=")
        for slug, link in zip(("riverside", "orchard"), links, strict=True):
            sheet = site.get(f"/{link}").text
            rules = re.findall(r"(?:^|\})([^{}@]+)\{", sheet)
            assert rules
            for selector in rules:
                for one in selector.replace(f':where(.fd-form[data-fd-form="{slug}"])', "@").split(
                    ","
                ):
                    assert one.startswith(("@", f'.fd-form[data-fd-form="{slug}"]')), one
