"""How a record stands and what to do next, in one line; and what can be done."""

from contextlib import suppress
from typing import Literal

from frontdesk.config import Settings
from frontdesk.i18n import N_
from frontdesk.inbox.language import _
from frontdesk.inbox.people import Person
from frontdesk.inbox.record.remarks import remark
from frontdesk.model.record import Record
from frontdesk.operations.amend import correctable
from frontdesk.operations.decide import DISCARDABLE, RELEASABLE
from frontdesk.operations.errors import NotPossibleError

Action = Literal["send", "release", "discard", "amend"]
# The states in which it makes sense: to have it sent at once, or again; and so on.
_FITTING = {
    "send": ("failed", "deferred", "unknown"),
    "release": RELEASABLE,
    "discard": DISCARDABLE,
}
# Of those that are done at once, by a button.
_BUTTONS = {"send": N_("Send again"), "release": N_("Release"), "discard": N_("Discard")}


def action_word(action: str) -> str:
    """What the button for an action says."""
    return _(_BUTTONS[action])


def standing(record: Record) -> str:
    """How it stands, and what to do next."""
    why = remark(record).rstrip(".")  # which the sentence has at its end
    match record.state:
        case _ if not record.begun:
            return _("Its first line is missing from the journal, so it is not sent.")
        case "erased":
            return _("The personal data was erased. There is nothing left to do.")
        case "discarded":
            return _("Somebody discarded it: it is not sent, and stays in the journal.")
        case "duplicate":
            return _("Nothing to do: %(why)s.") % {"why": why}
        case "held":
            said = _("Held back: %(why)s. Release it, or discard it if it is spam.")
            return said % {"why": why}
        case "failed":
            said = _(
                "Not delivered: %(why)s. Correct it, if something in it is wrong, and send it"
                " again; or discard it."
            )
            return said % {"why": why or _("nobody knows why")}
        case "unknown":
            return _(
                "It was tried, and whether it has arrived is not known yet. It is looked up before"
                " it is sent again; there is nothing to do unless it stays so."
            )
        case "deferred":
            said = _("Not taken yet: %(why)s. It is tried again by itself.")
            return said % {"why": why}
        case "delivered":
            return _("Delivered: %(why)s. There is nothing to do.") % {"why": why}
        case _:
            return _("On its way to %(crms)s.") % {"crms": ", ".join(record.destinations)}


def possible(record: Record, person: Person, settings: Settings) -> list[Action]:
    """What a person can do about it as it stands."""
    if not person.may("act") or not record.begun:
        return []
    found: list[Action] = []
    if fits("release", record):
        found.append("release")
    if fits("send", record):
        found.append("send")
    with suppress(NotPossibleError):
        correctable(settings, record)
        found.append("amend")
    if fits("discard", record):
        found.append("discard")
    return found


def fits(action: str, record: Record) -> bool:
    """Whether a record stands so that an action with a button can be done to it."""
    return record.begun and record.state in _FITTING[action]


ASKING = ("sent", "released")  # of these words, those after which its course is to be seen
# What an action is followed by, by a word in the address.
NOTICES = {
    "sent": N_("It is to be sent again. How that goes can be seen below."),
    "released": N_("Released: it goes to the CRM now. How that goes can be seen below."),
    "discarded": N_("Discarded: it is not sent."),
    "amended": N_("Corrected. Send it again, if the CRM is to have the new values."),
    "same": N_("Nothing was different, so nothing was changed."),
    "late": N_(
        "Nothing was done: somebody, or Frontdesk itself, was quicker. This is how it stands now."
    ),
    "noted": N_("The note is saved."),
    "erased": N_("Erased. What the CRM has of the person has to be erased there by hand."),
    "cannot": N_("This is not possible any more as it stands now."),
}


def notice(done: str, actions: list[Action]) -> str:
    """What is said on top of a record's page, by a word in its address.

    `done`: one of NOTICES, or an action of those that were not done as nobody was signed in.
    `actions`: those that are possible.
    """
    undone = done.removeprefix("not-")
    if undone == done or undone not in _BUTTONS:
        said = NOTICES.get(done)
        return _(said) if said else ""
    if undone not in actions:
        said = NOTICES["cannot"]
        return _(said)
    text = _(
        "You were signed out, so this was not done: %(action)s. If it still is to be, do it now."
    )
    return text % {"action": action_word(undone)}
