"""How things stand: accounts, what is owed, and what waits for a person."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from frontdesk.model.account import Account
from frontdesk.model.record import SETTLED, Record
from frontdesk.model.turns import owed_since
from frontdesk.monitoring.recipients import Recipient
from frontdesk.store.facts import Facts


class AccountStatus(Struct, frozen=True):
    """How one destination stands.

    `reason`: why the account is closed. `until`: when it may be asked again. `delivered_at`: the
    last success. `owed`: the number of leads that it is still to get; `oldest`: since when the
    oldest of them is owed. `compared_at` and the rest: as in Account.
    """

    name: str
    condition: Literal["open", "waiting", "closed"]
    reason: str | None
    until: datetime | None
    delivered_at: datetime | None
    owed: int
    oldest: datetime | None
    compared_at: datetime | None = None
    not_compared: str | None = None
    missing: tuple[UUID, ...] = ()
    unexplained: int = 0
    unconfirmed: int = 0


class Status(Struct, frozen=True):
    """How the accounts and the submissions stand.

    `states`: the number of open submissions and revocations in each state, and of those that are
    `settled`. `unheard`: which entries of `notify.urls` did not take their last message, and why.
    """

    accounts: list[AccountStatus]
    states: dict[str, int]
    unheard: dict[str, str]

    @property
    def owed(self) -> int:
        return sum(account.owed for account in self.accounts)

    @property
    def oldest(self) -> datetime | None:
        return min((a.oldest for a in self.accounts if a.oldest is not None), default=None)


def status(
    facts: Facts,
    states: Mapping[str, int],
    records: Iterable[Record],
    destinations: Iterable[str],
    now: datetime,
    receivers: Iterable[Recipient] = (),
    last: Collection[str] = (),
) -> Status:
    """What the journal says of what is configured, and of all that came in.

    `facts`, `states` and `records` (all that are open): from the store. `destinations`: the names
    of the configured ones. `receivers`: who gets notifications. `last`: see owed_since.
    """
    owed: dict[str, list[datetime]] = {name: [] for name in destinations}
    for record in records:
        for name, since in _owed(record, last):
            owed.setdefault(name, []).append(since)
    counts = {state: number for state, number in states.items() if state not in SETTLED}
    if settled := sum(number for state, number in states.items() if state in SETTLED):
        counts["settled"] = settled
    unheard = {r.entry: reason for r in receivers if (reason := r.known(facts.receivers).reason)}
    accounts = [_account(facts.account(name), name, since, now) for name, since in owed.items()]
    return Status(accounts, counts, unheard)


def _owed(record: Record, last: Collection[str]) -> list[tuple[str, datetime]]:
    if not record.begun or record.held is not None:
        return []
    owed = ((name, owed_since(record, name, last)) for name in record.deliveries)
    return [(name, since) for name, since in owed if since is not None and record.owes(name)]


def _account(account: Account, name: str, since: list[datetime], now: datetime) -> AccountStatus:
    waits = account.until if account.until and account.until > now else None
    return AccountStatus(
        name=name,
        condition="closed" if account.closed else "waiting" if waits else "open",
        reason=account.closed or None,
        until=waits,
        delivered_at=account.delivered_at,
        owed=len(since),
        oldest=min(since, default=None),
        compared_at=account.compared_at,
        not_compared=account.not_compared,
        missing=tuple(sorted(account.missing)),
        unexplained=account.unexplained,
        unconfirmed=len(account.unconfirmed),
    )
