"""Find in seconds what is certainly settled, so that a courier need not wait for an index.

Nearly all submissions of a long journal have three lines: received, attempt and delivered. These
are counted by their first bytes alone. A submission that has other lines, or is of the last days,
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
_LINE = re.compile(rb'^\{"v":1,"event":"([a-z]+)","id":"([0-9a-f-]{36})"[^\n]*\n', re.MULTILINE)
_START = re.compile(rb'\{"v":1,"event":"[a-z]+","id":"([0-9a-f-]{36})"')
_DESTINATIONS = re.compile(rb'"destinations":\[([^\]]*)\](?:,"cleared":true)?\}\n$')
_OF_NONE = frozenset(str(kind.__struct_config__.tag).encode() for kind in OF_NO_SUBMISSION)
_REVOKING = frozenset({b"revocation", b"revoked"})
_MANY = 1 << 40  # more than a submission can have deliveries


class Settled:
    """Ids of settled submissions, as hashes of this process; others may be settled, too."""

    def __init__(self, hashes: Iterable[int]) -> None:
        self._hashes = array("q", sorted(hashes))

    def has(self, line: bytes) -> bool:
        """Whether a line is of one of them."""
        match = _START.match(line)
        return match is not None and self._has(hash(match[1]))

    def _has(self, wanted: int) -> bool:
        place = bisect_left(self._hashes, wanted)
        return place < len(self._hashes) and self._hashes[place] == wanted


def settled(segments: Iterable[Path], today: date) -> Settled | None:
    """What is certainly settled; `today` in UTC.

    None if a consent was ever revoked: only the whole journal says whose. Raises OSError.
    """
    owed: dict[int, int] = {}  # deliveries, by submission
    for path in segments:
        recent = not path.name < f"{today - RECENT}"
        with path.open("rb") as file:
            if not file.seek(0, 2):
                continue
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                if not _count(content, owed, recent=recent):
                    return None
    return Settled(one for one, left in owed.items() if left == 0)


def _count(content: mmap.mmap, owed: dict[int, int], *, recent: bool) -> bool:
    """Count the lines of a segment; False where a consent was revoked in it."""
    end, whole = 0, True
    seen: list[int] = []
    for match in _LINE.finditer(content):
        whole = whole and match.start() == end
        end = match.end()
        event, one = match[1], hash(match[2])
        if event in _OF_NONE:
            continue
        if event in _REVOKING:
            return False
        seen.append(one)
        line = match[0]
        if event == b"received":
            found = _DESTINATIONS.search(line)
            plain = found is not None and b'"message":{' not in line
            needs = len(found[1].split(b",")) if found is not None and plain else _MANY
            owed[one] = owed.get(one, 0) + needs
        elif event == b"delivered":
            owed[one] = owed.get(one, 0) - 1
        elif event != b"attempt" and (event != b"deferred" or b'"closes_account":true' in line):
            owed[one] = owed.get(one, 0) + _MANY
    # Of a segment with other lines, nothing is sure.
    if recent or not whole or end < len(content):
        for one in seen:
            owed[one] = owed.get(one, 0) + _MANY
    return True
