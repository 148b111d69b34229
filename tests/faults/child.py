"""`frontdesk` as it is shipped, but for a few places at which a test can make it die.

A fault is armed by a file in the working directory. Whoever gets to remove it first is struck, so
one file strikes once, whichever process comes by.
"""

import errno
import os
import platform
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import ParamSpec

import frontdesk.couriers
import frontdesk.data_dir
import frontdesk.delivery.courier
import frontdesk.delivery.schedule
import frontdesk.store.files.index.session
import frontdesk.store.files.store
from frontdesk.crm.realgeeks.destination import RealGeeksDestination
from frontdesk.crm.realpad.destination import RealpadDestination
from frontdesk.crm.webhook.destination import WebhookDestination
from frontdesk.delivery.destination import Delivered
from frontdesk.model.events import utcnow
from frontdesk.store.files.fs import replace_file
from frontdesk.store.files.index.writer import Writer
from frontdesk.store.files.segments import Journal

P = ParamSpec("P")
CRASH_POINTS = (
    "mid-write",
    "before-sync",
    "after-sync",
    "after-intent",
    "after-send",
    "mid-commit",
    "mid-build",
)
ERROR_POINTS = ("write", "fsync")  # where the disk answers with EIO
SPOOL_POINTS = ("mid-spool", "after-spool", "spool")  # the same where something is put aside
DAYS = Path("days")  # how many midnights have passed
MACHINE = "MACHINE_OF_THE_TESTS"  # the variable with its name; of several machines
TERM, TENURE = 3.0, 6.0  # seconds of a lease there; elsewhere as many, but more
LONGEST_WAIT = 1.0  # seconds; what an absurd Retry-After comes to here, a day elsewhere


def armed(point: str) -> Path:
    """The file that makes the next process at this point die, or meet an error."""
    return Path(f"crash-{point}")


def crash(point: str) -> None:
    try:
        armed(point).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def fail(point: str) -> None:
    try:
        armed(point).unlink()
    except FileNotFoundError:
        return
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def tomorrow() -> datetime:
    """The clock that the journal's segments are named by."""
    try:
        return utcnow() + timedelta(days=int(DAYS.read_text()))
    except (OSError, ValueError):
        return utcnow()


def with_crash_points(
    write: Callable[[int, bytes], int], sync: Callable[[int], None]
) -> tuple[Callable[[int, bytes], int], Callable[[int], None]]:
    """`os.write` and `os.fdatasync`, deadly where a journal line is concerned."""

    def deadly_write(fd: int, data: bytes) -> int:
        if bytes(data[:6]).lstrip().startswith(b'{"v":') and armed("mid-write").exists():
            write(fd, data[: len(data) // 2])
            crash("mid-write")
        if bytes(data[:6]).lstrip().startswith(b'{"v":'):
            fail("write")
        return write(fd, data)

    def deadly_sync(fd: int) -> None:
        crash("before-sync")
        fail("fsync")
        sync(fd)
        crash("after-sync")

    return deadly_write, deadly_sync


def deadly(ask: Callable[P, Delivered]) -> Callable[P, Delivered]:
    """What is asked of a CRM, which may be the last thing that a process does."""

    def ask_and_die(*args: P.args, **kwargs: P.kwargs) -> Delivered:
        crash("after-intent")
        delivered = ask(*args, **kwargs)
        crash("after-send")
        return delivered

    return ask_and_die


class DeadlyWriter(Writer):
    """Takes lines into the index, which may be the last thing that a process does."""

    def finish(self) -> None:
        super().finish()
        crash("mid-commit")  # all is written, and nothing is committed
        if not self._db.execute("PRAGMA user_version").fetchone()[0]:
            crash("mid-build")


def put_aside(path: Path, content: bytes) -> None:
    """Put a file into the spool, which may be the last thing that a process does."""
    if armed("mid-spool").exists():
        path.with_suffix(".part").write_bytes(content[: len(content) // 2])
        crash("mid-spool")
    fail("spool")
    replace_file(path, content)
    crash("after-spool")


def become(machine: str) -> None:
    """Be a machine of its own, on which leases pass from hand to hand while one can watch."""
    import frontdesk.store.postgresql.store as postgresql
    import frontdesk.store.spool
    from frontdesk.store.postgresql.lease import Leases

    platform.node = lambda: machine
    postgresql.Leases = partial(Leases, term=TERM)
    frontdesk.couriers.TENURE = TENURE
    frontdesk.store.spool.replace_file = put_aside


def main() -> None:
    if MACHINE in os.environ:
        become(os.environ[MACHINE])
    os.write, os.fdatasync = with_crash_points(os.write, os.fdatasync)
    RealpadDestination.deliver = deadly(RealpadDestination.deliver)
    RealpadDestination.revoke = deadly(RealpadDestination.revoke)
    RealGeeksDestination.deliver = deadly(RealGeeksDestination.deliver)
    WebhookDestination.deliver = deadly(WebhookDestination.deliver)
    frontdesk.store.files.store.Journal = lambda folder, _clock: Journal(folder, tomorrow)
    frontdesk.store.files.index.session.Writer = DeadlyWriter
    frontdesk.delivery.schedule.LONGEST_WAIT = LONGEST_WAIT
    from frontdesk.cli import main as cli

    cli()


if __name__ == "__main__":
    main()
