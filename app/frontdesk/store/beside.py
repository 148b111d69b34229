"""An index that is built in a thread, for those who do not wait for it."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from frontdesk.store.errors import IndexBuildingError, JournalError

T = TypeVar("T")


class Beside:
    """Builds an index once at a time, beside whatever else its process does."""

    def __init__(self, build: Callable[[], object]) -> None:
        """`build`: asks something that needs the index, and waits for it."""
        self._build = build
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Have it built, unless that is under way in this process."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="index", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        # It is closed meanwhile, or away: whoever asks next has it tried again, or is told.
        with suppress(JournalError):
            self._build()

    def hurried(self, ask: Callable[[], T]) -> T:
        """Ask somebody who does not wait; if that needs the index first, have it built.

        Raises what `ask` raises, IndexBuildingError above all.
        """
        try:
            return ask()
        except IndexBuildingError:
            self.begin()
            raise
