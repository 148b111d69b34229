"""A journal in PostgreSQL for those who take enquiries in: what comes while it is away waits."""

import logging
import os
import threading
from pathlib import Path
from uuid import UUID

from frontdesk.model.events import AnyEvent
from frontdesk.store.base import JournalError, Lease
from frontdesk.store.files.lease import FileLease
from frontdesk.store.files.segments import Journal
from frontdesk.store.files.spent import Spent
from frontdesk.store.postgresql.complaints import AwayError
from frontdesk.store.postgresql.spool import Spool
from frontdesk.store.postgresql.store import PostgresStore

log = logging.getLogger("frontdesk.journal")

PATIENCE = 2  # seconds that a visitor waits for a database before the enquiry is put aside
AGAIN = 1.0  # seconds between attempts to carry over what waits


class SpoolingStore(PostgresStore):
    """A PostgresStore that keeps what it cannot write in files of this machine.

    What is there already when it comes to the database a second time stays as it is, so carrying
    over may be cut short at any point. What is written under a lease never waits: it must not be
    written later than it was meant to.
    """

    def __init__(self, url: str, folder: Path) -> None:
        """`folder`: `data_dir`. The database may be away at first. Raises JournalError."""
        self._spool = Spool(folder / "spool")
        self._spent = Spent(folder / "spent")
        self._probe = Journal(self._spool.folder)
        self._lock = FileLease(folder / "spool.lock")
        self._reset()
        os.register_at_fork(after_in_child=self._reset)
        super().__init__(url, patient=True, timeout=PATIENCE)
        if self._spool.waiting():  # of a process that has ended
            self._carry_beside()

    def _reset(self) -> None:
        self._gate = threading.RLock()  # guards the rest, and what is put into the spool
        self._away = False
        self._carrying: threading.Thread | None = None
        self._closing = threading.Event()

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

    def spooled(self) -> int:
        return len(self._spool.waiting()) + self._spool.unreadable()

    def received_lately(self, submission: UUID) -> bool:
        try:
            if self._spool.has(submission):
                return True
        except OSError:
            return False
        return not self._away and super().received_lately(submission)

    def claim_once(self, key: str, until: int) -> bool:
        if not self._away:
            try:
                return super().claim_once(key, until)
            except OSError as error:
                log.warning("what was used up is known to this machine only: %s", error.strerror)
        return self._spent.spend(key, until)

    def close(self) -> None:
        self._closing.set()
        with self._gate:
            carrying = self._carrying
        if carrying is not None:
            carrying.join()
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
                if self._lock.win():
                    self._carry_all()
                with self._gate:
                    if not self._spool.waiting():
                        self._away = False
                        self._carrying = None
                        return
            except AwayError:
                pass  # it has been told
            except (JournalError, OSError) as error:
                log.error("what waits in %s cannot be carried over: %s", self._spool.folder, error)
            finally:
                self._lock.resign()

    def _carry_all(self) -> None:
        self._spool.tidy()
        paths = self._spool.waiting()
        for path in paths:
            try:
                events = self._spool.read(path)
            except ValueError as error:
                aside = self._spool.set_aside(path)
                log.error("%s: %s; once it can be read, name it %s again", aside, error, path.name)
                continue
            super().append(*events)
            path.unlink()
        if paths:
            log.warning("%s is back; %d appends were carried over", self, len(paths))
