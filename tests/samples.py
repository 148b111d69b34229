"""Events to begin with; quick to import, for programs of their own that need nothing else."""

from datetime import datetime
from typing import Any, get_type_hints
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


# The fields of a lead that every form may have. Not those of one form's own, of which all who tell
# them have tests; nor who is responsible in the system that it comes from.
TOLD = tuple(
    name for name in Lead.__struct_fields__ if name not in {"consents", "attributes", "assignee"}
)
_KINDS = get_type_hints(Lead)


def said(name: str) -> str:
    """What `everything` says in a field: it is written alike by all who tell it."""
    if name == "language":
        return "sk"
    return "642" if _KINDS[name] == int | None else f"told-{name.replace('_', '-')}"


def everything() -> dict[str, Any]:
    """A value for each field of TOLD, of which none is a part of another one."""
    kinds: dict[object, Any] = {int | None: int, tuple[str, ...]: lambda text: (text,)}
    return {name: kinds.get(_KINDS[name], str)(said(name)) for name in TOLD}
