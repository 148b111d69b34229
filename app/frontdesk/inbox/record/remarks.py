"""The reasons for a record's state in the language of the request, as far as they are ours."""

import re

from frontdesk.i18n import N_
from frontdesk.inbox.language import _
from frontdesk.model.holds import INCOMPLETE
from frontdesk.model.record import Record
from frontdesk.operations.find import short
from frontdesk.operations.record import Reason, reasons

# Why an enquiry is held, by codes of HOLDS.
_HELD = {
    "trapped": N_("spam suspected: the hidden field was filled in"),
    "hasty": N_("spam suspected: sent faster than a person can type"),
    "clocks": N_("clocks differ: the form comes from a server whose clock is far ahead"),
    "captcha_blocked": N_("the captcha was blocked in the visitor's browser"),
    "captcha_busy": N_("too many enquiries at once to ask the captcha provider about each"),
    "captcha_unavailable": N_("the captcha provider could not be asked"),
    "old": N_("a message of %(day)s, which is too old to be passed on unseen"),
    INCOMPLETE: N_("neither an email address nor a telephone number is known"),
    "unreadable": N_("a part of the message could not be read"),
}
# Lines from before there were codes have these sentences alone.
_ONCE = {**{text: text for text in _HELD.values()}, "spam suspected": N_("spam suspected")}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# Why something is not sent on purpose: the journal says it in English, whoever reads it.
_WITHHELD = {
    "it was held for a person to look at": N_("it was held for a person to look at"),
    "the captcha could not be asked": N_("the captcha could not be asked"),
    "it came from a program, without a captcha": N_("it came from a program, without a captcha"),
    "it came from another system": N_("it came from another system"),
    "there is no email address": N_("there is no email address"),
    "the address is one that only few mail servers take": N_(
        "the address is one that only few mail servers take"
    ),
    "the address has had one from this form lately": N_(
        "the address has had one from this form lately"
    ),
    "as many as are allowed in an hour were sent": N_(
        "as many as are allowed in an hour were sent"
    ),
    "the form is not configured any more": N_("the form is not configured any more"),
}
_NO_SUCH = re.compile(r"the mail server does not take the address \((.*)\)")
_CERTAINTY = {
    "unlisted": N_("not in the CRM's list"),
    "found": N_("found by lookup"),
    "unconfirmed": N_("unconfirmed"),
}


def remark(record: Record) -> str:
    """The reasons for a record's state, in one line."""
    return "; ".join(map(_said, reasons(record)))


def held_because(reason: str, code: str | None) -> str:
    """Why an enquiry is held; `reason` and `code`: as the journal has them."""
    day = _DAY.search(reason)
    text = _HELD.get(code) if code else _ONCE.get(_DAY.sub("%(day)s", reason))
    if text is None or (code == "old" and day is None):
        return reason  # of a newer version, or changed by hand
    return _(text) % {"day": day[0] if day else ""}


def withheld_because(reason: str) -> str:
    """Why something is not sent; `reason`: as the journal has it."""
    if refused := _NO_SUCH.fullmatch(reason):
        text = _("the mail server does not take the address (%(status)s)")
        return text % {"status": refused[1]}
    return _(_WITHHELD[reason]) if reason in _WITHHELD else reason


def _said(reason: Reason) -> str:
    known = {"crm": reason.destination, "other": short(reason.other) if reason.other else ""}
    match reason.code:
        case "merged":
            return _("%(other)s has all of it") % known
        case "repeated":
            return _("the same enquiry as %(other)s, sent again") % known
        case "held":
            return held_because(reason.text, reason.hold)
        case "superseded":
            return _("%(crm)s: granted again by %(other)s") % known
        case "revoked":
            return _("%(crm)s: done") % known
        case "delivered":
            return _delivered(reason)
        case "withheld":
            return _("%(crm)s: not sent, %(why)s") % {**known, "why": withheld_because(reason.text)}
        case "trouble":
            return str(reason)  # a CRM's words, and those of the code that talks to it


def _delivered(reason: Reason) -> str:
    known = {"crm": reason.destination, "customer": reason.customer, "entry": reason.entry}
    if reason.customer:
        named = _("%(crm)s: customer %(customer)s")
    elif reason.entry:
        named = _("%(crm)s: taken as %(entry)s")
    else:
        named = _("%(crm)s: customer unknown")
    how = f" ({_(_CERTAINTY[reason.certainty])})" if reason.certainty else ""
    return f"{named % known}{how}"
