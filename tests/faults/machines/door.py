"""A network of ours, that fails as networks do: what lies behind it is reached through doors."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress


class Door:
    """A port on which something else is reached, as long as it lets through what is sent."""

    def __init__(self, behind: Callable[[], int | None]) -> None:
        """`behind`: the port on which it is at the moment; None for nobody."""
        self._behind = behind
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.delay = 0.0  # seconds that everything takes, each way
        self.shut = False  # whether nobody is let in
        self._there, self._back = threading.Event(), threading.Event()  # whether it goes on
        self._gate = threading.Lock()
        self._inside: set[socket.socket] = set()
        self.let()
        threading.Thread(target=self._serve, daemon=True).start()

    def hold(self, *, there: bool = True, back: bool = True) -> None:
        """Let nothing through any more, not even that somebody hung up."""
        if there:
            self._there.clear()
        if back:
            self._back.clear()

    def let(self) -> None:
        """Let everything through again, also what was held."""
        self._there.set()
        self._back.set()

    def cut(self) -> None:
        """End all connections; what is held is lost."""
        with self._gate:
            for end in self._inside:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._inside.clear()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # or `accept` would go on
        self._listener.close()
        self.cut()
        self.let()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client:
            port = None if self.shut else self._behind()
            if port is None:
                return
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as server:
                with self._gate:
                    self._inside |= {client, server}
                back = threading.Thread(target=self._pass, args=(server, client, self._back))
                back.start()
                self._pass(client, server, self._there)
                back.join()
                with self._gate:
                    self._inside -= {client, server}

    def _pass(self, source: socket.socket, sink: socket.socket, goes_on: threading.Event) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                time.sleep(self.delay)
                goes_on.wait()
                sink.sendall(data)
        goes_on.wait()
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
