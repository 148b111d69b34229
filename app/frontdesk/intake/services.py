"""HTTP for programs: tokens, challenges, schemas, price lists, scripts, health."""

import hmac
from importlib.metadata import version

from flask import Response, abort, jsonify, request
from prometheus_client.exposition import choose_encoder
from werkzeug.wrappers import Response as BaseResponse

from frontdesk.config import Form
from frontdesk.intake import assets, error_responses, headers, markup, openapi
from frontdesk.intake import look as looks
from frontdesk.intake.client import client_address
from frontdesk.intake.context import configured, intake, language_of
from frontdesk.intake.definition import Definition
from frontdesk.intake.keys import bearer
from frontdesk.intake.schema import body_schema

SCRIPT_CACHED = 3600  # seconds; how late a new version may come to a landing page
UNITS_CACHED = 300  # seconds


def token(slug: str) -> BaseResponse:
    form = configured(slug)
    _limit_tokens(form)
    language = language_of(form, request.args.get("lang", ""))
    return headers.uncached(
        jsonify(
            token=intake().enquiries.token(form),
            fill_time=form.limits.fill_time,
            language=language,
            captcha=markup.captcha_facts(form, language),
            texts={**markup.texts(form, language), **markup.gratitude(form, language)},
        )
    )


def challenge(slug: str) -> BaseResponse:
    form = configured(slug)
    _limit_tokens(form)
    made = intake().enquiries.captcha(form).challenge(form.slug)
    if made is None:
        abort(404, "This form's captcha has no challenge to fetch.")
    return headers.uncached(jsonify(made))


def _limit_tokens(form: Form) -> None:
    here = intake()
    ip = client_address(request, here.settings.trusted_proxies)
    wait = here.enquiries.too_often(form, ip, "tokens")
    if wait is not None:
        here.tally.count(form.slug, "tokens")
        raise error_responses.too_often(wait)


def schema(slug: str) -> BaseResponse:
    form = configured(slug)
    response = jsonify(body_schema(_definition(form)))
    response.mimetype = "application/schema+json"
    return response


def openapi_document() -> BaseResponse:
    forms = {slug: _definition(form) for slug, form in intake().settings.forms.items()}
    return jsonify(openapi.document(forms, version("frontdesk")))


def _definition(form: Form) -> Definition:
    return intake().enquiries.definition(form, language_of(form, request.args.get("lang", "")))


def units(slug: str) -> BaseResponse:
    """The price list that was last fetched; aborts with 404 where the form has no source."""
    form, here = configured(slug), intake()
    if form.unit_source is None:
        abort(404, "This form has no source of units.")
    asset = here.encoded.of(form, here.enquiries.prices(form))
    return assets.send(asset, "application/json", f"public, max-age={UNITS_CACHED}")


def loader() -> BaseResponse:
    """What makes the iframe; see docs/embedding.md."""
    return assets.respond("embed.js", SCRIPT_CACHED)


def module() -> BaseResponse:
    """What lets somebody's own form send enquiries; see docs/own-form.md."""
    return assets.respond("frontdesk.js", SCRIPT_CACHED)


def static(filename: str) -> BaseResponse:
    return assets.respond(filename)


def look(slug: str, name: str) -> BaseResponse:
    """A file of a form's look; for good at the address that has its hash."""
    found = looks.served(configured(slug), name)
    if found is None:
        abort(404, "This form's look has no such file.")
    asset, type_ = found
    lasting = request.args.get("v") == asset.etag
    response = assets.send(
        asset, type_, f"max-age={headers.A_YEAR}, immutable" if lasting else "no-cache"
    )
    response.headers["Content-Security-Policy"] = looks.POLICY
    return response


def healthz() -> BaseResponse:
    return jsonify(status="alive")


def readyz() -> BaseResponse:
    reason = intake().store.readiness()
    if reason is None:
        warnings = intake().monitor.warnings()
        known = {} if warnings is None else {"warnings": warnings}
        return headers.uncached(jsonify(status="ready", **known))
    response = jsonify(status="unready", problems=[f"the journal cannot be written: {reason}"])
    response.status_code = 503
    return headers.uncached(response)


def metrics() -> BaseResponse:
    """For Prometheus; see docs/deploy.md."""
    section = intake().settings.metrics
    if section is None:
        abort(404, "No metrics are configured; see [metrics].")
    if not hmac.compare_digest((bearer(request) or "").encode(), section.token.encode()):
        raise error_responses.unauthorized("Send the token of [metrics].")
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return headers.uncached(Response(encode(intake().monitor), content_type=content_type))
