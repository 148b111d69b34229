"""`serve`: the forms over HTTP."""

import gc
import logging
import signal

import click

from frontdesk.cli import server
from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import console, log_to_stderr, plain
from frontdesk.extension import create_app
from frontdesk.ports import refusal


@click.command(cls=Command)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--threads", default=16, show_default=True, type=click.IntRange(1, 256))
@pass_operator
def serve(operator: Operator, *, host: str, port: int, threads: int) -> None:
    """Serve the forms with a production server."""
    limits = operator.settings.limits.model_copy(update={"threads": threads})
    settings = operator.settings.model_copy(update={"limits": limits})
    if reason := refusal(host, port):
        raise click.UsageError(f"cannot listen on {host}, port {port}: {reason}")
    log_to_stderr()
    app = create_app(settings)
    logging.getLogger("waitress").addFilter(server.Terse())
    running = server.create(app, host, port, threads)
    gc.freeze()  # what is loaded by now stays; it is not looked through again and again
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    console.print(plain(f"Frontdesk serves on {address}"))
    for form in settings.forms:
        console.print(plain(f"Form {form}: {address}/forms/{form}"))
    running.run()  # until interrupted
    app.extensions["frontdesk"].close()
