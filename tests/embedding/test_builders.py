"""docs/site-builders.md: its snippets, on pages that treat scripts as site builders do."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.docs import pages
from tests.embedding.landing import BLOCKED, Landing, World, fill_in, inside, send
from tests.support import eventually, leads

# Scripts in markup that is put in by a script do not run; this makes those run that are wanted.
AGAIN = """
const again = (old) => {
  const script = document.createElement("script");
  if (old.src) script.src = old.src; // no other attribute
  else script.text = old.text;
  return script;
};
"""

DOCUMENT = "docs/site-builders.md"


def snippets(world: World, chapter: str) -> list[str]:
    """The code of a chapter of the document, with our address in it."""
    text = pages.section(DOCUMENT, chapter)
    found = [body for _, body in pages.fenced(text) if "leads.example.com" in body]
    assert found
    return [body.replace("https://leads.example.com", world.leads.url) for body in found]


def enquire(world: World, form: FrameLocator | Page) -> dict[str, str]:
    """What the CRM has of an enquiry that a visitor sends here."""
    before = len(leads(world.crm))
    fill_in(form)
    send(form)
    expect(form.get_by_role("heading", name="Thank you")).to_be_visible()
    found = eventually(lambda: found if len(found := leads(world.crm)) > before else None)
    told: dict[str, str] = found[-1]["parameters"]
    return told


def test_webflow_has_the_snippet_for_each_item_of_a_list(
    world: World, landing: Landing, page: Page
) -> None:
    [everywhere] = snippets(world, "What works everywhere")
    [item] = snippets(world, "Webflow")
    body = "".join(f'<div class="w-embed w-script">{code}</div>' for code in (item, everywhere))
    page.goto(landing.put(body, head=" "))
    assert page.locator("script").count() == 2
    assert enquire(world, inside(page, "frontdesk-form >> nth=0"))["internalid"] == "A.101"
    enquire(world, inside(page, "frontdesk-form >> nth=1"))


def test_elementor_puts_a_popup_into_the_page(world: World, landing: Landing, page: Page) -> None:
    """As jQuery does it: the markup, then its scripts."""
    [code] = snippets(world, "What works everywhere")
    landing.pages["popup.js"] = AGAIN + (
        'document.querySelector("button").addEventListener("click", () => {'
        '  const dialog = document.querySelector("#popup");'
        '  dialog.innerHTML = document.querySelector("template").innerHTML;'
        '  for (const old of dialog.querySelectorAll("script")) old.replaceWith(again(old));'
        "});"
    )
    body = f'<button>Ask</button><template>{code}</template><div id="popup"></div>'
    page.goto(landing.put(body + '<script src="popup.js"></script>', head=" "))
    page.get_by_role("button", name="Ask").click()
    enquire(world, inside(page))


def test_squarespace_changes_pages_without_loading_them(
    world: World, landing: Landing, page: Page
) -> None:
    script, block = snippets(world, "Squarespace")
    landing.policy += "; connect-src 'self'"
    landing.pages["ajax.js"] = (
        'document.querySelector("a").addEventListener("click", async (event) => {'
        "  event.preventDefault();"
        '  const text = await (await fetch("second")).text();'
        '  const next = new DOMParser().parseFromString(text, "text/html");'
        '  document.querySelector("main").replaceWith(next.querySelector("main"));'
        '  history.pushState(null, "", "second");'
        "});"
    )
    landing.put(f'<main><div class="sqs-block-code">{block}</div></main>', path="second")
    first = '<main><a href="second">Flats</a></main><script src="ajax.js"></script>'
    page.goto(landing.put(first, head=script))
    page.get_by_role("link", name="Flats").click()
    enquire(world, inside(page))
    assert page.url.endswith("/second")


def test_wix_makes_a_custom_element_of_a_module(world: World, landing: Landing, page: Page) -> None:
    told = {what: pages.code(given) for what, given in pages.rows(pages.section(DOCUMENT, "Wix"))}
    [address], [tag] = told["Server URL"], told["Tag Name"]
    server, origin, name, form = told["Set Attributes"]
    source = f'''
      await import("{address}");
      const element = document.createElement("{tag}");
      element.setAttribute("{server}", "{origin}");
      element.setAttribute("{name}", "{form}");
      document.body.append(element);
    '''
    landing.pages["wix.js"] = source.replace("https://leads.example.com", world.leads.url)
    page.goto(landing.put("", head='<script type="module" src="wix.js"></script>'))
    enquire(world, inside(page))


def test_wix_frames_the_address_of_the_form(world: World, landing: Landing, page: Page) -> None:
    [address] = snippets(world, "Wix")
    page.goto(landing.put(f'<iframe src="{address.strip()}" height="1200"></iframe>', head=" "))
    lead = enquire(world, page.frame_locator("iframe"))
    assert (lead["internalid"], lead["campaign"]) == ("A.101", "wix")


# What Wix lets its box do.
SANDBOX = "allow-same-origin allow-forms allow-popups allow-scripts allow-pointer-lock"


@pytest.mark.parametrize("allowed", [True, False])
def test_wix_puts_code_into_a_box_of_another_origin(
    world: World, landing: Landing, open_page: Callable[..., Page], allowed: bool
) -> None:
    page = open_page(expect=() if allowed else BLOCKED)
    [code] = snippets(world, "What works everywhere")
    name = "nested" if allowed else "riverside"
    landing.put(code.replace('form="riverside"', f'form="{name}"'), path="box", head=" ")
    landing.policy = landing.policy.replace("frame-src", f"frame-src {world.stranger}")
    box = f'<iframe src="{world.stranger}/box" sandbox="{SANDBOX}" height="1200"></iframe>'
    page.goto(landing.put(box, head=" "))
    inner = page.frame_locator("iframe")
    if allowed:
        enquire(world, inner.locator("frontdesk-form").frame_locator("iframe"))
    else:
        expect(inner.get_by_role("link", name="Open the enquiry form")).to_be_visible()


def test_tag_manager_runs_a_script_and_loses_the_place(
    world: World, landing: Landing, page: Page
) -> None:
    """Its markup goes to the end of the body; its scripts are made anew, without attributes."""
    [code] = snippets(world, "Google Tag Manager")
    landing.policy = landing.policy.replace("script-src", "script-src 'unsafe-inline'")
    landing.pages["gtm.js"] = AGAIN + (
        'addEventListener("DOMContentLoaded", () => {'
        "  for (let fired = 0; fired < 2; fired += 1) {"
        '    const tag = document.querySelector("template").content.cloneNode(true);'
        '    for (const old of tag.querySelectorAll("script")) old.replaceWith(again(old));'
        "    document.body.append(tag);"
        "  }"
        "});"
    )
    body = f'<div id="enquiry"></div><footer>End</footer><template>{code}</template>'
    page.goto(landing.put(body, head='<script src="gtm.js"></script>'))
    expect(page.locator("#enquiry > frontdesk-form")).to_have_count(1)
    enquire(world, inside(page))
