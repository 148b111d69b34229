"""`serve`: the forms over HTTP."""

import logging
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import click

from frontdesk.cli import server
from frontdesk.cli.control import Control
from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import console, log_to_stderr, plain
from frontdesk.config import Settings
from frontdesk.ports import refusal

SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a folder of one's own in it; on a disk, counting waits
SHOWN = 20  # forms whose addresses are told at the start
METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"  # where processes put their counts together


@click.command(cls=Command)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--threads", default=16, show_default=True, type=click.IntRange(1, 256))
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes, each with so many threads; more than one only where one core is not enough.",
)
@pass_operator
def serve(operator: Operator, *, host: str, port: int, threads: int, workers: int) -> None:
    """Serve the forms with a production server."""

    def load() -> Settings:
        settings = operator.load()
        limits = settings.limits.model_copy(update={"threads": threads})
        return settings.model_copy(update={"limits": limits})

    Control.prepare()
    settings = load()
    if reason := refusal(host, port):
        raise click.UsageError(f"cannot listen on {host}, port {port}: {reason}")
    log_to_stderr()
    logging.getLogger("waitress").addFilter(server.Terse())
    with _counted_together() if workers > 1 else nullcontext():
        # Not above: what counts for Prometheus looks there when it is imported.
        from frontdesk.cli.serving import Serving

        control = Control(settings.data_dir, "serve")
        try:
            serving = Serving(settings, load)
            sockets = server.listen(host, port)
            address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            console.print(plain(f"Frontdesk serves on {address}"))
            for form in list(settings.forms)[:SHOWN]:
                console.print(plain(f"Form {form}: {address}/forms/{form}"))
            if len(settings.forms) > SHOWN:
                console.print(plain(f"and {len(settings.forms) - SHOWN} forms more: {address}/"))
            if settings.inbox is not None:
                console.print(plain(f"Inbox: {address}/inbox/"))
            if workers > 1:
                serving.run_workers(workers, sockets, threads, control)
            else:
                signal.signal(signal.SIGTERM, signal.default_int_handler)
                serving.run_alone(sockets, threads, control)
        finally:
            control.close()


@contextmanager
def _counted_together() -> Iterator[None]:
    """A folder for the counts of several processes, unless the environment names one."""
    if METRICS_DIR in os.environ:
        yield
        return
    memory = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="frontdesk-metrics-", dir=memory) as folder:
        os.environ[METRICS_DIR] = folder
        yield
