"""The accounts in CRMs and the machine: how they stand, what to do, and who was told of it."""

from typing import NamedTuple

from flask import abort, request
from werkzeug.wrappers import Response

from frontdesk.crm.accounts import destinations
from frontdesk.delivery.destination import DeliveryError, Finding
from frontdesk.inbox.advice import advice, matter, matter_over
from frontdesk.inbox.context import desk, person, store
from frontdesk.inbox.index import await_index
from frontdesk.inbox.language import _, ngettext
from frontdesk.inbox.pages import link, render
from frontdesk.inbox.record.words import lasted
from frontdesk.intake.context import intake
from frontdesk.monitoring.status import AccountStatus
from frontdesk.operations import accounts
from frontdesk.operations.accounts import Checked
from frontdesk.operations.status import (
    Alert,
    Overview,
    alerts,
    destinations_of,
    overview,
    shared,
)

# How often a CRM is asked, whoever asks: it may count each login that it refuses against us.
PER_DESTINATION = "3/minute; 20/hour"


class Account(NamedTuple):
    """A destination on the page. `checkable`: whether it may be checked there, else `why` not."""

    status: AccountStatus
    oldest: str
    listed: str
    why: str

    @property
    def checkable(self) -> bool:
        return not self.why


def inbox_health() -> Response:
    """How things stand, as far as the person may know."""
    return _page(_overview())


def inbox_check() -> Response:
    """Ask a CRM whether it takes us, and open the account if it was closed and it does.

    The page is the answer itself: what the CRM says is kept nowhere.
    """
    here, who = desk(), person()
    name = request.form.get("destination", "")
    found = _overview()
    account = next((one for one in _accounts(found) if one.status.name == name), None)
    if account is None or shared(here.settings, name, who.forms):
        abort(404)
    if not account.checkable:
        return _page(found, name, account.why, 409)
    wait = intake().enquiries.counted(PER_DESTINATION, "inbox-check", name)
    if wait is not None:
        text = ngettext(
            "It was asked a moment ago. Please wait %(seconds)d second, then try again.",
            "It was asked a moment ago. Please wait %(seconds)d seconds, then try again.",
            wait,
        )
        response = _page(found, name, text % {"seconds": wait}, 429)
        response.headers["Retry-After"] = str(wait)
        return response
    destination = destinations(here.settings)[name]
    checked = accounts.check(store(), here.settings, name, destination, who.by)
    return _page(_overview(), name, "", 200, _findings(checked), opened=checked.opened)


def _overview() -> Overview:
    await_index(store())
    return overview(store(), desk().settings, forms=person().forms)


def _page(
    found: Overview,
    asked: str = "",
    problem: str = "",
    code: int = 200,
    findings: list[Finding] | None = None,
    *,
    opened: bool = False,
) -> Response:
    here, who = desk(), person()
    told = list(alerts(store(), here.settings)) if who.forms is None else []
    return render(
        "health",
        code,
        asked=asked,
        problem=problem,
        findings=findings or [],
        opened=opened,
        accounts=list(_accounts(found)),
        owed=found.status.owed,
        oldest=lasted(found.at - found.status.oldest) if found.status.oldest else "",
        delivering=found.delivering,
        advice=[advice(one, found.status) for one in found.conditions],
        limited=who.forms is not None,
        told=[(one, _said(one)) for one in told],
        notified=bool(here.settings.notify.urls),
        condition=_condition_word,
    )


def _accounts(found: Overview) -> list[Account]:
    settings, who = desk().settings, person()
    names = destinations_of(settings, who.forms)
    return [
        Account(
            status=one,
            oldest=lasted(found.at - one.oldest) if one.oldest else "",
            listed=link("inbox_list", {"tab": "waiting", "destination": one.name}),
            why=_why_not(one, others=shared(settings, one.name, who.forms)),
        )
        for one in found.status.accounts
        if one.name in names
    ]


def _why_not(account: AccountStatus, *, others: bool) -> str:
    """Why an account is not checked from the page, or ""."""
    if not person().may("admin"):
        return _("An administrator can have it checked.")
    if others:
        return _("Other forms deliver there, too: somebody who sees all of them can check it.")
    if account.condition == "waiting":
        return _("The CRM asked for no requests until then, so it is not checked before.")
    return ""


def _findings(checked: Checked) -> list[Finding]:
    """What the CRM answered, and what that means."""
    found = [*checked.findings]
    if checked.refusal is not None:
        found.append(Finding(False, _refused(checked.refusal)))
        if checked.closed_at is not None:
            found.append(Finding(False, _("It stays closed: nothing is sent to it.")))
    elif checked.opened:
        text = _("It was closed (%(why)s), and is open again. What waited for it goes out now.")
        found.append(Finding(True, text % {"why": checked.closed or ""}))
    else:
        found.append(Finding(True, _("It takes us.")))
    return found


def _refused(error: DeliveryError) -> str:
    said = error.answer.said if error.answer else ""
    return f"{error}: {said}" if said else str(error)


def _condition_word(account: AccountStatus) -> str:
    """How an account stands, in a word or two."""
    return {"open": _("open"), "waiting": _("waits"), "closed": _("closed")}[account.condition]


def _said(alert: Alert) -> str:
    """What a message was about."""
    told = alert.told
    parts = [matter(key, number) for key, number in told.matters.items()]
    parts += [matter_over(key) for key in told.over]
    if told.again:
        parts.append(_("a reminder of all that still needs somebody"))
    return "; ".join(parts)
