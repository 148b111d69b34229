"""One seed: visitors come while the schedule's faults strike, then all is mended and judged."""

import random
import time
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from tests.faults.judgement import judge_early, judge_late
from tests.faults.schedule import FAULTS, schedule
from tests.faults.visitors import Visitor, crowd
from tests.faults.world import World
from tests.support import calls

AT_THE_DOOR = 12  # visitors at a time
STEP = 4.0  # seconds that a fault gets to strike, when nothing else shows that it has


def command(seed: int, submissions: int, faults: int) -> str:
    """What repeats a run: the same faults in the same order, if not at the same microsecond."""
    return f"python -m tests.faults --seed {seed} --submissions {submissions} --faults {faults}"


def run(seed: int, submissions: int, faults: int, folder: Path) -> list[str]:
    """Everything that is not as promised; nothing, if all is well."""
    world = World(folder, apart=bool(seed % 2))
    try:
        visitors = crowd(submissions, seed)
        _strike(world, visitors, schedule(seed, faults), random.Random(f"run {seed}"))
        problems = judge_early(world, visitors)
        _recover(world)
        problems += judge_late(world, visitors)
        if problems:
            problems.append(world.log())
        return problems
    finally:
        world.close()


def _strike(world: World, visitors: list[Visitor], names: list[str], chance: random.Random) -> None:
    coming = iter(visitors)
    inside: list[Future[None]] = []
    with ThreadPoolExecutor(AT_THE_DOOR) as door:
        for name in names:
            seen = len(calls(world.crm)) if world.open else 0
            FAULTS[name].strike(world, chance)
            batch = list(islice(coming, -(-len(visitors) // len(names))))
            inside += [door.submit(visitor.visit, world.urls) for visitor in batch]
            _pass(world, seen, chance.uniform(0.2, 1.0))
            FAULTS[name].heal(world)
            if world.ledger().account("crm").closed:
                world.mend_crm()
                world.operate("check")
        while not all(visit.done() for visit in inside):
            world.tend()
            time.sleep(0.05)
    for visit in inside:
        visit.result()


def _pass(world: World, seen: int, least: float) -> None:
    """Let time pass: at least so much, and until the CRM was asked for something, or a while."""
    begun = time.monotonic()
    while (past := time.monotonic() - begun) < STEP:
        if past > least and (not world.open or len(calls(world.crm)) > seen + 1):
            break
        world.tend()
        time.sleep(0.05)


def _recover(world: World) -> None:
    """End what is left of the faults, and do what the documents tell a person to do."""
    world.disarm()
    world.mend_crm()
    world.until(world.well, "both workers are ready")
    world.until(lambda: _settled(world), "everything is delivered or held", 180)


def _settled(world: World) -> bool:
    ledger = world.ledger()
    states = {record.state for record in ledger.records.values() if record.submission}
    if ledger.account("crm").closed:
        world.operate("check")
    elif "failed" in states:
        world.operate("replay", "--state", "failed", "--no-wait")
    return states <= {"delivered", "duplicate", "held"}
