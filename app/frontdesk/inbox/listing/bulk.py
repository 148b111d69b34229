"""What is done to many records at once: first a plan with the number, then step by step.

Nothing goes on by itself: every step is a request of the page, which carries all that is to be
known for the next one. So any process can take it, and whoever leaves the page has stopped it. Only
what the list had when it was shown is touched, and of that what still stands as it did then.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from flask import abort, current_app, request
from msgspec.structs import replace
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from frontdesk.inbox.context import desk, person, store
from frontdesk.inbox.found import visible
from frontdesk.inbox.index import await_index
from frontdesk.inbox.language import _
from frontdesk.inbox.listing import filters
from frontdesk.inbox.listing.filters import Filter
from frontdesk.inbox.pages import link, render
from frontdesk.inbox.record.actions import ACTS
from frontdesk.inbox.record.standing import action_word, fits
from frontdesk.model.events import utcnow
from frontdesk.model.record import Record
from frontdesk.operations.errors import OperationError
from frontdesk.store.errors import IndexBuildingError, JournalError
from frontdesk.store.pages import each
from frontdesk.store.query import Query, QueryError

MOST = 10_000  # records that one plan may have
TYPED = 100  # above so many, their number has to be typed
STEP = 25  # records of a step
_IDS = 200  # that may be selected


class Order(NamedTuple):
    """What is to be done, to what.

    `ids`: the selected ones, or None for all that the list has. `seen`: when it was shown.
    """

    action: str
    asked: Filter
    ids: tuple[UUID, ...] | None
    seen: datetime

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The fields of a form that says the same."""
        chosen = [("id", str(one)) for one in self.ids or ()]
        which = "all" if self.ids is None else "selected"
        said = [("action", self.action), ("which", which), ("seen", self.seen.isoformat())]
        return [*said, *chosen, *self.asked.address.items()]


class Progress(NamedTuple):
    """How far it is. `most`: how many the plan had; `after`: the list's cursor."""

    most: int
    done: int
    passed: int
    after: str | None


def inbox_bulk() -> Response:
    """Say what would be done, and to how many."""
    return _plan(_order())


def inbox_bulk_step() -> Response:
    """Do the next few, or show what has become of all."""
    order = _order()
    after = request.form.get("after") or None
    progress = Progress(_number("most"), _number("done"), _number("passed"), after)
    if progress.after is None and progress.most > TYPED:
        typed = request.form.get("number", "").strip()
        if typed != str(progress.most):
            return _plan(order, _("This is not the number."))
    if "stop" in request.form:
        return _shown(order, progress, over=True)
    try:
        return _step(order, progress)
    except QueryError:
        abort(404)
    except IndexBuildingError:  # before anything was done
        raise
    except (JournalError, OSError):
        current_app.logger.exception("a step of many at once stopped on its way")
        text = _(
            "The server cannot read or write its files at the moment, so it has stopped. What is"
            " done stays done; the rest is in the list, as it was."
        )
        return render("message", 503, title=_("Out of order"), text=text)


def _order() -> Order:
    """What the form asks for; aborts with 400 for what no page of ours sends."""
    here, sent = desk(), request.form
    known = [(name, one) for name in (*filters.FIELDS, "tab") for one in sent.getlist(name)]
    asked = filters.read(MultiDict(known), person(), here.settings, here.zone)
    try:
        seen = min(datetime.fromisoformat(sent.get("seen", "")).astimezone(UTC), utcnow())
        ids = tuple(dict.fromkeys(map(UUID, sent.getlist("id"))))  # however each is written
    except (ValueError, OverflowError):
        abort(400)
    action, which = sent.get("action", ""), sent.get("which", "")
    if action not in ACTS or which not in ("selected", "all") or len(ids) > _IDS:
        abort(400)
    await_index(store())
    return Order(action, asked, None if which == "all" else ids, seen)


def _number(name: str) -> int:
    text = request.form.get(name, "")
    if not text.isdecimal() or len(text) > 6 or int(text) > MOST:
        abort(400)
    return int(text)


def _query(order: Order) -> Query | None:
    query = order.asked.query
    if query is None:
        return None
    until = min(filter(None, (query.until, order.seen)))
    return replace(query, until=until)


def _records(order: Order) -> Iterator[Record]:
    """What the plan counts: one more than it may have at the most."""
    if order.ids is not None:
        yield from _selected(order)
    elif (query := _query(order)) is not None:
        yield from islice(each(store(), query), MOST + 1)


def _selected(order: Order) -> list[Record]:
    found = map(store().get, order.ids or ())
    return [record for record in found if record is not None and visible(record)]


def _plan(order: Order, wrong: str = "") -> Response:
    fit = others = 0
    for record in _records(order):
        fit, others = (fit + 1, others) if fits(order.action, record) else (fit, others + 1)
    return render(
        "bulk",
        422 if wrong else 200,
        order=order,
        word=action_word(order.action),
        fields=order.fields,
        fit=fit,
        others=others,
        most=MOST,
        many=fit + others > MOST,
        typed=fit > TYPED,
        wrong=wrong,
        back=link("inbox_list", order.asked.address),
    )


def _step(order: Order, progress: Progress) -> Response:
    with desk().turns.turn():
        if order.ids is not None:
            return _shown(order, _acted(order, progress, _selected(order)), over=True)
        query = _query(order)
        if query is None:
            abort(400)
        page = store().find(query, progress.after, STEP)
        progress = _acted(order, progress, page.records)._replace(after=page.next)
    over = page.next is None or progress.done >= progress.most
    return _shown(order, progress, over=over)


def _acted(order: Order, progress: Progress, records: list[Record]) -> Progress:
    for record in records:
        if progress.done >= progress.most:
            break
        if _done(order, record):
            progress = progress._replace(done=progress.done + 1)
        else:
            progress = progress._replace(passed=progress.passed + 1)
    return progress


def _done(order: Order, record: Record) -> bool:
    """Do it to a record, if it stands so that it can be done, and as was seen; whether it was."""
    if not fits(order.action, record) or _changed(record, order.seen):
        return False
    try:
        ACTS[order.action](record)
    except OperationError:
        return False
    return True


def _changed(record: Record, since: datetime) -> bool:
    """Whether anything has happened to it since a time: a step that is sent twice does no harm."""
    return any(one.id == record.id and one.at > since for one in store().events(record.id))


def _shown(order: Order, progress: Progress, *, over: bool) -> Response:
    return render(
        "bulk_course",
        order=order,
        word=action_word(order.action),
        fields=order.fields,
        progress=progress,
        over=over,
        back=link("inbox_list", order.asked.address),
    )
