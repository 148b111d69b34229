"""How the one that watches tells its workers something, and learns that they took it."""

import socket
import struct
from collections.abc import Iterator

PATIENCE = 60.0  # seconds that a worker gets to take something in
_LENGTH = struct.Struct("=Q")
_TAKEN = b"t"


def lines() -> tuple["Line", "Line"]:
    """Both ends of a line between two processes."""
    ours, theirs = socket.socketpair()
    return Line(ours), Line(theirs)


class Line:
    """One end. It ends when the process at the other one does."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def send(self, news: bytes) -> bool:
        """Say something to the other end; whether it got through in time."""
        self._end.settimeout(PATIENCE)
        try:
            self._end.sendall(_LENGTH.pack(len(news)) + news)
        except OSError:
            return False
        return True

    def taken(self) -> bool:
        """Wait until the other end has taken what was said last; whether it did, and in time."""
        try:
            return self._end.recv(1) == _TAKEN
        except OSError:
            return False

    def news(self) -> Iterator[bytes]:
        """What the other end says, one after the other, until it is gone."""
        while (length := self._received(_LENGTH.size)) is not None:
            news = self._received(*_LENGTH.unpack(length))
            if news is None:
                return
            yield news

    def take(self) -> None:
        """Say that what came last was taken in."""
        self._end.sendall(_TAKEN)

    def _received(self, size: int) -> bytes | None:
        parts = bytearray()
        while len(parts) < size:
            try:
                part = self._end.recv(min(size - len(parts), 1 << 20))
            except OSError:
                return None
            if not part:
                return None
            parts += part
        return bytes(parts)

    def close(self) -> None:
        self._end.close()
