"""What a fault is, and which of them strike in which order, from a seed."""

import random
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tests.faults.child import armed
from tests.faults.crms import Requests
from tests.faults.running import Running

W = TypeVar("W", bound=Running, contravariant=True)


def nothing(_: Running) -> None:
    """It ends by itself."""


def at_once(_: Running, __: Requests) -> bool:
    """It has struck."""
    return True


@dataclass(frozen=True)
class Fault(Generic[W]):
    """What goes wrong, how it is ended when it does not end by itself, and when it has struck.

    The sign gets the numbers of requests that the CRMs had before.
    """

    strike: Callable[[W, random.Random], None]
    heal: Callable[[W], None] = nothing
    struck: Callable[[W, Requests], bool] = at_once


def kill(sign: signal.Signals, world: Running, chance: random.Random) -> None:
    """Send a signal to one of the processes."""
    chance.choice(world.processes).send_signal(sign)


def arm(point: str, world: Running, chance: random.Random) -> None:
    """Whichever process of one place comes by first is struck."""
    (chance.choice(world.programs).folder / armed(point)).touch()


def died(point: str, world: Running, _: Requests) -> bool:
    """Whether one was."""
    return not any((program.folder / armed(point)).exists() for program in world.programs)


def schedule(every: Iterable[str], seed: int, count: int) -> list[str]:
    """So many faults; over a number of seeds in a row, all of them."""
    names = sorted(every)
    random.Random("the order of all").shuffle(names)
    start = seed * count % len(names)
    chosen = [names[(start + step) % len(names)] for step in range(count)]
    random.Random(f"schedule {seed}").shuffle(chosen)
    return chosen
