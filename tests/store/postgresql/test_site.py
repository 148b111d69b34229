"""A site whose journal is in PostgreSQL, and the commands that look after it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result
from flask import Flask

from frontdesk.cli import main
from frontdesk.config import ConfigError, load
from frontdesk.kinds import KINDS
from frontdesk.store.postgresql.migrate import NEWEST
from frontdesk.store.postgresql.store import PostgresStore
from tests.postgresql import PASSWORD, Database
from tests.samples import received
from tests.support import Site, eventually, free_port, open_app

SECTION = """
[journal]
store = "postgresql"
url = "${FRONTDESK_DATABASE_URL}"

[captcha]"""
REFUSE = '\non_outage = "refuse"\n\n'


@pytest.fixture
def config(
    write_config: Callable[..., Path], database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", database.url)
    yield write_config(**{"\n[captcha]": SECTION})
    database.terminate()


def run(config: Path, *words: str) -> Result:
    result = CliRunner().invoke(main, ["--config", str(config), *words])
    assert PASSWORD not in result.output
    return result


def test_an_enquiry_comes_to_the_crm(
    config: Path, serve: Callable[[Flask], Site], crm: str, database: Database
) -> None:
    site = serve(open_app(config))
    identity = site.enquire().json()["id"]
    assert eventually(lambda: "delivered" in run(config, "log").stdout)
    assert len(requests.get(f"{crm}/_sandbox/leads", timeout=30).json()) == 1
    kinds = database.execute(
        "select kind from frontdesk.event where id = %s order by seq", identity
    )
    assert kinds == [("received",), ("attempt",), ("delivered",)]
    assert requests.get(f"{site.url}/readyz", timeout=30).status_code == 200
    checked = run(config, "check")
    assert checked.exit_code == 0, checked.output
    assert f"database {database.name}: can be written" in " ".join(checked.stdout.split())
    assert "is on one server: it has no synchronous standby" in " ".join(checked.stdout.split())
    assert not (config.parent / "var" / "journal").exists()


def test_what_is_discarded_before_couriers_start_is_sent_by_nobody(
    config: Path, serve: Callable[[Flask], Site], crm: str, database: Database
) -> None:
    """As after an old backup was restored: the CRM has it already."""
    with closing(PostgresStore(database.url)) as store:
        store.append(old := received())
    assert run(config, "release", "--discard", str(old.id)).stdout.endswith(" discarded\n")
    site = serve(open_app(config))
    new = site.enquire().json()["id"]
    assert eventually(lambda: "delivered" in run(config, "log", "--state", "delivered").stdout)
    assert len(requests.get(f"{crm}/_sandbox/leads", timeout=30).json()) == 1
    states = [run(config, "show", str(one), "--json").stdout for one in (old.id, new)]
    assert ["discarded" in state for state in states] == [True, False]
    late = run(config, "release", "--discard", str(new))
    assert (late.exit_code, late.stdout) == (1, "")
    assert "is not held but delivered" in late.stderr


def test_the_tables_are_made_once(config: Path, database: Database) -> None:
    where = f"PostgreSQL 127.0.0.1:{database.server.port}, database {database.name}: "
    assert (
        run(config, "journal", "init").stdout == f"{where}its tables are made (version {NEWEST})\n"
    )
    assert run(config, "journal", "init").stdout == f"{where}its tables are of version {NEWEST}\n"


def test_files_need_no_tables(write_config: Callable[..., Path]) -> None:
    assert run(write_config(), "journal", "init").stdout.startswith("files need no preparation")


def test_a_database_that_is_away_is_a_finding(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://frontdesk:{PASSWORD}@127.0.0.1:{free_port()}/leads"
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", url)
    checked = run(config, "check", "--json")
    assert checked.exit_code == 1
    assert '"subject":"configuration","well":true' in checked.stdout.replace(" ", "")
    assert "does the server run, and is the port right?" in checked.stdout
    listed = run(config, "log")
    assert listed.exit_code == 1
    assert listed.stderr.count("\n") == 1
    assert "connection refused" in listed.stderr


def test_a_server_that_is_to_refuse_does_not_start_without_its_database(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://frontdesk:{PASSWORD}@127.0.0.1:{free_port()}/leads"
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", url)
    command = [sys.executable, "-m", "frontdesk", "--config", str(config)]
    config.write_text(config.read_text().replace(SECTION, SECTION.replace("\n\n", REFUSE, 1)))
    done = subprocess.run(
        [*command, "serve", "--port", str(free_port())],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "connection refused; does the server run" in done.stderr
    assert PASSWORD not in done.stderr


def test_a_package_that_is_missing_is_named(config: Path, tmp_path: Path) -> None:
    # What an installation without the extra has: nothing of that name.
    script = (
        "import sys; sys.modules['psycopg'] = None; sys.argv[0] = 'frontdesk'\n"
        "from frontdesk.cli import main; main()"
    )
    command = [sys.executable, "-c", script, "--config", str(config), "log"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "install `frontdesk[postgresql]`" in done.stderr


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ('store = "postgresql"', 'url: is missing; write it like "${FRONTDESK_DATABASE_URL}"'),
        (
            f'store = "postgresql"\nurl = "mysql://me:{PASSWORD}@host/db"',
            'url: must be like "postgresql://user:password@host:5432/database"',
        ),
        ('store = "oracle"', "store: must be 'files' or 'postgresql'"),
    ],
)
def test_mistakes_of_the_configuration(
    write_config: Callable[..., Path], section: str, problem: str
) -> None:
    config = write_config(**{"\n[captcha]": f"\n[journal]\n{section}\n[captcha]"})
    with pytest.raises(ConfigError) as refused:
        load(config, KINDS)
    assert refused.value.problems == [f"journal.{problem}"]
