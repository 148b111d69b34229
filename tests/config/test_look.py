"""`[look]`: what is taken, what a form inherits, and what is refused with its remedy."""

import os
from pathlib import Path

import pytest

from frontdesk.config import ConfigError, Font, Settings, load
from frontdesk.config.look.contrast import parse
from frontdesk.config.look.section import Tones
from frontdesk.kinds import KINDS
from tests.config.test_forms_dir import MAIN

FORMS = """
[forms.hill]
title = "Hill"
destinations = ["crm"]

[forms.dale]
title = "Dale"
destinations = ["crm"]
"""
PNG = b"\x89PNG\r\n\x1a\n and so on"
WOFF2 = b"wOF2 and so on"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration's folder, with a brand in it, below one with a secret."""
    here = tmp_path / "frontdesk"
    (here / "brand").mkdir(parents=True)
    (tmp_path / "secret.css").write_text("a{}")
    (here / "brand/logo.png").write_bytes(PNG)
    (here / "brand/regular.woff2").write_bytes(WOFF2)
    (here / "brand/form.css").write_text(".fd-button { text-transform: uppercase }")
    return here


def loaded(folder: Path, text: str) -> Settings:
    path = folder / "frontdesk.toml"
    path.write_text(MAIN.replace('forms_dir = "forms.d/"', "") + FORMS + text, encoding="utf-8")
    return load(path, KINDS, {})


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as found:
        loaded(folder, text)
    return found.value.problems


def test_without_one_a_form_has_none(folder: Path) -> None:
    assert loaded(folder, "").forms["hill"].look is None


def test_a_form_replaces_the_general_one_key_by_key(folder: Path) -> None:
    settings = loaded(
        folder,
        """
        [look]
        accent = "#7a1f3d"
        radius = "0"
        logo = "brand/logo.png"
        stylesheet = "brand/form.css"
        [look.font]
        file = "brand/regular.woff2"
        fallback = 'Georgia, "Noto Serif", serif'

        [forms.hill.look]
        accent = { dark = "#ffaacc" }
        theme = "dark"
        font = "Georgia, serif"
        """,
    )
    general, hill = settings.look, settings.forms["hill"].look
    assert general
    assert settings.forms["dale"].look == general
    assert isinstance(general.font, Font)
    assert general.font.file.type == "font/woff2"
    assert general.logo
    assert (general.logo.content, general.logo.type) == (PNG, "image/png")
    assert hill
    assert hill.accent == Tones(light=None, dark=parse("#fac"))
    assert (hill.theme, hill.font, hill.radius) == ("dark", "Georgia, serif", "0")
    assert (hill.logo, hill.stylesheet) == (general.logo, general.stylesheet)


def test_one_colour_is_for_the_scheme_that_the_form_has(folder: Path) -> None:
    light = '[look]\naccent = "#7a1f3d"\n'
    look = loaded(folder, light).look
    assert look
    assert str(look.colours("light")["accent"]) == "#7a1f3d"
    derived = look.colours("dark")["accent"]
    assert str(derived) != "#7a1f3d", "it could not be read in the dark"
    dark = '[look]\ntheme = "dark"\naccent = "#ffaacc"\nbackground = "#101820"\ntext = "#eee"\n'
    look = loaded(folder, dark).look
    assert look
    assert str(look.colours("dark")["surface"]) == "#101820"
    assert str(look.colours("light")["surface"]) > "#f0"


def test_a_bad_contrast_is_refused_with_its_remedy(folder: Path) -> None:
    (problem,) = refused(folder, '[look]\naccent = "#fa0"\n')
    assert problem == (
        "look.accent: #ffaa00 on the background #ffffff has a contrast of 1.90:1 (light), and needs"
        " 4.5:1 to be read; the nearest colour that passes is #a16b00"
    )
    mended = loaded(folder, '[look]\naccent = "#a16b00"\n').look
    assert mended
    assert mended.flaws() == ()


def test_each_scheme_is_looked_at_by_itself(folder: Path) -> None:
    problems = refused(
        folder,
        """
        [look]
        background = { light = "#ffffff", dark = "#222222" }
        text = { light = "#999999", dark = "#666666" }
        """,
    )
    assert [problem.split(" on ")[0] for problem in problems] == [
        "look.text: #999999",
        "look.text: #666666",
    ]
    assert "2.84:1 (light)" in problems[0]
    assert "2.77:1 (dark)" in problems[1]


def test_what_is_wrong_with_a_form_alone_is_said_of_that_form(folder: Path) -> None:
    general = '[look]\naccent = "#7a1f3d"\n'
    (problem,) = refused(folder, general + '[forms.hill.look]\nbackground = "#6a1f3d"\n')
    assert problem.startswith("forms.hill.look.background: #7a1f3d on the background #6a1f3d has")
    (problem,) = refused(folder, '[look]\naccent = "#fa0"\n[forms.hill.look]\nradius = "0"\n')
    assert problem.startswith("look.accent: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('accent = "red"', 'look.accent: is not a colour; write it like "#1d5c49"'),
        ("accent = 7", "look.accent: must be a colour in quotes, or a table with light and dark"),
        ('accent = { night = "#fff" }', "look.accent.night: unknown key"),
        ('text = { dark = "#12" }', 'look.text.dark: is not a colour; write it like "#1d5c49"'),
        ('radius = "٣px"', 'look.radius: must be like "8px" or "0.5rem"'),
        ('radius = "1em}*{"', 'look.radius: must be like "8px" or "0.5rem"'),
        ('density = "tight"', "look.density: must be 'compact', 'normal' or 'roomy'"),
        ('theme = "purple"', "look.theme: must be 'light', 'dark' or 'auto'"),
        ("font = 'a; } *'", "look.font: is not a list of fonts; write it like"),
        ("font = '\"</style>\"'", "look.font: is not a list of fonts; write it like"),
        ("font = []", "look.font: must be a list of fonts in quotes, or a table with a file"),
        ("font = {}", "look.font.file: is missing"),
        ("font = { file = 'brand/logo.png' }", "is not a WOFF2 font; convert it, for example"),
        ('logo = "brand/regular.woff2"', "is not a PNG, JPEG, WebP or SVG picture"),
        ('logo = "brand/none.png"', "brand/none.png: No such file or directory"),
        ('logo = "brand"', "brand is not a file"),
        ('logo = "brand/pipe"', "brand/pipe is not a file"),
        ('logo = ""', "look.logo: must be the path of a file, in quotes"),
        ('logo = "brand/\\u0000"', "look.logo: must be the path of a file, in quotes"),
        ("logo = 3", "look.logo: must be the path of a file, in quotes"),
        (f'logo = "{"x" * 300}"', "File name too long"),
        ('logo = "brand/loop"', "brand/loop"),
        ('stylesheet = "../secret.css"', "is outside of"),
        ('stylesheet = "/etc/hostname"', "is outside of"),
        ('stylesheet = "brand/out.css"', "is outside of"),
        ('stylesheet = "brand/long.css"', "is longer than 64 KiB; make it smaller"),
        ('stylesheet = "brand/logo.png"', "is not a text in UTF-8"),
        ('colour = "#fff"', "look.colour: unknown key"),
    ],
)
def test_what_is_refused(folder: Path, text: str, said: str) -> None:
    (folder / "brand/out.css").symlink_to(folder.parent / "secret.css")
    (folder / "brand/loop").symlink_to("loop")
    (folder / "brand/long.css").write_text("a{}" * 30_000)
    os.mkfifo(folder / "brand/pipe")
    (problem,) = refused(folder, f"[look]\n{text}\n")
    assert said in problem
    assert problem.startswith("look.")
    (problem,) = refused(folder, f"[forms.hill.look]\n{text}\n")
    assert problem.startswith("forms.hill.look.")


def test_a_look_that_is_no_table(folder: Path) -> None:
    assert refused(folder, "[forms.east]\ntitle = 'E'\ndestinations = ['crm']\nlook = 3\n") == [
        "forms.east.look: must be a table"
    ]


def test_a_changed_file_is_another_look(folder: Path) -> None:
    text = '[look]\nlogo = "brand/logo.png"\n'
    before, same = (loaded(folder, text).look for _ in range(2))
    assert before == same
    assert hash(before) == hash(same)
    (folder / "brand/logo.png").write_bytes(PNG + b", and more")
    assert loaded(folder, text).look != before


def test_a_link_within_the_folder_is_followed(folder: Path) -> None:
    (folder / "logo.png").symlink_to("brand/logo.png")
    look = loaded(folder, '[look]\nlogo = "logo.png"\n').look
    assert look
    assert look.logo
    assert look.logo.content == PNG


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("own", "No such file or directory"),
        ("frontdesk.toml", "is not a folder"),
        ("x" * 300, "File name too long"),
        ("loop", "Too many levels of symbolic links"),
    ],
)
def test_templates_are_in_a_folder(tmp_path: Path, named: str, said: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    path = tmp_path / "frontdesk.toml"
    text = MAIN.replace("forms_dir", f'templates_dir = "{named}"\n# ') + FORMS
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as found:
        load(path, KINDS, {})
    assert found.value.problems == [f"templates_dir: {tmp_path / named}: {said}"]


def test_templates_start_at_the_folder_of_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    text = MAIN.replace("forms_dir", 'templates_dir = "own"\n# ') + FORMS
    path.write_text(text, encoding="utf-8")
    (tmp_path / "own").mkdir()
    assert load(path, KINDS, {}).templates_dir == tmp_path / "own"
