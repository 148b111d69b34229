"""What is seen of the machine that a status is not made of: disk, processes, captcha providers."""

import shutil
from functools import partial
from pathlib import Path
from typing import NamedTuple

from frontdesk import proxies
from frontdesk.config import Settings
from frontdesk.data_dir import COURIER, LIMITS, outage, outages
from frontdesk.model.events import utcnow
from frontdesk.store.base import Store
from frontdesk.units.lists import Lists, read
from frontdesk.units.standing import Old, old_lists


class Machine(NamedTuple):
    """How the machine is at the moment.

    `unwritable`: why the journal cannot be written, or None. `spooled`: appends that wait on this
    machine for a database. `disk_left`: the part of its disk
    that is free, 0 to 1, or None if it is not known. `delivering`: a courier is at work.
    `outages`: captcha providers that cannot be reached. `uncounted`: some process cannot reach the
    storage of rate limits. `proxied`: requests come through a proxy
    that the configuration does not mention. `old`: forms whose price list is old.
    """

    unwritable: str | None = None
    disk_left: float | None = None
    delivering: bool = True
    outages: tuple[str, ...] = ()
    proxied: bool = False
    spooled: int = 0
    uncounted: bool = False
    old: tuple[Old, ...] = ()

    @classmethod
    def now(cls, store: Store, settings: Settings, lists: Lists | None = None) -> "Machine":
        """Look at all of it. Raises OSError.

        `lists`: of whoever looks often.
        """
        prices = partial(read, store) if lists is None else lists.of
        return cls(
            unwritable=store.readiness(),
            spooled=store.spooled(),
            disk_left=disk_left(settings.data_dir),
            delivering=store.leased(COURIER),
            outages=(*outages(settings, store),),
            uncounted=store.leased(outage(LIMITS)),
            proxied=proxies.noticed(settings.data_dir, settings.trusted_proxies),
            old=(*old_lists(settings.forms, prices, utcnow()),),
        )


def disk_left(folder: Path) -> float | None:
    """The part of a folder's disk that is free, 0 to 1; None if it is not known."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return round(usage.free / usage.total, 4) if usage.total else None
