"""The faults of several machines by name."""

import random
import signal
from functools import partial
from typing import Final

from tests.faults import crm_faults
from tests.faults.child import SPOOL_POINTS, armed
from tests.faults.crms import Requests
from tests.faults.fault import Fault, died
from tests.faults.machines.door import Door
from tests.faults.machines.world import Machine, Machines
from tests.faults.running import Running

SLOW = (
    0.15  # seconds that everything takes each way: some round trips are more than a visitor waits
)
ROOM = 200_000  # bytes that a disk has at most that is almost full
OF_CRMS = (
    "CRM refuses connections",
    "CRM hangs",
    "CRM hangs, stored",
    "CRM cuts",
    "CRM cuts, stored",
    "401 as a ban",
    "500",
    "Real Geeks hangs, stored",
    "Real Geeks cuts, stored",
    "Real Geeks: 401 as a ban",
    "revoking cuts, stored",
    "list fails: 500",
)


# -- processes -------------------------------------------------------------------------------------


def _kill(number: int, sign: signal.Signals, world: Machines, _: random.Random) -> None:
    world.signal(world.machines[number], sign)


def _arm(point: str, world: Machines, _: random.Random) -> None:
    """Whichever courier comes by first in its own folder; the other one may, too."""
    for machine in world.couriers:
        (machine.folder / armed(point)).touch()


def _choose_holder(world: Machines, chance: random.Random) -> None:
    """The machine whose courier has a lease; the first one of all, if nobody has any."""
    held = world.leases()
    world.lane = chance.choice(sorted(held)) if held else ""
    name, world.epoch = held.get(world.lane, (world.couriers[0].name, 0))
    world.victim = next(machine for machine in world.machines if machine.name == name)


def _stop(world: Machines, chance: random.Random) -> None:
    """The courier of a lease is silent for longer than its term, and knows nothing of it."""
    _choose_holder(world, chance)
    if world.victim is not None:
        world.signal(world.victim, signal.SIGSTOP)


def _taken_over(world: Machines, _: Requests) -> bool:
    """Whether another courier has got the lease."""
    _, epoch = world.leases().get(world.lane, ("", 0))
    return world.victim is not None and epoch > world.epoch


def _continue(world: Machines) -> None:
    if world.victim is not None:
        world.signal(world.victim, signal.SIGCONT)
        world.victim = None


# -- the network -----------------------------------------------------------------------------------


def _on_the_way(world: Machines, machine: Machine) -> list[Door]:
    world.victim = machine
    return machine.doors


def _cut(world: Machines, machine: Machine) -> None:
    for door in _on_the_way(world, machine):
        door.shut = True
        door.cut()


def _cut_web(world: Machines, chance: random.Random) -> None:
    _cut(world, chance.choice(world.webs))


def _cut_all(world: Machines, _: random.Random) -> None:
    for machine in world.machines:
        _cut(world, machine)
    world.victim = world.webs[0]


def _hold_web(world: Machines, chance: random.Random, *, there: bool = True) -> None:
    for door in _on_the_way(world, chance.choice(world.webs)):
        door.hold(there=there)


def _hold_courier(world: Machines, chance: random.Random, *, there: bool = True) -> None:
    _choose_holder(world, chance)
    if world.victim is not None:
        for door in world.victim.doors:
            door.hold(there=there)


def _slow(world: Machines, _: random.Random) -> None:
    for door in world.doors():
        door.delay = SLOW


def _spooled(world: Machines, _: Requests) -> bool:
    """Whether enquiries wait on the machine that was struck."""
    return world.victim is not None and bool(world.victim.waiting())


def _open(world: Machines) -> None:
    """All is as it was; what was held gets through, late."""
    for door in world.doors():
        door.shut, door.delay = False, 0.0
        door.let()
    world.victim = None


def _drop(world: Machines) -> None:
    """All is as it was, but what was held is lost."""
    if world.victim is not None:
        for door in world.victim.doors:
            door.cut()
    _open(world)


def _arm_spool(point: str, world: Machines, chance: random.Random) -> None:
    """What is put aside meets a fault of the machine's own."""
    _cut_web(world, chance)
    if world.victim is not None:
        (world.victim.folder / armed(point)).touch()


def _left_over(world: Machines) -> None:
    """A machine is started again while something waits on it, and the database is away."""
    if world.victim is not None:
        world.signal(world.victim, signal.SIGKILL)
        world.processes[world.victim.number].wait()
        world.tend()
    _open(world)


# -- the database ----------------------------------------------------------------------------------


def _terminate(world: Machines, _: random.Random) -> None:
    world.cluster.terminate()


def _crash(world: Machines, _: random.Random) -> None:
    world.cluster.crash()
    world.victim = world.webs[0]


def _fail_over(world: Machines, _: random.Random) -> None:
    world.cluster.fail_over()


def _restore(world: Machines, chance: random.Random) -> None:
    """As the documents say: nobody writes meanwhile."""
    _cut_all(world, chance)
    world.cluster.terminate()
    world.cluster.restore(world.cluster.dump())
    _open(world)


def _stranger(world: Machines, _: random.Random) -> None:
    """A transaction with a number of its own that does not end, and has read the journal."""
    world.stranger = world.cluster.connect()
    world.stranger.execute("select pg_current_xact_id(), count(*) from frontdesk.event")


def _stranger_goes(world: Machines) -> None:
    if world.stranger is not None:
        world.stranger.close()
        world.stranger = None


def _fill(world: Machines, chance: random.Random) -> None:
    world.cluster.fill(chance.randrange(ROOM))


def _all_spooled(world: Machines, _: Requests) -> bool:
    return any(machine.waiting() for machine in world.webs)


def _mend(world: Running) -> None:
    assert isinstance(world, Machines)
    world.cluster.mend()
    world.victim = None


FAULTS: Final[dict[str, Fault[Machines]]] = {
    **{
        f"{how} of {who}": Fault(partial(_kill, number, sign))
        for number, who in enumerate(("one web", "other web", "one courier", "other courier"))
        for how, sign in (("kill -9", signal.SIGKILL), ("SIGTERM", signal.SIGTERM))
    },
    **{
        f"courier dies {point}": Fault(partial(_arm, point), struck=partial(died, point))
        for point in ("after-intent", "after-send")
    },
    "lease holder stopped": Fault(_stop, _continue, _taken_over),
    "connections ended": Fault(_terminate),
    "server crashes": Fault(_crash, _mend, _spooled),
    "standby promoted": Fault(_fail_over),
    "dump restored": Fault(_restore),
    "disk full": Fault(_fill, _mend, _all_spooled),
    "foreign transaction": Fault(_stranger, _stranger_goes),
    "network cut": Fault(_cut_all, _open, _spooled),
    "network of a web cut": Fault(_cut_web, _open, _spooled),
    "network of a web half-open": Fault(_hold_web, _drop, _spooled),
    "network of a web late": Fault(_hold_web, _open, _spooled),
    "answers to a web lost": Fault(partial(_hold_web, there=False), _drop, _spooled),
    "network of a courier half-open": Fault(_hold_courier, _drop, _taken_over),
    "network of a courier late": Fault(_hold_courier, _open, _taken_over),
    "answers to a courier lost": Fault(partial(_hold_courier, there=False), _drop, _taken_over),
    "network slow": Fault(_slow, _open),
    "restarted with a spool": Fault(_cut_web, _left_over, _spooled),
    **{
        f"{name} in a spool": Fault(partial(_arm_spool, point), _open, partial(died, point))
        for name, point in zip(("torn file", "death", "EIO"), SPOOL_POINTS, strict=True)
    },
    **{name: crm_faults.FAULTS[name] for name in OF_CRMS},
}
