"""docs/configuration.md has every setting with its default; what configures, loads."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from frontdesk.config import CaptchaSection, ConfigError, Font, Look, Section, UnitSource, load
from frontdesk.config.attributes import Attribute, Option
from frontdesk.config.fields import Asked
from frontdesk.config.form import ApiKey, Consent, Form, FormLimits
from frontdesk.config.inbox import Inbox, InboxHeader, InboxOidc, InboxPerson
from frontdesk.config.settings import (
    Delivery,
    Destination,
    Journal,
    Limits,
    Metrics,
    Notify,
    Settings,
)
from frontdesk.config.units import Columns, JsonSource
from frontdesk.kinds import KINDS
from tests.docs import pages

DOCUMENT = "docs/configuration.md"
EXAMPLE = "examples/frontdesk.toml"
EXAMPLES = (EXAMPLE, "examples/try.toml", "examples/mail.toml")
LOOKS = "examples/looks.toml"

# A heading of the document, the model that it describes, and keys with a heading of their own.
SECTIONS: list[tuple[str, type[Section], set[str]]] = [
    (
        "Top level",
        Settings,
        {
            *("limits", "captcha", "delivery", "journal", "metrics", "notify", "inbox"),
            *("look", "destinations", "forms"),
        },
    ),
    ("`[limits]`", Limits, set()),
    ("`[captcha]`", CaptchaSection, set()),
    ("`[delivery]`", Delivery, set()),
    ("`[journal]`", Journal, set()),
    ("`[metrics]`", Metrics, set()),
    ("`[notify]`", Notify, set()),
    ("`[inbox]`", Inbox, {"people", "header", "oidc"}),
    ("`[[inbox.people]]`", InboxPerson, set()),
    ("`[inbox.header]`", InboxHeader, set()),
    ("`[inbox.oidc]`", InboxOidc, set()),
    ("`[look]`", Look, set()),
    ("`font`", Font, set()),
    ("`[destinations.<name>]`", Destination, {"account"}),
    (
        "`[forms.<form>]`",
        Form,
        {"captcha", "limits", "look", "crm", "consents", "attributes", "api_keys", "unit_source"},
    ),
    ("`fields`", Asked, set()),
    ("`[forms.<form>.units]`", UnitSource, set()),
    ('`source = "json"` or `source = "csv"`', JsonSource, set(UnitSource.model_fields)),
    ("`columns`", Columns, set()),
    ('`source = "realpad"`', KINDS.sources["realpad"], set(UnitSource.model_fields)),
    ("`[[forms.<form>.consents]]`", Consent, set()),
    ("`[[forms.<form>.attributes]]`", Attribute, set()),
    ("`options`", Option, set()),
    ("`[[forms.<form>.api_keys]]`", ApiKey, set()),
]
SECTIONS += [
    (f'`provider = "{name}"`', model, set(CaptchaSection.model_fields))
    for name, model in KINDS.captchas.items()
]
for _name, _kind in KINDS.destinations.items():
    SECTIONS.append((f'`type = "{_name}"`', _kind.account, set()))
    SECTIONS.append((f"`[forms.<form>.{_name}]`", _kind.form, set()))


def described(heading: str) -> dict[str, str]:
    """The keys of a section's table, with what its column for the default says."""
    table = [row for row in pages.rows(pages.own(DOCUMENT, heading)) if len(row) == 4]
    return {pages.code(key)[0]: default for key, _, default, _ in table}


@pytest.mark.parametrize(("heading", "model", "elsewhere"), SECTIONS)
def test_every_setting_is_documented_with_its_default(
    heading: str, model: type[Section], elsewhere: set[str]
) -> None:
    settings = {f.alias or k: f for k, f in model.model_fields.items() if k not in elsewhere}
    documented = described(heading)
    assert documented.keys() == settings.keys()
    for key, field in settings.items():
        assert as_default(documented[key], field) == default(field), key


def default(field: FieldInfo) -> Any:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return validated(value, field) if field.validate_default else value


def validated(value: Any, field: FieldInfo) -> Any:
    """A value as the configuration would have it."""
    kind: Any = field.annotation
    for extra in field.metadata:
        kind = Annotated[kind, extra]
    return TypeAdapter(kind).validate_python(value)


def as_default(cell: str, field: FieldInfo) -> Any:
    """A documented default, read as the configuration file would be."""
    if cell in ("required", "not sent", "none"):
        return "required" if cell == "required" else None
    (written,) = pages.code(cell)
    return validated(tomllib.loads(f"x = {written}")["x"], field)


def test_what_a_form_may_limit_is_what_the_document_says() -> None:
    assert list(described("`[limits]`"))[: len(FormLimits.model_fields)] == list(
        FormLimits.model_fields
    )
    assert len(FormLimits.model_fields) == 5, "the document says `the first five`"


def test_all_types_of_attribute_are_documented() -> None:
    types = Attribute.model_fields["type"].annotation.__args__  # type: ignore[union-attr]
    table = pages.rows(pages.section(DOCUMENT, "`[[forms.<form>.attributes]]`"))
    assert [pages.code(row[0])[0] for row in table if len(row) == 3] == list(types)


def test_every_source_of_units_is_documented() -> None:
    assert set(KINDS.sources) == {"json", "csv", "realpad"}
    assert JsonSource.model_fields.keys() - KINDS.sources["csv"].model_fields.keys() == {"rows"}


def whole(toml: str) -> bool:
    return "secret_key" in toml and "[forms." in toml


def configurations() -> list[Any]:
    found = [pytest.param(pages.text(each), id=each) for each in EXAMPLES]
    for document in pages.DOCUMENTS:
        for number, block in enumerate(filter(whole, pages.blocks(document, "toml"))):
            found.append(pytest.param(block, id=f"{document} {number}"))
    return found


@pytest.mark.parametrize("toml", configurations())
def test_whole_configurations_load(toml: str, tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_text(toml, encoding="utf-8")
    environ = {name: f"the value of {name}" for name in re.findall(r"\$\{(\w+)\}", toml)}
    environ["SMTP_URL"] = "smtps://user:password@mail.example.com"
    assert load(path, KINDS, environ).forms


def test_defaults_that_the_example_comments_out_are_the_defaults(tmp_path: Path) -> None:
    """With each of them switched on, the configuration still loads and says the same."""
    plain = pages.text(EXAMPLE)
    spoken = re.sub(r'^# (?=(?!storage)\w+ = (?:"|\d))', "", plain, flags=re.MULTILINE)
    assert spoken.count("\n# ") < plain.count("\n# ")
    environ = {name: f"the value of {name}" for name in re.findall(r"\$\{(\w+)\}", plain)}
    loaded = []
    for toml in (plain, spoken):
        path = tmp_path / "frontdesk.toml"
        path.write_text(toml, encoding="utf-8")
        loaded.append(load(path, KINDS, environ))
    assert loaded[0] == loaded[1]


@pytest.mark.parametrize("document", pages.DOCUMENTS)
def test_every_toml_block_is_toml(document: str) -> None:
    for block in pages.blocks(document, "toml"):
        assert tomllib.loads(block)


def test_the_looks_of_the_document_are_those_of_the_example() -> None:
    example = tomllib.loads(pages.text(LOOKS))["forms"]
    shown: dict[str, Any] = {}
    for block in pages.blocks("docs/look.md", "toml"):
        shown |= tomllib.loads(block).get("forms", {})
    assert shown.keys() == example.keys()
    for slug, form in shown.items():
        assert form["look"] == example[slug]["look"]


def test_the_message_of_the_document_is_what_is_said(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    text = pages.text(LOOKS).replace(
        "[forms.vineyard]", '[look]\naccent = "#fa0"\n[forms.vineyard]'
    )
    path.write_text(re.sub(r"^logo = .*$", "", text, flags=re.MULTILINE), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load(path, KINDS)
    (problem,) = refused.value.problems
    assert problem in pages.text("docs/look.md")
