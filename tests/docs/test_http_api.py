"""docs/http-api.md has every route, every field of the JSON body, and every status."""

import re

import pytest
from flask import Flask

from frontdesk.config import Form
from frontdesk.intake import views
from frontdesk.intake.definition import ATTRIBUTE, CAPTCHA_FIELDS, CONSENT, Definition
from frontdesk.resources import folder
from frontdesk.routes import blueprint
from tests.docs import pages

DOCUMENT = "docs/http-api.md"


def routes() -> set[str]:
    app = Flask("routes", static_folder=None)
    app.register_blueprint(blueprint())
    return {
        f"{method} {shown(rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def shown(rule: str) -> str:
    """A route as the document writes it."""
    return rule.replace("<slug>", "<form>").replace("<path:filename>", "<path>")


def test_every_route_is_documented() -> None:
    table = pages.rows(pages.own(DOCUMENT, "Routes"))
    documented = {pages.code(row[0])[0] for row in table}
    assert {route for route in documented if " " in route} == routes()


def test_every_field_of_the_body_is_documented() -> None:
    form = Form.model_validate({"title": "Hill", "destinations": ["crm"], "rooms": ["2"]})
    names = {*Definition(form, "en").questions}
    assert not any(name.startswith((ATTRIBUTE, CONSENT)) for name in names)
    names |= {"consents", "attributes", "token", *CAPTCHA_FIELDS}
    table = pages.rows(pages.own(DOCUMENT, "Send an enquiry as JSON"))
    documented = {name for row in table for cell in (row[0], row[2]) for name in pages.code(cell)}
    assert names <= documented


@pytest.mark.parametrize("code", sorted(views._REFUSALS))
def test_every_refusal_is_documented_with_its_status(code: str) -> None:
    table = pages.rows(pages.own(DOCUMENT, "Errors"))
    assert [str(views._REFUSALS[code][0]), code] in [
        [row[0], *pages.code(row[1])[:1]] for row in table
    ]


def test_every_template_is_documented() -> None:
    named = set(pages.code(pages.own(DOCUMENT, "Your own layout")))
    templates = folder("templates") / "frontdesk"
    for path in templates.rglob("*.html"):
        name = path.relative_to(templates).as_posix()
        if not name.startswith("sandbox/"):
            assert f"frontdesk/{name}" in named or path.name in named, name


def test_every_property_of_the_style_is_documented() -> None:
    style = (folder("static") / "form.css").read_text(encoding="utf-8")
    properties = set(re.findall(r"^\s+(--fd-[a-z-]+):", style, re.MULTILINE))
    assert properties
    told = set(re.findall(r"`(--fd-[a-z-]+)`", (pages.ROOT / DOCUMENT).read_text(encoding="utf-8")))
    assert properties == told
