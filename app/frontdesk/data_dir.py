"""Open the store of a configuration, and name what else processes have in common there."""

from contextlib import suppress
from pathlib import Path

from frontdesk.config import Settings
from frontdesk.store.base import Store
from frontdesk.store.files.fs import make_folder
from frontdesk.store.files.store import FileStore

COURIER = "courier.lock"  # the lease that couriers compete for
CONTROL = "control"  # the folder with the sockets of processes that `frontdesk reload` talks to


def open_store(settings: Settings) -> FileStore:
    """The store in the configuration's `data_dir`; what is missing there is made when needed.

    Raises JournalError on a network share, and where a newer version of Frontdesk has written.
    """
    store = FileStore(settings.data_dir)
    store.refuse_unfit()
    return store


def outages(settings: Settings, store: Store) -> list[str]:
    """The names of the captcha providers that some process cannot reach at the moment, sorted."""
    found = []
    for name in sorted({captcha.provider for captcha in settings.captchas}):
        with suppress(OSError):  # what is not a file of ours is no outage
            if store.leased(outage(name)):
                found.append(name)
    return found


def outage(provider: str) -> str:
    """The name of the lease that a process holds while it cannot reach a captcha provider."""
    return f"{provider}.outage"


def make_control(data_dir: Path) -> Path:
    """Make the folder CONTROL, which only the service may enter, if need be. Raises OSError."""
    folder = data_dir / CONTROL
    make_folder(folder)
    return folder
