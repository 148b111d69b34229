"""How many enquiries were refused, and why: by day, form, field and reason, with no names."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct, field

from frontdesk.model.events import Refusal, Refused

DAYS = 31  # days with refusals whose counts are kept apart


class Refusals(Struct):
    """The refusals of one form.

    `reasons`: refused enquiries by reason. `fields`: what was wrong in them, by field and reason.
    """

    reasons: dict[str, int] = field(default_factory=dict)
    fields: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def enquiries(self) -> int:
        """The number of refused enquiries."""
        return sum(self.reasons.values())

    def add(self, refusal: Refusal) -> None:
        """Add what a line has counted."""
        name = refusal.field
        counts = self.reasons if name is None else self.fields.setdefault(name, {})
        counts[refusal.reason] = counts.get(refusal.reason, 0) + refusal.times

    def counts(self, form: str) -> list[Refusal]:
        """The same, as lines have it."""
        whole = [Refusal(form, reason, times) for reason, times in self.reasons.items()]
        return whole + [
            Refusal(form, reason, times, name)
            for name, counts in self.fields.items()
            for reason, times in counts.items()
        ]


Forms = dict[str, Refusals]


class History(Struct):
    """The refusals of all forms: of each of the last DAYS, and in all.

    Its size depends on the number of forms and fields, not on how much was refused.
    """

    days: dict[date, Forms] = field(default_factory=dict)
    total: Forms = field(default_factory=dict)
    heard: dict[UUID, datetime] = field(default_factory=dict)  # each process's last line

    def apply(self, event: Refused) -> None:
        """Take a line in, if it counts."""
        if not self.takes(event):
            return
        self.heard[event.id] = event.at
        _add(self.days.setdefault(event.day, {}), event.counts)
        _add(self.total, event.counts)
        if len(self.days) > DAYS:
            del self.days[min(self.days)]
            first = min(self.days)
            self.heard = {one: at for one, at in self.heard.items() if at.date() >= first}

    def takes(self, event: Refused) -> bool:
        """Whether a line counts: not if it has come before, or is of long ago."""
        last = self.heard.get(event.id)
        if last is not None and event.at <= last:
            return False
        # Whether a line of such a day has come before is not known any more. The days that there
        # are decide and not the calendar: a clock that was years ahead makes nothing else too old.
        return len(self.days) < DAYS or event.day >= min(self.days)

    def between(self, first: date, last: date) -> Forms:
        """The refusals from one day to another, both included."""
        found: Forms = {}
        for forms in (forms for day, forms in self.days.items() if first <= day <= last):
            for form, refusals in forms.items():
                _add(found, refusals.counts(form))
        return found


def _add(forms: Forms, counts: Iterable[Refusal]) -> None:
    for one in counts:
        forms.setdefault(one.form, Refusals()).add(one)
