"""The audit trail: who signed in, and whose data they looked at. Not a part of the journal."""

import os
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec

from frontdesk.data_dir import audit_file
from frontdesk.model.events import utcnow

What = Literal["sign-in", "sign-in failed", "recovery code", "sign-out", "view", "export", "erase"]


class Audit:
    """Appends lines to the trail; any number of processes may."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def note(
        self,
        what: What,
        by: str | None,
        address: str,
        identity: UUID | None = None,
        **more: object,
    ) -> None:
        """Write one line. `address`: the client's. `more`: of this kind. Raises OSError."""
        who = {"by": by, "what": what, "id": identity, "address": address or None}
        said = {"at": utcnow(), **who, **more}
        line = msgspec.json.encode(said) + b"\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        fd = os.open(audit_file(self._data_dir), flags, 0o600)
        try:
            if os.write(fd, line) < len(line):  # in one piece, so that no other comes in between
                raise OSError("the audit trail cannot be written whole")
        finally:
            os.close(fd)
