"""A journal of a million lines in PostgreSQL, against one of a thousand."""

import time
from contextlib import ExitStack
from pathlib import Path

from bench import postgres, restart
from bench.common import Verdict, at_most, table
from bench.enquiry import configure, took
from bench.long import WORSE, commands
from bench.visitor import start_crm
from frontdesk.store.files.store import FileStore
from frontdesk.store.query import Query

LINES = {"1,000": 1_000, "1,000,000": 1_000_000}
DAYS = 300
READY, OUTBOX, GROWTH = 0.5, 0.5, 10.0  # seconds, seconds and MB more than on the short one
SIZES = """
select sum(pg_total_relation_size(oid)) filter (where relname like 'event%')::float8,
    sum(pg_total_relation_size(oid)) filter (where relname not like 'event%')::float8
from pg_class where relnamespace = 'frontdesk'::regnamespace and relkind = 'r'
"""


class Desk:
    """A journal of so many lines in a database, with its index."""

    def __init__(self, folder: Path, lines: int, databases: postgres.Databases, crm: str) -> None:
        from frontdesk.store.postgresql.store import PostgresStore

        self.folder = folder
        restart.fill(folder / "files/journal", lines, min(DAYS, lines // 10))
        self.database = databases.make(f"lines-{lines}")
        PostgresStore.prepare(self.database)
        files, store = FileStore(folder / "files"), PostgresStore(self.database)
        began = time.perf_counter()
        store.take(files.lines())
        self.copied = time.perf_counter() - began
        (self.one, *_) = store.find(Query(), limit=1).records
        self.indexed = time.perf_counter() - began - self.copied
        self.journal, self.index = databases.execute(SIZES, self.database)[0]
        store.close()
        files.close()
        self.config = configure(folder, crm=crm, fill_time=0, database=self.database)


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print; `seconds` does not matter."""
    print(f"## A journal of {' and of '.join(LINES)} lines in PostgreSQL\n")
    folder = scratch / "pg"
    folder.mkdir()
    try:
        with ExitStack() as stack:
            databases = postgres.Databases(stack.enter_context(postgres.server(folder)))
            crm = start_crm(stack, scratch)
            few, many = (
                Desk(scratch / f"lines-{lines}", lines, databases, crm) for lines in LINES.values()
            )
            print(
                f"{list(LINES)[1]} lines came from files in {many.copied:.0f} s, and were indexed"
                f" in {many.indexed:.0f} s. They take {many.journal / 1e6:,.0f} MB, the index"
                f" {many.index / 1e6:,.0f} MB more.\n"
            )
            return [*_commands(few, many, rounds), *_starts(few, many, crm, rounds)]
    except postgres.MissingError as what:
        print(f"skipped: {what} is not installed\n")
        return []


def _commands(few: Desk, many: Desk, rounds: int) -> list[Verdict]:
    rows, verdicts = [], []
    for what, theirs in commands(many.one).items():
        ours = commands(few.one)[what]
        pairs = [(took(few.config, *ours), took(many.config, *theirs)) for _ in range(rounds)]
        least, most = (min(each) for each in zip(*pairs, strict=True))
        short, long = (f"{lines} lines, s" for lines in LINES)
        row = {"command": what, short: f"{least:.2f}", long: f"{most:.2f}"}
        rows.append({**row, "ratio": f"{most / least:.2f}"})
        what = f"{what} in PostgreSQL, against a thousand lines"
        verdicts.append(at_most(what, most / least, WORSE))
    print(table(rows))
    return verdicts


def _starts(few: Desk, many: Desk, crm: str, rounds: int) -> list[Verdict]:
    """The quickest start of each, and the least memory: others slow it down, nobody quickens it."""
    starts: dict[str, list[restart.Start]] = {name: [] for name in LINES}
    for turn in range(rounds):
        for name, visitor, desk in zip(LINES, ("Anna", "Berta"), (few, many), strict=True):
            who = visitor + turn * "a"
            starts[name].append(restart.start(desk.folder, crm, who, desk.database, lambda _: True))
    found = {
        name: restart.Start(*map(min, zip(*each, strict=True))) for name, each in starts.items()
    }
    rows = [
        {
            "lines": name,
            "/readyz 200 after, s": f"{took.ready:.2f}",
            "new enquiry in the CRM after, s": f"{took.delivered:.2f}",
            "RSS MB": f"{took.resident:.0f}",
        }
        for name, took in found.items()
    ]
    print(f"\nA start, with the index there:\n\n{table(rows)}")
    less, more = found.values()
    return [
        at_most("in PostgreSQL: ready later", more.ready - less.ready, READY, "{:.2f} s"),
        at_most("in PostgreSQL: outbox known", more.delivered - less.delivered, OUTBOX, "{:.2f} s"),
        at_most("in PostgreSQL: more memory", more.resident - less.resident, GROWTH, "{:.1f} MB"),
    ]
