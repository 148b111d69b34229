"""A document as one session in a terminal: its commands are run as they are printed."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from select import POLLIN, poll
from typing import NamedTuple

from tests.docs import pages
from tests.support import PATIENCE, free_port

# Other ones at each run, of the same form.
_CHANGING = {
    r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}": "<id>",
    r"\b[0-9a-f]{8}\b": "<short id>",
    r"\d{4}-\d\d-\d\d(T| | at )\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?": "<time>",
    r"\bin \d+\.\d+ s\b": "in <seconds> s",
    r"\bseconds=\d+\.\d+": "seconds=<seconds>",
}
# What only looks may look too early: nothing is said before the courier has been there.
LOOK = re.compile(r"frontdesk (show|log|status|verify)\b|curl -s \$\w+/_sandbox/\w+( \||$)")

# A command, the lines that go on with it, and what is said.
_TYPED = re.compile(r"^\$ (.*(?:\n> .*)*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


class Step(NamedTuple):
    """A command, and what it says; None where a document does not print that."""

    command: str
    said: str | None


def steps(markdown: str) -> Iterator[Step]:
    """What a reader types: scripts whole, sessions a command at a time."""
    for kind, body in pages.fenced(markdown):
        if kind == "toml":
            yield Step(f"cat > frontdesk.toml <<'END'\n{body}END", None)
        elif kind == "sh":
            yield Step(body.rstrip("\n"), None)
        elif kind == "console":
            for typed, said in _TYPED.findall(body):
                yield Step(typed.replace("\n> ", "\n"), said)


def lasting(text: str) -> str:
    """A text without what is another one at each run."""
    for changing, instead in _CHANGING.items():
        text = re.sub(changing, instead, text)
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


class Terminal:
    """A shell in a folder of its own, with ports of its own for those of the documents."""

    def __init__(self, directory: Path, ports: set[str]) -> None:
        self.ports = {port: str(free_port()) for port in ports}
        beside = Path(sys.executable).parent
        self._shell = subprocess.Popen(
            ["bash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env={**os.environ, "PATH": f"{beside}:{os.environ['PATH']}"},
            start_new_session=True,
        )

    def run(self, command: str) -> tuple[str, int]:
        """What a documented command says, and its exit status."""
        assert self._shell.stdin
        assert self._shell.stdout
        for documented, ours in self.ports.items():
            command = re.sub(rf"\b{documented}\b", ours, command)
        self._shell.stdin.write(f"{command}\nprintf '\\0%s\\0' $?\n".encode())
        self._shell.stdin.flush()
        said, told = b"", poll()  # not select: a run of all tests may have over a thousand files
        told.register(self._shell.stdout, POLLIN)
        while said.count(b"\0") < 2:
            assert told.poll(2000 * PATIENCE), f"no end of {command}"
            part = os.read(self._shell.stdout.fileno(), 1 << 16)
            assert part, f"the shell has ended: {command}"
            said += part
        text, status, _ = said.decode().split("\0")
        for documented, ours in self.ports.items():
            text = re.sub(rf"\b{ours}\b", documented, text)
        return text, int(status)

    def saying(self, step: Step) -> str:
        """What a command says; one that only looks is repeated until it is what is printed."""
        deadline, pause = time.monotonic() + PATIENCE, 0.1
        while True:
            said, _ = self.run(step.command)
            as_printed = lasting(said) == lasting(step.said or "")
            if as_printed or not LOOK.match(step.command) or time.monotonic() > deadline:
                return said
            time.sleep(pause)
            pause = min(2.0, pause * 1.5)  # each look is a program

    def close(self) -> None:
        """End the shell and all that it has started."""
        os.killpg(self._shell.pid, signal.SIGTERM)
        self._shell.communicate(timeout=PATIENCE)
