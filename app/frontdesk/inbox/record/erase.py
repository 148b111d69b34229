"""Erase a person: first what that is, then, once its number was typed, all of it for good."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from flask import request
from werkzeug.wrappers import Response

from frontdesk.inbox.context import address, desk, person, store
from frontdesk.inbox.found import found_with_person
from frontdesk.inbox.language import _
from frontdesk.inbox.pages import render
from frontdesk.inbox.record.actions import back
from frontdesk.inbox.record.words import Row, state_word
from frontdesk.model.record import Record
from frontdesk.operations.person import Holding, erase, known_by, search
from frontdesk.store.errors import JournalError

SHOWN = 200  # of what is to be erased; all of it is counted


class Contact(NamedTuple):
    """An address or number by which the person is looked for, if it is `chosen`."""

    number: int
    text: str
    chosen: bool


class Plan(NamedTuple):
    """What an erasure would do."""

    record: Record
    contacts: list[Contact]
    holding: Holding

    @property
    def number(self) -> int:
        return len(self.holding.records)

    @property
    def seen(self) -> str:
        """What is another one as soon as anything else would be erased."""
        lines = sorted(f"{one.id} {one.at.isoformat()}" for one in self.holding.events)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]

    @property
    def in_crms(self) -> list[tuple[str, str]]:
        """What the CRMs have, or may have: destinations, and their customers' numbers, or ""."""
        return sorted(
            {
                (name, delivery.customer_id or "")
                for record in self.holding.records.values()
                for name, delivery in record.deliveries.items()
                if record.submission
                and (delivery.stored or delivery.customer_id or delivery.word == "unknown")
            }
        )

    @property
    def unsent(self) -> int:
        """How many revocations would not be sent any more."""
        every = self.holding.records.values()
        return sum(one.revocation is not None and not one.settled for one in every)


def inbox_erase_page(identity: str) -> Response:
    """What would be erased."""
    args = request.args
    chosen = args.getlist("by") if "chosen" in args else None
    return _page(_plan(identity, chosen), 200)


def inbox_erase(identity: str) -> Response:
    """Erase it, if that is what was on the page, and its number was typed."""
    here, plan = desk(), _plan(identity, request.form.getlist("by"))
    if plan.holding.late:
        return _page(plan, 409)
    if request.form.get("seen") != plan.seen:
        text = _("Something has changed meanwhile, so nothing was erased. Look at it again.")
        return _page(plan, 409, text)
    number = {"number": plan.number}
    if request.form.get("number", "").strip() != str(plan.number):
        return _page(plan, 422, wrong=_("Type %(number)d, if you mean it.") % number)
    for one in plan.holding.records:
        here.audit.note("erase", person().name, address(), one)
    try:
        # In nobody's turn, for which others would wait: it takes a while on a long journal, and
        # what is decided of these records meanwhile is of no effect.
        erase(store(), plan.holding, person().by)
    except JournalError as error:  # the rest of it is done
        text = _(
            "Not all of it could be erased: %(why)s. Whoever looks after Frontdesk can run"
            " frontdesk person … erase once more."
        )
        text %= {"why": error}
        return render("message", 503, title=_("Not everything is erased"), text=text)
    return back(plan.record, "erased")


def _plan(identity: str, chosen: Iterable[str] | None) -> Plan:
    """What would be erased; `chosen`: by which contacts, as they are numbered. None for all."""
    record = found_with_person(identity)
    settings, numbers = desk().settings, None if chosen is None else set(chosen)
    contacts = [
        Contact(number, text, numbers is None or str(number) in numbers)
        for number, text in enumerate(known_by(store(), settings, record))
    ]
    asked = [one.text for one in contacts if one.chosen]
    return Plan(record, contacts, search(store(), settings, str(record.id), *asked))


def _page(plan: Plan, code: int, problem: str = "", wrong: str = "") -> Response:
    desk().audit.note("view", person().name, address(), plan.record.id)
    records = [*plan.holding.records.values()]
    late = _("One of these is being sent at this moment. Look again in two minutes.")
    return render(
        "erase",
        code,
        plan=plan,
        row=Row.of(plan.record),
        rows=[Row.of(one) for one in records[-SHOWN:][::-1]],
        more=max(0, len(records) - SHOWN),
        mentions=_short(plan.holding.mentions),
        problem=problem or (late if plan.holding.late else ""),
        wrong=wrong,
        counted=_counted(plan),
        state_word=state_word,
    )


def _counted(plan: Plan) -> str:
    """How much would be erased."""
    if not plan.holding.revocations:
        return _("Enquiries: %(number)d") % {"number": plan.number}
    known = {"number": plan.holding.submissions, "more": plan.holding.revocations}
    return _("Enquiries: %(number)d, revocations of consents: %(more)d") % known


def _short(ids: Iterable[UUID]) -> list[str]:
    return sorted(str(one)[:8] for one in ids)
