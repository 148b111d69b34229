"""The course of what somebody asked for: asked for, tried, and how it ended, as it truly stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from frontdesk.inbox.context import store
from frontdesk.inbox.language import _
from frontdesk.inbox.record.remarks import withheld_because
from frontdesk.model import events
from frontdesk.model.events import AnyEvent, utcnow
from frontdesk.model.record import Record

UNDER_WAY = ("pending", "deferred", "unknown")


class Step(NamedTuple):
    """A step; without a time it has not been taken yet."""

    text: str
    at: datetime | None = None


def course(record: Record, lines: Sequence[AnyEvent]) -> list[tuple[str, list[Step]]]:
    """The steps to each destination since somebody last had it sent or released; [] if nobody."""
    asking = events.Replayed | events.Released
    places = [place for place, event in enumerate(lines) if isinstance(event, asking)]
    if not places or lines[places[-1]].id != record.id:
        return []
    asked, *since = lines[places[-1] :]
    wanted = asked.destinations if isinstance(asked, events.Replayed) else record.destinations
    return [(name, _steps(name, asked, since)) for name in wanted]


def _steps(name: str, asked: AnyEvent, since: Sequence[AnyEvent]) -> list[Step]:
    theirs = [e for e in since if isinstance(e, events.OF_DELIVERY) and e.destination == name]
    tried = [event for event in theirs if isinstance(event, events.Attempt)]
    steps = [Step(_("Asked for"), asked.at)]
    if tried:
        steps.append(Step(_("Tried"), tried[-1].at))
    ended = theirs[-1] if theirs else None
    match ended:
        case events.Delivered():
            return [*steps, Step(_("Delivered"), ended.at)]
        case events.Failed():
            return [*steps, Step(_("Failed: %(why)s") % {"why": ended.reason}, ended.at)]
        case events.Withheld():
            why = withheld_because(ended.reason)
            return [*steps, Step(_("Not sent: %(why)s") % {"why": why}, ended.at)]
        case events.Deferred():
            said = _("Not taken yet: %(why)s") % {"why": ended.reason}
            return [*steps, Step(said, ended.at), Step(_("not delivered yet"))]
        case events.Attempt():
            return [*steps, Step(_("no answer yet"))]
        case _:
            return [*steps, Step(_("not tried yet"))]


def hindrances(record: Record) -> list[str]:
    """What keeps it from being sent that is not its own fault."""
    if record.state not in UNDER_WAY:
        return []
    facts, now, said = store().facts(), utcnow(), list[str]()
    for name in record.deliveries:
        account = facts.account(name)
        if not record.owes(name):
            continue
        if account.closed is not None:
            text = _("The account %(crm)s is closed: it waits until somebody opens that again.")
            said.append(text % {"crm": name})
        elif account.paused(now):
            text = _("%(crm)s has asked for a break: it waits until that is over.")
            said.append(text % {"crm": name})
    return said
