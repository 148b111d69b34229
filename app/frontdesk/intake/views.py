"""HTTP: requests to visits, outcomes to responses. Decides nothing about an enquiry."""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from flask import (
    Response,
    abort,
    make_response,
    redirect,
    request,
    url_for,
)
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from frontdesk import metrics
from frontdesk.config import Form, localized
from frontdesk.i18n import N_, catalogue
from frontdesk.intake import headers, markup, problems
from frontdesk.intake.blueprint import blueprint, configured, desk, language_of
from frontdesk.intake.form import TOKEN, EnquiryForm, form_data, unknown_answers
from frontdesk.intake.guard import body_of, client_address, origin_allowed
from frontdesk.intake.pages import carried, preferred_language, relative, render
from frontdesk.intake.reception import Accepted, Refused, Visit

log = logging.getLogger("frontdesk.views")

KEY_LIMIT = 255  # characters of an Idempotency-Key

# -- the form as a page ------------------------------------------------------------------------


def index_page() -> BaseResponse:
    """The way to every form, at the root of a server that has nothing else; a host has its own."""
    language = preferred_language()
    links = []
    for form in desk().settings.forms.values():
        spoken = language_of(form, language)
        address = url_for("frontdesk.form_page", slug=form.slug, lang=spoken)
        links.append((relative(address), localized(form.title, spoken), spoken))
    title = catalogue(language).gettext("Enquiry forms")
    html = render("index", language, title=title, links=links)
    return headers.page(make_response(html), None, None)


@blueprint.get("/forms/<slug>")
def form_page(slug: str) -> BaseResponse:
    form = configured(slug)
    language = language_of(form, request.args.get("lang", ""))
    return _page(markup.blank(form, language, **markup.asked()))


@blueprint.get("/forms/<slug>/thanks")
def thanks_page(slug: str) -> BaseResponse:
    form = configured(slug)
    language = language_of(form, request.args.get("lang", ""))
    marks = carried()
    again = url_for(".form_page", slug=form.slug, lang=language, **marks)
    html = render(
        "thanks",
        language,
        title=localized(form.title, language),
        success_url=form.success_url,
        promise=localized(form.promise, language),
        again=relative(again),
        back=relative(request.script_root + marks["back"]) if "back" in marks else "",
    )
    return headers.page(make_response(html), form, desk().reception.captcha(form))


def _page(filled: EnquiryForm, status: int = 200, notice: str = "") -> BaseResponse:
    html = render("form", filled.spoken, **markup.context(filled, notice))
    form = filled.configured
    return headers.page(make_response(html, status), form, desk().reception.captcha(form))


# -- an enquiry comes in -----------------------------------------------------------------------


@blueprint.post("/forms/<slug>")
def submit(slug: str) -> BaseResponse:
    form = configured(slug)
    here = desk()
    if not origin_allowed(request, form, here.settings):
        metrics.count(metrics.REFUSED, slug, "origin")
        abort(403, "This site may not send enquiries here; see allowed_origins.")
    body = body_of(request, here.settings.limits.max_body)
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > KEY_LIMIT or not key.isprintable():
        abort(400, "The Idempotency-Key is at most 255 printable characters.")
    errors: dict[str, list[str]] = {}
    ignored: list[str] = []
    if request.is_json:
        facts = _json_object(body)
        language = language_of(form, _text(facts, "language"))
        data, errors = form_data(here.reception.form_class(form, language), facts)
    elif request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        data = MultiDict(request.form)
        language = language_of(form, data.get("language", ""))
        ignored = unknown_answers(here.reception.form_class(form, language), data)
    else:
        abort(415, "Send JSON, or a form.")
    visit = Visit(
        data=data,
        channel="json" if request.is_json else "html",
        ip=client_address(request, here.settings.trusted_proxies),
        user_agent=request.headers.get("User-Agent", ""),
        idempotency_key=key,
        shape_errors=errors,
    )
    outcome = here.reception.receive(form, language, visit)
    if isinstance(outcome, Accepted):
        return _thank(form, language, outcome, ignored)
    metrics.count(metrics.REFUSED, slug, outcome.why)
    return _refuse(outcome)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        facts = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        abort(400, "The body is not well-formed JSON.")
    if not isinstance(facts, dict):
        abort(400, "The body must be a JSON object.")
    return facts


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _thank(form: Form, language: str, accepted: Accepted, ignored: list[str]) -> BaseResponse:
    facts: dict[str, Any] = {"id": str(accepted.id), "status": "accepted"}
    if ignored:
        # Not refused: the visitor can't help it, and an old page must go on sending.
        log.warning("form %s has no such fields, though a page sends them: %s", form.slug, ignored)
        facts["ignored"] = ignored
    marks = carried()
    # Embedded, the whole page is to go to success_url: the thank-you tells it to.
    where = "" if "embed" in marks else form.success_url
    if not where:  # relative, beneath the form, wherever that is
        where = f"{form.slug}/thanks?{urlencode({'lang': language, **marks, 'id': facts['id']})}"
    if not problems.wants_json():
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
    notice = catalogue(refused.form.spoken).gettext(message)
    if problems.wants_json():
        extra: dict[str, Any] = {"code": refused.why}
        if refused.problems:
            extra["errors"] = refused.problems
        if refused.why in ("token", "fields") and "token" in refused.problems:
            extra["token"] = refused.form[TOKEN].current()
        response: BaseResponse = problems.document(status, notice, **extra)
    else:
        if set(refused.problems) == {"token"}:
            notice = refused.problems["token"][0]
        response = _page(refused.form, status, notice)
    if refused.retry_after:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response
