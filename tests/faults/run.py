"""One seed: visitors come while the schedule's faults strike, then all is mended and judged."""

import random
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from tests.faults.judgement import judge_early, judge_late
from tests.faults.schedule import FAULTS, schedule
from tests.faults.visitors import Visitor, crowd
from tests.faults.world import Requests, World

AT_THE_DOOR = 12  # visitors at a time
CLOCKS = (0, 7, -45)  # minutes that the CRM's is ahead
STEP = 8.0  # seconds that a fault gets to strike


def command(seed: int, submissions: int, faults: int) -> str:
    """What repeats a run: the same faults in the same order, if not at the same microsecond."""
    return f"python -m tests.faults --seed {seed} --submissions {submissions} --faults {faults}"


class Result(NamedTuple):
    """What was not as promised, if anything, and the faults that have certainly struck."""

    problems: list[str]
    struck: list[str]


def run(seed: int, submissions: int, faults: int, folder: Path) -> Result:
    ahead = timedelta(minutes=CLOCKS[seed % len(CLOCKS)])
    world = World(folder, apart=bool(seed % 2), ahead=ahead)
    try:
        visitors = crowd(submissions, seed)
        names = schedule(seed, faults)
        struck = _strike(world, visitors, names, random.Random(f"run {seed}"))
        problems = judge_early(world, visitors)
        recover(world)
        problems += judge_late(world, visitors)
        return Result([*problems, world.log()] if problems else [], struck)
    finally:
        world.close()


def _strike(
    world: World, visitors: list[Visitor], names: list[str], chance: random.Random
) -> list[str]:
    coming = iter(visitors)
    half = -(-len(visitors) // len(names) // 2)
    inside: list[Future[None]] = []
    struck = []
    with ThreadPoolExecutor(AT_THE_DOOR) as door:

        def let_in() -> None:
            inside.extend(door.submit(v.visit, world.urls) for v in islice(coming, half))

        for name in names:
            let_in()
            time.sleep(chance.uniform(0, 0.1))  # the seed's moment, not a wait for anything
            before = world.requests()
            FAULTS[name].strike(world, chance)
            let_in()
            if _pass(world, name, before, chance.uniform(0.2, 1.0)):
                struck.append(name)
            FAULTS[name].heal(world)
            if world.closed():
                world.mend_crms()
                world.operate("check", "--open")
        while not all(visit.done() for visit in inside):
            world.tend()
            time.sleep(0.05)
    for visit in inside:
        visit.result()
    return struck


def _pass(world: World, name: str, before: Requests, least: float) -> bool:
    """Let time pass: at least so much, and until the fault has struck, or a while."""
    begun = time.monotonic()
    while (past := time.monotonic() - begun) < STEP:
        if past > least and FAULTS[name].struck(world, before):
            return True
        world.tend()
        time.sleep(0.05)
    return False


def recover(world: World) -> None:
    """End what is left of the faults, and do what the documents tell a person to do."""
    world.disarm()
    world.mend_crms()
    world.until(world.well, "both workers are ready")
    world.until(lambda: _settled(world), "everything is delivered or held", 180)


def _settled(world: World) -> bool:
    ledger = world.ledger()
    states = {record.state for record in ledger.records.values() if record.begun}
    if world.closed():
        world.operate("check", "--open")
    elif "failed" in states:
        world.operate("replay", "--state", "failed", "--no-wait")
    return states <= {"delivered", "duplicate", "held"}
