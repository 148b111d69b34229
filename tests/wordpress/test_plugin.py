"""The plugin in a real WordPress: set up, put into pages, and used by visitors."""

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.embedding.landing import await_event, fill_in, inside, send
from tests.support import eventually, free_port, leads
from tests.wordpress.admin import SETTINGS
from tests.wordpress.conftest import World

SHORTCODE = (
    '[frontdesk unit="A.101" lang="en" campaign="spring" attribute-customer_ab_test_param="2"]'
)


def enquire(world: World, page: Page, address: str) -> dict[str, str]:
    """A visitor opens a page, fills in and sends; gives what the CRM has of it."""
    before = len(leads(world.crm))
    page.goto(address)
    form = inside(page)
    fill_in(form)
    send(form)
    expect(form.get_by_role("heading", name="Thank you")).to_be_visible()
    await_event(page, "submitted")
    found = eventually(lambda: found if len(found := leads(world.crm)) > before else None)
    assert len(found) == before + 1
    told: dict[str, str] = found[-1]["parameters"]
    return told


def test_an_administrator_sets_it_up(world: World, office: Page) -> None:
    office.goto("/wp-admin/plugins.php")
    office.get_by_role("link", name="Activate Frontdesk").click()
    office.get_by_role("row", name="Frontdesk").get_by_role("link", name="Settings").click()
    address = office.get_by_label("Address of Frontdesk")
    form = office.get_by_label("Default form")

    def save(server: str, name: str = "") -> None:
        address.fill(server)
        form.fill(name)
        office.get_by_role("button", name="Save Changes").click()

    def tried(words: str) -> None:
        office.get_by_role("button", name="Test").click()
        expect(office.get_by_text(words)).to_be_visible()

    tried("First enter the address of your Frontdesk")
    save("http://leads.example.com")
    expect(
        office.get_by_text("“http://leads.example.com” was not saved. It must begin")
    ).to_be_visible()
    expect(address).to_have_value("")
    for nothing in ("//localhost", "localhost:8000", "https:///forms", "javascript:alert(1)"):
        assert "was not saved. An address begins with https://" in world.admin.save(nothing, "")
    save("https://jana:secret@leads.example.com")
    expect(office.get_by_text("neither a user nor a password")).to_be_visible()
    save(world.leads, "Riverside Residences")
    expect(office.get_by_text("“Riverside Residences” was not saved.")).to_be_visible()
    expect(address).to_have_value(world.leads)

    nobody = f"http://127.0.0.1:{free_port()}"
    save(nobody)
    tried(f"Nothing answers at {nobody} within 5 seconds.")
    save(world.wordpress.url)
    tried(f"Something answers at {world.wordpress.url}, but it is not Frontdesk (status 404).")
    save(world.leads + "/embed.js")
    tried("but it is not Frontdesk (status 404). Enter the address without /embed.js")
    save(world.leads + "/", "nobody-s")
    expect(address).to_have_value(world.leads)
    tried("There is no form “nobody-s” there.")
    save(world.leads, "closed")
    tried(f'may not be shown here. Add "{world.wordpress.url}" to its allowed_origins')
    save(world.leads)
    tried("There is no default form")
    save(world.leads, "riverside")
    tried(f"The form “riverside” is there, and may be shown on {world.wordpress.url}.")
    expect(office.get_by_text(f"Frontdesk answers at {world.leads}.")).to_be_visible()


def test_a_page_with_the_shortcode_brings_a_lead(plugin: World, page: Page) -> None:
    lead = enquire(plugin, page, plugin.admin.publish(SHORTCODE))
    assert lead["email"] == "jana@example.com"
    assert lead["campaign"] == "spring"
    assert lead["internalid"] == "A.101"
    assert lead["customer_ab_test_param"] == "2"


def test_a_block_from_the_editor_brings_a_lead(plugin: World, office: Page, page: Page) -> None:
    office.goto("/wp-admin/post-new.php")
    office.get_by_role("button", name="Close dialog").click()  # it welcomes whoever is new
    office.get_by_role("textbox", name="Add title").fill("Open day")
    office.get_by_role("button", name="Add default block").click()
    office.keyboard.type("/frontdesk")
    office.get_by_role("option", name="Frontdesk form").click()
    expect(office.get_by_text("Visitors see the form “riverside” here.")).to_be_visible()
    office.get_by_label("Unit").fill("A.101")
    office.get_by_label("Campaign").fill("open day")
    expect(
        office.get_by_text("Visitors see the form “riverside” here, about A.101.")
    ).to_be_visible()
    office.get_by_role("button", name="Publish", exact=True).click()
    office.get_by_label("Editor publish").get_by_role("button", name="Publish", exact=True).click()
    post = office.get_by_role("link", name="View Post", exact=True).first
    address = post.get_attribute("href") or ""
    assert address

    lead = enquire(plugin, page, address)
    assert (lead["internalid"], lead["campaign"]) == ("A.101", "open day")
    # Whoever opens the post again finds the block as it was.
    office.reload()
    expect(
        office.get_by_text("Visitors see the form “riverside” here, about A.101.")
    ).to_be_visible()
    assert office.evaluate(
        "wp.data.select('core/block-editor').getBlocks().map(b => [b.name, b.isValid])"
    ) == [["frontdesk/form", True]]


@pytest.mark.parametrize(
    ("lang", "link", "heading"),
    [
        ("", "Open the enquiry form", "Riverside Residences"),
        ("cs", "Otevřít poptávkový formulář", "Rezidence U řeky"),
    ],
)
def test_without_scripts_there_is_a_link(
    plugin: World, browser: Browser, lang: str, link: str, heading: str
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    page.goto(plugin.admin.publish(f'[frontdesk unit="A.101" tags="a, b &amp; c" lang="{lang}"]'))
    page.get_by_role("link", name=link).click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.locator("[name=unit]")).to_have_value("A.101")
    context.close()


def test_whatever_an_author_writes_is_text(plugin: World, page: Page) -> None:
    quote, tag = '" onclick="alert(1)', '"><script>document.title = "broken"</script>'
    block = "".join(f"\\u{ord(character):04x}" for character in tag)
    page.goto(
        plugin.admin.publish(
            f"[frontdesk unit='{quote}' onclick='alert(1)' server='https://example.com']"
            f'\n\n<!-- wp:frontdesk/form {{"unit":"{block}","theme":["dark"],"onclick":"x"}} /-->'
        )
    )
    elements = page.locator("frontdesk-form")
    expect(elements).to_have_count(2)
    for element, unit in zip(elements.all(), (quote, tag), strict=True):
        assert element.get_attribute("unit") == unit
        assert element.get_attribute("server") == plugin.leads
        names = element.evaluate("element => element.getAttributeNames()")
        assert set(names) == {"server", "unit", "form"}
    assert page.locator("script[src*='embed.js']").count() == 1
    assert page.title() != "broken"


def test_an_author_who_may_write_no_scripts_has_both(plugin: World) -> None:
    author = plugin.admin.hire("author")
    script = f'<script src="{plugin.leads}/embed.js"></script>'
    snippet = f'{script}<frontdesk-form form="x">-</frontdesk-form>'
    address = author.publish(f"[frontdesk]\n\n<!-- wp:frontdesk/form /-->\n\n{snippet}")
    shown = requests.get(address, timeout=60).text
    assert shown.count("<frontdesk-form") == 2
    assert 'form="x"' not in shown, "WordPress takes scripts and unknown elements out"


def test_only_an_administrator_changes_the_settings(plugin: World) -> None:
    editor = plugin.admin.hire("editor")
    assert editor.get(SETTINGS).status_code == 403
    refused = editor.post("/wp-admin/options.php", option_page="frontdesk", action="update")
    assert refused.status_code == 403
    # Nor does another site on behalf of an administrator.
    forged = {"option_page": "frontdesk", "action": "update", "_wpnonce": "made-up"}
    assert plugin.admin.post("/wp-admin/options.php", **forged).status_code == 403
    answer = plugin.admin.post(SETTINGS, frontdesk_test="Test", _wpnonce="made-up").text
    assert "The link you followed has expired." in answer
    assert "Frontdesk answers at" not in answer
    assert f'value="{plugin.leads}"' in plugin.admin.settings()


def test_a_site_among_others_does_not_ask_about_the_network(plugin: World) -> None:
    """Who may change the settings of a site, but not the site, learns nothing of what is near."""
    code = """<?php
        require 'wp-load.php';
        $role = add_role('manager', 'Manager', array('read' => true, 'manage_options' => true));
    """
    script = plugin.wordpress.folder / "root/manager.php"
    script.write_text(code, encoding="utf-8")
    assert requests.get(f"{plugin.wordpress.url}/manager.php", timeout=60).status_code == 200
    assert "Frontdesk answers at" in plugin.admin.test()
    manager = plugin.admin.hire("manager")
    said = manager.test()
    assert "Nothing answers at" in said
    assert "A valid URL was not provided." in said


def test_an_author_is_told_what_is_missing(plugin: World) -> None:
    address = plugin.admin.publish("[frontdesk]")
    assert "Settings saved." in plugin.admin.save("", "riverside")
    assert "the address of your Frontdesk is missing" in plugin.admin.session.get(address).text
    told = requests.get(address, timeout=60).text
    assert "missing" not in told
    assert "embed.js" not in told
    plugin.admin.save(plugin.leads, "")
    assert "which form?" in plugin.admin.session.get(address).text


def test_nothing_stays_when_it_is_deleted(plugin: World, office: Page) -> None:
    address = plugin.admin.publish("[frontdesk]")
    office.on("dialog", lambda dialog: dialog.accept())
    office.goto("/wp-admin/plugins.php")
    office.get_by_role("link", name="Deactivate Frontdesk").click()
    expect(office.get_by_text("Plugin deactivated.")).to_be_visible()
    office.wait_for_load_state()  # without its script, WordPress asks on a page of its own
    office.get_by_role("link", name="Delete Frontdesk").click()
    expect(office.get_by_text("Frontdesk was successfully deleted.")).to_be_visible()
    kept = office.request.get("/wp-admin/options.php").text()
    assert "blogname" in kept
    assert "frontdesk" not in kept
    assert "frontdesk-form" not in requests.get(address, timeout=60).text
