"""The faults by name, and which of them strike in which order, from a seed."""

import random
import resource
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from tests.faults import journals
from tests.faults.child import CRASH_POINTS, ERROR_POINTS, armed
from tests.faults.world import Requests, World
from tests.support import calls, fault

Strike = Callable[[World, random.Random], None]
Sign = Callable[[World, Requests], bool]
REVOKE = "revoke-customer-consent"
HANG = 1.0  # seconds: longer than `read_timeout`, shorter than `retry_first`


class Fault(NamedTuple):
    """What goes wrong, how it is ended when it does not end by itself, and when it has struck.

    The sign gets the numbers of requests that the CRMs had before.
    """

    strike: Strike
    heal: Callable[[World], None] = lambda _: None
    struck: Sign = lambda *_: True


def _kill(sign: signal.Signals, world: World, chance: random.Random) -> None:
    chance.choice(world.processes).send_signal(sign)


def _arm(point: str, world: World, _: random.Random) -> None:
    (world.folder / armed(point)).touch()


def _dies_building(world: World, chance: random.Random) -> None:
    """The index is gone, so that it is built; which is the last thing that a process does."""
    _arm("mid-build", world, chance)
    journals.empty(world, chance)


def _died(point: str, world: World, _: Requests) -> bool:
    return not (world.folder / armed(point)).exists()


def _asked(endpoint: str, world: World, before: Requests) -> bool:
    return any(asked == endpoint for asked, _ in calls(world.crm)[before.crm :])


def _geeks_asked(world: World, before: Requests) -> bool:
    return len(calls(world.geeks)) > before.geeks


def _crm(kind: str, world: World, chance: random.Random, **options: object) -> None:
    times = options.pop("times", None) or chance.randint(1, 3)
    fault(world.crm, kind, times=times, **options)


def _misbehaves(kind: str, **options: object) -> Fault:
    return Fault(partial(_crm, kind, **options), struck=partial(_asked, "create-lead"))


def _geeks(kind: str, **options: object) -> Fault:
    """The other CRM misbehaves."""

    def strike(world: World, chance: random.Random) -> None:
        fault(world.geeks, kind, **{"times": chance.randint(1, 3), **options})

    return Fault(strike, struck=_geeks_asked)


def _list_fails(kind: str, **options: object) -> Fault:
    """Nobody knows what became of a lead, and the list cannot be had either."""

    def strike(world: World, chance: random.Random) -> None:
        _crm(chance.choice(["cut_before", "cut_after"]), world, chance, times=1)
        _crm(kind, world, chance, endpoint="list-leads", **options)

    return Fault(strike, struck=partial(_asked, "list-leads"))


def _revoking(kind: str, **options: object) -> Fault:
    """Leads arrive, and revocations do not, or nobody knows."""
    strike = partial(_crm, kind, endpoint=REVOKE, **options)
    return Fault(strike, struck=partial(_asked, REVOKE))


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


def _absurd(world: World, chance: random.Random) -> None:
    waits = ["-5", "soon", "9" * 400, "99999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "", "1e9"]
    _crm("rate_limit", world, chance, retry_after=chance.choice(waits))


def _unlimited(kind: int) -> Callable[[World], None]:
    return lambda world: world.limit(kind, lambda _: -1)


FAULTS: Final[dict[str, Fault]] = {
    "kill -9": Fault(partial(_kill, signal.SIGKILL)),
    "SIGTERM": Fault(partial(_kill, signal.SIGTERM)),
    **{
        f"crash {point}": Fault(partial(_arm, point), struck=partial(_died, point))
        for point in CRASH_POINTS
    },
    "crash mid-build": Fault(_dies_building, struck=partial(_died, "mid-build")),
    **{
        f"EIO on {point}": Fault(partial(_arm, point), struck=partial(_died, point))
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
    "CRM refuses connections": Fault(lambda world, _: world.close_crm(), World.open_crm),
    "CRM hangs": _misbehaves("hang", seconds=HANG),
    "CRM hangs, stored": _misbehaves("hang_after", seconds=HANG),
    "CRM cuts": _misbehaves("cut_before"),
    "CRM cuts, stored": _misbehaves("cut_after"),
    "CRM is slow": _misbehaves("slow", seconds=0.3),
    "200 with HTML": _misbehaves("html"),
    "200 and nothing": _misbehaves("empty"),
    "201": _misbehaves("empty", status=201),
    "302": _misbehaves("status", status=302, headers={"Location": "/"}),
    "302, stored": _misbehaves("html", status=302),
    "504": _misbehaves("status", status=504),
    "504, stored": _misbehaves("html", status=504),
    "400": _misbehaves("status", status=400),
    "401 as a ban": _misbehaves("ban", seconds=2.0),
    "403": _misbehaves("status", status=403, times=1),
    "418": _misbehaves("status", status=418, times=1),
    "429": _misbehaves("rate_limit"),
    "429, Retry-After": _misbehaves("rate_limit", retry_after="1"),
    "429, absurd": Fault(_absurd, struck=partial(_asked, "create-lead")),
    "500": _misbehaves("status", status=500),
    "500 for long": _misbehaves("status", status=500, times=8),
    "Real Geeks refuses connections": Fault(lambda world, _: world.close_geeks(), World.open_geeks),
    "Real Geeks hangs": _geeks("hang", seconds=HANG),
    "Real Geeks hangs, stored": _geeks("hang_after", seconds=HANG),
    "Real Geeks cuts": _geeks("cut_before"),
    "Real Geeks cuts, stored": _geeks("cut_after"),
    "Real Geeks is slow": _geeks("slow", seconds=0.3),
    "Real Geeks: 401 as a ban": _geeks("ban", seconds=2.0),
    "Real Geeks: 404": _geeks("status", status=404, times=1),
    "Real Geeks: 409": _geeks("status", status=409, times=1),
    "Real Geeks: 422": _geeks("status", status=422),
    "Real Geeks: 429": _geeks("rate_limit", retry_after="1"),
    "Real Geeks: 500 for long": _geeks("status", status=500, times=8),
    "Real Geeks: 503, stored": _geeks("html", status=503),
    "revoking: 500": _revoking("status", status=500),
    "revoking cuts": _revoking("cut_before"),
    "revoking cuts, stored": _revoking("cut_after"),
    "revoking hangs, stored": _revoking("hang_after", seconds=HANG),
    "list fails: 500": _list_fails("status", status=500),
    "list fails: HTML": _list_fails("html"),
    "list fails: nothing": _list_fails("empty"),
    "list fails: cut": _list_fails("cut_before"),
    "list fails: 403": _list_fails("status", status=403, times=1),
}


def schedule(seed: int, count: int) -> list[str]:
    """So many faults; over a number of seeds in a row, all of them."""
    names = sorted(FAULTS)
    random.Random("the order of all").shuffle(names)
    start = seed * count % len(names)
    chosen = [names[(start + step) % len(names)] for step in range(count)]
    random.Random(f"schedule {seed}").shuffle(chosen)
    return chosen
