"""Put the messages of another system about one lead together, before anything is sent.

They may come twice and out of order, and say only what has changed. Of each field, the newest
message that mentions it counts. A lead that was not sent yet is amended; afterwards only what is
new goes to the CRM, as one more lead.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from frontdesk.delivery.outbox import Outbox
from frontdesk.model import events
from frontdesk.model.events import AnyEvent, Received
from frontdesk.model.lead import Message, Submission
from frontdesk.model.record import Delivery, Record
from frontdesk.store.base import Store
from frontdesk.store.errors import JournalError

log = logging.getLogger("frontdesk.courier")

OURS = 5  # the version of the UUIDs of submissions (RFC 9562)


class Messages:
    """Decides what becomes of the messages that have come."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put_together(self, outbox: Outbox, busy: Collection[UUID]) -> bool:
        """Decide about the messages that can be decided now; whether anything was written.

        What was written is to be read before the next call. `busy`: submissions that are being
        sent. Raises OSError; JournalError where the journal cannot be read.
        """
        leads: set[tuple[str, str]] = set()  # with a message that waits, or a line to be read first
        wrote = False
        for identity in list(outbox.undecided):
            record = outbox.record(identity)
            submission = record.submission if record else None
            message = submission.origin.message if submission else None
            if record is None or submission is None or message is None:
                outbox.decided(identity)
                continue
            lead = submission.form, message.lead
            if lead in leads:
                continue
            earlier = self._earlier(submission, message)
            lines = decide(record, outbox, earlier, self._ours, busy)
            if lines == []:
                outbox.decided(identity)
                continue
            leads.add(lead)
            if lines is None:
                continue
            try:
                self._store.append(*lines)
            except JournalError as error:
                log.error("nothing is sent while the journal cannot be written: %s", error)
                return wrote
            wrote = True
        return wrote

    def _earlier(self, submission: Submission, message: Message) -> Iterator[Received]:
        """The earlier messages about the same lead, on the same form."""
        for one in self._store.of_lead(message.lead):
            if one == submission.id:
                return
            record = self._store.get(one)
            if record is None or record.submission is None:
                continue
            if record.submission.form != submission.form:
                continue
            began = record.submission.at
            for event in self._store.events(one):
                if isinstance(event, Received) and event.at == began:
                    yield event
                    break

    def _ours(self, submission: UUID) -> bool:
        """Whether the journal has a submission of that id."""
        record = self._store.get(submission)
        return record is not None and record.submission is not None


def decide(
    record: Record,
    outbox: Outbox,
    earlier: Iterable[Received],
    ours: Callable[[UUID], bool],
    busy: Collection[UUID],
) -> list[AnyEvent] | None:
    """The events to write before a message's submission may be sent.

    An empty list: it is sent as it is. None: it waits for another message about the same lead.
    `earlier`: the messages before it, in their order. `ours`: whether the journal has a submission
    of that id. `busy`: submissions that are being sent.
    """
    submission = record.submission
    message = submission.origin.message if submission else None
    if submission is None or message is None or record.decided or record.replayed or record.amended:
        return []
    original = _uuid(message.lead)
    if original is not None and original.version == OURS and ours(original):
        return [events.Duplicate(id=record.id, of=original)]

    spoken, incomplete, failed = [], [], []
    for event in earlier:
        if event.id in outbox.undecided:
            return None
        other = outbox.record(event.id)
        if other is None or other.state not in ("held", "failed"):
            spoken.append(event)
        elif other.held is not None and other.incomplete:
            incomplete.append(event)
        elif other.held is None:
            failed.append(event)
    mine = Received.of(submission)
    was, now = _merged(spoken), _merged([*spoken, *incomplete, *failed, mine])
    if not (now.get("email") or now.get("phone")):
        return []  # it stays held
    changed = {name: value for name, value in now.items() if was.get(name) != value}
    said = _paragraphs(spoken)
    if spoken:  # how the other system files it is only said of a new lead
        said += [message.filed for _, message in _messages([*incomplete, *failed, mine])]
    news = [text for text in _paragraphs([*incomplete, *failed, mine]) if text not in said]
    if spoken and not changed and not news:
        return [events.Duplicate(id=record.id, of=spoken[-1].id)]

    by = submission.origin.source or submission.origin.channel
    waiting = _open(spoken, outbox)
    if waiting is not None and (waiting.id in busy or _any(waiting, _in_doubt)):
        return None
    if waiting is not None and waiting.submission and not _any(waiting, _arrived):
        before = waiting.submission.lead
        note = "\n\n".join(filter(None, [before.note, *news])) or None
        lead = replace(before, **changed, note=note)
        names = tuple(changed) + (("note",) if news else ())
        amended = events.Amended(id=waiting.id, by=by, lead=lead, changed=names)
        return [amended, *_stood_for(waiting.id, [*incomplete, *failed, mine])]
    lead = replace(mine.lead, **now, note="\n\n".join(news) or None)
    lines: list[AnyEvent] = []
    if lead != mine.lead:
        names = tuple(n for n in (*now, "note") if getattr(lead, n) != getattr(mine.lead, n))
        lines.append(events.Amended(id=record.id, by=by, lead=lead, changed=names))
    if record.held is not None:
        lines.append(events.Released(id=record.id, by=by))
    return [*lines, *_stood_for(record.id, [*incomplete, *failed])]


def _merged(told: Iterable[Received]) -> dict[str, Any]:
    """The value of each field that a message mentions, by the newest message that does."""
    facts: dict[str, Any] = {}
    for event, message in sorted(_messages(told), key=lambda pair: pair[1].at):
        facts |= {name: getattr(event.lead, name) for name in message.fields}
    return facts


def _messages(told: Iterable[Received]) -> list[tuple[Received, Message]]:
    return [(event, event.origin.message) for event in told if event.origin.message is not None]


def _paragraphs(told: Iterable[Received]) -> list[str]:
    """The paragraphs of the notes, each once."""
    notes = (event.lead.note or "" for event in told)
    return list(dict.fromkeys(text for note in notes for text in note.split("\n\n") if text))


def _open(told: Iterable[Received], outbox: Outbox) -> Record | None:
    """The newest record that is open."""
    found = None
    for event in told:
        record = outbox.record(event.id)
        found = found if record is None or record.settled else record
    return found


def _any(record: Record, so: Callable[[Delivery], bool]) -> bool:
    return any(map(so, record.deliveries.values()))


def _in_doubt(delivery: Delivery) -> bool:
    return delivery.word == "unknown"


def _arrived(delivery: Delivery) -> bool:
    return delivery.state == "delivered"


def _stood_for(submission: UUID, told: Iterable[Received]) -> list[AnyEvent]:
    return [events.Duplicate(id=event.id, of=submission) for event in told]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
