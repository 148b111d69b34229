"""What needs somebody, in plain words, and what to do about it."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from frontdesk.i18n import N_
from frontdesk.inbox.language import _
from frontdesk.inbox.pages import link
from frontdesk.monitoring.conditions import NAMED, Code, Condition
from frontdesk.monitoring.status import Status

# By code: what is so, and what to do.
_WORDS: dict[Code, tuple[str, str]] = {
    "proxies": (
        N_("Requests come through a proxy that the configuration does not mention."),
        N_("All visitors count as one. Set trusted_proxies to the number of proxies."),
    ),
    "journal": (
        N_("The journal cannot be written, so visitors are turned away."),
        N_("See who owns the files, and what room the disk has."),
    ),
    "spool": (
        N_("Enquiries wait on this machine, because the database does not take them."),
        N_("They are safe, and go on by themselves once it does. The log says why it does not."),
    ),
    "disk": (
        N_("The disk is nearly full."),
        N_("Make room, before enquiries cannot be written down any more."),
    ),
    "closed": (
        N_("The account %(account)s is closed: nothing is sent there, and everything waits."),
        N_("Mend the reason, then have it checked and opened again below."),
    ),
    "missing": (
        N_("%(account)s lacks leads that it had taken."),
        N_("Look for them in the CRM. To send one again: frontdesk replay ID --force"),
    ),
    "courier": (
        N_("Nobody delivers what waits."),
        N_("Start Frontdesk's courier. Nothing is lost meanwhile."),
    ),
    "late": (
        N_("Leads have waited for too long to be delivered."),
        N_("See what the accounts below wait for."),
    ),
    "failed": (
        N_("Leads have failed: the CRM refused them."),
        N_("Correct each and send it again, or discard it."),
    ),
    "held": (
        N_("Enquiries are held back."),
        N_("Release those that people wrote, and discard the others."),
    ),
    "notify": (
        N_("Somebody who is to be told of such things did not take the last message."),
        N_("Look at the address under notify.urls. To try it: frontdesk notify"),
    ),
    "captcha": (
        N_("The captcha provider %(account)s does not answer."),
        N_("What becomes of enquiries meanwhile is set by on_outage. See: frontdesk check"),
    ),
    "units": (
        N_("The units of %(account)s are old: their source does not answer as it should."),
        N_("Enquiries come in as before, and any unit may be named. See: frontdesk check"),
    ),
    "limits": (
        N_("The storage of rate limits does not answer."),
        N_("Visitors may send more often than they should. See why it is away."),
    ),
}
# Of which the condition's own text says more than these words.
_DETAILED: tuple[Code, ...] = ("journal", "spool", "disk", "late", "notify", "units")
_LISTED: dict[Code, dict[str, str]] = {
    "failed": {"state": "failed"},
    "held": {"state": "held"},
    "late": {"tab": "waiting"},
}


class Advice(NamedTuple):
    """Something that needs somebody.

    `detail`: more of it, in the words of the operators' commands. `address`: of the list of what it
    is about, or "". `leads`: those that it is about, as far as they are named.
    """

    what: str
    detail: str
    todo: str
    address: str
    leads: Sequence[UUID]


def advice(condition: Condition, found: Status) -> Advice:
    """What a condition means, and what to do."""
    what, todo = _WORDS[condition.code]
    missing = {account.name: account.missing for account in found.accounts}
    listed = _LISTED.get(condition.code)
    return Advice(
        what=_(what) % {"account": condition.account},
        detail=condition.text if condition.code in _DETAILED else "",
        todo=_(todo),
        address=link("inbox_list", listed) if listed else "",
        leads=missing.get(condition.account, ())[:NAMED] if condition.code == "missing" else (),
    )


# What somebody was told of, by the keys of the journal.
_MATTERS = {
    "proxies": N_("requests come through an unknown proxy"),
    "journal": N_("the journal cannot be written"),
    "spool": N_("enquiries wait for the database"),
    "disk": N_("the disk is nearly full"),
    "closed": N_("the account %(name)s is closed"),
    "missing": N_("%(name)s lacks leads that it had taken"),
    "courier": N_("nobody delivers"),
    "late": N_("leads are late"),
    "failed": N_("leads that failed: %(number)d"),
    "held": N_("enquiries that are held: %(number)d"),
    "notify": N_("a receiver took no message"),
    "captcha": N_("the captcha provider %(name)s does not answer"),
    "units": N_("the units of %(name)s are old"),
    "limits": N_("the storage of rate limits does not answer"),
}


def matter(key: str, number: int) -> str:
    """What a message said is new; `key`: as the journal has it."""
    code, _colon, name = key.partition(":")
    known = _MATTERS.get(code)
    return _(known) % {"name": name, "number": number} if known else key


def matter_over(key: str) -> str:
    """What a message said is over."""
    return _("over: %(what)s") % {"what": matter(key, 0)}
