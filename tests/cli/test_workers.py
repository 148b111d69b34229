"""Workers that are told something: who cannot take it is replaced."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import eventually
from tests.test_processes import children

SCRIPT = """
import logging, os, signal, sys
from pathlib import Path
from frontdesk.cli.control import Control
from frontdesk.cli.workers import Workers

logging.basicConfig()
folder = Path(sys.argv[1])
control = Control(folder, "serve")

def work():
    while True:
        signal.pause()

def take(news):
    if not (folder / "poison").exists():
        os.write(1, b"%d\\n" % len(news))
    else:
        raise ValueError

def reload():
    workers.tell(b"news" * 100_000 if (folder / "long").exists() else b"news")
    os.write(1, b"told\\n")
    return []

workers = Workers(2, work, take, control)
workers.run(reload)
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Any]:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.terminate()


def test_who_cannot_take_what_it_is_told_is_followed_by_another(
    process: Any, tmp_path: Path
) -> None:
    eventually(lambda: len(children(process)) == 2)
    before = set(children(process))

    process.send_signal(signal.SIGHUP)
    assert [process.stdout.readline() for _ in range(3)] == ["4\n", "4\n", "told\n"]
    (tmp_path / "long").touch()
    os.kill(process.pid, signal.SIGHUP)
    assert [process.stdout.readline() for _ in range(3)] == ["400000\n", "400000\n", "told\n"]
    assert set(children(process)) == before

    (tmp_path / "poison").touch()
    process.send_signal(signal.SIGHUP)
    assert process.stdout.readline() == "told\n"
    eventually(lambda: len(set(children(process)) - before) == 2)
    process.terminate()
    assert process.wait(60) == 0
