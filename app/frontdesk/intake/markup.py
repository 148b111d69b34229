"""A form's markup: on a page of our own, or inside one of the host's."""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from flask import after_this_request, g, request, url_for
from markupsafe import Markup

from frontdesk.config import Form, localized
from frontdesk.config.links import Link, pieces
from frontdesk.i18n import catalogue
from frontdesk.intake.attribution import LIMIT
from frontdesk.intake.context import intake, language_of
from frontdesk.intake.definition import ATTRIBUTE, INSTEAD
from frontdesk.intake.form import EnquiryForm
from frontdesk.intake.look import Place, links
from frontdesk.intake.pages import carried, relative, render, settle
from frontdesk.intake.questions.hidden import as_text
from frontdesk.intake.questions.listed import advice
from frontdesk.model.events import utcnow
from frontdesk.units.lists import is_stale

PREFILLED = ("unit", "page", "title", "referrer", "tags")


def blank(form: Form, language: str, **known: str) -> EnquiryForm:
    """A form to be filled in, with what is known already."""
    return intake().enquiries.blank(form, language, {**known, "language": language})


def asked(form: Form) -> dict[str, str]:
    """What a link to the form's page says in its query."""
    query = request.args
    known = {name: query.get(name, "")[:2000] for name in PREFILLED}
    campaign = query.get("campaign") or query.get("utm_campaign", "")
    # <frontdesk-form> hands them on under their names there, which have a hyphen.
    told = {name.replace("attribute-", ATTRIBUTE): query[name] for name in query}
    # A page that named the unit only later has asked for them: see frame.js.
    open_ones = dict.fromkeys(INSTEAD, "") if query.get("wishes") else {}
    brought = {"campaign": campaign[:200], "attribution": query.get("attribution", "")[: LIMIT + 1]}
    return {**known, **brought, **open_ones, **_hidden(form, told)}


def _hidden(form: Form, told: Mapping[str, object]) -> dict[str, str]:
    """Of what a page says, its answers to hidden attributes, by the names of the fields."""
    names = [ATTRIBUTE + attribute.key for attribute in form.attributes if attribute.hidden]
    return {name: as_text(told[name]) for name in names if name in told}


def captcha_facts(form: Form, language: str) -> dict[str, Any]:
    """What the browser's scripts need to know of the form's captcha, as JSON."""
    captcha = intake().enquiries.captcha(form)
    return {
        "provider": captcha.provider,
        "field": intake().settings.captcha_of(form).field,
        **captcha.widget(language, form.contact),
    }


def texts(form: Form, language: str) -> dict[str, str]:
    """What the browser's scripts say."""
    _ = catalogue(language).gettext
    return {
        "send": localized(form.button, language) or _("Send the enquiry"),
        "sending": _("Sending…"),
        "again": _("Try again"),
        "failed": _("We could not reach our server. Nothing is lost; please try again."),
        "marked": _("Please look at the fields that are marked."),
        "broken": _(
            "Something on this page does not work. Please load it again, then send once more."
        ),
    }


def gratitude(form: Form, language: str) -> dict[str, str]:
    """What a form of somebody's own says on a page that the visitor stays on."""
    _ = catalogue(language).gettext
    return {
        "thanks": _thanks(form, language),
        "heading": _("Thank you"),
        # The scripts put it in, which have it from the visitor: it is in no address.
        "about": _("You asked about %(wishes)s.") % {"wishes": "%"},
        "reach": _("We will get back to you at %(contact)s.") % {"contact": "%"},
        "thanks_next": localized(form.thanks_next, language),
        "another": _("Send another enquiry"),
    }


def _thanks(form: Form, language: str) -> str:
    usual = catalogue(language).gettext("Your enquiry about %(project)s has reached us.")
    title = localized(form.title, language)
    return localized(form.thanks, language) or usual % {"project": title}


def words(form: Form, language: str) -> dict[str, list[str | Link]]:
    """What a page says in words of the form's own, with their links; empty where it has none."""
    own = localized(form.thanks, language)
    return {
        "lead": pieces(localized(form.lead, language)),
        # A title is no such text: whatever looks like a link in it is none.
        "thanks": pieces(own) if own else [_thanks(form, language)],
        "thanks_next": pieces(localized(form.thanks_next, language)),
    }


def context(
    filled: EnquiryForm,
    notice: str = "",
    theme: str = "",
    back: str = "",
    place: Place = "page",
) -> dict[str, Any]:
    """What `_form.html` needs, and what goes around it in its place."""
    form, language = filled.configured, filled.spoken
    marks = carried(theme, back)
    _advise(filled)
    return {
        **marks,
        "look": links(form, place, marks.get("theme", "")),
        "form": filled,
        "valuation": form.kind == "valuation",
        "title": localized(form.title, language),
        "action": relative(url_for("frontdesk.submit", slug=form.slug, **marks)),
        "notice": notice,
        "texts": texts(form, language),
        # In a <frontdesk-form> it is the page around that goes elsewhere.
        "stays": "embed" in marks or not form.success_url,
        **words(form, language),
        "captcha": captcha_facts(form, language),
    }


def _advise(filled: EnquiryForm) -> None:
    """Say at the unit what is known of one that is not to be had."""
    form = filled.configured
    prices = intake().enquiries.prices(form)
    if "unit" not in filled or prices is None:
        return
    stale = is_stale(form, prices, utcnow())
    if said := advice(prices, str(filled["unit"].data or ""), filled.spoken, stale=stale):
        filled.groups = [group.hinted("unit", said) for group in filled.groups]


def inline(
    slug: str,
    *,
    lang: str = "",
    theme: Literal["light", "dark", "auto", ""] = "",
    unit: str = "",
    campaign: str = "",
    tags: str = "",
    page: str = "",
    attributes: Mapping[str, object] | None = None,
) -> Markup:
    """`{{ frontdesk_form("riverside", unit="A.101") }}` in a template of the host's; see docs."""
    forms = intake().settings.forms
    if slug not in forms:
        # The mistake of a template's author, not of a visitor who would get a 404.
        raise ValueError(f"frontdesk.toml has no form {slug!r}, only {', '.join(forms)}")
    form = forms[slug]
    language = language_of(form, lang or request.args.get("lang", ""))
    filled = blank(
        form,
        language,
        unit=unit,
        campaign=campaign or request.args.get("utm_campaign", "")[:200],
        tags=tags,
        page=page or request.url[:2000],
        **_hidden(form, {ATTRIBUTE + key: value for key, value in (attributes or {}).items()}),
    )
    # The host's page has ids of its own, and perhaps this form twice.
    g.frontdesk_forms = g.get("frontdesk_forms", 0) + 1
    filled.prefix_ids(f"fd{g.frontdesk_forms}-")
    # Without JavaScript the visitor is thanked elsewhere, and wants to come back.
    # Without the query, which in a cached page is another visitor's.
    theme = theme or (form.look and form.look.theme) or "light"
    facts = context(filled, theme=theme, back=quote(request.path), place="form")
    if "frontdesk_settles" not in g:
        g.frontdesk_settles = True
        public_url = intake().settings.public_url
        after_this_request(lambda response: settle(response, public_url))
    html = render("inline", language, **facts, here=not page)
    return Markup(html)  # noqa: S704 - a template's output
