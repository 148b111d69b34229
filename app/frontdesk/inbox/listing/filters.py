"""What a list shows: the parameters of its address, as a query of the store."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from werkzeug.datastructures import MultiDict

from frontdesk.config import Settings
from frontdesk.i18n import N_
from frontdesk.inbox.language import _
from frontdesk.inbox.people import Person
from frontdesk.model.record import STATES
from frontdesk.operations.find import search_texts
from frontdesk.store.query import Query

# The tabs, each with the states that it shows; None for all.
TABS: dict[str, tuple[str, ...] | None] = {
    "all": None,
    "needs": ("failed", "held", "unknown"),
    "waiting": ("pending", "deferred"),
    "delivered": ("delivered",),
}
# How an enquiry came in, as people call that.
CHANNELS = {
    "html": N_("the page of the form"),
    "json": N_("the site's own form"),
    "realgeeks": N_("Real Geeks"),
}
FIELDS = ("q", "state", "form", "since", "until", "campaign", "unit", "channel", "destination")
_LONGEST = 200  # characters of a value
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Filter(NamedTuple):
    """A list that was asked for.

    `query`: None if nothing can match; `problems` say why. `values`: the fields as they were typed.
    """

    tab: str
    values: dict[str, str]
    query: Query | None
    problems: list[str]

    @property
    def narrowed(self) -> bool:
        """Whether it shows less than its tab."""
        return bool(self.values)

    @property
    def further(self) -> bool:
        """Whether there are filters besides the search."""
        return bool(self.values.keys() - {"q"})

    @property
    def address(self) -> dict[str, str]:
        """The parameters of this list's address."""
        return {**({} if self.tab == "all" else {"tab": self.tab}), **self.values}


def read(args: MultiDict[str, str], person: Person, settings: Settings, zone: tzinfo) -> Filter:
    """The list that an address asks for, as far as a person may see it."""
    values = {name: text for name in FIELDS if (text := args.get(name, "").strip())}
    tab = args.get("tab") or "all"
    problems = [
        _("There is no filter called %(name)s.") % {"name": name}
        for name in args
        if name not in (*FIELDS, "tab", "after")
    ]
    problems += [
        _("What is looked for under %(name)s is too long.") % {"name": name}
        for name, text in values.items()
        if len(text) > _LONGEST
    ]
    if tab not in TABS:
        problems.append(_("There is no tab called %(name)s.") % {"name": tab})
    state, form = values.get("state"), values.get("form")
    if state is not None and state not in STATES:
        problems.append(_("No enquiry can be in a state called %(name)s.") % {"name": state})
    if form is not None and not person.sees(form):
        problems.append(_("There is no form called %(name)s.") % {"name": form})
    channel = values.get("channel")
    if channel is not None and channel not in CHANNELS:
        problems.append(_("There is no channel called %(name)s.") % {"name": channel})
    since, until = _day(values, "since", problems), _day(values, "until", problems)
    if problems:
        return Filter(tab if tab in TABS else "all", values, None, problems)
    search = values.get("q")
    query = Query(
        states=TABS[tab],
        state=state,
        form=form,
        forms=None if person.forms is None else tuple(person.forms),
        since=_midnight(since, zone) if since else None,
        until=_midnight(until + timedelta(days=1), zone) if until else None,
        texts=search_texts(search, settings) if search else (),
        unit=values.get("unit"),
        campaign=values.get("campaign"),
        channel=values.get("channel"),
        destination=values.get("destination"),
    )
    return Filter(tab, values, query, [])


def _day(values: dict[str, str], name: str, problems: list[str]) -> date | None:
    text = values.get(name)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not 1900 < day.year < 2200:
        problems.append(_("%(text)s is not a day; write it like 2026-03-17.") % {"text": text})
        return None
    return day


def _midnight(day: date, zone: tzinfo) -> datetime:
    """When a day begins for those who read the list."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
