"""Ask for price lists when they are due, while the courier goes on delivering."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from frontdesk.deadline import joined
from frontdesk.model.events import utcnow
from frontdesk.model.units import PriceList
from frontdesk.store.base import Store
from frontdesk.units import lists
from frontdesk.units.rows import counted
from frontdesk.units.source import Listing, Marks, Source, SourceError

log = logging.getLogger("frontdesk.units")

FIRST = 60.0  # seconds until a source is asked again that has failed once; doubles each time
LONGEST = 86400.0  # seconds, whatever a source says
MOST = 4  # sources that are asked at the same time
GRACE = 5.0  # seconds that those get when the courier stops


class Fetcher:
    """Asks each source when it is due, in a thread for each.

    When that is stands in the store with the list, so that a restart asks nobody anew.
    """

    def __init__(
        self, sources: Mapping[str, Source], store: Store, clock: Callable[[], datetime] = utcnow
    ) -> None:
        """`sources`: by form."""
        self._sources, self._store, self._clock = sources, store, clock
        self._due: dict[str, datetime] = {}
        self._under_way: dict[str, threading.Thread] = {}
        self._stop = threading.Event()

    def look(self) -> None:
        """Start asking whom it is time to ask. Does not wait for it, and raises nothing."""
        now = self._clock()
        for form in self._sources:
            if form in self._under_way:
                if self._under_way[form].is_alive():
                    continue
                del self._under_way[form]
            due = self._due.get(form, now)
            # Further away than anything can be, it is of a clock that was put right since.
            if now < due <= now + timedelta(seconds=LONGEST):
                continue
            if len(self._under_way) == MOST:
                return
            thread = threading.Thread(target=self._ask, args=(form,), name="units", daemon=True)
            self._under_way[form] = thread
            thread.start()

    def rest(self) -> None:
        """Give those that are being asked GRACE to answer; what comes later is not kept."""
        self._stop.set()
        joined(self._under_way.values(), GRACE)
        self._stop = threading.Event()  # this process may be elected again
        self._due.clear()

    # -- in a source's thread -------------------------------------------------------------------

    def _ask(self, form: str) -> None:
        source, stop, now = self._sources[form], self._stop, self._clock()
        again = FIRST
        try:
            known = lists.read(self._store, form)
            if known is not None and not _is_due(known, source, now):
                assert known.due is not None  # noqa: S101 - else it is due
                self._due[form] = known.due
                return
            asked, again = ask(source, known, now), source.every
            if stop.is_set():
                return
            lists.keep(self._store, form, asked)
        except OSError as error:
            log.error("%s: the list of units cannot be kept: %s", form, error)
            self._due[form] = now + timedelta(seconds=again)
        except Exception:
            log.exception("%s: the list of units could not be asked for", form)
            self._due[form] = now + timedelta(seconds=again)
        else:
            self._due[form] = asked.due or now
            _tell(form, known, asked)


def ask(source: Source, known: PriceList | None, now: datetime) -> PriceList:
    """Ask a source; what is known then, be it what was known before. Raises nothing of its own."""
    same = known is not None and known.place == source.place
    before = known if known is not None and same else PriceList(source.place, source.login)
    before = replace(before, login=source.login)
    # After a failure without them: it may be they that the server does not bear.
    asks_whether = before.units and not before.failures
    marks = Marks(before.etag, before.modified) if asks_whether else Marks()
    try:
        listing = _asked(source, marks)
    except SourceError as error:
        failures = before.failures + 1
        wait = min(source.every, FIRST * 2.0 ** min(failures - 1, 20))
        if error.refused:
            wait = LONGEST
        wait = max(wait, min(error.retry_after or 0.0, LONGEST))
        return replace(
            before,
            due=now + timedelta(seconds=wait),
            trouble=str(error),
            failures=failures,
            since=before.since or now,
        )
    well = replace(
        before,
        at=now,
        due=now + timedelta(seconds=source.every),
        trouble="",
        failures=0,
        since=None,
    )
    if listing is None:
        return well
    etag, modified = listing.marks
    return replace(
        well,
        units=listing.units,
        left_out=dict(listing.left_out),
        etag=etag,
        modified=modified,
    )


def _asked(source: Source, known: Marks) -> Listing | None:
    try:
        return source.ask(known)
    except SourceError:
        raise
    except Exception:  # whatever strangers answer
        log.exception("a source of units answered something that nobody has thought of")
        raise SourceError("answered something that cannot be understood") from None


def _is_due(known: PriceList, source: Source, now: datetime) -> bool:
    if (known.place, known.login) != (source.place, source.login) or known.due is None:
        return True
    return not now < known.due <= now + timedelta(seconds=LONGEST)


def _tell(form: str, known: PriceList | None, asked: PriceList) -> None:
    """Log what has changed, once."""
    was = known.trouble if known is not None else ""
    if asked.trouble and asked.trouble != was:
        log.error("%s: its source of units %s; the last list stays", form, asked.trouble)
    elif not asked.trouble and (was or known is None or known.units != asked.units):
        said = counted(asked.left_out)
        left_out = f"; left out: {said}" if said else ""
        log.info("%s: %d units, %d free%s", form, len(asked.units), len(asked.free), left_out)
