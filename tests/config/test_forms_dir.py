"""forms_dir: one file for each form, checked as one configuration with the file beside it."""

import os
from pathlib import Path

import pytest

from frontdesk.config import ConfigError, Settings, listing, load
from frontdesk.kinds import KINDS

MAIN = """
secret_key = "a secret of the tests, long enough"
forms_dir = "forms.d/"

[limits]
submissions = "7/minute"

[captcha]
provider = "none"
allow_none = true

[destinations.crm]
type = "realpad"
login = "sandbox"
password = "sandbox"
"""
FORM = """
title = "Riverside"
destinations = ["crm"]
privacy_url = "https://${HOST}/privacy"

[realpad]
project = 7

[limits]
tokens = "9/minute"
"""
PREFIXED = (
    "has no place here: the file itself is the form prefixed,"
    " so leave out `forms.prefixed` before its keys"
)
TWICE = "the form riverside is in frontdesk.toml too; take one of the two away"
ENVIRON = {"HOST": "riverside.example.com"}


class House:
    """A configuration in a folder: frontdesk.toml, and forms.d beside it."""

    def __init__(self, root: Path) -> None:
        self.path = root / "frontdesk.toml"
        self.forms = root / "forms.d"
        self.forms.mkdir()
        self.write("frontdesk.toml", MAIN)

    def write(self, name: str, text: str) -> Path:
        path = self.path.parent / name
        path.write_text(text, encoding="utf-8")
        return path

    def load(self) -> Settings:
        return load(self.path, KINDS, ENVIRON)

    def problems(self) -> list[str]:
        """Each with paths from the folder on."""
        with pytest.raises(ConfigError) as caught:
            self.load()
        return [each.replace(f"{self.path.parent}/", "") for each in caught.value.problems]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_file_is_a_form_named_as_the_file(house: House) -> None:
    house.write("forms.d/riverside.toml", FORM)
    house.write("forms.d/hill-2.toml", FORM.replace("Riverside", "Hill"))
    house.write("frontdesk.toml", MAIN + '[forms.old]\ntitle = "Old"\ndestinations = ["crm"]\n')
    settings = house.load()
    assert {slug: form.title for slug, form in settings.forms.items()} == {
        "old": "Old",
        "hill-2": "Hill",
        "riverside": "Riverside",
    }
    riverside = settings.forms["riverside"]
    assert riverside.slug == "riverside"
    assert riverside.crm["realpad"].project == 7
    assert riverside.privacy_url == "https://riverside.example.com/privacy"
    # As in the one file: a form's own limits replace the general ones key by key.
    assert (riverside.limits.tokens, riverside.limits.submissions) == ("9/minute", "7/minute")
    assert settings.forms_dir == house.forms


def test_it_says_the_same_as_one_file(house: House, tmp_path: Path) -> None:
    house.write("forms.d/riverside.toml", FORM)
    apart = house.load()
    together = "[forms.riverside]" + FORM.replace("[realpad]", "[forms.riverside.realpad]")
    together = together.replace("[limits]", "[forms.riverside.limits]")
    main = MAIN.replace('forms_dir = "forms.d/"', "")
    one = load(house.write("one.toml", main + together), KINDS, ENVIRON)
    assert apart.model_copy(update={"forms_dir": None}) == one


def test_its_path_may_come_from_the_environment_and_be_absolute(house: House) -> None:
    house.write("forms.d/riverside.toml", FORM)
    house.write("frontdesk.toml", MAIN.replace("forms.d/", "${FORMS}"))
    found = load(house.path, KINDS, {**ENVIRON, "FORMS": str(house.forms)})
    assert found.forms_dir == house.forms
    assert list(found.forms) == ["riverside"]


def test_it_stands_beside_the_file_that_a_link_leads_to(house: House, tmp_path: Path) -> None:
    house.write("forms.d/riverside.toml", FORM)
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "linked.toml"
    link.symlink_to(house.path)
    found = load(link, KINDS, ENVIRON)
    assert found.forms_dir == house.forms
    assert list(found.forms) == ["riverside"]


def test_all_mistakes_of_all_files_are_told_at_once_each_with_its_file(house: House) -> None:
    main = MAIN.replace('"7/minute"', '"often"') + '[forms.old]\ntitle = "Old"\n'
    house.write("frontdesk.toml", main)
    house.write("forms.d/riverside.toml", FORM + 'colour = "red"\n')
    house.write("forms.d/hill.toml", FORM.replace('"crm"', '"crn"').replace("= 7", '= "7"'))
    house.write("forms.d/unset.toml", FORM.replace("HOST", "NOBODY"))
    house.write("forms.d/broken.toml", 'title = "Broken\n')
    house.write("forms.d/Big House.toml", FORM.replace("Riverside", ""))
    house.forms.joinpath("latin.toml").write_bytes('title = "Rezidence U řeky"'.encode("cp1250"))
    house.forms.joinpath("folder.toml").mkdir()
    house.forms.joinpath("nowhere.toml").symlink_to("gone.toml")
    os.mkfifo(house.forms / "pipe.toml")  # nobody will ever write to it
    house.write("forms.d/prefixed.toml", f"{FORM}\n[forms.prefixed]\ntitle = 'x'\n")
    house.write("forms.d/deep.toml", "x = " + "[" * 5000 + "]" * 5000)
    told = house.problems()
    begins = sorted(line.split(";")[0] for line in told)
    rule = "must be small letters, digits and hyphens, at most 64, no hyphen first"
    assert begins == [
        f"forms.d/Big House.toml: its name is the form's, so before .toml it {rule}",
        "forms.d/Big House.toml: title: must have at least 1 character",
        "forms.d/broken.toml: not TOML: Illegal character '\\n' (at line 1, column 16)",
        "forms.d/deep.toml: is nested too deeply",
        "forms.d/folder.toml: is not a file",
        "forms.d/hill.toml: destinations[0]: no destination is called 'crn'",
        "forms.d/hill.toml: realpad.project: must be a whole number",
        "forms.d/latin.toml: line 1 is not in UTF-8",
        "forms.d/nowhere.toml: No such file or directory",
        "forms.d/pipe.toml: is not a file",
        f"forms.d/prefixed.toml: forms: {PREFIXED}",
        "forms.d/riverside.toml: limits.colour: unknown key",
        "forms.d/unset.toml: privacy_url: the environment variable NOBODY is not set",
        "frontdesk.toml: forms.old.destinations: is missing",
        "frontdesk.toml: limits.submissions: not a rate",
    ]


def test_a_form_in_both_places_is_told_with_both(house: House) -> None:
    house.write("forms.d/riverside.toml", FORM)
    text = '[forms.riverside]\ntitle = "Old"\ndestinations = ["crm"]\n'
    house.write("frontdesk.toml", MAIN + text)
    assert house.problems() == [
        f"forms.d/riverside.toml: {TWICE}",
    ]


def test_what_is_no_form_is_passed_over(house: House) -> None:
    house.write("forms.d/riverside.toml", FORM)
    nonsense = "this is no TOML"
    rest = ("riverside.toml~", "riverside.toml.bak", "#riverside.toml#", "README.md")
    for name in (".riverside.toml.swp", ".hidden.toml", *rest):
        house.write(f"forms.d/{name}", nonsense)
    (house.forms / "old").mkdir()
    house.write("forms.d/old/hill.toml", nonsense)
    (house.forms / ".#riverside.toml").symlink_to("somebody@somewhere.1234")  # Emacs' lock
    assert list(house.load().forms) == ["riverside"]
    assert listing(house.forms) == (["riverside.toml"], sorted([*rest, "old"]))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('"nowhere"', "forms_dir: nowhere: No such file or directory"),
        ('"frontdesk.toml"', "forms_dir: frontdesk.toml: Not a directory"),
        ('"${NOBODY}"', "forms_dir: the environment variable NOBODY is not set"),
        ('"a\\u0000b"', "forms_dir: a\0b: is not a path"),
        ('"forms.d"', "forms: there is no form in forms.d, and none in frontdesk.toml"),
    ],
)
def test_a_folder_that_is_of_no_use(house: House, value: str, said: str) -> None:
    house.write("frontdesk.toml", MAIN.replace('"forms.d/"', value))
    assert house.problems() == [said]


@pytest.mark.parametrize("value", ["7", "[]", "{}"])
def test_a_folder_that_is_no_text(house: House, value: str) -> None:
    house.write("frontdesk.toml", MAIN.replace('"forms.d/"', value))
    assert [each for each in house.problems() if each.startswith("forms_dir: ")]


def test_forms_that_are_no_table_are_told_once(house: House) -> None:
    house.write("forms.d/riverside.toml", FORM)
    house.write("frontdesk.toml", "forms = 3\n" + MAIN)
    assert house.problems() == ["frontdesk.toml: forms: must be a table"]
