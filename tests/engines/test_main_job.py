"""The main job in every engine and every way: wrong, mended, sent, thanked for, in the CRM."""

from uuid import uuid4

import pytest

from tests.engines.visitor import Visitor
from tests.engines.ways import WAYS, Way, World
from tests.support import eventually, leads


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_enquiry(visitor: Visitor, world: World, way: Way) -> None:
    enquire(visitor, world, way, "altcha")


# Not in WebKit, whose driver loses its way when a vendor's frame is put in the place of another.
@pytest.mark.parametrize("driver", ["chromium", "firefox"], indirect=True)
@pytest.mark.parametrize("captcha", ["hcaptcha", "turnstile"])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_enquiry_with_a_vendors_captcha(
    visitor: Visitor, world: World, way: Way, captcha: str
) -> None:
    enquire(visitor, world, way, captcha)


def enquire(visitor: Visitor, world: World, way: Way, captcha: str) -> None:
    email = f"{uuid4().hex}@example.com"
    asked = ("First name", "Last name", "Email", way.consent)
    visitor.open(way.lay_out(world, captcha))
    with way.form(visitor):
        # Else the browser itself would complain, one bubble at a time.
        visitor.until("return document.querySelector('form').noValidate")
        visitor.press(way.send)
        eventually(lambda: all(map(visitor.complaint, asked)))
        assert visitor.focus_is_in("First name")

        visitor.fill("First name", "Jana")
        visitor.fill("Last name", "Nováková")
        visitor.fill("Email", email)
        visitor.tick(way.consent)
        assert not any(map(visitor.complaint, asked))

        if captcha != "altcha":
            visitor.tick_inside(f"iframe[title='{captcha} widget']", "I am human")
            visitor.until("return window.passes")
        visitor.press(way.send)
        visitor.reads(way.thanks)
    way.tells(visitor, "submitted")

    def arrived() -> list[str]:
        sent = [lead["parameters"] for lead in leads(world.crm)]
        return [lead["surname"] for lead in sent if lead["email"] == email]

    assert eventually(arrived) == ["Nováková"]
