"""The forms at work: in one process or in several, with one configuration after the other."""

import gc
import pickle
import socket
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from flask import Flask

from frontdesk.cli import server
from frontdesk.cli.control import Control
from frontdesk.cli.reload import attempt, renewed
from frontdesk.cli.swap import Swap
from frontdesk.cli.workers import Workers
from frontdesk.config import Settings
from frontdesk.extension import create_app, inbox_app


class Sockets(NamedTuple):
    """By which the forms are asked, and the inbox if it has an address of its own."""

    forms: list[socket.socket]
    inbox: list[socket.socket]


class Serving:
    """An app for a configuration, and another in its place when that is to change."""

    def __init__(
        self, settings: Settings, load: Callable[[], Settings], *, apart: bool = False
    ) -> None:
        """`load`: reads the configuration anew. `apart`: the inbox has an address of its own."""
        self._settings = settings
        self._load = load
        self._apart = apart
        self._swap = Swap(*self._apps(settings))

    def run_alone(self, sockets: Sockets, threads: int, control: Control) -> None:
        """Serve in this process, until it is interrupted."""

        def take() -> None:
            self._replace(renewed(self._load, self._settings))

        control.attend_beside(partial(attempt, take))
        self._work(sockets, threads)

    def run_workers(self, count: int, sockets: Sockets, threads: int, control: Control) -> None:
        """Serve in so many processes, until this one, which watches them, is told to end."""

        def learn(news: bytes) -> None:
            self._replace(pickle.loads(news))  # noqa: S301 - from who has forked this process

        workers = Workers(count, partial(self._work, sockets, threads), learn, control)

        def take() -> None:
            settings = renewed(self._load, self._settings)
            # Here too, so that those go by it who follow; they share what is counted.
            app, beside = self._made(settings)
            app.extensions["frontdesk"].rest_courier()
            self._swap.replace(app, beside)()
            workers.tell(pickle.dumps(settings))

        workers.run(partial(attempt, take))

    def _work(self, sockets: Sockets, threads: int) -> None:
        beside = (self._swap.beside, sockets.inbox) if self._apart else None
        running = server.create(self._swap, sockets.forms, threads, beside)
        gc.freeze()  # what is loaded by now stays; it is not looked through again and again
        running.run()  # until interrupted
        self._swap.close()

    def _apps(self, settings: Settings, before: Flask | None = None) -> tuple[Flask, Flask | None]:
        app = create_app(settings, before=before, apart=self._apart)
        return app, inbox_app(app) if self._apart else None

    def _made(self, settings: Settings) -> tuple[Flask, Flask | None]:
        apps = self._apps(settings, self._swap.app)
        self._settings = settings
        return apps

    def _replace(self, settings: Settings) -> None:
        close = self._swap.replace(*self._made(settings))

        def forget() -> None:
            close()
            gc.unfreeze()  # or the old app would stay for good
            gc.collect()
            gc.freeze()

        self._swap.close_beside(forget)
