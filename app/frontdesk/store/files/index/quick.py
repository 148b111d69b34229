"""Find in seconds what is certainly settled, so that a courier need not wait for an index.

Nearly all submissions of a long journal have three lines: received, attempt and delivered. These
are told by their first bytes alone. A submission that has other lines, or is of the last days,
is not certainly settled, and is folded as usual.
"""

import mmap
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from frontdesk.model.account import CLAIMS_KEPT
from frontdesk.model.events import OF_NO_SUBMISSION

RECENT = CLAIMS_KEPT + timedelta(days=1)  # what came since then is known whole
# As `encode` writes a line. Other programs need not write it so.
_LINE = re.compile(
    rb'^\{"v":1,"event":"([a-z]+)","id":"([0-9a-f-]{36})","at":"[^"\n]*"'
    rb'(?:,"destination":("[^"\\\n]*"))?[^\n]*\n',
    re.MULTILINE,
)
# What other lines say of a settled submission is news, and so is what they say of an account.
_START = re.compile(rb'\{"v":1,"event":"(?:received|attempt|delivered)","id":"([0-9a-f-]{36})"')
_DESTINATIONS = re.compile(rb'"destinations":\[([^\]]*)\](?:,"cleared":true)?\}\n$')
_OF_NONE = frozenset(str(kind.__struct_config__.tag).encode() for kind in OF_NO_SUBMISSION)
_REVOKING = frozenset({b"revocation", b"revoked"})
_PLAIN = frozenset({b"attempt", b"delivered"})


class Settled:
    """Ids of settled submissions, as hashes of this process; others may be settled, too."""

    def __init__(self, hashes: Iterable[int], whole: dict[str, int]) -> None:
        """`whole`: segments with lines of these submissions only, and their sizes in bytes."""
        self._hashes = array("q", sorted(hashes))
        self._whole = whole

    def until(self, segment: str) -> int:
        """How many bytes at the beginning of a segment are of them, as far as that was asked."""
        return self._whole.get(segment, 0)

    def has(self, line: bytes) -> bool:
        """Whether a line is one of those by which one of them is known to be settled."""
        match = _START.match(line)
        return match is not None and self._has(hash(match[1]))

    def _has(self, wanted: int) -> bool:
        place = bisect_left(self._hashes, wanted)
        return place < len(self._hashes) and self._hashes[place] == wanted


def settled(segments: Iterable[Path], today: date) -> Settled | None:
    """What is certainly settled; `today` in UTC.

    None if a consent was ever revoked: only the whole journal says whose. Raises OSError.
    """
    counting = _Counting()
    plain: dict[str, tuple[int, array[int]]] = {}  # a segment's size, and whose lines it has
    for path in segments:
        recent = not path.name < f"{today - RECENT}"
        with path.open("rb") as file:
            if not file.seek(0, 2):
                continue
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                seen = array("q")
                if counting.count(content, seen) and not recent:
                    plain[path.name] = len(content), seen
                else:  # of a segment with other lines, nothing is sure
                    counting.unsure.update(seen)
        if counting.revoking:
            return None
    found = counting.settled()
    whole = {name: size for name, (size, seen) in plain.items() if found.issuperset(seen)}
    return Settled(found, whole)


class _Counting:
    """Which deliveries are open, as hashes, by the lines so far."""

    def __init__(self) -> None:
        self._came: set[int] = set()
        self._open: dict[int, int] = {}  # by delivery: its submission while it is open, then 0
        self.unsure: set[int] = set()
        self.revoking = False

    def settled(self) -> set[int]:
        """Submissions of which every delivery has ended well."""
        return self._came - self.unsure - set(self._open.values())

    def count(self, content: mmap.mmap, seen: "array[int]") -> bool:
        """Take in the lines of a segment, and note whose they are; whether it has no others."""
        end, plain = 0, True
        for match in _LINE.finditer(content):
            plain = plain and match.start() == end
            end = match.end()
            event, one = match[1], hash(match[2])
            if event in _OF_NONE:
                plain = False
            elif event in _REVOKING:
                self.revoking = True
            else:
                seen.append(one)
                self._take(event, one, match)
        return plain and end == len(content)

    def _take(self, event: bytes, one: int, match: re.Match[bytes]) -> None:
        if (to := match[3]) is not None and event in _PLAIN:
            self._open[one ^ hash(to)] = 0 if event == b"delivered" else one
        elif event == b"received" and (found := _DESTINATIONS.search(line := match[0])):
            self._came.add(one)
            for destination in found[1].split(b","):
                self._open.setdefault(one ^ hash(destination), one)
            if b'"message":{' in line:  # others may be of the same lead
                self.unsure.add(one)
        else:
            self.unsure.add(one)
