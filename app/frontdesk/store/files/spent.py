"""What may be used only once, such as the solution of a captcha."""

import hashlib
import shutil
from pathlib import Path

from frontdesk.store.files.fs import make_folder, sync_directory

HOUR = 3600
HOURS_KEPT = 48  # of those until which something counts; a confirmation does for 30 at most


class Spent:
    """Remembers what was used, for all processes of a machine.

    One empty file each, or a link that leads nowhere if it has an owner, whose hash it names:
    creating either exclusively is the one step that two processes can't both do, and nobody sees a
    link without its owner. It lies in a folder of the hour until which it counts, which no clock
    changes any more.
    """

    def __init__(self, directory: Path, *, durable: bool = False) -> None:
        """`durable`: what was used is remembered also when the power fails."""
        self._directory, self._durable = directory, durable

    def spend(self, key: str, until: int, owner: str | None = None) -> bool:
        """True the first time, and again for the same owner; see Store.claim_once.

        Raises OSError.
        """
        folder = self._directory / str(until // HOUR)
        path, by = folder / _digest(key), None if owner is None else _digest(owner)
        if not folder.is_dir():
            self._tidy(until // HOUR)
            make_folder(folder)
        try:
            if by is None:
                path.touch(mode=0o600, exist_ok=False)
            else:
                path.symlink_to(by)
        except FileExistsError:
            if by is None or not path.is_symlink() or path.readlink().name != by:
                return False
        if self._durable:
            for each in (folder, self._directory):
                sync_directory(each)
        return True

    def _tidy(self, new: int) -> None:
        """Forget what is long over, before what counts until a `new` hour is remembered."""
        # By their number and not by the clock, which may be wrong today and put right tomorrow. It
        # may also have been put right today: then what is newest is of a time yet to come.
        hours = sorted(int(f.name) for f in self._directory.glob("*") if f.name.isdigit())
        for hour in (each for each in hours[:-HOURS_KEPT] if each < new - HOURS_KEPT):
            # Another process may be at it too; what is left over goes next time.
            shutil.rmtree(self._directory / str(hour), ignore_errors=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
