"""What is kept and is no event: a file each, which is replaced as a whole."""

import os
from pathlib import Path

from frontdesk.store.base import Kept
from frontdesk.store.files.fs import make_folder, open_file, replace_file


class Files:
    """Files by their names, for all processes of a machine."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when something is kept."""
        self._folder = folder

    def keep(self, name: str, content: bytes) -> None:
        """Put a file in the place of the one before, durably. Raises OSError."""
        make_folder(self._folder)
        replace_file(self._folder / name, content)

    def kept(self, name: str, known: str) -> Kept | None:
        """A file that is there and is not the `known` one. Raises OSError."""
        try:
            fd = open_file(self._folder / name, os.O_RDONLY)
        except FileNotFoundError:
            return None
        with os.fdopen(fd, "rb") as file:
            found = os.fstat(fd)
            revision = f"{found.st_ino}.{found.st_mtime_ns}.{found.st_size}"
            return None if revision == known else Kept(revision, file.read())
