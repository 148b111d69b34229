"""Count submissions by day, form, campaign, unit and state."""

from collections.abc import Iterable
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from frontdesk.model.record import Record


class Tally(NamedTuple):
    """The number of submissions that came in on one day (UTC) and agree in all of these."""

    day: date
    form: str
    campaign: str | None
    unit: str | None
    state: str
    number: int

    @classmethod
    def each(cls, records: Iterable[Record]) -> list["Tally"]:
        """Count these submissions, oldest day first; revocations are left out."""
        found: dict[Tally, int] = {}
        for record in records:
            if (came := record.submission) is not None:
                lead = came.lead
                one = cls(came.at.date(), came.form, lead.campaign, lead.unit, record.state, 0)
                found[one] = found.get(one, 0) + 1
        counted = (one._replace(number=number) for one, number in found.items())
        return sorted(counted, key=attrgetter("day"))
