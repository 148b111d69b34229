"""`courier`: deliveries in a process of their own."""

import signal
import threading
from typing import Any

import click

from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import log_to_stderr
from frontdesk.couriers import make_courier


@click.command(cls=Command)
@pass_operator
def courier(operator: Operator) -> None:
    """Deliver in a process of its own (with `delivery.courier = "apart"`)."""
    log_to_stderr()
    running = make_courier(operator.settings, operator.store)

    def stop(*_: Any) -> None:
        # Not here: the lock that it takes may be held by what the signal has interrupted.
        threading.Thread(target=running.stop).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    running.run()
