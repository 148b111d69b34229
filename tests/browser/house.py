"""A form with everything that a form can have, and the ways to bring its pages about."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from frontdesk.model.units import Unit
from tests.embedding.landing import Landing
from tests.support import Site

LANGUAGES = ("en", "cs", "sk", "de", "pl", "hu", "uk")


def text(english: str, **others: str) -> str:
    """A text in all languages, as TOML; English where there is nothing longer."""
    texts = {language: others.get(language, english) for language in LANGUAGES}
    return "{ " + ", ".join(f'{language} = "{words}"' for language, words in texts.items()) + " }"


_OPTIONS = [
    text("A mortgage", de="Hypothekendarlehen"),
    text("Own means", de="Eigenmittel und Bausparvertragsguthaben"),
    text("A flat that I have to sell first", hu="A jelenlegi lakásom eladásából"),
]

# key: type, whether it is required, label. German and Hungarian words are the longest ones.
_QUESTIONS = {
    "pets": ("boolean", False, text("Do you have pets?", de="Halten Sie Haustiere?")),
    "employer": ("string", True, text("Employer", hu="A jelenlegi munkáltató megnevezése")),
    "household": ("integer", False, text("Household", de="Haushaltsangehörigenanzahl")),
    "share": ("decimal", False, text("Own share in %", de="Eigenfinanzierungsanteil in %")),
    "move_in": ("date", True, text("When do you want to move in?")),
    "payment": ("select", True, text("How will you pay?", de="Finanzierungsvorstellungen")),
    "extras": ("multiselect", True, text("Where will the money come from?")),
}

_CONSENTS = {
    2: text(
        "I have read how Riverside Residences and the companies of its group process my personal"
        " data, and I agree that they do so in order to answer this enquiry.",
        de="Ich habe die Datenschutzhinweise der Uferresidenzen-Projektentwicklungsgesellschaft"
        " gelesen und willige in die Verarbeitung meiner personenbezogenen Daten ein.",
    ),
    1: text("Send me news.", de="Newsletterbenachrichtigungen abonnieren"),
}


def form(slug: str, *, origin: str, captcha: str) -> str:
    """The form's part of a frontdesk.toml."""
    options = ", ".join(f'{{ value = "{n}", label = {label} }}' for n, label in enumerate(_OPTIONS))
    attributes = "".join(
        f"""
[[forms.{slug}.attributes]]
key = "{key}"
type = "{kind}"
required = {str(required).lower()}
label = {label}
{f"options = [{options}]" if "select" in kind else ""}
"""
        for key, (kind, required, label) in _QUESTIONS.items()
    )
    consents = "".join(
        f"""
[[forms.{slug}.consents]]
id = {number}
label = {label}
required = {str(number == 2).lower()}
"""
        for number, label in _CONSENTS.items()
    )
    title = text("Riverside Residences", de="Uferresidenzen Donaudampfschifffahrtspromenade")
    return f"""
[forms.{slug}]
title = {title}
destinations = ["crm"]
languages = {list(LANGUAGES)}
phone_region = "CZ"
currency = "CZK"
rooms = ["1+kk", "2+kk", "3+kk", "4+kk", "5+kk and larger with a terrace"]
units = ["A.101", "B.202", "C.303 (ground floor, with a garden)"]
allowed_origins = ["{origin}"]
privacy_url = "https://riverside.example.com/privacy"

[forms.{slug}.captcha]
{captcha}
{attributes}
{consents}
"""


def valuation(slug: str, **options: str) -> str:
    """A form that asks what a property is worth, of somebody who need not say who it is."""
    bought = form(slug, **options).splitlines()
    asked = "\n".join(line for line in bought if not line.startswith(("rooms =", "units =")))
    asked = asked.replace('destinations = ["crm"]', 'destinations = ["geeks"]\nkind = "valuation"')
    return f"""{asked}
[forms.{slug}.realgeeks]
source = "riverside.example.com"
property = {{ address = "employer" }}

[destinations.geeks]
type = "realgeeks"
base_url = "http://127.0.0.1:9"
username = "sandbox"
password = "sandbox"
site_uuid = "6e5f0a4c-6f0f-4a55-9f57-0d7b6a6e2c11"
"""


def brief(slug: str, *, origin: str) -> str:
    """A form that asks for little, with widths, a hint, and words of its own."""
    hint = text("See [the plans](https://riverside.example.com/plans).")
    first = text("Your name", de="Ihr vollständiger Vorname", hu="Az Ön teljes keresztneve")
    link = "[our office](https://riverside.example.com/office)"
    return f"""
[forms.{slug}]
title = {text("Riverside Residences")}
destinations = ["crm"]
languages = {list(LANGUAGES)}
allowed_origins = ["{origin}"]
lead = {text(f"Ask {link} about a flat.")}
button = {text("Call me back", de="Bitte um Rückruf", hu="Visszahívást kérek")}
thanks = {text(f"{link} has your enquiry.")}
thanks_next = {text("We call until five o'clock.")}
fields = [
  {{ name = "first_name", width = "third", label = {first} }},
  {{ name = "last_name", width = "third" }},
  {{ name = "phone", width = "third" }},
  {{ name = "unit", hidden = true }},
  {{ name = "note", hint = {hint}, heading = {text("Your question")} }},
]
[[forms.{slug}.consents]]
id = 2
label = {text("I agree.")}
required = true
"""


def priced(slug: str, **options: str) -> str:
    """A form whose units are those of a price list; LIST is what was fetched."""
    lines = form(slug, **options).splitlines()
    asked = "\n".join(line for line in lines if not line.startswith("units ="))
    source = 'source = "json"\nurl = "http://127.0.0.1:9/units"\ncolumns = { unit = "number" }'
    return f"{asked}\n[forms.{slug}.units]\n{source}\n"


LIST = (
    Unit("A.101", "2+kk", 54.3, 7_950_000),
    Unit("A.102", "2+kk", 54.3, 8_150_000),
    Unit("A.103", "2+kk", 54.3, 8_090_000, "sold"),
    Unit("C.303", "5+kk", 204.5, 12_345_678, name="C.303 (ground floor, with a garden)"),
)


FORMS = {
    "full": 'provider = "none"\nallow_none = true',
    "proven": 'provider = "altcha"',
    "widget": """
        provider = "hcaptcha"
        sitekey = "of the tests"
        secret = "of the tests"
        on_outage = "refuse"
    """,
}


class House:
    """What the tests of this folder open: forms, and landing pages that embed them."""

    def __init__(self, leads: Site, landing: Landing) -> None:
        self.leads = leads
        self.landing = landing

    def url(self, slug: str = "full", lang: str = "en", **query: Any) -> str:
        more = "".join(f"&{name}={value}" for name, value in query.items())
        return f"{self.leads.url}/forms/{slug}?lang={lang}{more}"


# -- the pages that a visitor meets; each brings a page there ------------------------------------


def fresh(page: Page, house: House, lang: str = "en") -> None:
    """The form as it is opened."""
    page.goto(house.url(lang=lang))


def valued(page: Page, house: House, lang: str = "en") -> None:
    """The form that asks about a property to be sold."""
    page.goto(house.url("worth", lang=lang))


def short(page: Page, house: House, lang: str = "en") -> None:
    """The form that asks for little."""
    page.goto(house.url("brief", lang=lang))


def flat(page: Page, house: House, lang: str = "en") -> None:
    """The same on a flat's own page."""
    page.goto(house.url("brief", lang=lang, unit="A.101"))


def called(page: Page, house: House, lang: str = "en") -> None:
    """Its thank-you."""
    flat(page, house, lang)
    page.locator("[name=first_name]").fill("Jana")
    page.locator("[name=last_name]").fill("Nováková")
    page.locator("[name=phone]").fill("777123456")
    page.locator("[name=consent_2]").check()
    page.locator(".fd-form [type=submit]").click()
    expect(page.locator(".fd-thanks")).to_be_visible()


def sold(page: Page, house: House, lang: str = "en") -> None:
    """The form that a link to a unit opens which has been sold."""
    page.goto(house.url("priced", lang=lang, unit="A.103"))


def gaps(page: Page, house: House, lang: str = "en") -> None:
    """The form after it was sent empty: the page itself says what is missing."""
    fresh(page, house, lang)
    page.locator(".fd-form [type=submit]").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_focused()


def refused(page: Page, house: House, lang: str = "en") -> None:
    """The form as the server sends it back to a browser without JavaScript: with a summary."""
    page.route("**/static/form.js*", lambda route: route.abort())
    fresh(page, house, lang)
    page.locator(".fd-form").evaluate("form => HTMLFormElement.prototype.submit.call(form)")
    expect(page.locator(".fd-summary")).to_be_visible()
    page.wait_for_load_state()


def unsent(page: Page, house: House, lang: str = "en") -> None:
    """The form whose server is out of reach."""
    page.route("**/challenge*", lambda route: route.abort())
    page.goto(house.url("proven", lang=lang))
    fill_in(page)
    page.locator(".fd-form [type=submit]").click()
    expect(page.locator("[role=alert] .fd-notice")).to_be_visible()


def unproven(page: Page, house: House, lang: str = "en") -> None:
    """The form whose captcha is kept out, as ad blockers do."""
    page.route("https://*.hcaptcha.com/**", lambda route: route.abort())
    page.goto(house.url("widget", lang=lang))
    fill_in(page)
    page.locator(".fd-form [type=submit]").click()
    expect(page.locator(".fd-captcha .fd-retry")).to_be_visible()


def thanked(page: Page, house: House, lang: str = "en") -> None:
    """The thank-you."""
    fresh(page, house, lang)
    fill_in(page)
    page.locator(".fd-form [type=submit]").click()
    expect(page.locator(".fd-thanks")).to_be_visible()
    page.wait_for_load_state()


def lost(page: Page, house: House, lang: str = "en") -> None:
    """The page for a form that is not there."""
    page.goto(house.url("nowhere", lang=lang))


_ASKED = (fresh, valued, short, flat, sold)
_EACH = (*_ASKED, gaps, refused, unsent, unproven, thanked, called, lost)
PAGES: dict[str, Callable[[Page, House, str], None]] = {page.__name__: page for page in _EACH}


def fill_in(page: Page) -> None:
    """Everything that must be filled in, whatever the language."""
    page.locator("[name=first_name]").fill("Jana")
    page.locator("[name=last_name]").fill("Nováková")
    page.locator("[name=email]").fill("jana@example.com")
    page.locator("[name=attribute_employer]").fill("ACME")
    page.locator("[name=attribute_move_in]").fill("2031-05-29")
    page.locator("[name=attribute_payment]").select_option("1")
    page.locator("[name=attribute_extras]").first.check()
    page.locator("[name=consent_2]").check()
