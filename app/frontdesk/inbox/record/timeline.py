"""What happened to a record, line by line, in plain words."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from frontdesk.i18n import N_
from frontdesk.inbox.language import _
from frontdesk.inbox.record.remarks import held_because, withheld_because
from frontdesk.model import events
from frontdesk.model.events import AnyEvent
from frontdesk.model.lead import Origin
from frontdesk.operations.find import short
from frontdesk.operations.story import Story

_BODY = 600  # characters of a CRM's answer


class Moment(NamedTuple):
    """One line. `answer`: what a CRM said, of which `status` and `seconds` are told before it."""

    at: datetime
    text: str
    by: str = ""
    status: int | None = None
    seconds: float | None = None
    answer: str = ""


def timeline(told: Story) -> list[Moment]:
    """All that happened, oldest first."""
    # Why it is held is written down before the enquiry itself, and at the same time.
    lines = sorted(told.events, key=lambda event: not isinstance(event, events.Received))
    return list(_moments(lines))


def _moments(lines: Iterable[AnyEvent]) -> Iterator[Moment]:
    for event in lines:
        match event:
            case events.Received():
                yield Moment(event.at, _came(event.origin))
            case events.Held():
                text, more = _("Held back: %(why)s"), [*checks(event)]
                text %= {"why": held_because(event.reason, event.code)}
                yield Moment(event.at, " ".join([f"{text.rstrip('.')}.", *more]) if more else text)
            case events.Released():
                yield Moment(event.at, _("Released"), event.by)
            case events.Discarded():
                yield Moment(event.at, _("Discarded"), event.by)
            case events.Duplicate():
                text = _("The same enquiry as %(other)s; not sent a second time")
                yield Moment(event.at, text % {"other": short(event.of)})
            case events.Attempt():
                yield Moment(
                    event.at, _("Tried to send it to %(crm)s") % {"crm": event.destination}
                )
            case events.Outcome():
                yield _outcome(event)
            case events.Replayed():
                text = _("Asked to be sent again to %(crms)s")
                yield Moment(event.at, text % {"crms": ", ".join(event.destinations)}, event.by)
            case events.Amended():
                text = _("Corrected: %(fields)s") % {"fields": ", ".join(event.changed)}
                yield Moment(event.at, text, event.by)
            case events.Erased():
                yield Moment(event.at, _("Personal data erased"), event.by)
            case events.Revocation():
                text = _("Consent %(consent)s is to be revoked") % {"consent": event.consent}
                yield Moment(event.at, text, event.by)
            case events.Superseded():
                text = _("Not sent to %(crm)s: %(other)s has granted it again")
                known = {"crm": event.destination, "other": short(event.submission)}
                yield Moment(event.at, text % known)
            case events.Commented():
                yield Moment(event.at, _("Note"), event.by, answer=event.text)
            case events.Notified():
                yield Moment(event.at, _("Somebody was told of it"))


_CAPTCHA = {
    "unavailable": N_("The captcha's provider did not answer."),
    "busy": N_("Too many came at once to have the captcha checked."),
    "blocked": N_("The captcha was blocked in the visitor's browser."),
    "missing": N_("No answer to the captcha came along."),
    events.UNASKED: N_("The captcha was not asked."),
}


def checks(event: events.Held) -> Iterator[str]:
    """What else was known of a held enquiry when it came: how fast it was sent, and the captcha."""
    if event.filled_in is not None:
        text = _("It was sent %(seconds)d s after the form was shown.")
        yield text % {"seconds": event.filled_in}
    if event.captcha in _CAPTCHA:
        yield _(_CAPTCHA[event.captcha])


def _came(origin: Origin) -> str:
    match origin.channel:
        case "html":
            return _("Came in by the form")
        case "json":
            return _("Came in by the form, or from a program")
        case channel:
            return _("Came in from %(source)s") % {"source": origin.source or channel}


def _outcome(event: events.Outcome) -> Moment:
    known = {"crm": event.destination}
    match event:
        case events.Delivered(reconciled=True):
            text = _("Found in the list of %(crm)s") % known
        case events.Delivered():
            text = _("Delivered to %(crm)s") % known
        case events.Deferred(unknown=True):
            text = _("Whether it has arrived at %(crm)s is not known: %(why)s")
            text %= {**known, "why": event.reason}
        case events.Deferred():
            text = _("%(crm)s did not take it yet: %(why)s") % {**known, "why": event.reason}
        case events.Failed():
            text = _("Given up at %(crm)s: %(why)s") % {**known, "why": event.reason}
        case events.Withheld():
            why = withheld_because(event.reason)
            text = _("Not sent to %(crm)s: %(why)s") % {**known, "why": why}
        case _:
            text = known["crm"]
    if isinstance(event, events.Delivered) and event.customer_id:
        text += _(", customer %(customer)s") % {"customer": event.customer_id}
    elif isinstance(event, events.Delivered) and event.inquiry_id:
        text += _(", taken as %(entry)s") % {"entry": event.inquiry_id}
    answer = event.answer
    if answer is None:
        return Moment(event.at, text)
    return Moment(
        event.at, text, status=answer.status, seconds=answer.seconds, answer=answer.said[:_BODY]
    )
