"""What charts show: rows with a bar for each, or a line over time, and a sentence that sums up."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from frontdesk.config import Settings, localized
from frontdesk.i18n import N_
from frontdesk.inbox.language import _, decimal, language
from frontdesk.operations.charts import Delays, Numbers

SHOWN = 15  # rows of a chart; the file has all of them

_TROUBLES = {
    "any": N_("any of these"),
    "held": N_("held"),
    "failed": N_("failed"),
    "unknown": N_("unknown whether it arrived"),
}
_DELAYS = (
    N_("up to 5 seconds"),
    N_("up to a minute"),
    N_("up to 10 minutes"),
    N_("up to an hour"),
    N_("up to a day"),
    N_("longer"),
)
_REASONS = {
    "rate": N_("too many at once"),
    "token": N_("the page was open too long, or not complete"),
    "fields": N_("something was filled in wrongly"),
    "captcha": N_("the captcha was not passed"),
    "outage": N_("the captcha's provider was away"),
    "unwritable": N_("it could not be written down"),
    "origin": N_("sent from a site that may not"),
    "key": N_("a wrong API key"),
    "malformed": N_("not readable"),
    "too_large": N_("too large"),
    "tokens": N_("too many pages opened at once"),
    "broken": N_("a fault of Frontdesk's"),
}
_VERDICTS = {
    "passed": N_("passed, and held for another reason"),
    "missing": N_("not answered"),
    "failed": N_("answered wrongly"),
    "blocked": N_("blocked in the browser"),
    "unavailable": N_("the provider could not be asked"),
    "busy": N_("too many at once to ask the provider"),
}


class Row(NamedTuple):
    """A number. `width`: of its bar, in percent of the longest. `share`: of all, in words."""

    value: str
    number: int
    width: float
    share: str


class Line(NamedTuple):
    """A line over time, in a drawing of 100 units in height and one for each row in width."""

    path: str
    area: str
    most: int


class Chart(NamedTuple):
    """A chart. `head`, `column`: what its values and its numbers are. `others`: not shown."""

    name: str
    title: str
    head: str
    column: str
    rows: list[Row]
    sentence: str
    line: Line | None = None

    @property
    def shown(self) -> list[Row]:
        """The rows of the page."""
        return self.rows if self.line else self.rows[:SHOWN]

    @property
    def others(self) -> int:
        """How many there are in all the rows that are not shown."""
        return sum(row.number for row in self.rows[len(self.shown) :])


def charts(known: Numbers, settings: Settings) -> list[Chart]:
    """All charts of some numbers."""
    total = known.total
    spoken = language()
    titles = {slug: localized(form.title, spoken) for slug, form in settings.forms.items()}
    forms = {_named(slug, titles): number for slug, number in known.forms.items()}
    enquiries = _("Enquiries")
    last_touch = _("The campaign of the page that the enquiry was sent from.")
    sender = _("Who sent the visitor to that page, as its address or the browser tells.")
    at_once = _("Of enquiries that name several, each counts.")
    by_value = [
        ("forms", _("By form"), _("Form"), forms, ""),
        ("campaigns", _("By campaign"), _("Campaign"), known.campaigns, last_touch),
        ("sources", _("By source"), _("Source"), known.sources, sender),
        ("units", _("By unit"), _("Unit"), known.units, ""),
        ("rooms", _("By rooms"), _("Rooms"), known.rooms, at_once),
    ]
    return [
        _over_time("days", _("By day"), _("Day"), known.days, total),
        _over_time("weeks", _("By week"), _("Week from"), known.weeks, total),
        *(
            Chart(name, title, head, enquiries, _rows(found.items(), total), sentence)
            for name, title, head, found, sentence in by_value
        ),
        _troubles(known),
        _delays(known.delays),
        *_refusals(known),
    ]


def _named(slug: str, titles: dict[str, str]) -> str:
    return f"{titles[slug]} ({slug})" if slug in titles else slug


def _rows(found: Iterable[tuple[str, int]], total: int = 0) -> list[Row]:
    known = list(found)
    longest = max((number for _value, number in known), default=0) or 1
    return [
        Row(value, number, round(100 * number / longest, 2), _percent(number, total))
        for value, number in known
    ]


def _percent(number: int, total: int) -> str:
    return f"{decimal(100 * number / total)} %" if total else ""


def _over_time(
    name: str, title: str, head: str, found: list[tuple[date, int]], total: int
) -> Chart:
    day, most = max(found, key=lambda pair: pair[1])
    said = _("%(total)s in all.") % {"total": total}
    if most:
        said += " " + _("Most on %(day)s: %(number)s.") % {"day": day, "number": most}
    rows = _rows((str(day), number) for day, number in found)
    steps = [100 - 100 * number / (most or 1) for _day, number in found]
    path = "".join(f"V{height:.2f}H{n}" for n, height in enumerate(steps, 1))
    line = Line(f"M0 {steps[0]:.2f}{path}", f"M0 100{path}V100Z", most)
    return Chart(name, title, head, _("Enquiries"), rows, said, line)


def _troubles(known: Numbers) -> Chart:
    number = known.troubles.get("any", 0)
    facts = {"number": number, "share": _percent(number, known.total) or "0 %"}
    said = _("%(number)s (%(share)s) were held, failed, or were of unknown outcome at some time.")
    found = [(_(word), known.troubles.get(key, 0)) for key, word in _TROUBLES.items()]
    rows = _rows(found, known.total)
    title = _("Needed somebody")
    return Chart("troubles", title, _("At some time"), _("Enquiries"), rows, said % facts)


def _delays(known: Delays) -> Chart:
    said = _("Nothing was delivered.")
    if known.median is not None and known.most is not None:
        facts = {"median": duration(known.median), "most": duration(known.most)}
        said = _(
            "Half of them took %(median)s at most, and 95 of 100 took %(most)s, to within 5 %%."
        )
        said = said % facts + " " + _("From coming in until every CRM had it, waits included.")
    rows = _rows((_(word), n) for word, n in zip(_DELAYS, known.classes, strict=True))
    title = _("Time to delivery")
    return Chart("delays", title, _("It took"), _("Enquiries"), rows, said)


def _refusals(known: Numbers) -> list[Chart]:
    refused = [(_word(_REASONS, key), number) for key, number in known.refused.items()]
    verdicts = [(_word(_VERDICTS, key), number) for key, number in known.captcha.items()]
    times = _("Times")
    days = _("Counted by whole days in UTC.")
    passed = _("Only of those who were turned away or held: all others passed, or were not asked.")
    found = [
        ("refused", _("Turned away"), _("Because"), refused, days),
        ("wrong", _("Turned away for a field"), _("Field, and what"), known.wrong.items(), days),
        ("captcha", _("Captcha"), _("It was"), verdicts, f"{passed} {days}"),
    ]
    return [
        Chart(name, title, head, times, _rows(each), sentence)
        for name, title, head, each, sentence in found
    ]


def _word(known: dict[str, str], key: str) -> str:
    return _(known[key]) if key in known else key


def duration(seconds: float) -> str:
    """A length of time in one unit."""
    for size, unit in ((86_400, _("d")), (3600, _("h")), (60, _("min"))):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{decimal(seconds) if seconds < 10 else round(seconds)} {_('s')}"
