"""What is found when a whole journal is looked at."""

from msgspec import Struct


class Flaw(Struct, frozen=True):
    """Something that is wrong with the journal; one that is not `grave` needs no mending."""

    where: str
    what: str
    grave: bool = True


class Inspection(Struct):
    """The flaws that were found, and how much was looked at."""

    flaws: list[Flaw]
    segments: int = 0
    lines: int = 0
    submissions: int = 0
