"""One seed: visitors come while the schedule's faults strike, then all is mended and judged."""

import random
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from tests.faults.crms import Requests
from tests.faults.fault import Fault, schedule
from tests.faults.judgement import judge_early, judge_late
from tests.faults.running import Running
from tests.faults.schedule import FAULTS
from tests.faults.visitors import Visitor, crowd
from tests.faults.world import World

AT_THE_DOOR = 12  # visitors at a time
CLOCKS = (0, 7, -45)  # minutes that the CRM's is ahead
STEP = 8.0  # seconds that a fault gets to strike
W = TypeVar("W", bound=Running)


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
        chosen = {name: FAULTS[name] for name in schedule(FAULTS, seed, faults)}
        struck = strike(world, visitors, chosen, random.Random(f"run {seed}"))
        problems = judge_early(world, visitors)
        recover(world, submissions)
        problems += judge_late(world, visitors)
        return Result([*problems, world.log()] if problems else [], struck)
    finally:
        world.close()


def strike(
    world: W, visitors: list[Visitor], faults: Mapping[str, Fault[W]], chance: random.Random
) -> list[str]:
    """Let in the visitors while one fault follows the other; those that have certainly struck."""
    coming = iter(visitors)
    half = -(-len(visitors) // len(faults) // 2)
    inside: list[Future[None]] = []
    struck = []
    with ThreadPoolExecutor(AT_THE_DOOR) as door:

        def let_in() -> None:
            inside.extend(door.submit(v.visit, world.urls) for v in islice(coming, half))

        for name, fault in faults.items():
            let_in()
            time.sleep(chance.uniform(0, 0.1))  # the seed's moment, not a wait for anything
            before = world.requests()
            fault.strike(world, chance)
            let_in()
            if _pass(world, fault, before, chance.uniform(0.2, 1.0)):
                struck.append(name)
            fault.heal(world)
            if world.closed():
                world.mend_crms()
                world.operate("check", "--open")
        while not all(visit.done() for visit in inside):
            world.tend()
            time.sleep(0.05)
    for visit in inside:
        visit.result()
    return struck


def _pass(world: W, fault: Fault[W], before: Requests, least: float) -> bool:
    """Let time pass: at least so much, and until the fault has struck, or a while."""
    begun = time.monotonic()
    while (past := time.monotonic() - begun) < STEP:
        if past > least and fault.struck(world, before):
            return True
        world.tend()
        time.sleep(0.05)
    return False


def recover(world: Running, submissions: int) -> None:
    """End what is left of the faults, and do what the documents tell a person to do.

    `submissions`: how many there may be to wait for; half of them wait for one another.
    """
    world.disarm()
    world.mend_crms()
    world.until(world.well, "the workers are ready")
    world.until(lambda: _settled(world), "everything is delivered or held", 180 + submissions)


def _settled(world: Running) -> bool:
    ledger = world.ledger()
    states = {record.state for record in ledger.records.values() if record.begun}
    if world.closed():
        world.operate("check", "--open")
    elif "failed" in states:
        world.operate("replay", "--state", "failed", "--no-wait")
    return states <= {"delivered", "duplicate", "held"}
