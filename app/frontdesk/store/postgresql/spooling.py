"""A journal in PostgreSQL for those who take enquiries in: what comes while it is away waits."""

import logging
import os
import threading
import time
from pathlib import Path
from uuid import UUID

from frontdesk.model.events import AnyEvent
from frontdesk.store.base import FOREVER
from frontdesk.store.errors import JournalError
from frontdesk.store.files.lease import FileLease
from frontdesk.store.files.segments import Journal
from frontdesk.store.files.spent import Spent
from frontdesk.store.lease import Lease
from frontdesk.store.postgresql.complaints import AwayError
from frontdesk.store.postgresql.store import PostgresStore
from frontdesk.store.spool import Spool

log = logging.getLogger("frontdesk.journal")

PATIENCE = 2  # seconds that a visitor waits for a database before the enquiry is put aside
AGAIN = 1.0  # seconds between attempts to carry over what waits
REST = 60.0  # seconds until what the database refuses is tried again
IN_VAIN = 20  # files in a row that it refuses, in one attempt


class SpoolingStore(PostgresStore):
    """A PostgresStore that keeps what it cannot write in files of this machine.

    What is there already when it comes to the database a second time stays as it is, so carrying
    over may be cut short at any point. What the database refuses stays where it is, and holds up
    nothing else. What is written under a lease never waits: it must not be written later than it
    was meant to.
    """

    _spool: Spool

    def __init__(self, url: str, folder: Path, *, rest: float = REST) -> None:
        """`folder`: `data_dir`. The database may be away at first. Raises JournalError.

        `rest`: seconds until what it refuses is tried again.
        """
        super().__init__(url, folder, patient=True, timeout=PATIENCE)
        self._spent = Spent(folder / "spent")
        self._probe = Journal(self._spool.folder)
        self._lock = FileLease(folder / "spool.lock")
        self._rest = rest
        self._reset()
        os.register_at_fork(after_in_child=self._reset)
        if self._spool.waiting():  # of a process that has ended
            self._carry_beside()

    def _reset(self) -> None:
        self._gate = threading.RLock()  # guards the rest, and what is put into the spool
        self._away = False
        self._carrying: threading.Thread | None = None
        self._closing = threading.Event()
        self._refused: dict[Path, float] = {}  # when each is tried again

    # -- while it is away -----------------------------------------------------------------------

    def append(self, *events: AnyEvent, lease: Lease | None = None) -> None:
        if lease is not None:
            super().append(*events, lease=lease)
            return
        if not self._away:
            try:
                super().append(*events)
            except JournalError as error:
                log.error("%s; what comes is kept in %s meanwhile", error, self._spool.folder)
            else:
                return
        with self._gate:
            try:
                self._spool.put(*events)
            except OSError as error:
                raise JournalError(f"{self._spool.folder}: {error.strerror}") from error
            self._away = True
            self._carry_beside()

    def readiness(self) -> str | None:
        if not self._away and super().readiness() is None:
            return None
        return self._probe.readiness()

    def received_lately(self, submission: UUID) -> bool:
        try:
            if self._spool.has(submission):
                return True
        except OSError:
            return False
        return not self._away and super().received_lately(submission)

    def claim_once(self, key: str, until: int, owner: str | None = None) -> bool:
        if not self._away:
            try:
                return super().claim_once(key, until, owner)
            except OSError as error:
                if until >= FOREVER:
                    raise
                log.warning("what was used up is known to this machine only: %s", error.strerror)
        if until >= FOREVER:
            raise OSError("what is remembered for good is in the database, which is away")
        return self._spent.spend(key, until, owner)

    def close(self) -> None:
        self._closing.set()
        with self._gate:
            carrying = self._carrying
        if carrying is not None:
            carrying.join()
        self._closing.clear()  # whoever goes on to use it has it carry again
        super().close()

    # -- when it is back ------------------------------------------------------------------------

    def _carry_beside(self) -> None:
        with self._gate:
            if self._carrying is None or not self._carrying.is_alive():
                self._carrying = threading.Thread(target=self._carry, name="spool", daemon=True)
                self._carrying.start()

    def _carry(self) -> None:
        """Carry over until nothing waits any more; one process of a machine at a time."""
        pause = 0.0
        while not self._closing.wait(pause):
            pause = AGAIN
            try:
                carried = self._carry_all() if self._lock.win() else 0
                with self._gate:
                    waiting = {*self._spool.waiting()}
                    # A database that refuses everything is as good as away.
                    if not waiting or (carried and waiting <= self._refused.keys()):
                        self._away = False
                    if not waiting:
                        self._carrying = None
                        return
            except AwayError:
                pass  # it has been told
            except OSError as error:
                log.error("what waits in %s cannot be carried over: %s", self._spool.folder, error)
            finally:
                self._lock.resign()

    def _carry_all(self) -> int:
        """Carry over what waits, except what was refused a moment ago; the number of appends."""
        self._spool.tidy()
        paths, now = self._spool.waiting(), time.monotonic()
        self._refused = {path: self._refused[path] for path in paths if path in self._refused}
        carried = in_vain = 0
        for path in paths:
            if self._refused.get(path, now) > now:
                continue
            try:
                carried += self._carry_one(path)
            except AwayError:
                raise
            except JournalError as error:
                if path not in self._refused:
                    log.error("%s stays where it is, and is tried again: %s", path, error)
                self._refused[path] = now + self._rest
                in_vain += 1
                if in_vain == IN_VAIN:
                    break
            else:
                in_vain = 0
        if carried:
            log.warning("%s is back; %d appends were carried over", self, carried)
        return carried

    def _carry_one(self, path: Path) -> bool:
        """Carry over what a file has, unless that is nothing of ours."""
        try:
            events = self._spool.read(path)
        except ValueError as error:
            aside = self._spool.set_aside(path)
            log.error("%s: %s; once it can be read, name it %s again", aside, error, path.name)
            return False
        self._appender.append(*events, again=True)
        path.unlink()
        return True
