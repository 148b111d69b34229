"""How a process that stays is told to take a new configuration: by SIGHUP, or by `reload`.

`frontdesk reload` comes through a socket in `data_dir`, of which each such process has its own: who
answers there is one of ours, which a number in a file would not say, and says what came of it.
"""

import json
import logging
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from frontdesk.data_dir import CONTROL, make_control

log = logging.getLogger("frontdesk.reload")

WISH = b"reload\n"
HANG_UP, WAKE = b"h", b"w"
ASKING = 5.0  # seconds that somebody who has come gets to say what he wants
ANSWERING = 300.0  # seconds that a process gets to take a configuration in

Reload = Callable[[], list[str]]  # what was wrong; nothing if it is in use now


class Answer(NamedTuple):
    """What a process says of a reload: which one it is, and why it refuses; nothing if it took it.

    `pid`: 0 where it ended without an answer.
    """

    what: str
    pid: int
    problems: list[str]


class Control:
    """The ear of one process."""

    def __init__(self, data_dir: Path, what: str) -> None:
        """Listen from now on; `attend` answers, also later. `what`: the command, say `serve`."""
        self._what = what
        self._reads, self._writes = os.pipe()
        for end in (self._reads, self._writes):
            os.set_blocking(end, False)
        self._path: Path | None = None
        self._socket: socket.socket | None = None
        try:
            self._path, self._socket = _listen(make_control(data_dir), what)
        except OSError as error:
            log.warning("`frontdesk reload` will not find this process: %s", error)
        self._terminal = _at_terminal()
        signal.signal(signal.SIGHUP, self._hung_up)

    def _hung_up(self, *_: Any) -> None:
        if self._terminal and not _at_terminal():
            os.kill(os.getpid(), signal.SIGTERM)  # its window was closed, which nobody meant so
        else:
            self._write(HANG_UP)

    def wake(self, *_: Any) -> None:
        """Have `attend` return; for signal handlers."""
        self._write(WAKE)

    def _write(self, word: bytes) -> None:
        with suppress(BlockingIOError):  # so much is in it that it is read anyway
            os.write(self._writes, word)

    @staticmethod
    def prepare() -> None:
        """Outlive a SIGHUP that comes before there is anything to reload."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def attend(self, reload: Reload) -> None:
        """Wait until something comes, and reload if that was wanted."""
        ears: list[Any] = [self._reads, *([self._socket] if self._socket else [])]
        ready, _, _ = select.select(ears, [], [])
        if self._reads in ready and HANG_UP in os.read(self._reads, 4096):
            reload()
        if self._socket is not None and self._socket in ready:
            self._answer(self._socket, reload)

    def attend_beside(self, reload: Reload) -> None:
        """Attend in a thread, until the process ends."""
        threading.Thread(target=self._attend_always, args=(reload,), daemon=True).start()

    def _attend_always(self, reload: Reload) -> None:
        while True:
            try:
                self.attend(reload)
            except OSError:
                log.exception("no new configuration can be taken")
                return

    def _answer(self, door: socket.socket, reload: Reload) -> None:
        with suppress(OSError):  # who asked has gone, and the log has it
            asks, _ = door.accept()
            with asks:
                asks.settimeout(ASKING)
                if asks.recv(len(WISH)) == WISH:
                    answer = Answer(self._what, os.getpid(), reload())
                    asks.sendall(json.dumps(answer._asdict()).encode())

    def forsake(self) -> None:
        """Leave it to the parent, in a child that was forked."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for end in (self._reads, self._writes):
            os.close(end)
        if self._socket is not None:
            self._socket.close()

    def close(self) -> None:
        """Be found no more."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def ask_all(data_dir: Path) -> Iterator[Answer]:
    """Have every process of this `data_dir` reload, one after the other. Raises OSError."""
    if not (data_dir / CONTROL).exists():
        return
    with _opened(data_dir / CONTROL) as folder:
        for what, asks in _reached(folder):
            yield _heard(asks, what)


def _reached(folder: int) -> Iterator[tuple[str, socket.socket]]:
    """Each process that listens, with a connection to it; what others have left is removed."""
    for name in sorted(os.listdir(folder)):
        if name.startswith("."):
            continue
        with socket.socket(socket.AF_UNIX) as asks:
            asks.settimeout(ANSWERING)
            try:
                asks.connect(_in(folder, name))
            except (ConnectionRefusedError, FileNotFoundError):  # its process was killed
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=folder)
                continue
            yield name.partition("-")[0], asks


def _heard(asks: socket.socket, what: str) -> Answer:
    try:
        asks.sendall(WISH)
        said = b"".join(iter(lambda: asks.recv(65536), b""))
    except TimeoutError:
        return Answer(what, 0, [f"no answer within {ANSWERING:.0f} seconds; see its log"])
    except OSError:
        said = b""
    try:
        return Answer(**json.loads(said))
    except ValueError:
        return Answer(what, 0, ["it ended while it was asked"])


def _listen(folder: Path, what: str) -> tuple[Path, socket.socket]:
    path = folder / f"{what}-{uuid4().hex[:12]}"
    hidden = path.with_name(f".{path.name}")
    ears = socket.socket(socket.AF_UNIX)
    try:
        with _opened(folder) as fd:
            with suppress(OSError):  # what those have left who were killed does not pile up
                for _ in _reached(fd):
                    pass
            ears.bind(_in(fd, hidden.name))
        ears.listen()
        hidden.rename(path)  # who finds it under its name finds somebody listening
    except OSError:
        ears.close()
        raise
    ears.setblocking(False)  # who has come may have gone again
    return path, ears


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """The descriptor of a folder, and not of another that a link leads to."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield fd
    finally:
        os.close(fd)


def _in(folder: int, name: str) -> str:
    """A socket's address, which has 108 bytes, however long the way to the folder is."""
    return f"/proc/self/fd/{folder}/{name}"


def _at_terminal() -> bool:
    return sys.__stdin__ is not None and os.isatty(0)
