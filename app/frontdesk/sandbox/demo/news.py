"""What became of the enquiries sent last, in words for whoever tries the demo."""

from msgspec import Struct

from frontdesk.model.lead import Submission
from frontdesk.model.record import Record
from frontdesk.operations.find import short
from frontdesk.operations.record import reasons
from frontdesk.store.base import Store
from frontdesk.store.query import Query

SHOWN = 3  # enquiries
_ON_ITS_WAY = ("pending", "unknown", "deferred")


class Item(Struct, frozen=True):
    """One enquiry; where it takes a person, the command or the page by which it is sent on."""

    id: str
    state: str
    said: str
    command: str = ""
    page: str = ""


class News:
    """What the demo's journal says."""

    def __init__(self, store: Store, command: str, inbox: str) -> None:
        """`command`: how the demo's `frontdesk` is called, up to the name of a command.

        `inbox`: the address of the operators' inbox.
        """
        self._command, self._inbox = command, inbox
        self._store = store

    def newest(self) -> list[Item]:
        """The enquiry that came last, then those that wait for a person. Raises OSError."""
        page = self._store.find(Query(submissions=True))
        came = [(record.submission, record) for record in page.records if record.submission]
        items = [self._item(submission, record) for submission, record in came]
        waits = ("held", "failed")
        return [item for n, item in enumerate(items) if n == 0 or item.state in waits][:SHOWN]

    def _item(self, submission: Submission, record: Record) -> Item:
        command = page = ""
        if record.state == "held":
            command = f"{self._command} release {short(record.id)}"
        elif record.state == "failed":
            page = f"{self._inbox}{record.id}"
        said = f"{submission.lead.name}’s enquiry {_became(record)}"
        return Item(str(record.id), record.state, said, command, page)


def _became(record: Record) -> str:
    if record.state == "held":
        said = f"is held, not sent: {record.held}. A person can let it go:"
    elif record.state == "failed":
        why = next((one.answered for one in reasons(record) if one.answered), "")
        said = f"was refused by the CRM{why and ': '}{why.rstrip('.')}. A person can"
    elif record.state == "delivered":
        said = "has arrived in the CRM."
    elif record.state in _ON_ITS_WAY:
        said = "is on its way to the CRM."
    else:
        said = f"is {record.state}."
    return said
