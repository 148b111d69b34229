"""Make what a journal needs before anything can be written to it."""

from typing import NamedTuple

from frontdesk.config import Settings
from frontdesk.data_dir import prepare_store


class Prepared(NamedTuple):
    """Where the tables are, and their versions before (0: there were none) and now."""

    where: str
    before: int
    now: int


def prepare(settings: Settings) -> Prepared | None:
    """Make the tables of a database, or bring older ones up to date; None if there are none.

    What is written there stays. Raises JournalError.
    """
    prepared = prepare_store(settings)
    return None if prepared is None else Prepared(*prepared)
