"""`serve` and `courier`: the processes that stay."""

import logging
import os
import signal
from pathlib import Path
from typing import Any

import click
from flask import Flask

from frontdesk.cli.operator import Command, Operator, console, pass_operator, plain
from frontdesk.extension import create_app, make_courier


@click.command(cls=Command)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option(
    "--threads", default=16, show_default=True, type=click.IntRange(1, 256), help="A worker."
)
@pass_operator
def serve(operator: Operator, *, host: str, port: int, workers: int, threads: int) -> None:
    """Serve the forms with a production server."""
    _ = operator.settings  # whatever is wrong with it is said here, not by every worker
    os.environ["FRONTDESK_CONFIG"] = str(Path(operator.config or "").resolve())
    from granian.constants import Interfaces
    from granian.server import Server

    # It finds more threads than cores strange; ours mostly wait, for the disk and the captcha.
    logging.getLogger("_granian").addFilter(lambda said: "quite high" not in said.getMessage())
    console.print(plain(f"Frontdesk serves on http://{host}:{port}"))
    Server(
        "frontdesk.cli.run:application",
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=workers,
        blocking_threads=threads,
        backpressure=threads,
        workers_kill_timeout=45,
        websockets=False,
        log_access=False,
        respawn_failed_workers=True,
    ).serve()


def application() -> Flask:
    """The app of each worker of `serve`."""
    _log()
    return create_app()


def _log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")


@click.command(cls=Command)
@pass_operator
def courier(operator: Operator) -> None:
    """Deliver in a process of its own (with `delivery.courier = "apart"`)."""
    _log()
    running = make_courier(operator.settings, operator.journal)

    def stop(*_: Any) -> None:
        running.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    running.run()
