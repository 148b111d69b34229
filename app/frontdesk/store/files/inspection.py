"""Read every byte of a journal, and name all that is wrong with it."""

import stat
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from frontdesk.model import events
from frontdesk.store.files.exclusive import under_way
from frontdesk.store.files.lines import Damage, read_file
from frontdesk.store.files.patches import PART, PLAN
from frontdesk.store.files.segments import SEGMENT, Journal
from frontdesk.store.inspection import Flaw, Inspection

BACKWARDS = timedelta(minutes=5)  # how far a clock may jump back before it is worth a word
# What may stand before its submission's first line, or without one.
_APART = (events.Held, events.Revoked, *events.OF_NO_SUBMISSION)
FORMER = ("checkpoint.json", "checkpoint.part")
MOST = 100  # flaws of one segment that are named; a foreign file would have one a line


def inspect(journal: Journal) -> Inspection:
    """Read all of it. Memory grows with the number of submissions: 16 bytes of id each."""
    found = Inspection(list(_files(journal.directory)))
    begun: set[UUID] = set()
    orphans: dict[UUID, tuple[str, str]] = {}
    segments = journal.segments()
    for path in segments:
        found.segments += 1
        try:
            found.flaws += _first(_segment(path, found, begun, orphans), path.name)
        except OSError as error:
            found.flaws.append(Flaw(path.name, str(error.strerror)))
    found.submissions = len(begun)
    for segment, flaws in _orphans(orphans, begun, segments).items():
        found.flaws += _first(flaws, segment)
    return found


def _first(flaws: Iterable[Flaw], segment: str) -> Iterator[Flaw]:
    """The first MOST flaws of a segment, and how many more there are."""
    more, grave = 0, False
    for number, flaw in enumerate(flaws):
        if number < MOST:
            yield flaw
        else:
            more, grave = more + 1, grave or flaw.grave
    if more:
        yield Flaw(segment, f"and {more} more", grave)


def _orphans(
    orphans: dict[UUID, tuple[str, str]], begun: set[UUID], segments: list[Path]
) -> dict[str, list[Flaw]]:
    flaws: dict[str, list[Flaw]] = {}
    for submission, (segment, tag) in orphans.items():
        if submission not in begun:
            what = f"{submission} begins with `{tag}`: its first line is missing"
            # Its day may have been pruned.
            grave = segment != segments[0].name
            flaws.setdefault(segment, []).append(Flaw(segment, what, grave))
    return flaws


def _files(directory: Path) -> Iterator[Flaw]:
    if not directory.is_dir():
        return
    if stat.S_IMODE(directory.stat().st_mode) & 0o077:
        yield Flaw(directory.name, "others may enter the folder; chmod 700")
    rewriting = under_way(directory)
    for path in sorted(directory.iterdir()):
        if path.name in (PLAN, PART) and rewriting:
            yield Flaw(path.name, "an erasure is under way", grave=False)
        elif path.name == PLAN:
            yield Flaw(path.name, "an erasure was cut short; `frontdesk person` finishes it")
        elif path.name == PART:
            yield Flaw(path.name, "an erasure was cut short before it changed a line; run it again")
        elif SEGMENT.fullmatch(path.name) and path.is_symlink():
            yield Flaw(path.name, "a symbolic link; it is not read")
        elif not SEGMENT.fullmatch(path.name) or not path.is_file():
            # What a probe leaves behind when its process dies, and what former versions have left.
            if not path.name.startswith(".probe-") and path.name not in FORMER:
                yield Flaw(path.name, "not a segment of the journal; left alone", grave=False)
        elif stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Flaw(path.name, "others may read it; chmod 600")


def _segment(
    path: Path,
    found: Inspection,
    begun: set[UUID],
    orphans: dict[UUID, tuple[str, str]],
) -> Iterator[Flaw]:
    latest: datetime | None = None
    for line in read_file(path):
        if isinstance(line, Damage):
            yield Flaw(path.name, f"byte {line.offset}: {line.reason}")
            continue
        found.lines += 1
        event = line.event
        if isinstance(event, events.Received | events.Revocation):
            begun.add(event.id)
        elif not isinstance(event, _APART) and event.id not in begun:
            tag = str(type(event).__struct_config__.tag)
            orphans.setdefault(event.id, (path.name, tag))
        if latest is not None and latest - event.at > BACKWARDS:
            back = timedelta(seconds=round((latest - event.at).total_seconds()))
            what = f"byte {line.offset}: the clock went back by {back}"
            yield Flaw(path.name, what, grave=False)
        latest = event.at
