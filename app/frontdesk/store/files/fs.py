"""Make and open files safely: they belong to the service, also when root makes them."""

import errno
import os
import stat
from pathlib import Path


def make_folder(path: Path) -> None:
    """Make a folder that only its owner may enter, and those above it. Raises OSError."""
    if path.is_dir():
        return
    make_folder(path.parent)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        if path.is_dir():  # another process was quicker
            return
        raise
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _adopt(fd, path.parent)
    finally:
        os.close(fd)


def create_file(path: Path, flags: int) -> int:
    """Make a file that was not there, for its owner alone; the descriptor. Raises OSError."""
    fd = os.open(path, flags | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    _adopt(fd, path.parent)
    return fd


def open_file(path: Path, flags: int) -> int:
    """Open a file of ours that is there, never one that a link leads to. Raises OSError."""
    fd = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _refuse_foreign(os.fstat(fd), path)
    except OSError:
        os.close(fd)
        raise
    return fd


def ensure_file(path: Path, flags: int) -> int:
    """Open a file of ours, which is made if it is not there. Raises OSError."""
    while True:
        try:
            return create_file(path, flags)
        except FileExistsError:
            pass
        try:
            return open_file(path, flags)
        except FileNotFoundError:  # it has just been moved away
            continue


def replace_file(path: Path, content: bytes) -> None:
    """Put a file in the place of what was there, durably: it is the old one or the new one.

    Raises OSError.
    """
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(create_file(part, os.O_WRONLY), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make durable which files there are. Raises OSError."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _adopt(fd: int, folder: Path) -> None:
    """Give what root has just made to the owner of the folder that it is in."""
    if os.geteuid() == 0 and os.fstat(fd).st_uid == 0:
        owner = folder.stat()
        os.fchown(fd, owner.st_uid, owner.st_gid)


def refuse_foreign(path: Path) -> None:
    """Refuse what `open_file` would, for one who opens it by its name. Raises OSError."""
    _refuse_foreign(path.lstat(), path)


def _refuse_foreign(found: os.stat_result, path: Path) -> None:
    """Refuse a file by which a user who may write to the folder could lead root elsewhere."""
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "is not a regular file", str(path))
    elsewhere = found.st_nlink > 1 and found.st_uid != path.parent.stat().st_uid
    if os.geteuid() == 0 and elsewhere:
        raise OSError(errno.EPERM, "is another name of somebody else's file", str(path))


def same_file(fd: int, path: Path) -> bool:
    """Whether the path still leads to the open file, which may have been moved or removed."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False
