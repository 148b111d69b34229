"""A configuration as bytes: its encoding, and what strays into its values unseen."""

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest

from frontdesk.config import ConfigError, Settings, load
from frontdesk.kinds import KINDS

ENVIRON = {"CRM_PASSWORD": "the-password", "METRICS": "token-of-the-tests"}


@pytest.fixture
def path(write_config: Callable[..., Path]) -> Path:
    """One with letters beyond ASCII, and a password out of the environment."""
    path = write_config(**{'password = "sandbox"': 'password = "${CRM_PASSWORD}"'})
    path.write_text(f'{path.read_text("utf-8")}[metrics]\ntoken = "${{METRICS}}"\n', "utf-8")
    return path


def told(path: Path, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path, KINDS, {**ENVIRON, **(environ or {})})
    return caught.value.problems


def loaded(path: Path) -> Settings:
    return load(path, KINDS, ENVIRON)


def test_a_byte_order_mark_says_nothing(path: Path) -> None:
    before = loaded(path)
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    assert loaded(path) == before


def test_lines_may_end_as_in_windows(path: Path) -> None:
    before = loaded(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert loaded(path) == before


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-16", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("utf-16-le", "UTF-16LE"),
        ("utf-16-be", "UTF-16BE"),
        ("utf-32-le", "UTF-32LE"),
        ("utf-32-be", "UTF-32BE"),
    ],
)
def test_another_unicode_is_named(path: Path, encoding: str, name: str) -> None:
    path.write_bytes(path.read_text("utf-8").encode(encoding))
    (problem,) = told(path)
    assert f"is in {name}" in problem
    assert f"iconv -f {name} -t UTF-8" in problem


@pytest.mark.parametrize(
    ("encoding", "text", "name"),
    [
        ("cp1250", "Žižkov", "Windows-1250"),
        ("cp1252", "Müller – Söhne", "Windows-1252"),
        ("latin-1", "Müller", "ISO 8859"),
        ("iso8859-2", "Řeka", "ISO 8859"),
    ],
)
def test_a_code_page_is_told_with_its_line(path: Path, encoding: str, text: str, name: str) -> None:
    ascii_only = path.read_text("utf-8").encode("ascii", "ignore").decode()
    path.write_bytes((f'# first\n# "{text}"\n' + ascii_only).encode(encoding))
    (problem,) = told(path)
    assert "line 2 is not in UTF-8" in problem
    assert name in problem
    assert "iconv -f WINDOWS-1250 -t UTF-8" in problem


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("public_url\u00a0= 1", "there is no-break space (U+00A0)"),
        ("public_url = \u201chttps://x.example.com\u201d", "left double quotation mark (U+201C)"),
        ("\ufeffpublic_url = 1", "there is a byte order mark (U+FEFF)"),
    ],
)
def test_what_looks_right_and_is_not_is_named(path: Path, line: str, said: str) -> None:
    path.write_text(f"\n{line}\n{path.read_text('utf-8')}", "utf-8")
    (problem,) = told(path)
    assert "not TOML" in problem
    assert "line 2" in problem
    assert said in problem


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("Send\0 me", r"Illegal character '\x00' (at line "),
        ("Send\\u0000 me", "label.en: has a control character (U+0000) in it"),
        ("Send\\u001b[31m me", "label.en: has a control character (U+001B) in it"),
        ("Send\\r\\n me", "label.en: has a carriage return (U+000D) in it"),
    ],
)
def test_a_control_character_in_a_text_is_named(path: Path, changed: str, said: str) -> None:
    text = path.read_text("utf-8")
    path.write_text(text.replace("Send me", changed), "utf-8")
    (problem,) = told(path)
    assert said in problem
    assert "UTF-16" not in problem


def test_lines_and_tabs_may_be_in_a_text(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("Send me", "Send\\n\\tme"), "utf-8")
    loaded(path)


@pytest.mark.parametrize("digits", ["1" * 4301, "1_000" * 2000, "-" + "9" * 50_000])
def test_an_endless_number_is_told_with_its_line(path: Path, digits: str) -> None:
    text = path.read_text("utf-8")
    path.write_text(f"# first\ntrusted_proxies = {digits}\n{text}", "utf-8")
    (problem,) = told(path)
    assert problem == f"{path}: line 2 has a number that is far too long"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('["en", "cs"]', "[]", "forms.riverside.languages: must have at least 1 item"),
        ('destinations = ["crm"]', "destinations = []", "must have at least 1 item"),
    ],
)
def test_an_empty_list_is_told_in_plain_words(
    path: Path, before: str, after: str, said: str
) -> None:
    path.write_text(path.read_text("utf-8").replace(before, after), "utf-8")
    (problem,) = told(path)
    assert problem.endswith(said)


STRAY = {
    "\r": "ends with a carriage return (U+000D)",
    "\n": "ends with a line feed (U+000A)",
    " ": "ends with a blank (U+0020)",
    "\t": "ends with a tab (U+0009)",
    "\u00a0": "ends with no-break space (U+00A0)",
    "\u200b": "ends with zero width space (U+200B)",
    "\ufeff": "ends with a byte order mark (U+FEFF)",
}


@pytest.mark.parametrize("end", STRAY, ids=STRAY.get)
def test_a_variable_with_something_stray_is_named_and_never_shown(path: Path, end: str) -> None:
    name = "destinations.crm.password: the environment variable CRM_PASSWORD"
    assert told(path, {"CRM_PASSWORD": f"hunter2{end}"}) == [f"{name} {STRAY[end]}"]
    (problem,) = told(path, {"CRM_PASSWORD": f"{end}hunter2"})
    assert problem == f"{name} {STRAY[end].replace('ends', 'begins')}"
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("hun\u200bter2", "has zero width space (U+200B) in it"),
        ("hun\rter2", "has a carriage return (U+000D) in it"),
        ("hunter2\udce9x", "is not in UTF-8"),
        ('"hunter2"', "has quotes around it"),
        ("'hunter2'", "has quotes around it"),
        ("\u201chunter2\u201d", "has quotes around it"),
    ],
)
def test_a_variable_with_something_in_it(path: Path, value: str, said: str) -> None:
    (problem,) = told(path, {"CRM_PASSWORD": value})
    assert "CRM_PASSWORD" in problem
    assert said in problem
    assert "ter2" not in problem


@pytest.mark.parametrize("value", ['hunt"er2"', "it's", "pass word", "heslo ž", "", '"'])
def test_what_may_be_meant_is_taken(path: Path, value: str) -> None:
    if value:
        settings = load(path, KINDS, {**ENVIRON, "CRM_PASSWORD": value})
        assert settings.destinations["crm"].account.password == value
    else:
        assert told(path, {"CRM_PASSWORD": value}), "as before: it is too short"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("long enough", "long enough ", "secret_key"),
        ('login = "sandbox"', 'login = "sandbox\\r"', "destinations.crm.login"),
        ('"${CRM_PASSWORD}"', '"\\uFEFFsandbox"', "destinations.crm.password"),
    ],
)
def test_what_is_stray_in_the_files_own_secrets(path: Path, old: str, new: str, key: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    (problem,) = told(path)
    assert problem.startswith(key)
    assert ": ends with " in problem or ": begins with " in problem
