"""Open the store of a configuration, and name what else processes have in common there."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from frontdesk.config import Settings
from frontdesk.store.base import Store
from frontdesk.store.errors import JournalError
from frontdesk.store.files.fs import make_folder
from frontdesk.store.files.store import FileStore
from frontdesk.store.lines import Lines

if TYPE_CHECKING:
    from frontdesk.store.postgresql.store import PostgresStore

Kind = Literal["files", "postgresql"]
COURIER = "courier.lock"  # the lease that couriers compete for
CONTROL = "control"  # the folder with the sockets of processes that `frontdesk reload` talks to
LIMITS = "limits"  # the storage of rate limits
AUDIT = "audit.jsonl"  # who looked at what in the inbox


def open_store(settings: Settings, *, intake: bool = False, patient: bool = False) -> Store:
    """The store that a configuration names; what is missing in it is made when needed.

    `intake`: for those who take enquiries in, which may have to wait on this machine. `patient`: a
    database may be away at first. Raises JournalError on a network share, where a newer version of
    Frontdesk has written, and where a database cannot be reached or relied on.
    """
    journal = settings.journal
    if intake and journal.store == "postgresql" and journal.on_outage == "spool":
        _postgresql()  # which says what is missing
        from frontdesk.store.postgresql.spooling import SpoolingStore  # it needs the package, too

        return SpoolingStore(journal.url, settings.data_dir)
    if journal.store == "postgresql":
        return _postgresql()(journal.url, settings.data_dir, patient=patient)
    return open_movable(settings, "files")


class MovableStore(Store, Lines, Protocol):
    """A store whose lines can be moved to another one."""


def open_movable(settings: Settings, kind: Kind) -> MovableStore:
    """The store of a kind, be it the one that is used or not. Raises JournalError as above."""
    if kind == "postgresql":
        if not settings.journal.url:
            raise JournalError("journal.url is missing, which names the database")
        return _postgresql()(settings.journal.url, settings.data_dir)
    store = FileStore(settings.data_dir)
    store.refuse_unfit()
    return store


def prepare_store(settings: Settings) -> tuple[str, int, int] | None:
    """Make the tables of a database, or bring older ones up to date, as `open_store` does.

    Returns where that is, their version before (0: there were none), and the present one; None
    where the store needs no preparation. Raises JournalError.
    """
    if settings.journal.store == "files":
        return None
    return _postgresql().prepare(settings.journal.url)


def _postgresql() -> "type[PostgresStore]":
    """The store in PostgreSQL, for which a package is needed that not everybody has."""
    try:
        from frontdesk.store.postgresql.store import PostgresStore
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "psycopg" and "pq wrapper" not in str(error):
            raise
        raise JournalError(
            'journal.store = "postgresql" needs the package psycopg: install'
            " `frontdesk[postgresql]`, or psycopg[binary] beside Frontdesk"
        ) from None
    return PostgresStore


def outages(settings: Settings, store: Store) -> list[str]:
    """The names of the captcha providers that some process cannot reach at the moment, sorted."""
    found = []
    for name in sorted({captcha.provider for captcha in settings.captchas}):
        with suppress(OSError):  # what is not a file of ours is no outage
            if store.leased(outage(name)):
                found.append(name)
    return found


def outage(provider: str) -> str:
    """The name of the lease that a process holds while it cannot reach something.

    `provider`: of a captcha, or LIMITS.
    """
    return f"{provider}.outage"


def make_control(data_dir: Path) -> Path:
    """Make the folder CONTROL, which only the service may enter, if need be. Raises OSError."""
    folder = data_dir / CONTROL
    make_folder(folder)
    return folder


def audit_file(data_dir: Path) -> Path:
    """The path of the inbox's audit trail, in a folder that is made if need be. Raises OSError."""
    make_folder(data_dir)
    return data_dir / AUDIT
