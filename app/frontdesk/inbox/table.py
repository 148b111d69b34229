"""Rows as a file that a spreadsheet opens."""

import csv
import io
from collections.abc import Iterable, Iterator

_MARK = "\ufeff"  # by which Excel knows what a file is written in


def lines(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of a CSV file; cells are not looked at (see `operations.export.cell`)."""
    yield _MARK
    for row in rows:
        text = io.StringIO()
        csv.writer(text).writerow(row)
        yield text.getvalue()
