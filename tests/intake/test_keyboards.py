"""What helps with typing: the right keyboard, the right suggestions, no meddling."""

import pytest

from tests.intake.desk import page_of
from tests.support import Site

# Of each field: autocomplete, type, inputmode, enterkeyhint, autocapitalize, spellcheck.
HELP = {
    "first_name": ("given-name", "text", None, "next", "words", "false"),
    "last_name": ("family-name", "text", None, "next", "words", "false"),
    "email": ("email", "email", "email", "next", "off", "false"),
    "phone": ("tel", "tel", "tel", "next", None, None),
    "unit": ("off", "text", None, "next", "off", "false"),
    "price_max": ("off", "text", "numeric", "next", None, None),
    "attribute_nickname": ("off", "text", None, "next", None, None),
    "attribute_household": ("off", "text", "numeric", "next", None, None),
    "attribute_share": ("off", "text", "decimal", "next", None, None),
    "attribute_move_in": ("off", "date", None, "next", None, None),
    "attribute_has_pets": ("off", None, None, None, None, None),
    "attribute_heard_from": ("off", None, None, None, None, None),
    "note": ("off", None, None, None, None, None),
}
ATTRIBUTES = ("autocomplete", "type", "inputmode", "enterkeyhint", "autocapitalize", "spellcheck")
BOXES = ("checkbox", "hidden")


@pytest.mark.parametrize("form", ["riverside", "orchard"])
def test_every_field_that_is_typed_into(desk: Site, form: str) -> None:
    page = page_of(desk.get(f"/forms/{form}"), 200)
    found = {
        name: tuple(boxes[0].get(attribute) for attribute in ATTRIBUTES)
        for name, boxes in page.controls.items()
        if boxes[0].get("type") not in BOXES and name != "link"
    }
    expected = {name: HELP[name] for name in found}
    if form == "orchard":
        expected["unit"] = ("off", *[None] * 5)  # a list to choose from
        assert set(HELP) == set(found)
    assert found == expected


@pytest.mark.parametrize("form", ["riverside", "orchard"])
def test_what_nobody_types_into_is_not_filled_in(desk: Site, form: str) -> None:
    page = page_of(desk.get(f"/forms/{form}"), 200)
    for name in ("token", "language", "campaign", "page", "tags", "link"):
        assert page.controls[name][0]["autocomplete"] == "off"
        assert "data-fd-kind" not in page.controls[name][0]
