"""How a record stands, in plain words."""

from datetime import timedelta
from typing import NamedTuple

from frontdesk.i18n import N_
from frontdesk.inbox.language import _
from frontdesk.inbox.record.remarks import remark
from frontdesk.model.record import Record
from frontdesk.monitoring.conditions import span
from frontdesk.operations.find import short

_STATES = {
    "erased": N_("erased"),
    "discarded": N_("discarded"),
    "duplicate": N_("duplicate"),
    "held": N_("held"),
    "failed": N_("failed"),
    "unknown": N_("unknown"),
    "deferred": N_("waits"),
    "pending": N_("on its way"),
    "delivered": N_("delivered"),
}
_UNITS = {"d": N_("d"), "h": N_("h"), "min": N_("min"), "s": N_("s")}


def state_word(state: str) -> str:
    """The word for one of STATES."""
    return _(_STATES[state])


def lasted(time: timedelta) -> str:
    """A duration as people say it, like `3 d 4 h`; its units are those of `monitoring`."""
    return " ".join(_(_UNITS[part]) if part in _UNITS else part for part in span(time).split())


class Row(NamedTuple):
    """A record in a list; what strangers wrote is as they wrote it."""

    record: Record
    title: str
    contact: str
    form: str
    unit: str
    remark: str

    @classmethod
    def of(cls, record: Record) -> "Row":
        """What a list shows of a record."""
        if record.submission is None:
            wanted = record.revocation
            number = {"consent": wanted.consent if wanted else ""}
            named = short(wanted.submission) if wanted and wanted.submission else ""
            whose = (wanted.email or wanted.customer or named) if wanted else ""
            title = _("Revokes consent %(consent)s") % number
            return cls(record, title, whose, "", "", remark(record))
        lead = record.submission.lead
        contact = " · ".join(filter(None, (lead.email, lead.phone)))
        # Whoever only asks what a property is worth need not say who it is.
        title = lead.name or lead.email or lead.phone or _("No name")
        return cls(record, title, contact, record.submission.form, lead.unit or "", remark(record))
