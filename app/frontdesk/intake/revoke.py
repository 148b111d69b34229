"""`POST /consents/revoke`: trusted programs say that somebody takes a consent back."""

import logging
from collections.abc import Mapping
from typing import Any

from flask import abort, jsonify, request
from werkzeug.wrappers import Response as BaseResponse

from frontdesk import metrics
from frontdesk.config import Form
from frontdesk.intake import bodies, error_responses, headers, keys
from frontdesk.intake.client import client_address
from frontdesk.intake.context import Intake, intake
from frontdesk.intake.revocation import RevocationError, wanted
from frontdesk.store.errors import JournalError

log = logging.getLogger("frontdesk.intake")


def revoke() -> BaseResponse:
    """Write a revocation down; the courier sends it."""
    here = intake()
    keyed = [form for form in here.settings.forms.values() if form.api_keys]
    if not keyed:
        abort(404, "No program has a key; see [[forms.<form>.api_keys]].")
    program, theirs = _program(keyed, here)
    key = keys.idempotency_key(request)
    facts = _read(here)
    reach = {name for form in theirs for name in form.destinations}
    asked = facts.get("destination")
    if isinstance(asked, str) and asked in here.settings.destinations and asked not in reach:
        abort(403, "No form of this key delivers to that destination.")
    keepers = [name for name in here.settings.destinations if name in reach & here.keepers]
    try:
        revocation = wanted(facts, keepers, program, key)
    except RevocationError as error:
        told = {field: [text] for field, text in error.problems.items()}
        return error_responses.document(422, "This cannot be revoked; see errors.", errors=told)
    try:
        here.store.append(revocation)
    except JournalError as error:
        log.error("a revocation could not be written down: %s", error)
        return error_responses.document(503, "It could not be written down; send it again later.")
    log.info("%s: consent %d is to be revoked", revocation.id, revocation.consent)
    response = jsonify(
        id=str(revocation.id), status="accepted", destinations=revocation.destinations
    )
    response.status_code = 202
    return headers.uncached(response)


def _program(keyed: list[Form], here: Intake) -> tuple[str, list[Form]]:
    """Whose key the request has, and the forms that it is for; aborts with 401 or 429."""
    key = keys.bearer(request) or ""
    owners = [(form, keys.owner(key, form)) for form in keyed]
    theirs = [form for form, owner in owners if owner is not None]
    program = next((owner for _, owner in owners if owner is not None), None)
    form = theirs[0] if theirs else keyed[0]
    if program is None:
        ip = client_address(request, here.settings.trusted_proxies)
        wait = here.enquiries.too_often(form, ip, "submissions")
    else:
        wait = here.enquiries.too_often(form, program, "api_submissions")
    if wait is not None:
        metrics.count(metrics.REFUSED, form.slug, "rate")
        raise error_responses.too_often(wait)
    if program is None:
        metrics.count(metrics.REFUSED, form.slug, "key")
        log.warning("a wrong API key")
        raise error_responses.unauthorized("This is no API key of any form.")
    return program, theirs


def _read(here: Intake) -> Mapping[str, Any]:
    """The JSON object of the request; aborts with 400, 413 or 415."""
    body = bodies.unencoded_body(request, here.settings.limits.max_body)
    if not request.is_json:
        abort(415, "Send JSON.")
    return bodies.json_object(body)
