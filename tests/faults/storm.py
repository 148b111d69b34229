"""The courier and a web worker are killed every second, under load."""

import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from tests.faults.judgement import judge_early, judge_late
from tests.faults.run import AT_THE_DOOR, recover
from tests.faults.visitors import Visitor, crowd
from tests.faults.world import World

RATE = 15  # visitors a second


def storm(seconds: int, folder: Path) -> tuple[list[str], int]:
    """So many seconds of it; what was not as promised, and how many processes were killed."""
    world = World(folder, apart=True, ahead=timedelta())
    try:
        visitors = crowd(seconds * RATE, seed=0)
        killed = _kill(world, visitors, seconds)
        problems = judge_early(world, visitors)
        recover(world, len(visitors))
        problems += judge_late(world, visitors)
        return [*problems, world.log()] if problems else [], killed
    finally:
        world.close()


def _kill(world: World, visitors: list[Visitor], seconds: int) -> int:
    chance, killed, visits = random.Random("storm"), 0, []
    with ThreadPoolExecutor(AT_THE_DOOR) as door:
        for second in range(seconds):
            coming = visitors[second * RATE :][:RATE]
            visits += [door.submit(visitor.visit, world.urls) for visitor in coming]
            time.sleep(1.0)
            *workers, courier = world.processes
            for victim in (chance.choice(workers), courier):
                victim.send_signal(signal.SIGKILL)
                victim.wait()
                killed += 1
            world.tend()
        while not all(visit.done() for visit in visits):
            world.tend()
            time.sleep(0.1)
    for visit in visits:
        visit.result()
    return killed
