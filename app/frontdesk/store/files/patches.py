"""A plan of what is to be overwritten in segments: written down first, then carried out.

A change of many places that is cut short can so be finished later. The plan is followed only where
it fits what stands in the segments: they may have been pruned or restored from a backup meanwhile,
and another user who may write to the folder must not lead root to another file. Call these
functions only while `alone`.
"""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from frontdesk.store.errors import JournalError
from frontdesk.store.files.fs import open_file, replace_file, sync_directory
from frontdesk.store.files.segments import SEGMENT, Journal

PLAN = "erasure.json"
PART = "erasure.part"  # as long as the plan is being written


class Patch(Struct, frozen=True):
    """Bytes to be written at a place of a segment; they hold nothing personal."""

    segment: str
    offset: Annotated[int, Meta(ge=0, lt=1 << 62)]
    content: Annotated[bytes, Meta(min_length=1)]
    replaces: bytes  # the digest of what stands there
    head: Annotated[int, Meta(ge=0)]  # bytes at its beginning that stay as they are

    @classmethod
    def of(cls, segment: str, offset: int, old: bytes, new: bytes) -> "Patch":
        same = takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=True))
        return cls(segment, offset, new, _digest(old), sum(1 for _ in same))

    def fits(self, found: bytes, *, begun: bool) -> bool:
        """Whether it may overwrite this: the bytes that it replaces, or some that it has begun."""
        if _digest(found) == self.replaces:
            return True
        # A crash in the middle of a write leaves any mixture of the two: it still begins as both
        # do, and has a line feed only where both have one.
        return (
            begun
            and found[: self.head] == self.content[: self.head]
            and found.find(b"\n") == self.content.find(b"\n")
        )


def _digest(found: bytes) -> bytes:
    return hashlib.blake2b(found, digest_size=16).digest()


def carry_out(journal: Journal, patches: list[Patch]) -> None:
    """Write the plan down, and follow it. Raises OSError, JournalError.

    The plan stays until `remove_plan`, which is called once the index, too, is rid of what was
    overwritten.
    """
    replace_file(journal.directory / PLAN, msgspec.json.encode(patches))
    _follow(journal.directory, patches, begun=False)


def has_plan(journal: Journal) -> bool:
    """Whether there is a plan, of an erasure that was cut short."""
    return (journal.directory / PLAN).exists()


def remove_plan(journal: Journal) -> None:
    """Remove the plan, when all of it is done. Raises OSError."""
    with suppress(FileNotFoundError, NotADirectoryError):
        (journal.directory / PLAN).unlink()
        sync_directory(journal.directory)


def resume(journal: Journal) -> list[str]:
    """Follow the plan of an erasure that was cut short, if there is one; the segments it changes.

    The plan stays until `remove_plan`. Raises OSError; JournalError if it is no plan, or does not
    fit the segments.
    """
    patches = _read(journal.directory / PLAN)
    if patches is None:
        return []
    _follow(journal.directory, patches, begun=True)
    return sorted({patch.segment for patch in patches})


def _read(path: Path) -> list[Patch] | None:
    try:
        fd = open_file(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with os.fdopen(fd, "rb") as file:
        text = file.read()
    try:
        patches = msgspec.json.decode(text, type=list[Patch])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _useless(path, "is no plan of an erasure") from error
    for patch in patches:
        if not SEGMENT.fullmatch(patch.segment):
            raise _useless(path, "names a file that is no segment")
        if len(patch.content) < patch.head:
            raise _useless(path, "contradicts itself")
    return patches


def _useless(path: Path, why: str) -> JournalError:
    return JournalError(f"{path}: {why}; move it away, and erase once more what it was for")


def _follow(directory: Path, patches: list[Patch], *, begun: bool) -> None:
    changed = [
        segment
        for segment in sorted({patch.segment for patch in patches})
        if not _overwrite(
            directory / segment, [p for p in patches if p.segment == segment], begun=begun
        )
    ]
    if changed:
        (directory / PLAN).unlink(missing_ok=True)
        sync_directory(directory)
        what = "other bytes than expected; nothing was written there. Erase once more"
        raise JournalError(f"{directory}: {', '.join(changed)}: {what}")


def _overwrite(path: Path, patches: Iterable[Patch], *, begun: bool) -> bool:
    """Write to one segment; whether every patch fitted. One that was pruned needs nothing."""
    try:
        fd = open_file(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    fitted = True
    try:
        for patch in patches:
            # Looked at right before, and never beyond the end: nothing is lengthened.
            found = os.pread(fd, len(patch.content), patch.offset)
            if found == patch.content:
                continue
            if len(found) == len(patch.content) and patch.fits(found, begun=begun):
                os.pwrite(fd, patch.content, patch.offset)
            else:
                fitted = False
        os.fsync(fd)
    finally:
        os.close(fd)
    return fitted
