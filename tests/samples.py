"""Events to begin with; quick to import, for programs of their own that need nothing else."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from frontdesk.model.events import Received, utcnow
from frontdesk.model.lead import Lead, Origin


def received(
    submission: UUID | None = None,
    *,
    at: datetime | None = None,
    destinations: tuple[str, ...] = ("crm",),
    **lead: Any,
) -> Received:
    """A submission's first line; other keywords are the lead's."""
    answers: dict[str, Any] = {
        "first_name": "Jana",
        "last_name": "Nováková",
        "language": "cs",
        "email": "jana@example.com",
        **lead,
    }
    return Received(
        id=submission or uuid4(),
        at=at or utcnow(),
        form="riverside",
        lead=Lead(**answers),
        origin=Origin("json", "192.0.2.7"),
        destinations=destinations,
    )
