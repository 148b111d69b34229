"""A WSGI app in whose place another can be put while it serves; and one beside it, likewise."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from werkzeug.wsgi import ClosingIterator

PATIENCE = 120.0  # seconds that requests under way get to end with the app that they came to


class _Served:
    """An app, perhaps one beside it, and how many requests are under way in both."""

    def __init__(self, app: Flask, beside: Flask | None) -> None:
        self.app, self.beside = app, beside
        self.requests = 0
        self.replaced = False
        self.empty = threading.Event()


class Swap:
    """Gives each request to the present app; those under way end with the one they came to."""

    def __init__(self, app: Flask, beside: Flask | None = None) -> None:
        """`beside`: what shares its extension, and comes and goes with it."""
        self._lock = threading.Lock()
        self._served = _Served(app, beside)
        self._closing: set[threading.Thread] = set()

    @property
    def app(self) -> Flask:
        """The one that new requests come to."""
        return self._served.app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._answer(lambda served: served.app, environ, start_response)

    def beside(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """The WSGI app that is beside the other one; only where there is one."""
        return self._answer(lambda served: served.beside, environ, start_response)

    def _answer(
        self,
        which: Callable[[_Served], Flask | None],
        environ: dict[str, Any],
        start_response: Any,
    ) -> Iterable[bytes]:
        with self._lock:
            served = self._served
            served.requests += 1
        try:
            app = which(served)
            assert app is not None  # noqa: S101 - see above
            answer = app(environ, start_response)
        except BaseException:
            self._ended(served)
            raise
        return ClosingIterator(answer, lambda: self._ended(served))

    def _ended(self, served: _Served) -> None:
        with self._lock:
            served.requests -= 1
            if served.replaced and not served.requests:
                served.empty.set()

    def replace(self, app: Flask, beside: Flask | None = None) -> Callable[[], None]:
        """Give new requests to another app; what closes the old one, and takes its time."""
        with self._lock:
            old, self._served = self._served, _Served(app, beside)
            old.replaced = True
            if not old.requests:
                old.empty.set()
        before, heir = old.app.extensions["frontdesk"], app.extensions["frontdesk"]
        return lambda: before.leave_to(heir, lambda: old.empty.wait(PATIENCE))

    def close_beside(self, close: Callable[[], None]) -> None:
        """Close an old app in a thread, for which `close` of this waits."""

        def run() -> None:
            try:
                close()
            finally:
                self._closing.discard(thread)

        thread = threading.Thread(target=run, name="closing", daemon=True)
        self._closing.add(thread)
        thread.start()

    def close(self) -> None:
        """Close all apps, once deliveries under way have ended; no request comes any more."""
        for thread in list(self._closing):
            thread.join(PATIENCE)
        self.app.extensions["frontdesk"].close()
