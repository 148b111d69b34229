"""The list of what came in."""

from typing import NamedTuple

from flask import abort, request
from werkzeug.wrappers import Response

from frontdesk.inbox import live
from frontdesk.inbox.context import desk, person, store
from frontdesk.inbox.found import visible_forms
from frontdesk.inbox.index import await_index
from frontdesk.inbox.language import _
from frontdesk.inbox.listing import filters
from frontdesk.inbox.listing.export import KINDS
from frontdesk.inbox.listing.filters import CHANNELS, TABS, Filter
from frontdesk.inbox.pages import link, render
from frontdesk.inbox.record.actions import ACTS
from frontdesk.inbox.record.standing import action_word
from frontdesk.inbox.record.words import Row, state_word
from frontdesk.intake.context import intake
from frontdesk.model.events import utcnow
from frontdesk.model.record import STATES
from frontdesk.operations.status import destinations_of
from frontdesk.store.query import QueryError

ROWS = 50  # of a page


class Tab(NamedTuple):
    """A tab; `number` is None where counting would take too long."""

    name: str
    address: str
    number: int | None
    current: bool


def inbox_list() -> Response:
    """A page of the list that the address asks for."""
    here, who, events = desk(), person(), store()
    asked = filters.read(request.args, who, here.settings, here.zone)
    await_index(events)
    wrong = _needs_a_look()
    # To whoever is limited to some forms, the page does not tell that something came to others.
    revision = f"{events.revision()} {wrong}" if who.forms is None else ""
    if revision and (same := live.unchanged(live.tag(revision))) is not None:
        return same
    after = request.args.get("after") or None
    rows, following = list[Row](), None
    if asked.query is not None:
        try:
            page = events.find(asked.query, after, ROWS)
        except QueryError:
            text = _("The list has no such page. It starts anew from the newest.")
            return render("message", 404, title=_("Not found"), text=text)
        rows, following = list(map(Row.of, page.records)), page.next
    tabs = _tabs(asked)
    tag = live.tag(revision or live.content((rows, following, tabs, wrong)))
    if not revision and (same := live.unchanged(tag)) is not None:
        return same
    return render(
        "list",
        tag=tag,
        rows=rows,
        seen=utcnow().isoformat() if who.may("act") and rows else "",
        files={kind: link("inbox_export", {**asked.address, "format": kind}) for kind in KINDS}
        if who.may("admin") and rows
        else {},
        tabs=tabs,
        asked=asked,
        beginning=link("inbox_list", asked.address) if after else "",
        older=link("inbox_list", {**asked.address, "after": following}) if following else "",
        everything=link("inbox_list"),
        nothing_at_all=not rows
        and not asked.narrowed
        and asked.tab == "all"
        and not (after or asked.problems),
        channels=[(channel, _(word)) for channel, word in CHANNELS.items()],
        forms=visible_forms(),
        actions=[(action, action_word(action)) for action in ACTS],
        states=[(state, state_word(state)) for state in STATES],
        state_word=state_word,
        wrong=wrong,
    )


def _tabs(asked: Filter) -> list[Tab]:
    """The tabs, with the numbers of what is in each, as far as only a form is chosen."""
    who = person()
    names = {
        "all": _("All"),
        "needs": _("Needs you"),
        "waiting": _("Waiting"),
        "delivered": _("Delivered"),
    }
    forms = who.forms
    if (one := asked.values.get("form")) is not None:
        forms = [one] if who.sees(one) else []
    counted = asked.values.keys() <= {"form"}
    numbers = store().states(forms) if counted else {}
    tabs = []
    for name, states in TABS.items():
        number = sum(n for state, n in numbers.items() if states is None or state in states)
        address = link("inbox_list", {**asked.values, "tab": "" if name == "all" else name})
        tabs.append(Tab(names[name], address, number if counted else None, name == asked.tab))
    return tabs


def _needs_a_look() -> bool:
    """Whether something is wrong besides leads that failed or are held, which the list counts."""
    who = person()
    if who.forms is None:
        return not {*(intake().monitor.warnings() or ())} <= {"failed", "held"}
    facts = store().facts()
    names = destinations_of(desk().settings, who.forms)
    return any(facts.account(name).closed is not None for name in names)


def nothing(rest: str) -> Response:
    """What is asked for below the inbox's root, and is not there."""
    abort(404)
