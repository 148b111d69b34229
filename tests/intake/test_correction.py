"""A lead corrected by hand: cleaned like the visitor's, and only what was to change."""

import pytest

from frontdesk.config import Form
from frontdesk.intake.correction import Correction
from frontdesk.model.lead import Lead

FORM = Form.model_validate(
    {
        "title": "Orchard",
        "destinations": ["crm"],
        "units": ["A.101", "B.202"],
        "attributes": [
            {"key": "move_in", "type": "date", "label": "Move in"},
            {"key": "pets", "type": "boolean", "label": "Pets"},
        ],
    }
)
# As an older configuration, or another system, let it in.
OLD = Lead(
    first_name="Jana",
    last_name="",
    language="xx",
    phone="+15555550100",
    unit="Z.999",
    note="Is there\u200b a lift?",
    attributes={"move_in": "soon", "gone": "x"},
)


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ({"phone": "tel: 777\u2212123\u200e456"}, {"phone": "+420777123456"}),
        (
            {"phone": "777 123 456 ext. 12"},
            {"phone": "+420777123456", "note": "Is there a lift?\nExtension: 12"},
        ),
        ({"email": "mailto:jana\u200b@example.com"}, {"email": "jana@example.com"}),
        ({"unit": "A.101"}, {"unit": "A.101"}),
        ({"unit": ""}, {"unit": None}),
        ({"language": "cs-CZ"}, {"language": "cs"}),
        (
            {"attributes.pets": "yes"},
            {"attributes": {"move_in": "soon", "gone": "x", "pets": True}},
        ),
        ({"attribute_move_in": ""}, {"attributes": {"gone": "x"}}),
    ],
    ids=str,
)
def test_only_what_was_to_change_is_changed(
    change: dict[str, str], changed: dict[str, object]
) -> None:
    lead, problems = Correction(FORM, OLD).apply(change)
    assert problems == {}
    assert lead is not None
    for name in OLD.__struct_fields__:
        assert getattr(lead, name) == changed.get(name, getattr(OLD, name)), name


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"unit": "Y.888"}, "unit"),
        ({"language": "yy"}, "language"),
        ({"attributes.pets": "two cats"}, "attributes.pets"),
        ({"last_name": "\u200b"}, "last_name"),
        ({"phone": ""}, "email"),
        ({"phone": "49(0)"}, "phone"),
    ],
    ids=str,
)
def test_an_operator_is_told_what_is_wrong(change: dict[str, str], field: str) -> None:
    lead, problems = Correction(FORM, OLD).apply(change)
    assert lead is None
    assert list(problems) == [field]
