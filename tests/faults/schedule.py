"""The faults of one machine by name."""

import random
import resource
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from tests.faults import crm_faults, journals
from tests.faults.child import CRASH_POINTS, ERROR_POINTS
from tests.faults.fault import Fault, arm, died, kill
from tests.faults.world import World


def _dies_building(world: World, chance: random.Random) -> None:
    """The index is gone, so that it is built; which is the last thing that a process does."""
    arm("mid-build", world, chance)
    journals.empty(world, chance)


def _full_disk(world: World, chance: random.Random) -> None:
    """What is left suffices for a part of a line, or for a line or two."""
    size = world.segment().stat().st_size if world.journal.segments() else 0
    left = chance.randint(1, 900)
    world.limit(resource.RLIMIT_FSIZE, lambda _: size + left)


def _no_descriptors(world: World, chance: random.Random) -> None:
    spare = chance.randint(-2, 3)

    def almost_none(pid: int) -> int:
        return len(list(Path(f"/proc/{pid}/fd").iterdir())) + spare

    world.limit(resource.RLIMIT_NOFILE, almost_none)


def _read_only(world: World, _: random.Random) -> None:
    world.midnight()  # or nobody would have to open anything
    world.journal.directory.chmod(0o500)


def _unlimited(kind: int) -> Callable[[World], None]:
    return lambda world: world.limit(kind, lambda _: -1)


FAULTS: Final[dict[str, Fault[World]]] = {
    "kill -9": Fault(partial(kill, signal.SIGKILL)),
    "SIGTERM": Fault(partial(kill, signal.SIGTERM)),
    **{
        f"crash {point}": Fault(partial(arm, point), struck=partial(died, point))
        for point in CRASH_POINTS
    },
    "crash mid-build": Fault(_dies_building, struck=partial(died, "mid-build")),
    **{
        f"EIO on {point}": Fault(partial(arm, point), struck=partial(died, point))
        for point in ERROR_POINTS
    },
    "torn line": Fault(journals.tear),
    "full disk": Fault(_full_disk, _unlimited(resource.RLIMIT_FSIZE)),
    "no descriptors": Fault(_no_descriptors, _unlimited(resource.RLIMIT_NOFILE)),
    "read-only folder": Fault(_read_only, lambda world: world.journal.directory.chmod(0o700)),
    "midnight": Fault(lambda world, _: world.midnight()),
    "merged journal": Fault(journals.merge),
    "lines twice": Fault(journals.double),
    "spoilt index": Fault(journals.spoil),
    "index gone": Fault(journals.empty),
    "index of another version": Fault(journals.newer),
    "old lines": Fault(journals.age),
    **crm_faults.FAULTS,
}
