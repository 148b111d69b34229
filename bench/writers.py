"""A process whose threads write the same line durably, into one of the stores of `machines`.

`python -m bench.writers STORE ADDRESS` answers each line of its standard input, a number of
seconds, with how long each line took that was begun within that time.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from uuid import uuid4

from msgspec.structs import replace

from bench.append import LINE, RECEIVED, Put, Writer, measure
from frontdesk.model.events import utcnow

THREADS = 8


@contextmanager
def files(address: str) -> Iterator[Writer]:
    """Our journal in a folder."""
    from frontdesk.store.files.store import FileStore

    store = FileStore(Path(address))
    yield lambda: nullcontext(lambda: store.append(replace(RECEIVED, id=uuid4(), at=utcnow())))
    store.close()


@contextmanager
def postgresql(address: str) -> Iterator[Writer]:
    """Our journal in a database."""
    from frontdesk.store.postgresql.store import PostgresStore

    store = PostgresStore(address)
    yield lambda: nullcontext(lambda: store.append(replace(RECEIVED, id=uuid4(), at=utcnow())))
    store.close()


@contextmanager
def procrastinate(address: str) -> Iterator[Writer]:
    """Its own pool of connections, one for each thread."""
    from procrastinate import App, SyncPsycopgConnector

    connector = SyncPsycopgConnector(conninfo=address, min_size=THREADS, max_size=THREADS)
    app, line = App(connector=connector), LINE.decode()

    @app.task(name="deliver")
    def deliver(line: str) -> None:
        """Never run: only the queueing is measured."""

    with app.open():
        yield lambda: nullcontext(lambda: deliver.defer(line=line))


@contextmanager
def pgqueuer(address: str) -> Iterator[Writer]:
    """A connection for each thread, since its synchronous driver has one."""
    import psycopg
    from pgqueuer.db import SyncPsycopgDriver
    from pgqueuer.queries import SyncQueries

    @contextmanager
    def writer() -> Iterator[Put]:
        with psycopg.connect(address, autocommit=True) as connection:
            queries = SyncQueries(SyncPsycopgDriver(connection))
            yield lambda: queries.enqueue("deliver", LINE)

    yield writer


STORES = {each.__name__: each for each in (files, postgresql, procrastinate, pgqueuer)}


def prepare(store: str, address: str) -> None:
    """Make a store's tables. Raises ImportError where its package is not installed."""
    if store == "postgresql":
        from frontdesk.store.postgresql.store import PostgresStore

        PostgresStore.prepare(address)
    elif store == "procrastinate":
        from procrastinate import App, SyncPsycopgConnector

        with App(connector=SyncPsycopgConnector(conninfo=address)).open() as app:
            app.schema_manager.apply_schema()
    elif store == "pgqueuer":
        import psycopg
        from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(QueryBuilderEnvironment().build_install_query())


def main() -> None:
    logging.disable()
    store, address = sys.argv[1:]
    with STORES[store](address) as writer:
        for line in sys.stdin:
            print(json.dumps(measure(writer, THREADS, float(line))), flush=True)


if __name__ == "__main__":
    main()
