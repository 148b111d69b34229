"""Rate limits that several machines count together, in a Redis that may be away."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
import requests
from flask import Flask

from frontdesk.intake import limits
from frontdesk.intake.limits import RateLimits
from frontdesk.store.memory.store import MemoryStore
from tests.support import Site, eventually, free_port, open_app


class Redis:
    """A server that is started and stopped."""

    def __init__(self, folder: Path) -> None:
        found = shutil.which("redis-server")
        if found is None:
            pytest.skip("redis-server is not installed")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0?socket_timeout=0.5&socket_connect_timeout=0.5"
        self._command = [found, "--port", str(self.port), "--bind", "127.0.0.1"]
        self._command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        assert eventually(self._answers)

    def _answers(self) -> bool:
        with redis.Redis(port=self.port) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def storage() -> Iterator[Redis]:
    with tempfile.TemporaryDirectory() as folder:
        server = Redis(Path(folder))
        server.start()
        yield server
        server.stop()


def test_several_machines_count_together(storage: Redis) -> None:
    machines = [RateLimits(storage.url) for _ in range(2)]
    passed = [machines[n % 2].hit("3/hour", "submissions", "a") is None for n in range(5)]
    assert passed == [True, True, True, False, False]


def test_while_it_is_away_each_counts_by_itself_and_others_know(
    storage: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PAUSE", 0.2)
    store = MemoryStore()
    rates = RateLimits(storage.url, store.lease("limits.outage"))
    assert rates.hit("2/hour", "a") is None
    assert not store.leased("limits.outage")
    storage.stop()
    passed = [rates.hit("2/hour", "a") is None for _ in range(3)]
    assert passed == [True, True, False]
    assert store.leased("limits.outage")
    storage.start()
    assert eventually(
        lambda: rates.hit("100/hour", "b") is None and not store.leased("limits.outage")
    )


def test_it_is_left_alone_for_a_while(storage: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PAUSE", 3600.0)
    rates = RateLimits(storage.url)
    storage.stop()
    assert rates.hit("2/hour", "a") is None
    storage.start()
    assert rates.hit("2/hour", "a") is None
    with redis.Redis(port=storage.port) as client:
        assert client.keys("*") == []


def test_a_site_goes_on_and_says_so(
    storage: Redis, write_config: Callable[..., Path], serve: Callable[[Flask], Site]
) -> None:
    config = write_config(**{'fill_time = "0 s"': f'fill_time = "0 s"\nstorage = "{storage.url}"'})
    site = serve(open_app(config))
    storage.stop()
    assert site.enquire().status_code == 202

    def warned() -> bool:
        return "limits" in requests.get(f"{site.url}/readyz", timeout=30).json().get("warnings", [])

    assert eventually(warned)
