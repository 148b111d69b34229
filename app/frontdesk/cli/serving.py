"""The forms at work: in one process or in several, with one configuration after the other."""

import gc
import pickle
import socket
from collections.abc import Callable
from functools import partial

from flask import Flask

from frontdesk.cli import server
from frontdesk.cli.control import Control
from frontdesk.cli.reload import attempt, renewed
from frontdesk.cli.swap import Swap
from frontdesk.cli.workers import Workers
from frontdesk.config import Settings
from frontdesk.extension import create_app


class Serving:
    """An app for a configuration, and another in its place when that is to change."""

    def __init__(self, settings: Settings, load: Callable[[], Settings]) -> None:
        """`load`: reads the configuration anew."""
        self._settings = settings
        self._load = load
        self._swap = Swap(create_app(settings))

    def run_alone(self, sockets: list[socket.socket], threads: int, control: Control) -> None:
        """Serve in this process, until it is interrupted."""

        def take() -> None:
            self._replace(renewed(self._load, self._settings))

        control.attend_beside(partial(attempt, take))
        self._work(sockets, threads)

    def run_workers(
        self, count: int, sockets: list[socket.socket], threads: int, control: Control
    ) -> None:
        """Serve in so many processes, until this one, which watches them, is told to end."""

        def learn(news: bytes) -> None:
            self._replace(pickle.loads(news))  # noqa: S301 - from who has forked this process

        workers = Workers(count, partial(self._work, sockets, threads), learn, control)

        def take() -> None:
            settings = renewed(self._load, self._settings)
            # Here too, so that those go by it who follow; they share what is counted.
            app = self._made(settings)
            app.extensions["frontdesk"].rest_courier()
            self._swap.replace(app)()
            workers.tell(pickle.dumps(settings))

        workers.run(partial(attempt, take))

    def _work(self, sockets: list[socket.socket], threads: int) -> None:
        running = server.create(self._swap, sockets, threads)
        gc.freeze()  # what is loaded by now stays; it is not looked through again and again
        running.run()  # until interrupted
        self._swap.close()

    def _made(self, settings: Settings) -> Flask:
        app = create_app(settings, before=self._swap.app)
        self._settings = settings
        return app

    def _replace(self, settings: Settings) -> None:
        close = self._swap.replace(self._made(settings))

        def forget() -> None:
            close()
            gc.unfreeze()  # or the old app would stay for good
            gc.collect()
            gc.freeze()

        self._swap.close_beside(forget)
