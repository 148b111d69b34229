"""Errors: a problem document for programs (RFC 9457), a plain page for people."""

from http import HTTPStatus
from typing import Any

from flask import Response, g, jsonify, make_response, request
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException, TooManyRequests, Unauthorized
from werkzeug.wrappers import Response as BaseResponse

from frontdesk.config import Form
from frontdesk.i18n import N_, catalogue
from frontdesk.intake import bodies, headers
from frontdesk.intake.look import links
from frontdesk.intake.pages import carried, preferred_language, render

# What a person is told. The detail for programs says more, in a programmer's words.
_PAGES = {
    403: (N_("Not from here"), N_("This form cannot be sent from the page that you came from.")),
    404: (N_("Page not found"), N_("There is no form at this address.")),
    413: (N_("Too much text"), N_("What you wrote is too long to be sent. Please shorten it.")),
    429: (N_("Too often"), N_("You have come here very often. Please wait a moment.")),
}
_OUR_FAULT = (N_("Something went wrong"), N_("This is our mistake. Please try again in a moment."))
_OTHER = (N_("This did not work"), N_("Please go back to the form and send it again."))


# Nobody looks at these in a browser.
_FOR_PROGRAMS = frozenset(
    f"frontdesk.{name}"
    for name in (
        "token",
        "challenge",
        "schema",
        "units",
        "openapi_document",
        "metrics",
        "realgeeks",
        "revoke",
    )
)


def wants_json() -> bool:
    """Whether a program asks, by what it sends or by what it accepts."""
    if request.is_json or request.endpoint in _FOR_PROGRAMS or g.get("frontdesk_key"):
        return True
    documents = ["application/json", "application/problem+json"]
    if request.method == "POST" and not bodies.is_form(request):
        # No form of a page sends this, so it is for a page only where it says so.
        return "text/html" not in request.accept_mimetypes.values()
    return request.accept_mimetypes.best_match(["text/html", *documents]) in documents


def document(status: int, detail: str, **extra: Any) -> Response:
    """A problem document."""
    response = jsonify(title=HTTPStatus(status).phrase, status=status, detail=detail, **extra)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def too_often(seconds: int) -> HTTPException:
    """What to raise at a visit too many; `seconds`: how long to wait."""
    response = respond(429, "Too many requests; see Retry-After.")
    response.headers["Retry-After"] = str(seconds)
    return TooManyRequests(response=response)


def unauthorized(detail: str) -> HTTPException:
    """What to raise where a key or a token is wrong."""
    response = document(401, detail)
    response.headers["WWW-Authenticate"] = "Bearer"
    return Unauthorized(response=response)


def respond(status: int, detail: str, form: Form | None = None) -> BaseResponse:
    """An error in the form that suits whoever asked; `form` says who may frame the page."""
    # Without an adapter the request was too broken to have a page of ours.
    if wants_json() or request_ctx.url_adapter is None:
        return document(status, detail)
    language = preferred_language()
    if status == 404 and form is None and request.args.get("embed"):
        # Else the page around could not be told that this is what is wrong.
        nothing = make_response(render("unknown", language), status)
        return headers.page(nothing, None, None, framed="*")
    _ = catalogue(language).gettext
    title, message = _PAGES.get(status, _OUR_FAULT if status >= 500 else _OTHER)
    look = links(form, theme=carried().get("theme", "")) if form else None
    html = render("error", language, title=_(title), message=_(message), status=status, look=look)
    return headers.page(make_response(html, status), form, None)


def from_exception(error: HTTPException, form: Form | None = None) -> BaseResponse:
    """Werkzeug's exceptions, with the headers that belong to them."""
    if error.response is not None:
        return make_response(error.response)
    response = respond(error.code or 500, error.description or "", form)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response
