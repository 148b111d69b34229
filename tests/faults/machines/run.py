"""One seed on several machines: as on one, and in the end all of them say the same."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from tests.faults.fault import schedule
from tests.faults.judgement import judge_early, judge_late
from tests.faults.machines.schedule import FAULTS
from tests.faults.machines.world import Machines
from tests.faults.run import CLOCKS, Result, recover, strike
from tests.faults.visitors import crowd


def command(seed: int, submissions: int, faults: int) -> str:
    """What repeats a run: the same faults in the same order, if not at the same microsecond."""
    of = f"--seed {seed} --submissions {submissions} --faults {faults}"
    return f"python -m tests.faults.machines {of}"


def run(seed: int, submissions: int, names: list[str], folder: Path) -> Result:
    """`names`: of the faults, in their order."""
    world = Machines(folder, timedelta(minutes=CLOCKS[seed % len(CLOCKS)]))
    try:
        visitors = crowd(submissions, seed)
        if not world.cluster.own_disks:
            names = [name for name in names if name != "disk full"]
            print("no disk full: nothing can be mounted here")
        chosen = {name: FAULTS[name] for name in names}
        struck = strike(world, visitors, chosen, random.Random(f"machines {seed}"))
        problems = judge_early(world, visitors)
        recover(world, submissions)
        problems += [*judge_late(world, visitors), *_agree(world)]
        if problems:
            world.keep()
        return Result([*problems, world.log()] if problems else [], struck)
    finally:
        world.close()


def chosen(seed: int, faults: int) -> list[str]:
    """The faults of a seed."""
    return schedule(FAULTS, seed, faults)


def _agree(world: Machines) -> Iterator[str]:
    """Both machines say the same of every submission, which is what the journal adds up to."""
    for machine in world.machines:
        if left := list((machine.folder / "var/spool").glob("*.[ju]*")):
            yield f"{machine.name} has still {left}"
    told = []
    for machine in world.webs:
        answer = world.operate("log", "--json", on=machine.number)
        if answer.returncode:
            yield f"{machine.name} says {answer.stderr}"
        told.append(answer.stdout)
    if len(set(told)) > 1:
        yield f"the machines do not agree: {told}"
    listed = {}
    for line in told[0].splitlines():
        record = json.loads(line)
        began = record["submission"] or record["revocation"]
        listed[began["id"]] = record["state"]
    folded = {str(r.id): r.state for r in world.ledger().records.values() if r.begun}
    if listed != folded:
        odd = sorted(set(listed.items()) ^ set(folded.items()))
        yield f"the index does not say what the journal says: {odd}"
