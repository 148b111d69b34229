"""What charts are asked for: the parameters of their address, as a period and forms."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from werkzeug.datastructures import MultiDict

from frontdesk.inbox.context import desk, person
from frontdesk.inbox.language import _
from frontdesk.inbox.listing import filters
from frontdesk.operations.charts import Period

PERIODS = ("30", "90", "365")  # days until today
LONGEST = 1100  # days: three years, and some
FIELDS = ("period", "form", "since", "until")


class Asked(NamedTuple):
    """What charts are asked for.

    `period`: None if nothing can be meant; `problems` say why. `chosen`: one of PERIODS, or "".
    `forms`: None for all. `values`: the fields as they were typed.
    """

    period: Period | None
    chosen: str
    forms: Collection[str] | None
    values: dict[str, str]
    problems: list[str]


def read(args: MultiDict[str, str]) -> Asked:
    """The charts that an address asks for, as far as the person may see them."""
    here, who = desk(), person()
    values = {name: text for name in FIELDS if (text := args.get(name, "").strip())}
    shared = MultiDict((name, text) for name, text in values.items() if name != "period")
    problems = [
        _("There is no filter called %(name)s.") % {"name": name}
        for name in args
        if name not in FIELDS
    ]
    problems += filters.read(shared, who, here.settings, here.zone).problems
    chosen = values.get("period", "")
    if chosen and chosen not in PERIODS:
        problems.append(_("There is no period called %(name)s.") % {"name": chosen})
    if chosen and values.keys() & {"since", "until"}:
        problems.append(_("Choose either a period or days of your own."))
    if problems:
        return Asked(None, "", (), values, problems)
    if not values.keys() & {"since", "until"}:
        chosen = chosen or PERIODS[0]
    today = datetime.now(here.zone).date()
    last = date.fromisoformat(values["until"]) if "until" in values else today
    days = timedelta(days=int(chosen or PERIODS[0]) - 1)
    first = date.fromisoformat(values["since"]) if "since" in values else last - days
    if first > last:
        problems.append(_("The first day is after the last one."))
    elif (last - first).days >= LONGEST:
        problems.append(_("That is too long; choose three years at most."))
    if problems:
        return Asked(None, "", (), values, problems)
    forms = [values["form"]] if "form" in values else who.forms
    return Asked(Period(first, last, here.zone), chosen, forms, values, [])
