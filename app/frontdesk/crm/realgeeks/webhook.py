"""Leads from Real Geeks' outgoing API: checked, written down durably, and only then answered.

What a message means besides others of its lead is decided before it is delivered, see
frontdesk.delivery.messages. Nothing here takes long, however many come at once.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from flask import Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from frontdesk.config import Form, Settings
from frontdesk.crm.realgeeks.incoming import Told, read
from frontdesk.crm.realgeeks.settings import RealGeeksForm
from frontdesk.delivery.destination import Finding
from frontdesk.intake import error_responses
from frontdesk.intake.bodies import body_of
from frontdesk.intake.client import client_address
from frontdesk.intake.context import intake
from frontdesk.intake.tally import reason_of
from frontdesk.model.events import AnyEvent, Held, Noted, Received, utcnow
from frontdesk.model.holds import HOLDS, INCOMPLETE, Hold
from frontdesk.model.lead import Origin
from frontdesk.store.errors import JournalError

log = logging.getLogger("frontdesk.realgeeks")

BODY_LIMIT = 1 << 20  # bytes; a lead comes with all that it has looked at
OLD = timedelta(days=14)  # Real Geeks has given up long before
HEADER = "X-Lead-Router-"


def realgeeks(form: str) -> Response:
    """A message about a lead."""
    here = intake()
    configured = here.settings.forms.get(form)
    section = _section(configured) if configured else None
    destinations = _destinations(here.settings, configured) if configured else ()
    if configured is None or section is None or not section.webhook_secrets or not destinations:
        abort(404, "No leads from Real Geeks are expected here.")
    try:
        body = body_of(request, BODY_LIMIT)
        signature = request.headers.get(f"{HEADER}Signature", "")
        if not _signed(body, signature, section.webhook_secrets):
            abort(401, "The signature is missing, or it is not that of this body.")
    except HTTPException as error:
        ip = client_address(request, here.settings.trusted_proxies)
        if (wait := here.enquiries.too_often(configured, ip, "submissions")) is not None:
            here.tally.count(form, "rate")
            raise error_responses.too_often(wait) from error
        here.tally.count(form, reason_of(error.code))
        if error.code == 401:
            log.warning("form %s: a message with a wrong signature, or with none", form)
        raise
    facts, damaged = _facts(body)
    told = read(
        facts or {},
        configured,
        section.webhook_notes,
        body=body,
        action=request.headers.get(f"{HEADER}Action", ""),
        message_id=request.headers.get(f"{HEADER}Message-Id", ""),
        sent=request.headers.get(f"{HEADER}Timestamp", ""),
        now=utcnow(),
    )
    if facts is None or (damaged and told.empty):
        # Real Geeks does not send it again, so that this is all that is ever seen of it.
        log.error("form %s: a signed message that is no JSON object was refused", form)
        here.tally.count(form, "malformed")
        abort(400, "The body is not a JSON object.")
    lines = _lines(here.settings, configured, told, destinations, damaged=damaged)
    try:
        here.store.append(*lines)
    except JournalError as error:
        log.critical("a message of Real Geeks could not be written down: %s", error)
        here.tally.count(form, "unwritable")
        abort(503, "It could not be written down; please send it again.")
    noted = isinstance(lines[-1], Noted)
    return jsonify(id=str(lines[-1].id), status="noted" if noted else "accepted")


def findings(settings: Settings) -> Iterator[Finding]:
    """What `frontdesk check` says of the forms that leads from Real Geeks may come to."""
    for slug, form in settings.forms.items():
        section = _section(form)
        if section is None:
            continue
        if not section.webhook_secrets:
            said = "no webhook_secrets, so that no leads come from Real Geeks"
            yield Finding(True, f"forms.{slug}: {said}")
        elif not _destinations(settings, form):
            said = "leads from Real Geeks have nowhere to go; it needs another destination"
            yield Finding(False, f"forms.{slug}: {said}")
        else:
            yield Finding(True, f"forms.{slug}: leads from Real Geeks are expected")


def identify(form: str, told: Told) -> UUID:
    """A submission's id: the same body gives the same one, in any process and whenever it comes.

    Only the body is signed, so nothing else counts.
    """
    parts = (form, told.message.lead, told.message.digest)
    return uuid5(NAMESPACE_URL, hashlib.sha256("\0".join(parts).encode()).hexdigest())


def _section(form: Form) -> RealGeeksForm | None:
    section: RealGeeksForm | None = form.crm.get("realgeeks")
    return section


def _destinations(settings: Settings, form: Form) -> tuple[str, ...]:
    """Where leads go on to: nothing goes back to where it comes from, nor to its visitor."""
    known = settings.destinations
    return tuple(
        name
        for name in form.destinations
        if known[name].type != "realgeeks" and known[name].account.takes_leads
    )


def _signed(body: bytes, signature: str, secrets: Sequence[str]) -> bool:
    """Whether one of the secrets made the signature; it takes as long for a wrong one."""
    right = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    return sum(hmac.compare_digest(signature.encode(), one.encode()) for one in right) > 0


def _facts(body: bytes) -> tuple[dict[str, Any] | None, bool]:
    """What a signed body says, as far as it can be read, and whether a part of it cannot be.

    Whatever its Content-Type says: who has signed it is known.
    """
    damaged = False
    try:
        facts = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        damaged = True
        facts = _leniently(body.decode(errors="replace"))
    return (facts if isinstance(facts, dict) else None), damaged


def _leniently(text: str) -> Any:
    """JSON with numbers beyond all bounds, raw line feeds or halves of characters in it."""
    try:
        return json.loads(
            text,
            strict=False,
            object_hook=_whole,
            parse_float=str,
            parse_int=str,
            parse_constant=str,
        )
    except (ValueError, RecursionError):
        return None


def _whole(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if isinstance(value, str)
        else value
        for key, value in facts.items()
    }


def _lines(
    settings: Settings, form: Form, told: Told, destinations: tuple[str, ...], *, damaged: bool
) -> list[AnyEvent]:
    """What is written down of a message."""
    message, now = told.message, utcnow()
    if told.empty or _from_us(settings, told):
        reason = "nothing in it is passed on" if told.empty else "Frontdesk sent this lead itself"
        return [
            Noted(
                at=now,
                form=form.slug,
                message=msgspec.structs.replace(message, fields=(), filed=""),
                activities=told.activities,
                reason=reason,
            )
        ]
    submission = identify(form.slug, told)
    received = Received(
        id=submission,
        at=now,
        form=form.slug,
        lead=told.lead,
        origin=Origin(channel="realgeeks", ip="", source=told.source, message=message),
        destinations=destinations,
    )
    held: Hold | None = None
    if now - message.at > OLD:
        held = "old"
    elif not (told.lead.email or told.lead.phone):
        held = INCOMPLETE
    elif damaged:
        held = "unreadable"
    # First, so that a line torn off by a crash is never the one that holds it back.
    if held is None:
        return [received]
    reason = HOLDS[held].format(day=message.at)
    return [Held(id=submission, at=now, reason=reason, code=held), received]


def _from_us(settings: Settings, told: Told) -> bool:
    """Whether the lead is one that we sent to Real Geeks, by what Real Geeks says of it.

    Where it says too little, or a source that no form has any more, the courier looks for the
    lead's id in the journal.
    """
    accounts = [d.account for d in settings.destinations.values() if d.type == "realgeeks"]
    sections = [section for form in settings.forms.values() if (section := _section(form))]
    return told.system in {account.username for account in accounts} and told.system_source in {
        section.source for section in sections
    }
