"""The receivers of notifications: what the journal says that each was told."""

from datetime import UTC, datetime
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import replace

from frontdesk.model.events import Notified

_PLACE = "#"  # before a number; no identity has it
_NEVER = datetime.min.replace(tzinfo=UTC)
LATEST = 20  # messages


class Told(Struct, frozen=True):
    """One of the last messages, as its line says.

    `matters`: what was new, each with how many of it; leads are counted together, as `failed`.
    `over`: what was over. `reason`: why it was not taken.
    """

    id: UUID
    at: datetime
    receiver: int | str
    matters: dict[str, int]
    over: tuple[str, ...]
    again: bool
    reason: str | None

    @classmethod
    def of(cls, event: Notified) -> "Told":
        """What is kept of a line."""
        matters: dict[str, int] = {}
        for key in event.what:
            kind = key.partition(":")[0] if key.startswith(("failed:", "held:")) else key
            matters[kind] = matters.get(kind, 0) + 1
        return cls(
            event.id,
            event.at,
            event.receiver,
            matters,
            event.over[:LATEST],
            event.again,
            event.reason,
        )


class Receiver(Struct):
    """One receiver."""

    told: dict[str, datetime] = field(default_factory=dict)  # by matter, when it was last told
    tried_at: datetime | None = None  # the last message
    failures: int = 0  # messages that it did not take, since it last took one
    reason: str | None = None  # why it did not take the last one
    seen: set[UUID] = field(default_factory=set)  # the lines about it

    def apply(self, event: Notified) -> None:
        """Take in that it was told something, or did not take a message."""
        if event.id in self.seen:
            return
        self.seen.add(event.id)
        self.tried_at, self.reason = event.at, event.reason
        if event.reason is not None:
            self.failures += 1
            return
        self.failures = 0
        if event.again:
            self.told = dict.fromkeys(self.told, event.at)
        self.told.update(dict.fromkeys(event.what, event.at))
        for key in event.over:
            self.told.pop(key, None)

    def joined(self, former: "Receiver") -> "Receiver":
        """One receiver of two records, of which `former` was under its former name."""
        latest = max(self, former, key=lambda each: each.tried_at or _NEVER)
        return replace(latest, told={**former.told, **self.told}, seen=former.seen | self.seen)


class Receivers(Struct):
    """All receivers of the journal, by name.

    A name is an identity (see `monitoring.recipients`); in old journals, a place in `notify.urls`.
    `renamed`: by former name, the name after it. `latest`: the last messages to anybody, oldest
    first, LATEST at most.
    """

    known: dict[str, Receiver] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    latest: list[Told] = field(default_factory=list)

    def apply(self, event: Notified) -> None:
        """Take in what a receiver was told, or its former name."""
        name = self.name_now(event.receiver)
        if event.formerly is None:
            self.known.setdefault(name, Receiver()).apply(event)
            self._remember(event)
            return
        former = self.name_now(event.formerly)
        if former == name:
            return
        self.renamed[former] = name
        if former in self.known:
            self.known[name] = self.known.get(name, Receiver()).joined(self.known.pop(former))

    def _remember(self, event: Notified) -> None:
        if all(one.id != event.id for one in self.latest):
            latest = sorted([*self.latest, Told.of(event)], key=lambda one: (one.at, one.id))
            self.latest = latest[-LATEST:]

    def name_now(self, name: int | str) -> str:
        """The present name of a receiver that a line calls by this name."""
        name = f"{_PLACE}{name}" if isinstance(name, int) else name
        while name in self.renamed:
            name = self.renamed[name]
        return name

    def of(self, name: str, *former: int | str) -> Receiver:
        """What is known of a receiver by its name, and by those that it may have had."""
        found = self.known.get(self.name_now(name)) or Receiver()
        for other in self.former_names(name, *former):
            found = found.joined(self.known[self.name_now(other)])
        return found

    def former_names(self, name: str, *former: int | str) -> list[int | str]:
        """The former names under which something is known that no line connects with the name."""
        # Once places have become identities, what is left under a place is of another receiver.
        closed = any(other.startswith(_PLACE) for other in self.renamed)
        return [
            other
            for other in former
            if not (closed and isinstance(other, int))
            and self.name_now(other) in self.known.keys() - {self.name_now(name)}
        ]
