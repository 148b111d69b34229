"""The store of a configuration, and the leases that are taken in it."""

from contextlib import suppress

from frontdesk.config import Settings
from frontdesk.store.base import Store
from frontdesk.store.files.store import FileStore

COURIER = "courier.lock"  # what couriers compete for


def open_store(settings: Settings) -> FileStore:
    """The store of a configuration; raises JournalError if it cannot be ours.

    That is on a network share, and where a newer version has written.
    """
    store = FileStore(settings.data_dir)
    store.refuse_unfit()
    return store


def outages(settings: Settings, store: Store) -> list[str]:
    """The names of the captcha providers that some process cannot reach at the moment, sorted."""
    found = []
    for name in sorted({captcha.provider for captcha in settings.captchas}):
        with suppress(OSError):  # one that is not ours has no holder
            if store.leased(outage(name)):
                found.append(name)
    return found


def outage(provider: str) -> str:
    """The lease that is held as long as some process gets no answers of a provider."""
    return f"{provider}.outage"
