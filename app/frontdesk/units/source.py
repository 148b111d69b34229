"""The face of a source of units, and what it answers with."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from frontdesk.model.units import Unit


class SourceError(Exception):
    """A source has given no list; says why, in words of ours without any secret.

    `status`: of HTTP, if there was one. `retry_after`: seconds for which it wants to be left alone.
    `refused`: it does not take us, and each further attempt may be held against us.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        refused: bool = False,
    ) -> None:
        super().__init__(message)
        self.status, self.retry_after, self.refused = status, retry_after, refused


class Marks(NamedTuple):
    """By what a source knows the version that we have: its ETag and Last-Modified."""

    etag: str = ""
    modified: str = ""


class Listing(NamedTuple):
    """What a source lists, and how many of its rows were of no use, by why."""

    units: tuple[Unit, ...]
    left_out: Mapping[str, int]
    marks: Marks = Marks()


class Source(Protocol):
    """Something that lists the units of a form.

    `place`, `login`: a hash of what it lists, and of who asks. `every`: seconds between two looks.
    """

    place: str
    login: str
    every: float

    def ask(self, known: Marks) -> Listing | None:
        """Ask for the list; None if it is the one that is known. Raises SourceError."""
