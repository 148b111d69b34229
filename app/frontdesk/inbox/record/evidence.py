"""The evidence of consent as a page to print."""

from flask import abort
from werkzeug.wrappers import Response

from frontdesk.config import localized
from frontdesk.i18n import N_
from frontdesk.inbox.context import address, desk, person, store
from frontdesk.inbox.found import found
from frontdesk.inbox.language import _, language
from frontdesk.inbox.pages import render
from frontdesk.inbox.record.words import state_word
from frontdesk.model.events import utcnow
from frontdesk.operations.errors import NotPossibleError
from frontdesk.operations.evidence import Sent, evidence

# The names of what is known of somebody and of where it came from, as the evidence has them.
_LABELS = {
    "name": N_("Name"),
    "email": N_("Email"),
    "phone": N_("Phone"),
    "language": N_("Language"),
    "channel": N_("Channel"),
    "ip": N_("Address"),
    "page": N_("Page"),
    "title": N_("Page's title"),
    "referrer": N_("Page before it"),
    "user_agent": N_("Browser"),
    "source": N_("Source"),
    "api_key": N_("Program"),
}
# How an attempt ended, as the evidence calls that.
_ENDINGS = {
    "delivered": N_("delivered"),
    "deferred": N_("to be tried again"),
    "failed": N_("failed"),
    "unknown": N_("unknown whether it arrived"),
    "found in the CRM's list": N_("found in the CRM's list"),
}


def inbox_evidence(identity: str) -> Response:
    """Who agreed to what, when and from where, and how anybody can check it."""
    here, record = desk(), found(identity)
    try:
        proof = evidence(store(), here.settings, record)
    except NotPossibleError:
        abort(404)
    here.audit.note("view", person().name, address(), record.id)
    form = here.settings.forms.get(proof.form)
    return render(
        "evidence",
        record=record,
        proof=proof,
        form=localized(form.title, language()) if form else proof.form,
        state=state_word(record.state),
        facts=[(_label(key), value) for key, value in {**proof.person, **proof.origin}.items()],
        outcome=_outcome,
        now=utcnow(),
    )


def _label(key: str) -> str:
    return _(_LABELS[key]) if key in _LABELS else key


def _outcome(sent: Sent) -> str:
    """How an attempt ended."""
    parts = [_(_ENDINGS[sent.outcome]) if sent.outcome in _ENDINGS else sent.outcome]
    if sent.status is not None:
        parts.append(_("answer %(status)s") % {"status": sent.status})
    if sent.customer:
        parts.append(_("customer %(customer)s") % {"customer": sent.customer})
    return ", ".join(parts)
