"""Correct a lead by the rules of the form that the visitor filled in."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from frontdesk.config import Form, Settings
from frontdesk.i18n import SOURCE
from frontdesk.model import events
from frontdesk.model.lead import Lead
from frontdesk.model.record import Record
from frontdesk.operations.errors import InvalidError, NotPossibleError
from frontdesk.store.base import Store


class Change(NamedTuple):
    """One field of a lead, with its values before and after; None is no value."""

    field: str
    before: Any
    after: Any


def correctable(settings: Settings, record: Record) -> tuple[Form, Lead]:
    """The form by whose rules a lead is corrected, and the lead.

    Raises NotPossibleError (`revocation`, `erased`, `form`).
    """
    if record.submission is None:
        raise NotPossibleError(record, "revocation")
    if record.erased is not None:
        raise NotPossibleError(record, "erased")
    form = settings.forms.get(record.submission.form)
    if form is None:
        raise NotPossibleError(record, "form")
    return form, record.submission.lead


def amend(
    store: Store,
    settings: Settings,
    record: Record,
    changes: Mapping[str, str],
    by: str,
    language: str = SOURCE,
) -> list[Change]:
    """Correct a lead, and return what has changed; nothing is written if nothing has.

    `changes`: values by field, as an operator types them; `""` empties a field, commas separate the
    parts of a list. `by`: the operator, who reads what is wrong in `language`. Raises
    NotPossibleError (`revocation`, `erased`, `form`), InvalidError, JournalError.
    """
    # The forms take long to import, and only this operation and `person` need them.
    from frontdesk.intake.correction import Correction

    form, before = correctable(settings, record)
    lead, problems = Correction(form, before, language).apply(changes)
    if lead is None:
        raise InvalidError(problems)
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(lead)
    changed = [
        Change(key, old.get(key), new.get(key))
        for key in {**old, **new}
        if old.get(key) != new.get(key)
    ]
    if changed:
        fields = tuple(change.field for change in changed)
        store.append(events.Amended(id=record.id, by=by, lead=lead, changed=fields))
    return changed
