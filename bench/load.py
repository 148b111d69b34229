"""Load generators that leave the CPU to the server: one thread, bytes made beforehand."""

import re
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CONNECTIONS = 32
PATIENCE = 30.0  # seconds without any answer
MARK = b"0123456789"  # in a request, gives way to its number, which has as many digits


@dataclass
class Result:
    """What came back. Times are in seconds; answers after the end are counted, not timed."""

    seconds: float = 0.0
    busy: float = 0.0  # seconds of CPU that the generator itself used
    answered: int = 0
    errors: int = 0
    took: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds


class Connection:
    """Sends the next request as soon as the last one is answered."""

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = requests
        self._data = b""
        self.since = 0.0

    def send(self, number: int) -> None:
        """Send the request whose turn it is, with its number in it."""
        request = self._requests[number % len(self._requests)].replace(MARK, b"%010d" % number, 1)
        self._data = b""
        self.since = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """The status, once the answer is complete; 0 when the server hung up."""
        received = self.socket.recv(65536)
        if not received:
            return 0
        self._data += received
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return None
        length = LENGTH.search(self._data, 0, end)
        if length is None:
            raise RuntimeError(f"an answer without Content-Length: {self._data[:500]!r}")
        if len(self._data) < end + 4 + int(length[1]):
            return None
        return int(self._data[9:12])


def load(
    port: int,
    requests: Sequence[bytes],
    status: int,
    seconds: float,
    first: int,
    connections: int = CONNECTIONS,
) -> Result:
    """Keep connections busy with the requests in turn; numbers count up from `first`."""
    result = Result()
    number = first
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            connection = Connection(port, requests)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        used, start = time.process_time(), time.perf_counter()
        deadline = start + seconds
        for key in list(selector.get_map().values()):
            number += 1
            key.data.send(number)
        pending = connections
        while pending:
            ready = selector.select(PATIENCE)
            if not ready:
                result.errors += pending
                break
            for key, _ in ready:
                connection = key.data
                answer = connection.receive()
                if answer is None:
                    continue
                now = time.perf_counter()
                if answer == status:
                    result.answered += 1
                    if now <= deadline:
                        result.took.append(now - connection.since)
                else:
                    result.errors += 1
                if now <= deadline and answer:
                    number += 1
                    connection.send(number)
                else:
                    pending -= 1
                    selector.unregister(connection.socket)
                    connection.socket.close()
        for key in list(selector.get_map().values()):
            key.data.socket.close()
    result.seconds = seconds
    result.busy = time.process_time() - used
    return result


def paced(
    port: int, request: bytes, status: int, rate: float, seconds: float, first: int
) -> list[float]:
    """So many requests a second, one after the other; how long each took from when it was due."""
    connection = Connection(port, [request])
    took = []
    begun = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        connection.send(first + number + 1)
        while (answer := connection.receive()) is None:
            pass
        if answer != status:
            raise RuntimeError(f"an answer of status {answer}")
        took.append(time.perf_counter() - due)
    connection.socket.close()
    return took
