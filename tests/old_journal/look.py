"""What a version makes of the old journal: its records, its stories, and what it still sends.

`python -m tests.old_journal.look` writes `made_of_it.json.xz`, with the version of the day.
"""

import json
import lzma
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import requests
from click.testing import CliRunner

from frontdesk.cli import main as frontdesk
from frontdesk.config import load
from frontdesk.couriers import make_courier
from frontdesk.data_dir import open_store
from frontdesk.delivery.courier import run_beside
from frontdesk.kinds import KINDS
from frontdesk.sandbox.realgeeks.app import create_sandbox as create_real_geeks
from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from tests.old_journal.write import LAST, configuration
from tests.support import BRISK, eventually

HERE = Path(__file__).parent
JOURNAL = HERE / "journal.tar.xz"
MADE_OF_IT = HERE / "made_of_it.json.xz"
OWED = frozenset({"pending", "deferred", "unknown"})

Json = dict[str, Any]


class Office(NamedTuple):
    """The old journal, and whoever reads it and goes on with it."""

    config: Path
    urls: dict[str, str]

    def run(self, *arguments: str) -> str:
        done = CliRunner().invoke(frontdesk, ["--config", str(self.config), *arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.stdout

    def records(self) -> list[Json]:
        """Everything that is known of each submission and each revocation."""
        return [_told(json.loads(line)) for line in self.run("log", "--json").splitlines()]

    def stories(self) -> dict[str, Json]:
        """All that happened to what came on the last day."""
        begun = [record["submission"] or record["revocation"] for record in self.records()]
        ids = [one["id"] for one in begun if one["at"].startswith(str(LAST))]
        return {one: _told(json.loads(self.run("show", one, "--json"))) for one in ids}

    def counts(self) -> Json:
        """What waits, and for whom."""
        said = json.loads(self.run("status", "--json"))
        # Of what was erased and came again, earlier versions counted both lives as settled.
        said["states"].pop("settled")
        return {"owed": said["owed"], "states": said["states"]}

    def sent(self) -> list[Json]:
        """What a courier sends that finds this journal, and nobody's answer."""
        settings = load(self.config, KINDS)
        with run_beside(make_courier(settings, open_store(settings), BRISK)):
            eventually(lambda: not OWED & {record["state"] for record in self.records()})
        calls = [
            {"to": name, **{key: call[key] for key in ("endpoint", "method", "parameters")}}
            for name, url in self.urls.items()
            for call in requests.get(f"{url}/_sandbox/requests", timeout=30).json()
        ]
        return sorted((c for c in calls if c["endpoint"] != "list-leads"), key=json.dumps)


def _told(record: Json) -> Json:
    """Without what only the reader itself goes by."""
    for delivery in record["deliveries"].values():
        delivery.pop("seen", None)
        if record["state"] in ("duplicate", "discarded", "erased"):
            # Since when it has waited: that an account was opened says nothing of what is over.
            delivery.pop("since", None)
    return record


@contextmanager
def office(folder: Path) -> Iterator[Office]:
    """Unpack the journal below a folder, with fresh CRMs."""
    journal = folder / "var/journal"
    journal.mkdir(parents=True)
    with tarfile.open(JOURNAL) as packed:
        packed.extractall(journal, filter="data")
    with (
        serve_sandbox(create_sandbox()) as realpad,
        serve_sandbox(create_real_geeks()) as geeks,
    ):
        config = folder / "frontdesk.toml"
        config.write_text(configuration(realpad.url, geeks.url), encoding="utf-8")
        yield Office(config, {"crm": realpad.url, "geeks": geeks.url})


def made_of_it(there: Office) -> Json:
    """Everything, in the order in which it is asked for."""
    looked = {"counts": there.counts(), "records": there.records(), "stories": there.stories()}
    return {**looked, "sent": there.sent(), "at last": there.counts()}


def remembered() -> Json:
    """What the version made of it that wrote it."""
    found: Json = json.loads(lzma.decompress(MADE_OF_IT.read_bytes()))
    for counts in (found["counts"], found["at last"]):
        counts["states"].pop("settled", None)
    for record in (*found["records"], *found["stories"].values()):
        _told(record)
    return found


if __name__ == "__main__":
    with TemporaryDirectory() as kept, office(Path(kept)) as there:
        MADE_OF_IT.write_bytes(lzma.compress(json.dumps(made_of_it(there)).encode()))
