"""How things stood at some place of the journal, so that a restart need not read what is before.

The segments remain the only truth. A checkpoint holds no lead, only where its lines stand; it is
believed as long as every segment that it has read is still the same, but for new lines; and
without it, or if anything about it is odd, all is read again.
"""

import hashlib
import logging
import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

from frontdesk.journal.files import Journal
from frontdesk.journal.lines import Line, Place, read_at
from frontdesk.journal.ownership import open_file, replace_file
from frontdesk.journal.standing import FOLD, Standing, State
from frontdesk.journal.tail import Mark, Tail
from frontdesk.model import events

CHECKPOINT, UNFINISHED = "checkpoint.json", "checkpoint.part"

log = logging.getLogger("frontdesk.journal")


class _Checkpoint(Struct):
    fold: int
    marks: list[Mark]
    state: State
    recent: list[Place]


class _Sealed(Struct):
    digest: bytes  # of the content, which says nothing if a byte of it is another
    content: Raw


class Resumed(NamedTuple):
    """Where to go on; `recent`: the lines that were asked to be kept, read anew."""

    standing: Standing
    tail: Tail
    recent: list[Line]


def resume(journal: Journal) -> Resumed:
    """How things stood at the last checkpoint, and a tail from there; else from the beginning."""
    try:
        return _resume(journal)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        log.info("%s is not used: %s; the journal is read from its beginning", CHECKPOINT, reason)
    return Resumed(Standing(), journal.tail(), [])


def save(journal: Journal, standing: Standing, tail: Tail, recent: Iterable[Place]) -> None:
    """Write a checkpoint of what a tail has read. Raises OSError."""
    marks = tail.marks()
    state = standing.state([mark.segment for mark in marks])
    content = msgspec.json.encode(_Checkpoint(FOLD, marks, state, list(recent)))
    sealed = _Sealed(_digest(content), Raw(content))
    replace_file(journal.directory / CHECKPOINT, msgspec.json.encode(sealed))


def _digest(content: Raw | bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _resume(journal: Journal) -> Resumed:
    fd = open_file(journal.directory / CHECKPOINT, os.O_RDONLY)
    with os.fdopen(fd, "rb") as file:
        sealed = msgspec.json.decode(file.read(), type=_Sealed)
    if _digest(sealed.content) != sealed.digest:
        raise ValueError("it is damaged")
    kept = msgspec.json.decode(sealed.content, type=_Checkpoint)
    if kept.fold != FOLD:
        raise ValueError("it was written by another version")
    segments = {path.name: path for path in journal.segments()}
    # What was pruned has nothing that is open.
    marks = [mark for mark in kept.marks if mark.segment in segments]
    for mark in marks:
        if not mark.fits(segments[mark.segment]):
            raise ValueError(f"{mark.segment} is not as it was")
    read = partial(_event, segments)
    kept.state.revoked = [one for one in kept.state.revoked if one.place.segment in segments]
    standing = Standing.of(kept.state, read)
    recent = [Line(read(at), at.segment, at.offset, at.length) for at in kept.recent]
    return Resumed(standing, journal.tail(marks), recent)


def _event(segments: dict[str, Path], place: Place) -> events.AnyEvent:
    if place.segment not in segments:
        raise ValueError(f"{place.segment} is gone")
    return read_at(segments[place.segment], place)
