"""`courier`: deliveries in a process of their own."""

import signal
import threading
from functools import partial
from typing import Any

import click

from frontdesk.cli.control import Control
from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import log_to_stderr
from frontdesk.cli.reload import attempt, renewed
from frontdesk.couriers import make_courier
from frontdesk.data_dir import open_store
from frontdesk.delivery.courier import Courier


@click.command(cls=Command)
@pass_operator
def courier(operator: Operator) -> None:
    """Deliver in a process of its own (with `delivery.courier = "apart"`)."""
    log_to_stderr()
    # It goes on when a database that is away comes back, and begins as patiently.
    store = open_store(operator.settings, patient=True)
    if operator.config is None:  # the configuration is a host site's, which has it in its code
        _run(Relay(make_courier(operator.settings, store)))
        return
    Control.prepare()
    control = Control(operator.settings.data_dir, "courier")
    try:
        relay = Relay(make_courier(operator.settings, store))

        def take() -> None:
            settings = renewed(operator.load, operator.settings)
            relay.replace(make_courier(settings, store))

        control.attend_beside(partial(attempt, take))
        _run(relay)
    finally:
        control.close()


def _run(relay: "Relay") -> None:
    """Deliver until SIGTERM or SIGINT."""

    def stop(*_: Any) -> None:
        # Not here: the lock that it takes may be held by what the signal has interrupted.
        threading.Thread(target=relay.stop).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    relay.run()


class Relay:
    """Couriers one after the other: the next begins when all deliveries of the last have ended."""

    def __init__(self, first: Courier) -> None:
        self._turn = threading.Lock()
        self._now = first
        self._next: Courier | None = None
        self._ended = False

    def replace(self, courier: Courier) -> None:
        """Have another courier go on in place of the present one."""
        with self._turn:
            self._next = courier
            self._now.stop()

    def stop(self) -> None:
        """Start no more deliveries; `run` returns when those under way have ended."""
        with self._turn:
            self._ended = True
            self._now.stop()

    def run(self) -> None:
        """Run one courier after the other, until `stop`; raises nothing."""
        while True:
            self._now.run()
            with self._turn:
                if self._ended or self._next is None:
                    return
                self._now, self._next = self._next, None
