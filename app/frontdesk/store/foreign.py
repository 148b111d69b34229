"""Read a journal file of another machine."""

from collections.abc import Iterator
from pathlib import Path

from frontdesk.model.events import AnyEvent
from frontdesk.store.files.lines import Damage, read_file


def read_foreign(path: Path) -> Iterator[AnyEvent | str]:
    """The events of a file, in order, and a sentence for each line that is none. Raises OSError."""
    for line in read_file(path):
        yield str(line) if isinstance(line, Damage) else line.event
