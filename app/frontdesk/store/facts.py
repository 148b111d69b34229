"""What the journal adds up to besides its submissions."""

from msgspec import Struct, field

from frontdesk.model.account import Account
from frontdesk.model.events import AnyEvent, Deferred, Delivered, Failed, Received, Withheld
from frontdesk.model.receivers import Receivers
from frontdesk.model.record import Record
from frontdesk.model.refusals import History
from frontdesk.model.revocations import Revocations

OUTCOMES = ("delivered", "deferred", "failed", "withheld")


class Counts(Struct):
    """Totals over the whole journal.

    `received` and `held` are by form, `closures` (of accounts) by destination, `outcomes` (of
    attempts) by destination and outcome, see OUTCOMES.
    """

    received: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    closures: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)

    def take(self, event: AnyEvent, record: Record, *, new: bool) -> None:
        """Count one line. `record`: its submission after it; `new`: the line begins it."""
        match event:
            case Received() if new:
                _add(self.received, event.form)
                if record.held is not None:
                    _add(self.held, event.form)
            case Delivered() | Deferred() | Failed() | Withheld():
                outcomes = self.outcomes.setdefault(event.destination, {})
                _add(outcomes, type(event).__name__.lower())
                if event.closes_account:
                    _add(self.closures, event.destination)


def _add(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1


class Facts(Struct):
    """All that is known besides submissions. It is shared with the store: never change it.

    `accounts` are by destination. `damaged`: how many lines are torn, or are no events.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    receivers: Receivers = field(default_factory=Receivers)
    refusals: History = field(default_factory=History)
    revocations: Revocations = field(default_factory=Revocations)
    counts: Counts = field(default_factory=Counts)
    damaged: int = 0

    def account(self, destination: str) -> Account:
        """The account of a destination; a new one if nothing is known of it."""
        return self.accounts.get(destination) or Account()
