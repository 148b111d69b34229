"""`frontdesk demo` as a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from frontdesk.sandbox.demo.origins import Origins
from tests.support import eventually, free_block, journal_lines, leads


class Demo:
    """Started when made; ends when it is told to."""

    def __init__(
        self, directory: Path, program: tuple[str, ...] = (), port: int = 0, *options: str
    ) -> None:
        self.directory = directory
        self.port = port or free_block(len(Origins._fields) + 1)
        self.origins = Origins.at(self.port)
        self.output = directory.parent / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [*command(self.port, directory, program), *options],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        eventually(self._says_its_addresses)

    def _says_its_addresses(self) -> bool:
        assert self.process.poll() is None, self.output.read_text()
        return "Ctrl-C" in self.output.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it as an operator would; returns the exit status."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def leads(self) -> list[dict[str, Any]]:
        """What the sandbox CRM has got."""
        return leads(self.origins.sandbox)

    def newest_lead(self, already: int) -> dict[str, Any]:
        """The parameters of the one lead that arrives in addition to those that were there."""
        stored = eventually(lambda: found if len(found := self.leads()) > already else None)
        assert len(stored) == already + 1
        parameters: dict[str, Any] = stored[-1]["parameters"]
        return parameters

    def newest_received(self) -> dict[str, Any]:
        """The journal's line of the newest submission."""
        lines = journal_lines(self.directory / "journal")
        return [line for line in lines if line["event"] == "received"][-1]


def command(port: int, directory: Path, program: tuple[str, ...] = ()) -> list[str]:
    options = ["--port", str(port), "--data-dir", str(directory), "--no-open"]
    return [*(program or (sys.executable, "-m", "frontdesk")), "demo", *options]
