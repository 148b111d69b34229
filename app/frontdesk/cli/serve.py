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
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Port to listen on.",
)
@click.option(
    "--threads",
    default=16,
    show_default=True,
    type=click.IntRange(1, 256),
    help="Requests that each process answers at the same time.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes on the same port; more than one only where one core is not enough.",
)
@click.option("--inbox-host", help="Address to listen on for the inbox; else that of the forms.")
@click.option(
    "--inbox-port",
    type=click.IntRange(1, 65535),
    help="A port for the inbox alone, which is not on that of the forms then.",
)
@pass_operator
def serve(
    operator: Operator,
    *,
    host: str,
    port: int,
    threads: int,
    workers: int,
    inbox_host: str | None,
    inbox_port: int | None,
) -> None:
    """Serve the forms and the inbox with a production server."""
    if inbox_host is not None and inbox_port is None:
        raise click.UsageError("--inbox-host: of which port? Say --inbox-port, too")
    forms, apart = (host, port), (inbox_host or host, inbox_port) if inbox_port else None

    def load() -> Settings:
        settings = operator.load()
        limits = settings.limits.model_copy(update={"threads": threads})
        return settings.model_copy(update={"limits": limits})

    Control.prepare()
    settings = load()
    if apart is not None and settings.inbox is None:
        raise click.UsageError("--inbox-port: there is no [inbox] in the configuration")
    if apart == forms:
        raise click.UsageError("--inbox-port: the forms are on this port; give another one")
    for place in filter(None, (forms, apart)):
        if refused := refusal(*place):
            where = f"{place[0]}, port {place[1]}"
            what = "host" if refused.by_host else "port"
            option = f"--{what}" if place == forms else f"--inbox-{what}"
            raise click.UsageError(
                f"cannot listen on {where}: {refused.reason}; {option} takes another one"
            )
    log_to_stderr()
    logging.getLogger("waitress").addFilter(server.Terse())
    with _counted_together() if workers > 1 else nullcontext():
        # Not above: what counts for Prometheus looks there when it is imported.
        from frontdesk.cli.serving import Serving, Sockets

        control = Control(settings.data_dir, "serve")
        try:
            serving = Serving(settings, load, apart=apart is not None)
            sockets = Sockets(server.listen(*forms), server.listen(*apart) if apart else [])
            address = _address(*forms)
            console.print(plain(f"Frontdesk serves on {address}"))
            for form in list(settings.forms)[:SHOWN]:
                console.print(plain(f"Form {form}: {address}/forms/{form}"))
            if len(settings.forms) > SHOWN:
                console.print(plain(f"and {len(settings.forms) - SHOWN} forms more: {address}/"))
            if settings.inbox is not None:
                console.print(plain(f"Inbox: {_address(*apart) if apart else address}/inbox/"))
            if workers > 1:
                serving.run_workers(workers, sockets, threads, control)
            else:
                signal.signal(signal.SIGTERM, signal.default_int_handler)
                serving.run_alone(sockets, threads, control)
        finally:
            control.close()


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


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
