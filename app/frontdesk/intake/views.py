"""HTTP: requests to visits, outcomes to responses. Decides nothing about an enquiry."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from babel.numbers import get_currency_symbol
from flask import (
    Blueprint,
    abort,
    current_app,
    jsonify,
    make_response,
    redirect,
    request,
    send_from_directory,
    url_for,
)
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.wrappers import Response as BaseResponse

from frontdesk.config import Form, Settings, localized
from frontdesk.i18n import N_, catalogue
from frontdesk.intake import headers, problems
from frontdesk.intake.form import TOKEN, EnquiryForm, form_data
from frontdesk.intake.guard import client_address, origin_allowed
from frontdesk.intake.pages import relative, render
from frontdesk.intake.reception import Accepted, Reception, Refused, Visit
from frontdesk.intake.schema import body_schema, openapi
from frontdesk.journal.files import Journal
from frontdesk.resources import folder

KEY_LIMIT = 255  # characters of an Idempotency-Key
PREFILLED = ("unit", "page", "tags")
LOADER_CACHED = 3600  # seconds; how late a new embed.js may come to a landing page

blueprint = Blueprint(
    "frontdesk",
    __name__,
    template_folder=str(folder("templates")),
    static_folder=str(folder("static")),
    static_url_path="/static",
)


class Desk(NamedTuple):
    """What the views need of the extension that they run under."""

    settings: Settings
    reception: Reception
    journal: Journal


def _desk() -> Desk:
    desk: Desk = current_app.extensions["frontdesk"].desk
    return desk


def _form(slug: str) -> Form:
    form = _desk().settings.forms.get(slug)
    if form is None:
        abort(404, "There is no such form.")
    return form


# -- the form as a page ------------------------------------------------------------------------


@blueprint.get("/forms/<slug>")
def form_page(slug: str) -> BaseResponse:
    form = _form(slug)
    language = _language(form, request.args.get("lang", ""))
    campaign = request.args.get("campaign") or request.args.get("utm_campaign", "")
    prefilled = {name: request.args.get(name, "")[:2000] for name in PREFILLED}
    blank = _desk().reception.blank(
        form, language, {**prefilled, "campaign": campaign[:200], "language": language}
    )
    return _page(form, blank)


@blueprint.get("/forms/<slug>/thanks")
def thanks_page(slug: str) -> BaseResponse:
    form = _form(slug)
    language = _language(form, request.args.get("lang", ""))
    html = render("thanks", language, title=localized(form.title, language), enquiry=form)
    return headers.page(make_response(html), form, _desk().reception.captcha(form))


def _page(
    form: Form, filled: EnquiryForm, status: int = 200, notice: str = "", code: str = ""
) -> BaseResponse:
    language = filled.spoken
    captcha = _desk().reception.captcha(form)
    html = render(
        "form",
        language,
        form=filled,
        enquiry=form,
        title=localized(form.title, language),
        action=relative(url_for(".submit", slug=form.slug, embed=_embedded())),
        notice=notice,
        code=code,
        price_symbol=get_currency_symbol(form.currency, locale=language),
        captcha={
            "provider": captcha.provider,
            "field": captcha.field,
            "challenge_url": relative(url_for(".challenge", slug=form.slug)),
            **captcha.widget(),
        },
    )
    return headers.page(make_response(html, status), form, captcha)


# -- an enquiry comes in -----------------------------------------------------------------------


@blueprint.post("/forms/<slug>")
def submit(slug: str) -> BaseResponse:
    form = _form(slug)
    desk = _desk()
    if not origin_allowed(request, form.allowed_origins, desk.settings.public_url):
        abort(403, "This site may not send enquiries here; see allowed_origins.")
    body = _body(desk.settings.limits.max_body)
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > KEY_LIMIT or not key.isprintable():
        abort(400, "The Idempotency-Key is at most 255 printable characters.")
    errors: dict[str, list[str]] = {}
    if request.is_json:
        facts = _json_object(body)
        language = _language(form, _text(facts, "language"))
        data, errors = form_data(desk.reception.form_class(form, language), facts)
    elif request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        data = MultiDict(request.form)
        language = _language(form, data.get("language", ""))
    else:
        abort(415, "Send JSON, or a form.")
    visit = Visit(
        data=data,
        channel="json" if request.is_json else "html",
        ip=client_address(request, desk.settings.trusted_proxies),
        user_agent=request.headers.get("User-Agent", ""),
        idempotency_key=key,
        shape_errors=errors,
    )
    outcome = desk.reception.receive(form, language, visit)
    if isinstance(outcome, Accepted):
        return _thank(form, language, outcome)
    return _refuse(form, outcome)


def _body(limit: int) -> bytes:
    """The request's body; kept, so that Flask parses a form from it."""
    # One more than allowed, because a body of no stated length is cut there without a word.
    request.max_content_length = limit + 1
    body = request.get_data()
    if len(body) > limit:
        abort(413)
    if request.content_length is not None and len(body) < request.content_length:
        abort(400, "The body is shorter than its Content-Length says.")
    return body


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


def _thank(form: Form, language: str, accepted: Accepted) -> BaseResponse:
    if problems.wants_json():
        return make_response(jsonify(id=str(accepted.id), status="accepted"), 202)
    embedded = _embedded()
    thanks = url_for(
        ".thanks_page", slug=form.slug, lang=language, embed=embedded, id=str(accepted.id)
    )
    # Embedded, the whole page is to go to success_url: the thank-you tells it to.
    elsewhere = "" if embedded else form.success_url
    return redirect(elsewhere or relative(thanks), 303)


_REFUSALS = {
    "rate": (429, N_("You have sent this form very often. Please wait a moment and try again.")),
    "token": (403, N_("This page was not meant for this form. Please send the form again.")),
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


def _refuse(form: Form, refused: Refused) -> BaseResponse:
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
        response = _page(form, refused.form, status, notice, refused.why)
    if refused.retry_after:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response


# -- a landing page of another origin ---------------------------------------------------------


@blueprint.get("/embed.js")
def loader() -> BaseResponse:
    """What makes the iframe; see docs/embedding.md."""
    response: BaseResponse = send_from_directory(
        folder("static"), "embed.js", mimetype="text/javascript", max_age=LOADER_CACHED
    )
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _embedded() -> str | None:
    """The mark of a page in a <frontdesk-form>, to be handed on to the page after it."""
    return "1" if request.args.get("embed") else None


# -- what a frontend of one's own needs --------------------------------------------------------


@blueprint.get("/forms/<slug>/token")
def token(slug: str) -> BaseResponse:
    form = _form(slug)
    _limit_tokens(form)
    return headers.uncached(jsonify(token=_desk().reception.token(form)))


@blueprint.get("/forms/<slug>/challenge")
def challenge(slug: str) -> BaseResponse:
    form = _form(slug)
    _limit_tokens(form)
    made = _desk().reception.captcha(form).challenge()
    if made is None:
        abort(404, "This form's captcha has no challenge to fetch.")
    return headers.uncached(jsonify(made))


def _limit_tokens(form: Form) -> None:
    desk = _desk()
    ip = client_address(request, desk.settings.trusted_proxies)
    wait = desk.reception.too_often(form, ip, "tokens")
    if wait is not None:
        response = problems.document(429, "Too many requests; see Retry-After.")
        response.headers["Retry-After"] = str(wait)
        abort(response)


@blueprint.get("/forms/<slug>/schema")
def schema(slug: str) -> BaseResponse:
    form = _form(slug)
    response = jsonify(body_schema(_unfilled(form)))
    response.mimetype = "application/schema+json"
    return response


@blueprint.get("/openapi.json")
def openapi_document() -> BaseResponse:
    forms = {slug: _unfilled(form) for slug, form in _desk().settings.forms.items()}
    return jsonify(openapi(forms, version("frontdesk")))


def _unfilled(form: Form) -> EnquiryForm:
    return _desk().reception.blank(form, _language(form, request.args.get("lang", "")), {})


@blueprint.get("/healthz")
def healthz() -> BaseResponse:
    return jsonify(status="alive")


@blueprint.get("/readyz")
def readyz() -> BaseResponse:
    reason = _desk().journal.readiness()
    if reason is None:
        return jsonify(status="ready")
    response = jsonify(status="unready", problems=[f"the journal cannot be written: {reason}"])
    response.status_code = 503
    return response


# -- languages, errors, headers ----------------------------------------------------------------


def _language(form: Form, wanted: str) -> str:
    """The visitor's language as far as the form speaks it; of cs-CZ, cs counts."""
    wanted = wanted.partition("-")[0].lower()
    if wanted in form.languages:
        return wanted
    return request.accept_languages.best_match(form.languages) or form.languages[0]


def _asked_form() -> Form | None:
    """The form that the request's address names, if there is one."""
    return _desk().settings.forms.get((request.view_args or {}).get("slug", ""))


def _http_error(error: HTTPException) -> BaseResponse:
    return problems.from_exception(error, _asked_form())


# For each code too: Flask prefers a host's handler of one code to ours of all exceptions.
_KINDS: tuple[type[HTTPException] | int, ...] = (HTTPException, *default_exceptions)
for _kind in _KINDS:
    blueprint.register_error_handler(_kind, _http_error)


@blueprint.errorhandler(Exception)
def _broken(_error: Exception) -> BaseResponse:
    current_app.logger.exception("Frontdesk could not answer a request")
    said = "Something broke on the server; its log says what."
    return problems.respond(500, said, _asked_form())


@blueprint.after_request
def _cross_origin(response: BaseResponse) -> BaseResponse:
    form = _asked_form()
    origin = request.headers.get("Origin")
    if form and origin in form.allowed_origins:
        return headers.readable_from(response, origin)
    own = urlsplit(_desk().settings.public_url or request.host_url)
    return headers.readable_only_here(response, f"{own.scheme}://{own.netloc}")
