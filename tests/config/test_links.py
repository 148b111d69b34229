"""Links in the wording of a consent."""

from pathlib import Path

import pytest

from frontdesk.config import ConfigError, Settings, load
from frontdesk.config.links import Link, pieces, plain, written
from frontdesk.kinds import KINDS
from tests.intake.desk import configuration
from tests.support import FORM

LABEL = '{ en = "I agree to the processing of my data.", cs = "Souhlasím se zpracováním údajů." }'


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("I agree.", ["I agree."]),
        ("[Rules](https://a.cz)", [Link("Rules", "https://a.cz")]),
        (
            "I have read the [rules](https://a.cz/r?x=1&y=2#z) and [more](http://b.cz).",
            [
                "I have read the ",
                Link("rules", "https://a.cz/r?x=1&y=2#z"),
                " and ",
                Link("more", "http://b.cz"),
                ".",
            ],
        ),
        ("[a](https://a.cz/b_(c))d", [Link("a", "https://a.cz/b_(c)"), "d"]),
        ("([a](https://a.cz))", ["(", Link("a", "https://a.cz"), ")"]),
        ("[[a](https://a.cz)]", ["[", Link("a", "https://a.cz"), "]"]),
        ("[a](javascript:alert(1))", [Link("a", "javascript:alert(1)")]),
        ("[a]()", [Link("a", "")]),
        ("see [1] (https://a.cz)", ["see [1] (https://a.cz)"]),
        ("[a](https://a.cz now)", ["[a](https://a.cz now)"]),
        ("[](https://a.cz)", ["[](https://a.cz)"]),
        ("[ ](https://a.cz)", ["[ ](https://a.cz)"]),
        ("[a](https://a.cz", ["[a](https://a.cz"]),
        ("[a]https://a.cz)", ["[a]https://a.cz)"]),
    ],
)
def test_links_are_found_and_the_rest_is_text(text: str, parts: list[str | Link]) -> None:
    assert pieces(text) == parts


def test_the_plain_text_has_the_words_only() -> None:
    assert plain("I know the [rules](https://a.cz) [1].") == "I know the rules [1]."


def test_a_text_made_to_be_slow_is_read_at_once() -> None:
    for text in ("[" * 5000, "[a](" * 1250, "[a]" + "(" * 5000, "[" + " " * 4990 + "](x)"):
        assert plain(text) == text


def configured(tmp_path: Path, label: str) -> Settings:
    path = tmp_path / "frontdesk.toml"
    path.write_text(configuration(forms=FORM.replace(LABEL, label)), encoding="utf-8")
    return load(path, KINDS)


def test_the_label_stays_as_it_was_written(tmp_path: Path) -> None:
    label = "I know the [rules](https://a.cz)."
    settings = configured(tmp_path, f'"{label}"')
    assert settings.forms["riverside"].consents[0].label == label


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "/rules", "rules", "", "ftp://a.cz", "https://", "http://[", "x:y"],
)
@pytest.mark.parametrize("form", ['"{}"', '{{ en = "I agree.", cs = "{}" }}'], ids=["one", "each"])
def test_a_link_leads_to_an_address_of_the_web(tmp_path: Path, url: str, form: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, form.format(f"I know the [rules]({url})."))
    said = "the link 'rules' does not lead to an http or https address"
    assert caught.value.problems == [f"forms.riverside.consents[0].label: {said}"]


def test_an_address_stands_behind_its_words_where_nothing_can_be_clicked_on() -> None:
    text = "See the [plans](https://a.cz/p?x=1) and [rules](http://b.cz)."
    assert written(text) == "See the plans (https://a.cz/p?x=1) and rules (http://b.cz)."
    assert plain(text) == "See the plans and rules."
