"""The price lists as the store has them, for whoever reads them often."""

import logging
import math
import os
import threading
import time
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from frontdesk.config import Form
from frontdesk.forks import weakly
from frontdesk.model.units import PriceList
from frontdesk.store.base import Store

log = logging.getLogger("frontdesk.units")

LOOKED = 2.0  # seconds between two looks at the store
MOMENT = 0.5  # seconds that one who asks waits for a look
STALE = 3  # intervals after which a list is stale


def name_of(form: str) -> str:
    """Under which name the store keeps a form's list."""
    return f"units-{form}"


def read(store: Store, form: str) -> PriceList | None:
    """A form's list; None if there is none, or none of ours. Raises OSError."""
    kept = store.kept(name_of(form))
    return decoded(kept.content) if kept is not None else None


def keep(store: Store, form: str, prices: PriceList) -> None:
    """Put a list in the place of the one before, durably. Raises OSError."""
    store.keep(name_of(form), msgspec.json.encode(prices))


def decoded(content: bytes) -> PriceList | None:
    """A list as it was kept; None if it is none of ours."""
    try:
        return msgspec.json.decode(content, type=PriceList)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def is_stale(form: Form, prices: PriceList | None, now: datetime) -> bool:
    """Whether it is a while that a form's source has said this, if it ever has.

    Of a time as far ahead, which was a wrong clock's, nobody knows.
    """
    source, at = form.unit_source, prices.at if prices is not None else None
    if source is None or at is None:
        return True
    return abs(now - at) > timedelta(seconds=STALE * source.every)


class _Entry:
    def __init__(self) -> None:
        self.prices: PriceList | None = None
        self.revision = ""
        self.looked = -math.inf
        self.looking = threading.Lock()
        self.failed = False  # the last look, which was logged then


class Lists:
    """The lists of forms, by their slugs. Any number of threads may ask for them.

    The store is looked at now and then, by a thread of its own: one who asks waits for it no longer
    than a moment, and has what is known then. What has not changed stays the same object.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._entries: dict[str, _Entry] = {}
        self._away_until = -math.inf  # while the store does not answer, nobody waits for it
        os.register_at_fork(after_in_child=weakly(self._reset))

    def _reset(self) -> None:
        for entry in [*self._entries.values()]:
            entry.looking = threading.Lock()

    def of(self, form: str) -> PriceList | None:
        """A form's list; None if there is none yet. Raises nothing."""
        entry = self._entries.setdefault(form, _Entry())
        now = time.monotonic()
        old = now - entry.looked > LOOKED and now > self._away_until
        if old and entry.looking.acquire(blocking=False):
            entry.looked = now
            look = threading.Thread(target=self._look, args=(form, entry), name="units")
            look.daemon = True
            look.start()
            look.join(MOMENT)
            if look.is_alive():
                self._away_until = now + LOOKED
        return entry.prices

    def _look(self, form: str, entry: _Entry) -> None:
        looking = entry.looking
        try:
            kept = self._store.kept(name_of(form), entry.revision)
            found = decoded(kept.content) if kept is not None else None
            if kept is not None and found is not None:
                if entry.prices is not None and found.units == entry.prices.units:
                    found = replace(found, units=entry.prices.units)
                entry.prices, entry.revision = found, kept.revision
            entry.failed = False
        except OSError as error:
            if not entry.failed:
                log.warning("%s: the list of units cannot be read: %s", form, error)
            entry.failed = True
        except Exception:  # no fault of this may take the form away from visitors
            log.exception("%s: the list of units cannot be read", form)
        finally:
            looking.release()
