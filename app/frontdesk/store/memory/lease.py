"""The lease of a store in memory."""


class MemoryLease:
    """One holder at a time among those of the same name."""

    def __init__(self, holders: dict[str, "MemoryLease"], name: str) -> None:
        self._holders, self._name = holders, name

    def win(self) -> bool:
        return self._holders.setdefault(self._name, self) is self

    def won(self) -> bool:
        return self._holders.get(self._name) is self

    def resign(self) -> None:
        if self.won():
            del self._holders[self._name]
