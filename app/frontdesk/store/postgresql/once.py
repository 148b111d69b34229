"""What may be used only once among all machines, such as the solution of a captcha."""

import hashlib
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

from frontdesk.store.base import FOREVER
from frontdesk.store.postgresql.connection import Connection
from frontdesk.store.postgresql.pool import Connections, as_os_error

TIDIED = 600  # seconds between two looks at what may go

# An owner who asks again finds its own row, and so does a call that is repeated, for its connection
# was lost.
_CLAIM = """
insert into frontdesk.once as once (key, until, by) values (%s, %s, %s)
on conflict (key) do update set until = once.until where once.by = excluded.by
returning 1
"""
# As with files: by what counts longest, and not by a clock alone, which may be wrong today; nor by
# that alone, for it may be of a clock that was ahead.
_TIDY = """
delete from frontdesk.once
where until < least(now(), (select max(until) from frontdesk.once where until < %(forever)s))
    - interval '48 hours'
"""


class Once:
    """Remembers what was used, for all processes that share a database."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._tidied = time.monotonic()

    def claim(self, key: str, until: int, owner: str | None = None) -> bool:
        """True the first time, and again for the same owner; see Store.claim_once.

        Raises OSError.
        """
        by = uuid4() if owner is None else UUID(bytes=_digest(owner)[:16])
        values = (_digest(key), datetime.fromtimestamp(until, UTC), by)

        def question(connection: Connection) -> bool:
            return connection.execute(_CLAIM, values).fetchone() is not None

        if time.monotonic() - self._tidied > TIDIED:
            self.tidy()
        with as_os_error():
            return self._connections.ask_quick(question)

    def tidy(self) -> None:
        """Forget what counts no more. Raises OSError."""
        self._tidied = time.monotonic()
        known = {"forever": datetime.fromtimestamp(FOREVER, UTC)}
        with as_os_error():
            self._connections.ask_quick(lambda connection: connection.execute(_TIDY, known))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
