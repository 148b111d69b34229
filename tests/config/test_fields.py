"""`fields`, and the words of a form: what is understood, and what is wrong with them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from frontdesk.config import ConfigError, Form, load
from frontdesk.config.asked import asked, required
from frontdesk.config.fields import BUILT_IN
from frontdesk.kinds import KINDS
from tests.support import accounts, attribute, small_form

PETS = attribute("pets", "boolean", form="a")
NOTE = attribute("note", label="Another note", form="a")
TEST = attribute("test", "string", "hidden = true", form="a")
ATTRIBUTES = PETS + NOTE + TEST


def read(
    folder: Path, lines: str = "", to: Sequence[str] = ("geeks",), attributes: str = ATTRIBUTES
) -> Form:
    path = folder / "frontdesk.toml"
    text = accounts() + small_form("a", lines, to=to) + attributes
    path.write_text(text, encoding="utf-8")
    return load(path, KINDS).forms["a"]


def wrong(folder: Path, lines: str, **more: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, lines, **more)
    return [line.partition("forms.a.")[2] for line in caught.value.problems]


def names(form: Form) -> list[str]:
    return [entry.name for entry in asked(form)]


WHO = ["first_name", "last_name", "email", "phone"]


def test_a_form_asks_for_everything_unless_it_says_otherwise(tmp_path: Path) -> None:
    everything = [*WHO, "rooms", "unit", "price_max", "pets", "attributes.note", "note"]
    rooms = 'rooms = ["1+kk"]\n'
    assert names(read(tmp_path, rooms)) == everything
    assert names(read(tmp_path, f'{rooms}fields = "full"')) == everything
    assert names(read(tmp_path)) == [name for name in everything if name != "rooms"]
    assert required(read(tmp_path)) == {"first_name", "last_name"}


def test_a_short_one_asks_for_a_name_a_contact_and_a_message(tmp_path: Path) -> None:
    assert names(read(tmp_path, 'fields = "short"')) == [*WHO, "note"]
    needed = ATTRIBUTES.replace('label = "Pets"', 'label = "Pets"\nrequired = true')
    assert names(read(tmp_path, 'fields = "short"', attributes=needed)) == [*WHO, "pets", "note"]


def test_entries_are_names_or_tables(tmp_path: Path) -> None:
    note = '{ name = "note", required = true, width = "third", hint = "[Us](https://a.example)" }'
    unit = '{ name = "unit", hidden = true }'
    form = read(tmp_path, f'fields = ["phone", {unit}, "attributes.note", "pets", {note}]')
    assert names(form) == ["phone", "unit", "attributes.note", "pets", "note"]
    assert [entry.key for entry in asked(form)] == ["phone", "unit", "note", "pets", "note"]
    assert required(form) == {"phone", "note"}, "the only contact is needed, too"


@pytest.mark.parametrize(
    ("entries", "required_ones"),
    [
        ('"first_name", "email", "phone"', {"first_name"}),
        ('{ name = "first_name", required = false }, "email"', {"email"}),
        ('{ name = "phone", required = true }, "email", "note"', {"phone"}),
        ('"email", { name = "unit", required = true }', {"email", "unit"}),
    ],
)
def test_what_is_required(tmp_path: Path, entries: str, required_ones: set[str]) -> None:
    assert required(read(tmp_path, f"fields = [{entries}]")) == required_ones


WRONG: dict[str, list[str]] = {
    '"tiny"': ["fields: must be 'full', 'short' or a list"],
    "7": ["fields: must be 'full', 'short' or a list"],
    "[7]": ["fields[0]: must be a table"],
    "[]": ["fields: without email and phone nobody could be answered; ask for one of them"],
    '["email", "colour"]': [
        "fields[1]: 'colour' is none of "
        + ", ".join((*BUILT_IN, "pets", "attributes.note", "test"))
    ],
    '["email", "email"]': ["fields[1]: 'email' is there twice"],
    '["email", "pets", "attributes.pets"]': ["fields[2]: 'attributes.pets' is there twice"],
    '["email", "rooms"]': ["fields[1]: the form has no rooms to choose from; list them in rooms"],
    '[{ name = "email", width = "wide" }]': ["fields[0].width: must be 'full', 'half' or 'third'"],
    '[{ name = "email", colour = "red" }]': ["fields[0].colour: unknown key"],
    '[{ label = "Email" }]': ["fields[0].name: is missing"],
    '[{ name = "email", hidden = true }]': [
        "fields[0].hidden: only the unit and attributes can be filled in by the page"
    ],
    '["email", { name = "unit", hidden = true, required = true }]': [
        "fields[1].hidden: nobody could answer it, so it cannot be required"
    ],
    '[{ name = "email", required = false }]': [
        "fields[0].required: is the only contact that is asked for, so it has to be required"
    ],
    '["email", { name = "pets", required = true, label = "" }, { name = "test", hidden = true }]': [
        f"fields[{place}: an attribute says that itself; write it at the attribute"
        for place in ("1].required", "1].label", "2].hidden")
    ],
    '[{ name = "email", hint = "[x](javascript:alert)" }]': [
        "fields[0].hint: the link 'x' does not lead to an http or https address"
    ],
    '[{ name = "email", hint = { cs = "E" }, label = { cs = "E" }, heading = { cs = "E" } }]': [
        f"fields[0].{key}: has no text for the form's language 'en'"
        for key in ("label", "hint", "heading")
    ],
}


@pytest.mark.parametrize(("fields", "said"), WRONG.items(), ids=list(WRONG))
def test_a_mistake_is_told_with_its_place(tmp_path: Path, fields: str, said: list[str]) -> None:
    assert wrong(tmp_path, f"fields = {fields}") == said


@pytest.mark.parametrize("to", [("crm",), ("geeks", "crm")])
def test_what_a_crm_cannot_do_without_is_asked_for(tmp_path: Path, to: Sequence[str]) -> None:
    """Realpad: name and surname are mandatory (create-lead)."""
    assert wrong(tmp_path, 'fields = ["email"]', to=to, attributes="") == [
        "fields: the destination crm needs first_name; ask for it",
        "fields: the destination crm needs last_name; ask for it",
    ]
    freed = 'fields = ["first_name", { name = "last_name", required = false }, "email"]'
    assert wrong(tmp_path, freed, to=to, attributes="") == [
        "fields[1].required: the destination crm needs last_name, so it has to be required"
    ]
    assert read(tmp_path, 'fields = ["email"]', attributes="")
    assert read(tmp_path, 'fields = ["first_name", "email", "last_name"]', to=to, attributes="")


def test_what_an_attribute_requires_is_asked_for(tmp_path: Path) -> None:
    needed = ATTRIBUTES.replace('label = "Pets"', 'label = "Pets"\nrequired = true')
    assert wrong(tmp_path, 'fields = ["email", "note"]', attributes=needed) == [
        "fields: the attribute pets is required, and has to be asked for"
    ]


def test_a_valuation_asks_for_no_wishes_and_for_no_contact(tmp_path: Path) -> None:
    place = ATTRIBUTES.replace('key = "note"', 'key = "place"\nrequired = true')
    kind = 'kind = "valuation"\nrealgeeks.property.address = "place"\n'
    assert names(read(tmp_path, f'{kind}fields = ["place"]', attributes=place)) == ["place"]
    said = 'a form of kind = "valuation" does not ask for it; take it out'
    assert wrong(tmp_path, f'{kind}fields = ["place", "unit"]', attributes=place) == [
        f"fields[1]: {said}"
    ]


WORDS = {
    "lead": "See the [flats](https://a.example/flats).",
    "button": "Ask us",
    "thanks": "It is [here](https://a.example).",
    "thanks_next": "We reply by tomorrow.",
}


def test_a_form_has_words_of_its_own(tmp_path: Path) -> None:
    lines = "\n".join(f'{key} = "{said}"' for key, said in WORDS.items())
    form = read(tmp_path, lines)
    assert {key: getattr(form, key) for key in WORDS} == WORDS
    bare: Any = read(tmp_path)
    assert {getattr(bare, key) for key in WORDS} == {""}


@pytest.mark.parametrize("key", WORDS)
def test_they_are_there_in_each_of_its_languages(tmp_path: Path, key: str) -> None:
    assert wrong(tmp_path, f'{key} = {{ cs = "Ano" }}') == [
        f"{key}: has no text for the form's language 'en'"
    ]


def test_what_happens_next_had_another_name(tmp_path: Path) -> None:
    assert read(tmp_path, 'promise = "By tomorrow."').thanks_next == "By tomorrow."
    both = 'promise = "By tomorrow."\nthanks_next = "Today."'
    assert wrong(tmp_path, both) == ["promise: unknown key"]
