"""One enquiry, or one revocation: who, what they want, how it stands, and all that happened."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask import abort, request
from werkzeug.wrappers import Response

from frontdesk.config import Form, contact_href, localized
from frontdesk.inbox import live
from frontdesk.inbox.context import address, desk, person, store
from frontdesk.inbox.found import found, has_person, version
from frontdesk.inbox.language import _, language
from frontdesk.inbox.pages import render
from frontdesk.inbox.record.course import UNDER_WAY, course, hindrances
from frontdesk.inbox.record.standing import ASKING, action_word, notice, possible, standing
from frontdesk.inbox.record.timeline import checks, timeline
from frontdesk.inbox.record.words import Row, state_word
from frontdesk.model import events
from frontdesk.model.codec import encode
from frontdesk.model.lead import AttributeValue, Submission
from frontdesk.model.record import Record
from frontdesk.operations.errors import NotPossibleError
from frontdesk.operations.evidence import Evidence, evidence
from frontdesk.operations.note import LONGEST
from frontdesk.operations.story import story
from frontdesk.store.query import Query, QueryError

OTHERS = 20  # other enquiries of the same person, of a page


def inbox_one(identity: str) -> Response:
    """A record with all that is known of it."""
    here = desk()
    told = story(store(), here.settings, found(identity))
    # Read last: what happens between is shown and not in the version, so the next look renews it.
    # The other way round, the page would be taken for one that has shown it.
    record = found(identity)
    stands, hinders = version(record, told.events), hindrances(record)
    tag = live.tag(f"{record.id} {stands} {hinders}")
    if (same := live.unchanged(tag)) is not None:
        return same
    here.audit.note("view", person().name, address(), record.id)
    came = record.submission
    email, phone = (came.lead.email or "", came.lead.phone or "") if came else ("", "")
    done, under_way = request.args.get("done", ""), record.state in UNDER_WAY
    actions = possible(record, person(), here.settings)
    return render(
        "one",
        tag=tag,
        record=record,
        row=Row.of(record),
        state=state_word(record.state),
        state_word=state_word,
        standing=standing(record),
        notice=notice(done, actions),
        course=course(record, told.events) if under_way or done in ASKING else [],
        hindrances=hinders,
        under_way=under_way,
        checks=list(_checks(record, told.events)),
        action_word=action_word,
        actions=actions,
        version=stands,
        notable=person().may("act") and has_person(record),
        text="",
        longest=LONGEST,
        erasable=person().may("admin") and person().forms is None and has_person(record),
        mailto=contact_href(email) if "@" in email else "",
        tel=contact_href(phone) if phone else "",
        facts=list(_facts(came, here.settings.forms.get(came.form))) if came else [],
        origin=list(_origin(came)) if came else [],
        moments=timeline(told),
        proof=_evidence(record),
        **_others(record),
        lines=[encode(event).decode().rstrip() for event in told.events],
    )


def _checks(record: Record, lines: Iterable[events.AnyEvent]) -> Iterator[str]:
    """What else is known of an enquiry that is held."""
    held = [line for line in lines if isinstance(line, events.Held)]
    if record.state == "held" and held:
        yield from checks(held[-1])


def _facts(came: Submission, form: Form | None) -> Iterator[tuple[str, str]]:
    """What the person wants, by labels."""
    lead, spoken = came.lead, language()
    yield _("Form"), localized(form.title, spoken) if form else came.form
    yield _("Unit"), lead.unit or ""
    yield _("Rooms"), ", ".join(lead.rooms)
    price = "" if lead.price_max is None else f"{lead.price_max:,}".replace(",", "\u00a0")
    yield _("Highest price"), f"{price} {form.currency if form else ''}".strip() if price else ""
    labels = {one.key: one for one in form.attributes} if form else {}
    for key, value in lead.attributes.items():
        known = labels.get(key)
        options = {o.value: localized(o.label, spoken) for o in known.options} if known else {}
        yield localized(known.label, spoken) if known else key, _answer(value, options)
    yield _("Message"), lead.note or ""
    yield _("Language"), lead.language
    yield _("Campaign"), lead.campaign or ""
    yield _("Tags"), ", ".join(lead.tags)


def _answer(value: AttributeValue, options: dict[str, str]) -> str:
    match value:
        case bool():
            return _("Yes") if value else _("No")
        case list():
            return ", ".join(options.get(one, one) for one in value)
        case _:
            return options.get(str(value), str(value))


def _origin(came: Submission) -> Iterator[tuple[str, str]]:
    """Where it came from; addresses are text here, not links."""
    origin = came.origin
    yield _("Page"), origin.page or ""
    yield _("Page's title"), origin.title or ""
    yield _("Page before it"), origin.referrer or ""
    yield _("Address"), origin.address
    yield _("Browser"), origin.user_agent or ""
    yield _("Source"), origin.source or ""
    if (brought := origin.attribution) is not None:
        yield _("Clicks on advertisements"), _pairs(brought.clicks)
        yield _("Consent on the page"), _pairs(brought.consent_mode)
        yield _("First visit"), _pairs(brought.first_touch)
    yield _("Program"), origin.api_key or ""


def _pairs(told: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in told.items())


def _evidence(record: Record) -> Evidence | None:
    try:
        return evidence(store(), desk().settings, record)
    except NotPossibleError:  # a revocation, or a submission without its beginning
        return None


def _others(record: Record) -> dict[str, Any]:
    """Other enquiries of the same person, newest first, of the forms that may be seen: a page."""
    if record.erased is not None:
        return {}
    forms = person().forms
    query = Query(
        sharing=tuple(sorted(record.marks)), forms=None if forms is None else tuple(forms)
    )
    after = request.args.get("others") or None
    try:
        page = store().find(query, after, OTHERS)
    except QueryError:
        abort(404)
    all_shown = after is None and page.next is None
    return {
        "others": [Row.of(one) for one in page.records if one.id != record.id],
        "later": after is not None,
        "older": page.next,
        "number": None if all_shown else sum(one.number for one in store().tallies(query)),
    }
