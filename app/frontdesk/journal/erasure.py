"""Removes what is known of a person from every segment, while others go on appending.

A line is overwritten where it stands by one of the same length that says as much without the
person: no other byte changes, no file gets another name, and readers keep their place. What is
to be overwritten is written down first, so that an erasure that is cut short is finished by the
next.
"""

import os
from collections.abc import Collection, Iterable
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from frontdesk.journal import events
from frontdesk.journal.files import Damage, Journal, Line, sync_directory
from frontdesk.journal.ownership import adopt
from frontdesk.lead import Lead, Origin

PLAN = "erasure.json"


class Patch(Struct, frozen=True):
    """Bytes to be written at a place of a segment; they hold nothing personal."""

    segment: str
    offset: int
    content: bytes


def erase(journal: Journal, submissions: Collection[UUID], traces: Collection[str], by: str) -> int:
    """Empty all lines of these submissions, and torn lines with any of the traces in them.

    The number of lines that were emptied. Raises OSError; JournalError.
    """
    finish(journal)
    # First, so that nothing of it is sent any more.
    if submissions:
        journal.append(*(events.Erased(id=submission, by=by) for submission in submissions))
    patches = _patches(journal, frozenset(submissions), _needles(submissions, traces))
    if patches:
        _write_plan(journal.directory / PLAN, patches)
        finish(journal)
    return len(patches)


def finish(journal: Journal) -> None:
    """Carry out the plan of an erasure that did not come to its end. Raises OSError."""
    plan = journal.directory / PLAN
    try:
        patches = msgspec.json.decode(plan.read_bytes(), type=list[Patch])
    except FileNotFoundError:
        return
    for segment in sorted({patch.segment for patch in patches}):
        fd = os.open(journal.directory / segment, os.O_WRONLY | os.O_CLOEXEC)
        try:
            for patch in patches:
                if patch.segment == segment:
                    os.pwrite(fd, patch.content, patch.offset)
            os.fsync(fd)
        finally:
            os.close(fd)
    plan.unlink()
    sync_directory(journal.directory)


def emptied(event: events.AnyEvent) -> events.AnyEvent:
    """The same event without the person. The CRM's own numbers stay: they explain its list."""
    match event:
        case events.Received():
            origin = Origin(channel=event.origin.channel, ip="")
            return replace(event, lead=_nobody(event.lead), origin=origin)
        case events.Amended():
            return replace(event, lead=_nobody(event.lead))
        case events.Delivered() | events.Deferred() | events.Failed() if event.answer is not None:
            return replace(event, answer=replace(event.answer, body=""))
        case _:
            return event


def _nobody(lead: Lead) -> Lead:
    return Lead(first_name="", last_name="", language=lead.language)


def _needles(submissions: Iterable[UUID], traces: Iterable[str]) -> tuple[bytes, ...]:
    """What gives a torn line away, as JSON spells it."""
    texts = [*map(str, submissions), *traces]
    return tuple(msgspec.json.encode(text)[1:-1].lower() for text in texts if text)


def _patches(
    journal: Journal, submissions: frozenset[UUID], needles: tuple[bytes, ...]
) -> list[Patch]:
    patches = []
    for line in journal.read():
        if isinstance(line, Damage):
            raw = _raw(journal.directory, line)
            if any(needle in raw.lower() for needle in needles):
                patches.append(Patch(line.segment, line.offset, _padded(b"", raw)))
        elif line.event.id in submissions:
            event = emptied(line.event)
            if event != line.event:
                raw = _raw(journal.directory, line)
                content = _padded(events.encode(event).rstrip(b"\n"), raw)
                patches.append(Patch(line.segment, line.offset, content))
    return patches


def _raw(directory: Path, line: Line | Damage) -> bytes:
    with (directory / line.segment).open("rb") as file:
        file.seek(line.offset)
        return file.read(line.length)


def _padded(content: bytes, raw: bytes) -> bytes:
    """Content in place of the raw line: spaces to its end, the line feed where it was."""
    end = b"\n" if raw.endswith(b"\n") else b""
    width = len(raw) - len(end)
    if len(content) > width:
        content = b""  # no line of ours is so short; a blank one says nothing
    return content.ljust(width) + end


def _write_plan(path: Path, patches: list[Patch]) -> None:
    part = path.with_suffix(".part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(msgspec.json.encode(patches))
        file.flush()
        os.fsync(file.fileno())
    adopt(part)
    part.rename(path)
    sync_directory(path.parent)
