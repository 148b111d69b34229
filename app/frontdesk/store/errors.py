"""What a store says when it cannot do what it was asked for."""


class JournalError(Exception):
    """The journal could not be written durably, or not be read; the message is for operators."""


class LeaseLostError(JournalError):
    """Events were to be written only while a lease is held, and it is not; none was written."""


class IndexBuildingError(JournalError):
    """The question needs an index that is still being built."""

    def __init__(self, done: float) -> None:
        """`done`: the part of the journal that is indexed, 0 to 1."""
        super().__init__(f"the journal is being indexed: {done:.0%} done")
        self.done = done
