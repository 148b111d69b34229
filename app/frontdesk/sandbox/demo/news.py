"""What became of the enquiries sent last, in words for whoever tries the demo."""

import threading

from msgspec import Struct

from frontdesk.journal.files import Journal
from frontdesk.journal.lines import Damage
from frontdesk.model.lead import Submission
from frontdesk.model.ledger import Ledger, Record

SHOWN = 3  # enquiries
_ON_ITS_WAY = ("pending", "unknown", "deferred")


class Item(Struct, frozen=True):
    """One enquiry; `remedy` is the command that sends it on, where it takes a person."""

    id: str
    state: str
    said: str
    remedy: str = ""


class News:
    """Reads the demo's journal as it grows."""

    def __init__(self, journal: Journal, command: str) -> None:
        """`command`: how the demo's `frontdesk` is called, up to the name of a command."""
        self._command = command
        self._tail = journal.tail()
        self._ledger = Ledger()
        self._lock = threading.Lock()

    def newest(self) -> list[Item]:
        """The enquiry that came last, then those that wait for a person. Raises OSError."""
        with self._lock:
            for line in self._tail.read():
                if not isinstance(line, Damage):
                    self._ledger.apply(line.event)
            came = [(r.submission, r) for r in self._ledger.records.values() if r.submission]
            came.sort(key=lambda pair: pair[0].at, reverse=True)
            items = [_item(submission, record, self._command) for submission, record in came]
        return [item for n, item in enumerate(items) if n == 0 or item.remedy][:SHOWN]


def _item(submission: Submission, record: Record, command: str) -> Item:
    start = str(record.id)[:8]
    remedy = ""
    if record.state == "held":
        said = f"is held, not sent: {record.held}. A person can let it go:"
        remedy = f"{command} release {start}"
    elif record.state == "failed":
        said = "was refused by the CRM. A person can mend it and send it again:"
        remedy = f"{command} replay {start}"
    elif record.state == "delivered":
        said = "has arrived in the CRM."
    elif record.state in _ON_ITS_WAY:
        said = "is on its way to the CRM."
    else:
        said = f"is {record.state}."
    return Item(str(record.id), record.state, f"{submission.lead.name}’s enquiry {said}", remedy)
