"""Whose files they are: the service's, also when root makes them; and still the same ones."""

import os
from pathlib import Path


def make_folder(path: Path) -> None:
    """Make a folder that only its owner may enter, and those above it. Raises OSError."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
        adopt(path)


def adopt(path: Path) -> None:
    """Give what root has just made to the owner of the folder that it is in."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def same_file(fd: int, path: Path) -> bool:
    """Whether the path still leads to the open file: somebody may have moved or removed it."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False
