"""HTTP: requests to visits, outcomes to responses. Decides nothing about an enquiry."""

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from flask import (
    Response,
    abort,
    g,
    make_response,
    redirect,
    request,
    url_for,
)
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from frontdesk.config import Form, localized
from frontdesk.i18n import N_, catalogue
from frontdesk.intake import bodies, error_responses, headers, keys, markup
from frontdesk.intake.client import canonical, client_address, origin_allowed, visitor_address
from frontdesk.intake.complaint import Complaint
from frontdesk.intake.context import Intake, configured, intake, language_of
from frontdesk.intake.enquiry import Enquiry, from_form, from_json
from frontdesk.intake.form import EnquiryForm
from frontdesk.intake.look import links
from frontdesk.intake.pages import carried, preferred_language, relative, render
from frontdesk.intake.tally import reason_of
from frontdesk.intake.visit import Accepted, Refused, Visit

log = logging.getLogger("frontdesk.intake")

# -- the form as a page ------------------------------------------------------------------------


def index_page() -> BaseResponse:
    """The way to every form, at the root of a server that has nothing else; a host has its own."""
    language = preferred_language()
    links = []
    for form in intake().settings.forms.values():
        spoken = language_of(form, language)
        address = url_for("frontdesk.form_page", slug=form.slug, lang=spoken)
        links.append((relative(address), localized(form.title, spoken), spoken))
    title = catalogue(language).gettext("Enquiry forms")
    html = render("index", language, title=title, links=links)
    return headers.page(make_response(html), None, None)


def form_page(slug: str) -> BaseResponse:
    form = configured(slug)
    language = language_of(form, request.args.get("lang", ""))
    return _page(markup.blank(form, language, **markup.asked(form)))


def thanks_page(slug: str) -> BaseResponse:
    form = configured(slug)
    language = language_of(form, request.args.get("lang", ""))
    marks = carried()
    again = url_for(".form_page", slug=form.slug, lang=language, **marks)
    html = render(
        "thanks",
        language,
        look=links(form, theme=marks.get("theme", "")),
        title=localized(form.title, language),
        valuation=form.kind == "valuation",
        success_url=form.success_url,
        marketing=request.args.get("marketing", type=int),
        **markup.words(form, language),
        again=relative(again),
        back=relative(request.script_root + marks["back"]) if "back" in marks else "",
    )
    return headers.page(make_response(html), form, intake().enquiries.captcha(form))


def _page(filled: EnquiryForm, status: int = 200, notice: str = "") -> BaseResponse:
    html = render("form", filled.spoken, **markup.context(filled, notice))
    form = filled.configured
    return headers.page(make_response(html, status), form, intake().enquiries.captcha(form))


# -- an enquiry comes in -----------------------------------------------------------------------


def submit(slug: str) -> BaseResponse:
    form = configured(slug)
    here = intake()
    ip = client_address(request, here.settings.trusted_proxies)
    key = keys.shown(request, form)
    program = None if key is None else keys.owner(key, form)
    g.frontdesk_key = key is not None  # which nobody but a program has
    # First of all, so that whatever is wrong with a request is counted.
    if program is None:
        wait = here.enquiries.too_often(form, ip, "submissions")
    else:
        wait = here.enquiries.too_often(form, program, "api_submissions")
    welcome = program is not None or origin_allowed(request, form, here.settings)
    try:
        if key is not None and program is None:
            raise error_responses.unauthorized("This is no API key of this form.")
        if not welcome and error_responses.wants_json():
            abort(403, "This site may not send enquiries here; see allowed_origins.")
        sent = _read(form, here, vouched=program is not None)
    except HTTPException as error:
        if wait is None:
            reason = reason_of(error.code)
            here.tally.count(slug, reason)
            if reason == "key":
                log.warning("form %s: a wrong API key", slug)
            raise
        here.tally.count(slug, "rate")
        raise error_responses.too_often(wait) from error
    visit = Visit(
        enquiry=sent.enquiry,
        ip=visitor_address(request, here.settings.trusted_proxies) if program is None else sent.ip,
        user_agent=sent.user_agent if program else request.headers.get("User-Agent", ""),
        idempotency_key=sent.key,
        welcome=welcome,
        wait=wait,
        program=program,
    )
    outcome = here.enquiries.submit(form, visit)
    if isinstance(outcome, Accepted):
        return _thank(form, sent.enquiry, outcome)
    here.tally.count(slug, outcome.why if welcome or visit.wait else "origin", outcome.wrong)
    return _refuse(outcome)


class Sent(NamedTuple):
    """What a request brought."""

    enquiry: Enquiry
    key: str
    ip: str = ""  # the visitor's, as a program with a key says it
    user_agent: str = ""


def _read(form: Form, here: Intake, *, vouched: bool) -> Sent:
    """Take a request apart; aborts with 4xx. `vouched`: it says who the visitor is."""
    key = keys.idempotency_key(request)
    body = bodies.unencoded_body(request, here.settings.limits.max_body)
    if request.is_json:
        facts = bodies.json_object(body)
        visitor = keys.take_visitor(facts) if vouched else None
        language = language_of(form, _text(facts, "language"))
        enquiry = from_json(here.enquiries.definition(form, language), facts)
    elif bodies.is_form(request):
        data, unreadable = bodies.form_fields(request, body)
        visitor = keys.take_visitor(data) if vouched else None
        language = language_of(form, data.get("language", ""))
        definition = here.enquiries.definition(form, language)
        enquiry = from_form(definition, data, unreadable=unreadable)
    else:
        abort(415, "Send JSON, or a form.")
    return Sent(enquiry, key) if visitor is None else _vouched_for(enquiry, key, visitor)


def _vouched_for(enquiry: Enquiry, key: str, visitor: Mapping[str, object]) -> Sent:
    """The same with what a program says of the visitor; what cannot be is wrong with its shape."""
    ip, agent = (visitor[name] or "" for name in keys.VISITOR)
    said = enquiry.definition.gettext("This value is of the wrong type.")
    address = canonical(ip.strip()) if isinstance(ip, str) else None
    if ip and address is None:
        enquiry.shape["ip"] = [Complaint("wrong_type", said)]
    if not isinstance(agent, str):
        enquiry.shape["user_agent"] = [Complaint("wrong_type", said)]
    return Sent(enquiry, key, address or "", str(agent))


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _thank(form: Form, enquiry: Enquiry, accepted: Accepted) -> BaseResponse:
    facts: dict[str, Any] = {"id": str(accepted.id), "status": "accepted"}
    if accepted.ignored:
        # Not refused: the visitor can't help it, and an old page must go on sending.
        names = ", ".join(accepted.ignored)
        log.warning("form %s has no such field or answer, and left out: %s", form.slug, names)
        facts["ignored"] = accepted.ignored
    told = {"lang": enquiry.definition.language, **carried()}
    if (marketing := enquiry.marketing) is not None:
        facts["marketing"] = marketing
        told["marketing"] = int(marketing)
    # Embedded, the whole page is to go to success_url: the thank-you tells it to.
    where = "" if "embed" in told else form.success_url
    if not where:  # relative, beneath the form, wherever that is
        where = f"{form.slug}/thanks?{urlencode({**told, 'id': facts['id']})}"
    if not error_responses.wants_json():
        return redirect(where, 303)
    # Location is for a script that takes the visitor there.
    text = msgspec.json.encode(facts)
    return Response(text, 202, {"Location": where}, content_type="application/json")


_REFUSALS = {
    "rate": (429, N_("You have sent this form very often. Please wait a moment and try again.")),
    "token": (
        403,
        N_("The form did not reach us complete. Nothing is lost; please send it once more."),
    ),
    "fields": (422, N_("Please look at the fields that are marked.")),
    "captcha": (422, N_("We could not check that you are human. Please try again.")),
    "outage": (
        503,
        N_("We cannot check at the moment that you are human. Please try again later."),
    ),
    "unwritable": (
        503,
        N_("We could not save your enquiry. Nothing is lost; please try again soon."),
    ),
}


def _refuse(refused: Refused) -> BaseResponse:
    status, message = _REFUSALS[refused.why]
    notice = refused.enquiry.definition.gettext(message)
    if error_responses.wants_json():
        extra: dict[str, Any] = {"code": refused.why}
        if refused.problems:
            extra["errors"] = refused.problems
        if refused.why in ("token", "fields") and "token" in refused.problems:
            extra["token"] = intake().enquiries.next_token(refused.enquiry)
        response: BaseResponse = error_responses.document(status, notice, **extra)
    else:
        if set(refused.problems) == {"token"}:
            notice = refused.problems["token"][0]
        response = _page(intake().enquiries.page(refused.enquiry), status, notice)
    if refused.retry_after:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response
