"""Removes what is known of a person from every segment, while others go on appending.

A line is overwritten where it stands by one of the same length that says as much without the
person: no other byte changes, no file gets another name, and readers keep their place. What is
to be overwritten is written down first, so that an erasure that is cut short is finished by the
next.
"""

import os
import re
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec.structs import replace

from frontdesk.journal.files import Journal, JournalError
from frontdesk.journal.lines import LINE_LIMIT, LINE_START, Damage, Line
from frontdesk.journal.ownership import open_file
from frontdesk.journal.plan import Patch, carry_out, finish
from frontdesk.journal.rewriting import alone
from frontdesk.model import events
from frontdesk.model.lead import Lead, Origin
from frontdesk.model.ledger import BEGINNINGS


def erase(journal: Journal, submissions: Collection[UUID], traces: Collection[str], by: str) -> int:
    """Empty all lines of these submissions, and torn lines with any of the traces in them.

    The number of lines that were emptied. Raises OSError; JournalError.
    """
    with alone(journal.directory):
        finish(journal)
        return _erase(journal, submissions, traces, by)


def empty(journal: Journal, lines: Iterable[Line]) -> None:
    """Empty single lines, written of what was under way while its submission was erased.

    Raises OSError; JournalError.
    """
    with alone(journal.directory):
        finish(journal)
        if patches := [patch for line in lines for patch in _emptying(journal, line)]:
            carry_out(journal, patches)


def _erase(
    journal: Journal, submissions: Collection[UUID], traces: Collection[str], by: str
) -> int:
    now = events.utcnow()
    # First, so that nothing of it is sent any more.
    if submissions:
        journal.append(*(events.Erased(id=submission, at=now, by=by) for submission in submissions))
    theirs, tell_tale = frozenset(submissions), _tell_tale(submissions, traces)
    patches, unfinished = _patches(journal, theirs, tell_tale, now)
    if unfinished:
        for segment in unfinished:
            _end_line(journal.directory / segment)
        patches, unfinished = _patches(journal, theirs, tell_tale, now)
    if patches:
        carry_out(journal, patches)
    if unfinished:
        names = ", ".join(sorted(unfinished))
        raise JournalError(f"{names}: somebody is just writing the last line; run the same again")
    return len(patches)


def emptied(event: events.AnyEvent) -> events.AnyEvent:
    """The same event without the person. The CRM's own numbers stay: they explain its list."""
    match event:
        case events.Received():
            # Which lead of another system it was stays, as the CRM's numbers do.
            told = event.origin.message
            told = told and replace(told, fields=(), filed="")
            origin = Origin(channel=event.origin.channel, ip="", message=told)
            return replace(event, lead=_nobody(event.lead), origin=origin)
        case events.Attempt() if event.request is not None:
            return replace(event, request=None)
        case events.Amended():
            return replace(event, lead=_nobody(event.lead))
        case events.Revocation():
            return replace(event, email=None, notes=None)
        case events.Delivered() | events.Deferred() | events.Failed() if event.answer is not None:
            return replace(event, answer=replace(event.answer, body=""))
        case _:
            return event


def _nobody(lead: Lead) -> Lead:
    return Lead(first_name="", last_name="", language=lead.language)


def _tell_tale(submissions: Iterable[UUID], traces: Iterable[str]) -> re.Pattern[str] | None:
    """What gives a torn line away, as JSON spells it: none of it as a part of a longer address."""
    texts = [*map(str, submissions), *traces]
    needles = [msgspec.json.encode(text)[1:-1].decode() for text in texts if text]
    if not needles:
        return None
    either = "|".join(re.escape(needle.casefold()) for needle in needles)
    # An escaped line feed ends in a letter that is no part of the address after it.
    before = r"(?:(?<![\w.+%-])|(?<=\\[nrt]))"
    return re.compile(rf"{before}(?:{either})(?![\w-]|\.\w)")


def _patches(
    journal: Journal,
    submissions: frozenset[UUID],
    tell_tale: re.Pattern[str] | None,
    now: datetime,
) -> tuple[list[Patch], set[str]]:
    """What to overwrite; and the segments that end in the middle of a line to be overwritten."""
    patches: list[Patch] = []
    unfinished: set[str] = set()
    for line in journal.read():
        if isinstance(line, Damage):
            raw, dead = _torn(journal.directory, line)
            if tell_tale is None or not tell_tale.search(raw.decode(errors="replace").casefold()):
                continue
            if dead:
                patches.append(Patch.of(line.segment, line.offset, raw, _padded(b"", raw)))
            else:
                unfinished.add(line.segment)
        elif line.event.id in submissions:
            if isinstance(line.event, BEGINNINGS) and line.event.at > now:
                continue  # the same enquiry has just come again: a new one, which is on its way
            patches += _emptying(journal, line)
    return patches, unfinished


def _emptying(journal: Journal, line: Line) -> list[Patch]:
    event = emptied(line.event)
    if event == line.event:
        return []
    raw = _raw(journal.directory, line, line.length)
    content = _padded(events.encode(event).rstrip(b"\n"), raw)
    return [Patch.of(line.segment, line.offset, raw, content)]


def _torn(directory: Path, line: Damage) -> tuple[bytes, bool]:
    """The bytes of a damaged line, and whether nobody can be writing it at the moment.

    A reader may see half of what another process is writing. Only what has a line feed, or the
    start of another line, behind it is torn for good.
    """
    found = _raw(directory, line, line.length + len(LINE_START))
    raw, behind = found[: line.length], found[line.length :]
    return raw, raw.endswith(b"\n") or behind == LINE_START or line.length >= LINE_LIMIT


def _end_line(path: Path) -> None:
    """End the last line. It waits for whoever is writing it, so what is torn then stays so."""
    fd = open_file(path, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(fd, b"\n")
    finally:
        os.close(fd)


def _raw(directory: Path, line: Line | Damage, length: int) -> bytes:
    with (directory / line.segment).open("rb") as file:
        file.seek(line.offset)
        return file.read(length)


def _padded(content: bytes, raw: bytes) -> bytes:
    """Content in place of the raw line: spaces to its end, the line feed where it was."""
    end = b"\n" if raw.endswith(b"\n") else b""
    width = len(raw) - len(end)
    if len(content) > width:
        content = b""  # no line of ours is so short; a blank one says nothing
    return content.ljust(width) + end
