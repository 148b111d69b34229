"""A desk with a history, and a way to run commands on it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from click.testing import CliRunner, Result
from flask import Flask

from frontdesk.cli import main
from tests.support import Site, eventually, open_app


class Desk(NamedTuple):
    """A running site, its configuration and its CRM."""

    config: Path
    site: Site
    crm: str

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(self.config), *arguments])

    def records(self, *filters: str) -> list[dict[str, Any]]:
        """The submissions; `log` has the revocations, too."""
        listed = self.run("log", "--json", *filters)
        assert listed.exit_code == 0, listed.output
        every = [json.loads(line) for line in listed.stdout.splitlines()]
        return [record for record in every if record["submission"]]

    def fault(self, **fault: Any) -> None:
        answer = requests.post(f"{self.crm}/_sandbox/faults", json=fault, timeout=30)
        assert answer.status_code == 204, answer.text

    def enquire(self, state: str, **changes: Any) -> str:
        """Send an enquiry and wait until it has come to that state; its id."""
        identity: str = self.site.enquire(**changes).json()["id"]

        def arrived() -> bool:
            return any(r["submission"]["id"] == identity for r in self.records("--state", state))

        eventually(arrived)
        return identity


@pytest.fixture
def desk(write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str) -> Desk:
    config = write_config()
    return Desk(config, serve(open_app(config)), crm)
