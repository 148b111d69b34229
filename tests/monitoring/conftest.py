"""A courier at work that tells others how things stand."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from frontdesk.config import Settings, load
from frontdesk.couriers import make_courier
from frontdesk.data_dir import open_store
from frontdesk.delivery.courier import Courier, run_beside
from frontdesk.kinds import KINDS
from frontdesk.model.events import Delivered, Failed, Notified, utcnow
from frontdesk.monitoring.recipients import recipients
from frontdesk.monitoring.status import status
from frontdesk.store.files.lines import Damage
from tests.receivers import Webhook, webhook
from tests.samples import received
from tests.support import BRISK, FORM, eventually

SECRET_KEY = ["a secret of the tests, long enough"]


class Desk:
    """A journal, a courier that can be started again, and who is told."""

    def __init__(self, settings: Settings, crm: str) -> None:
        self.settings = settings
        self.crm = crm
        self.store = open_store(settings)
        self.journal = self.store.journal
        self._running = ExitStack()

    def start(self) -> Courier:
        courier = make_courier(self.settings, open_store(self.settings), BRISK)
        self._running.enter_context(run_beside(courier))
        return courier

    def stop(self) -> None:
        self._running.close()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """For as long as it takes, and until everybody has been told."""
        self.start()
        yield
        self.quiet()
        self.stop()

    def events(self) -> list[Any]:
        lines = list(self.journal.read())
        return [line.event for line in lines if not isinstance(line, Damage)]

    def notified(self, place: int = 0) -> list[Notified]:
        """What one of `notify.urls` was told, or did not take."""
        names = [one.identity for one in recipients(self.settings)]
        found = [e for e in self.events() if isinstance(e, Notified) and e.formerly is None]
        return [e for e in found if e.receiver in names[place : place + 1]]

    def quiet(self) -> None:
        """Wait until whoever was to be told something had the time to be."""
        # What comes now is delivered, one after the other, and looked at in between.
        for number in range(3):
            line = received(email=f"{number}@example.com")
            self.journal.append(line)
            eventually(lambda one=line.id: one in self.delivered())

    def delivered(self) -> list[UUID]:
        return [event.id for event in self.events() if isinstance(event, Delivered)]

    def unheard(self) -> dict[str, str]:
        known = self.store.facts(), {}, (), ["crm"]
        return status(*known, utcnow(), recipients(self.settings)).unheard


@pytest.fixture
def desk(write_config: Callable[..., Path], crm: str) -> Iterator[Callable[..., Desk]]:
    """A desk that tells these URLs; other settings of `[notify]` by name."""
    made: list[Desk] = []

    def make(*urls: str, form: str = FORM, secrets: list[str] = SECRET_KEY, **others: str) -> Desk:
        settings = {"bundle": '"0 s"', **{key: f'"{value}"' for key, value in others.items()}}
        lines = "\n".join(f"{key} = {value}" for key, value in settings.items())
        text = f"{form}\n[notify]\nurls = {list(urls)}\n{lines}\n"
        config = write_config(text, **{f'"{SECRET_KEY[0]}"': str(secrets)})
        made.append(Desk(load(config, KINDS), crm))
        return made[-1]

    yield make
    for each in made:
        each.stop()
        each.store.close()


@pytest.fixture
def other() -> Iterator[Webhook]:
    with webhook() as running:
        yield running


def fail(desk: Desk, count: int) -> list[UUID]:
    """Leads that have failed already, all at once."""
    found = [received() for _ in range(count)]
    reason = "create-lead answered 400"
    failures = [Failed(id=line.id, destination="crm", reason=reason) for line in found]
    desk.journal.append(*found, *failures)
    return [line.id for line in found]
