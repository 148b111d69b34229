"""frontdesk.js on somebody's own form: it is filled in, checked, mended, sent, and thanks."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.embedding.landing import await_event, seen, story
from tests.own_form.house import (
    CHECKED,
    FIELDS,
    FORM,
    STAYS,
    House,
    expect_thanks,
    fill_in,
    send,
    status,
    watch,
)
from tests.support import HIDDEN, eventually, leads


def test_from_somebodys_form_to_the_crm(home: House, page: Page) -> None:
    page.add_init_script("window.dataLayer = []")
    home.landing.put('<a href="page?utm_campaign=spring&gclid=Cj0#flats">In</a>', path="start")
    url = home.put()
    page.goto(f"{home.landing.url}/start")
    page.get_by_role("link").click()
    await_event(page, "ready")
    fill_in(page)
    page.get_by_label("2+kk").check()
    send(page)
    expect_thanks(page)
    expect(status(page)).to_be_focused()

    [enquiry] = home.received()
    [stored] = eventually(lambda: leads(home.crm))
    assert stored["parameters"] == {
        "name": "Jana",
        "surname": "Nováková",
        "email": "jana@example.com",
        "note": stored["parameters"]["note"],
        "preferencerooms": "2+kk|3+kk",
        "project": "1234",
        "referral": "77",
        "tags": "web",
        "campaign": "spring",
        "language": "en",
        "consentsource": "127.0.0.1",
        "updateconsents": "2",
    }
    assert enquiry["lead"]["rooms"] == ["2+kk", "3+kk"]
    assert enquiry["origin"]["page"] == f"{url}?utm_campaign=spring&gclid=Cj0"
    assert enquiry["origin"]["title"] == "Open day"
    assert enquiry["origin"]["referrer"] == f"{home.landing.url}/start"

    assert story(page) == ["ready", "started", "submitted"]
    told = {"form": "riverside", "id": enquiry["id"], "marketing": False}
    assert seen(page)[-1]["detail"] == told
    assert page.evaluate("dataLayer") == [
        {"event": f"frontdesk:{event['name']}", **event["detail"]} for event in seen(page)
    ]
    assert page.evaluate("document.cookie + localStorage.length + sessionStorage.length") == "00"


def test_a_parameter_of_the_page_comes_to_the_crm(house: Callable[..., House], page: Page) -> None:
    home = house(HIDDEN)
    parameter = '<input type="hidden" name="attribute_customer_ab_test_param" value="{}">'
    page.goto(home.put(FORM.replace("<label>First", parameter.format("2") + "<label>First", 1)))
    fill_in(page)
    send(page)
    expect_thanks(page)
    [lead] = eventually(lambda: leads(home.crm))
    assert lead["parameters"]["customer_ab_test_param"] == "2"


def test_what_the_browser_finds_is_said_beside_the_fields(home: House, page: Page) -> None:
    asked = watch(page)
    page.goto(home.put())
    page.get_by_label("Email").fill("jana")
    send(page)
    first = page.get_by_label("First name")
    expect(first).to_be_focused()
    expect(first).to_have_accessible_description("Please fill out this field.")
    expect(first).to_have_attribute("aria-invalid", "true")
    email = page.get_by_label("Email")
    expect(email).to_have_accessible_description(re.compile("We write rarely.*missing an '@'"))
    assert await_event(page, "error") == {"form": "riverside", "code": "fields"}
    email.fill("jana@example.com")
    expect(email).to_have_accessible_description("We write rarely.")
    expect(email).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("[aria-invalid=true]")).to_have_count(2)
    assert asked == []
    fill_in(page)
    send(page)
    expect_thanks(page)


def test_what_the_server_finds_is_said_beside_the_fields(home: House, page: Page) -> None:
    page.goto(home.put())
    fill_in(page)
    page.get_by_label("Floor").fill("the third")
    page.get_by_label("I agree").uncheck()
    page.get_by_label("3+kk").evaluate("(box) => (box.value = 'a castle')")
    send(page)
    floor, agree = page.get_by_label("Floor"), page.get_by_label("I agree")
    expect(floor).to_have_accessible_description("Please write a whole number, digits only.")
    expect(agree).to_have_accessible_description("Without this consent we cannot reply to you.")
    assert floor.evaluate("(field) => field.validity.customError")
    expect(status(page)).to_contain_text("Please look at the fields that are marked.")
    assert await_event(page, "error") == {"form": "riverside", "code": "fields"}

    floor.fill("3")
    expect(page.locator("[data-frontdesk-error=attribute_floor]")).to_have_text("")
    assert floor.evaluate("(field) => field.validity.valid")
    agree.check()
    send(page)
    expect_thanks(page)
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)
    lead = home.received()[0]["lead"]
    assert lead["attributes"] == {"floor": 3}
    # What the page made up is no mistake of the visitor's.
    assert "a castle" in lead["note"]
    assert "rooms" not in lead or "a castle" not in lead["rooms"]


def test_a_field_that_a_script_mends_does_not_hold_the_form_up(home: House, page: Page) -> None:
    page.goto(home.put())
    fill_in(page)
    page.get_by_label("Floor").fill("the third")
    send(page)
    expect(page.get_by_label("Floor")).to_be_focused()
    page.get_by_label("Floor").evaluate("(field) => (field.value = '3')")  # no event
    send(page)
    expect_thanks(page)


def test_what_cannot_be_mended_at_its_field_is_said_with_the_form(home: House, page: Page) -> None:
    fields = FIELDS.replace('name="attribute_floor"', 'name="attribute_floor" readonly value="x"')
    fields = fields.replace('name="consent_2"', 'name="agreed"')
    page.goto(home.put(f'<form data-frontdesk="riverside">{fields}<button>Send</button></form>'))
    fill_in(page)
    send(page)
    expect(status(page)).to_contain_text("Please write a whole number, digits only.")
    expect(status(page)).to_contain_text("Without this consent we cannot reply to you.")


def test_places_of_the_pages_own(home: House, page: Page) -> None:
    page.goto(
        home.put(
            f"""<form data-frontdesk="riverside"><p data-frontdesk-status></p>
            <p id="mine" data-frontdesk-error="first_name"></p>{FIELDS}
            <div data-frontdesk-captcha></div><button>Send</button></form>"""
        )
    )
    send(page)
    expect(page.locator("#mine")).to_have_text("Please fill out this field.")
    expect(page.get_by_label("First name")).to_have_accessible_description(
        "Please fill out this field."
    )
    fill_in(page)
    send(page)
    expect(page.locator("p[data-frontdesk-status]")).to_contain_text("has reached us")
    expect(page.locator("[data-frontdesk-captcha] > *")).not_to_have_count(0)


@pytest.mark.parametrize(
    ("lang", "thanks"), [("cs-CZ", "Rezidence U řeky"), ("en", "Riverside Residences")]
)
def test_the_pages_language(
    house: Callable[..., House], page: Page, lang: str, thanks: str
) -> None:
    home = house("")
    page.goto(home.put(lang=lang))
    fill_in(page)
    send(page)
    expect(status(page)).to_contain_text(thanks)
    assert home.received()[0]["lead"]["language"] == lang[:2]


def test_a_language_that_the_form_does_not_speak(house: Callable[..., House], page: Page) -> None:
    """The visitor's own then, which is English here."""
    home = house("")
    page.goto(home.put(lang="haw"))
    fill_in(page)
    send(page)
    expect_thanks(page)
    assert home.received()[0]["lead"]["language"] == "en"


def test_what_the_form_says_itself_goes_first(house: Callable[..., House], page: Page) -> None:
    home = house("")
    given = """<input type="hidden" name="campaign" value="poster">
      <input type="hidden" name="language" value="cs"><input type="hidden" name="tags" value="expo">
      <button>Send</button>"""
    url = home.put(FORM.replace("<button>Send</button>", given))
    page.goto(f"{url}?utm_campaign=spring")
    fill_in(page)
    send(page)
    # In the language of the page, which is what its words are in.
    expect_thanks(page)
    lead = home.received()[0]["lead"]
    assert (lead["campaign"], lead["language"], lead["tags"]) == ("poster", "cs", ["expo"])


def test_the_page_may_do_the_thanking(home: House, page: Page) -> None:
    script = """import "FRONTDESK/frontdesk.js";
      addEventListener("frontdesk:submitted", (event) => event.preventDefault());"""
    home.landing.put("<h1>Arrived</h1>", path="arrived")
    form = FORM.replace("<form", '<form data-success-url="arrived"')
    page.goto(home.put(form, script=script))
    fill_in(page)
    send(page)
    await_event(page, "submitted")
    expect(status(page)).to_have_text("")
    expect(page.get_by_label("First name")).to_have_value("Jana")
    expect(page.locator("form")).not_to_have_attribute("aria-busy", "true")


def test_a_page_of_its_own_afterwards(home: House, page: Page) -> None:
    home.landing.put("<h1>Arrived</h1>", path="arrived")
    page.goto(home.put(FORM.replace("<form", '<form data-success-url="arrived"')))
    fill_in(page)
    send(page)
    expect(page.get_by_role("heading", name="Arrived")).to_be_visible()
    page.go_back()
    send(page)  # the form still works
    expect(page.get_by_label("First name")).to_be_focused()


def test_the_configurations_page_afterwards(house: Callable[..., House], page: Page) -> None:
    goal = 'success_url = "https://riverside.example.com/arrived"'
    realpad = "[forms.riverside.realpad]"
    home = house("", **{realpad: f"{goal}\n{realpad}"})
    page.route(
        "https://riverside.example.com/**", lambda route: route.fulfill(body="<h1>Arrived</h1>")
    )
    page.goto(home.put())
    fill_in(page)
    send(page)
    expect(page.get_by_role("heading", name="Arrived")).to_be_visible()


def test_another_enquiry_from_the_same_page(home: House, page: Page) -> None:
    page.goto(home.put())
    fill_in(page)
    send(page)
    expect_thanks(page)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Send another enquiry").click()
    expect(page.get_by_label("First name")).to_be_focused()
    expect(page.get_by_label("First name")).to_have_value("")
    fill_in(page)
    page.get_by_label("First name").fill("Petr")
    send(page)
    eventually(lambda: page.wait_for_timeout(20) or len(home.received()) == 2)
    assert [line["lead"]["first_name"] for line in home.received()] == ["Jana", "Petr"]
    assert len({line["id"] for line in home.received()}) == 2
    expect_thanks(page)


def test_the_same_enquiry_from_the_same_page_counts_once(home: House, page: Page) -> None:
    page.goto(home.put(STAYS))
    for _ in range(2):
        fill_in(page)
        send(page)
        expect_thanks(page)
    assert len({line["id"] for line in home.received()}) == 1


def test_two_forms_on_a_page(house: Callable[..., House], page: Page) -> None:
    home = house(CHECKED)
    page.goto(home.put(f"<main>{FORM}</main><aside>{FORM}</aside>"))
    main, aside = page.locator("main form"), page.locator("aside form")
    send(main)
    send(aside)
    expect(main.get_by_label("First name")).to_have_accessible_description(
        "Please fill out this field."
    )
    expect(aside.get_by_label("First name")).to_be_focused()
    fill_in(aside)
    send(aside)
    expect_thanks(aside)
    expect(status(main)).not_to_contain_text("has reached us")
    fill_in(main)
    send(main)
    expect_thanks(main)
    ids = page.locator("[id]").evaluate_all("(all) => all.map((one) => one.id)")
    assert len({i for i in ids if i != "hint"}) == len([i for i in ids if i != "hint"])


INSERTED = """
import { enhance } from "FRONTDESK/frontdesk.js";
document.body.innerHTML = document.querySelector("template").innerHTML;
const form = document.querySelector("form");
window.before = document.body.innerHTML;
window.off = enhance(form);
window.same = enhance(form) === window.off;
window.again = () => void (window.off = enhance(form));
"""


def test_a_form_that_is_inserted_later(home: House, page: Page) -> None:
    page.goto(home.put(f"<template>{FORM}</template>", script=INSERTED))
    send(page)
    expect(page.get_by_label("First name")).to_be_focused()
    assert page.evaluate("same")
    fill_in(page)
    page.get_by_label("Floor").fill("the third")
    send(page)
    expect(page.get_by_label("Floor")).to_be_focused()

    # All comes off again ...
    page.evaluate("off()")
    left = page.evaluate("document.body.innerHTML").replace(' aria-describedby=""', "")
    assert left == page.evaluate("before")
    assert page.get_by_label("Floor").evaluate("(field) => field.validity.valid")
    page.evaluate("addEventListener('submit', (event) => event.preventDefault())")
    posts = watch(page)
    send(page)
    assert posts == []

    # ... and on.
    page.evaluate("again()")
    page.get_by_label("Floor").fill("3")
    send(page)
    expect_thanks(page)
    assert len(home.received()) == 1


# -- forms that come later, by themselves ------------------------------------------------------

SWAP = """(markup) => {
  const place = document.querySelector("main");
  place.innerHTML = markup;
}"""


def test_a_form_of_a_page_swap_sends_nothing_into_an_address(home: House, page: Page) -> None:
    """As htmx, Turbo and their like bring one, here without method and action."""
    page.goto(home.put("<main></main>"))
    for _ in range(2):  # one swap after another
        page.evaluate(SWAP, f"<section>{FORM}</section>")
        expect(page.locator("form")).to_have_js_property("noValidate", True)
    fill_in(page)
    send(page)
    expect_thanks(page)
    assert page.url == f"{home.landing.url}/page"
    assert len(home.received()) == 1


def test_a_form_that_becomes_another(home: House, patient: Page) -> None:
    page = patient
    page.goto(home.put(FORM.replace("riverside", "lakeside")))
    fill_in(page)
    page.locator("form").evaluate("(form) => (form.dataset.frontdesk = 'riverside')")
    await_event(page, "ready")
    send(page)
    expect_thanks(page)


def test_who_took_us_off_is_left_alone(home: House, page: Page) -> None:
    page.goto(home.put(f"<main></main><template>{FORM}</template>", script=INSERTED))
    page.evaluate("off()")
    page.evaluate("document.body.append(document.createElement('p'))")
    expect(page.locator("form")).to_have_js_property("noValidate", False)


# -- thanks ------------------------------------------------------------------------------------


def test_without_a_place_for_them_the_thanks_take_the_forms(
    house: Callable[..., House], page: Page
) -> None:
    realpad = "[forms.riverside.realpad]"
    home = house("", **{realpad: f'promise = "We reply within a day."\n{realpad}'})
    page.goto(home.put())
    fill_in(page)
    page.get_by_label("Phone").fill("777 123 456")
    send(page)
    expect_thanks(page)
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(status(page)).to_contain_text(
        "We will get back to you at jana@example.com, 777 123 456."
    )
    expect(status(page)).to_contain_text("We reply within a day.")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_hidden()
    expect(page.get_by_label("First name")).to_be_hidden()
    page.get_by_role("button", name="Send another enquiry").click()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    expect(status(page)).to_have_text("")


def test_in_a_place_of_their_own_the_thanks_say_as_much(home: House, page: Page) -> None:
    page.goto(home.put(STAYS))
    fill_in(page)
    send(page)
    expect(page.locator("[data-frontdesk-status]")).to_have_text(
        "Your enquiry about Riverside Residences has reached us. You asked about 3+kk."
        " We will get back to you at jana@example.com."
    )
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()


# -- what is wrong, for those who hear it ------------------------------------------------------


def test_what_is_wrong_is_told_once_with_links(home: House, page: Page) -> None:
    home.landing.policy = home.landing.policy.replace("base-uri 'none'", "base-uri 'self'")
    page.goto(home.put('<base href="/elsewhere/">' + FORM))
    await_event(page, "ready")
    page.evaluate(
        """() => {
          window.told = [];
          const place = document.querySelector("form > [role=status]:not(.fd-status)");
          const watch = new MutationObserver(() => told.push(place.textContent));
          watch.observe(place, { childList: true });
        }"""
    )
    send(page)
    links = status(page).get_by_role("link")
    expect(links).to_have_text(
        ["First name – Please fill out this field.", "Last name – Please fill out this field."]
    )
    [told] = [said for said in page.evaluate("told") if said]
    assert told.startswith("Please look at the fields that are marked.First name – Please fill")
    links.last.click()
    expect(page.get_by_label("Last name")).to_be_focused()
    assert page.url == f"{home.landing.url}/page"


CLOBBERED = (
    "querySelector",
    "querySelectorAll",
    "addEventListener",
    "dispatchEvent",
    "closest",
    "append",
    "noValidate",
    "setAttribute",
    "toggleAttribute",
    "createElement",
    "referrer",
)


def test_names_that_hide_what_we_use(home: House, page: Page) -> None:
    inputs = "".join(f'<input type="hidden" name="{name}" value="x">' for name in CLOBBERED)
    images = "".join(f'<img name="{name}" alt="">' for name in CLOBBERED)
    page.goto(home.put(images + FORM.replace("<button>", f"{inputs}<button>")))
    send(page)
    expect(page.get_by_label("First name")).to_be_focused()
    fill_in(page)
    send(page)
    expect_thanks(page)
