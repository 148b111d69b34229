"""Charts of what came in, each with its numbers as a table and as a file for a spreadsheet."""

from typing import NamedTuple

from flask import abort, make_response, request
from werkzeug.wrappers import Response

from frontdesk.inbox.charts.drawing import Chart, charts
from frontdesk.inbox.charts.period import PERIODS, Asked, read
from frontdesk.inbox.context import desk, store
from frontdesk.inbox.found import visible_forms
from frontdesk.inbox.index import await_index
from frontdesk.inbox.language import _
from frontdesk.inbox.pages import link, render
from frontdesk.inbox.table import lines
from frontdesk.operations.charts import numbers
from frontdesk.operations.export import cell


class Choice(NamedTuple):
    """A period to choose, by its address."""

    name: str
    address: str
    current: bool


def inbox_charts() -> Response:
    """All charts of the period that the address asks for."""
    asked = read(request.args)
    found = _drawn(asked)
    return render(
        "charts",
        asked=asked,
        charts=found,
        choices=_choices(asked),
        forms=visible_forms(),
        files={chart.name: _file(asked, chart.name) for chart in found},
    )


def inbox_charts_csv() -> Response:
    """The numbers of one chart as a file, all of them."""
    args = request.args.copy()
    name = args.pop("chart", "")
    asked = read(args)
    chart = next((one for one in _drawn(asked) if one.name == name), None)
    if chart is None or asked.period is None:
        abort(404)
    head = [cell(chart.head), cell(chart.column)]
    rows = ([cell(row.value), str(row.number)] for row in chart.rows)
    response = make_response("".join(lines((head, *rows))))
    response.mimetype = "text/csv"
    days = f"{asked.period.first}-{asked.period.last}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{days}.csv"'
    return response


def _drawn(asked: Asked) -> list[Chart]:
    """The charts; none where nothing can be meant."""
    if asked.period is None:
        return []
    events = store()
    await_index(events)
    return charts(numbers(events, asked.period, asked.forms), desk().settings)


def _choices(asked: Asked) -> list[Choice]:
    names = {"30": _("30 days"), "90": _("90 days"), "365": _("A year")}
    form = {"form": asked.values.get("form", "")}
    return [
        Choice(names[key], link("inbox_charts", {**form, "period": key}), key == asked.chosen)
        for key in PERIODS
    ]


def _file(asked: Asked, chart: str) -> str:
    return link("inbox_charts_csv", {**asked.values, "chart": chart})
