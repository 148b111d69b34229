"""What became of the enquiries sent last, in words for whoever tries the demo."""

from msgspec import Struct

from frontdesk.model.lead import Submission
from frontdesk.model.record import Record
from frontdesk.store.base import Store
from frontdesk.store.query import Query

SHOWN = 3  # enquiries
_ON_ITS_WAY = ("pending", "unknown", "deferred")


class Item(Struct, frozen=True):
    """One enquiry; `remedy` is the command that sends it on, where it takes a person."""

    id: str
    state: str
    said: str
    remedy: str = ""


class News:
    """What the demo's journal says."""

    def __init__(self, store: Store, command: str) -> None:
        """`command`: how the demo's `frontdesk` is called, up to the name of a command."""
        self._command = command
        self._store = store

    def newest(self) -> list[Item]:
        """The enquiry that came last, then those that wait for a person. Raises OSError."""
        page = self._store.find(Query(submissions=True))
        came = [(record.submission, record) for record in page.records if record.submission]
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
