"""What PostgreSQL complains about, in one line for operators that has no secret in it."""

import re
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

import psycopg
from psycopg import errors

from frontdesk.store.errors import JournalError

# What libpq puts before a server's or the system's own words, and the severity of a server's.
_PREFIX = re.compile(r"^(connection (failed|is bad|to server) ?.*?(failed)?: )+")
_SEVERITY = re.compile(r"^[A-Z]+:  ")
_CANCELLED = "it breaks off what takes long; set statement_timeout to 0 for this database or user"
# What is said in English before a server knows who asks; it has no code there.
_REFUSALS = {
    "password authentication failed": "the password or the name of the user is wrong",
    "Connection refused": "connection refused; does the server run, and is the port right?",
    "could not translate host name": "the name of the host is not known",
    "failed to resolve host": "the name of the host is not known",
    "timeout expired": "it does not answer; is the host right, and does a firewall let it through?",
    "no password supplied": "it asks for a password, and `url` has none",
    "no pg_hba.conf entry": "it lets nobody in from here (its pg_hba.conf)",
    "the database system is starting up": "it is starting up",
    "the database system is shutting down": "it is shutting down",
    "session is read-only": "it takes no writes: it is a standby, or set to read only",
    "server is in hot standby mode": "it takes no writes: it is a standby",
    "too many clients": "it has too many connections; raise its max_connections",
    "remaining connection slots": "it has too many connections; raise its max_connections",
    "too many connections for": "it allows too few connections: raise the user's or the database's"
    " CONNECTION LIMIT",
    "is not permitted to log in": "the user may not log in; give the role LOGIN",
    "invalid port number": "the port in `url` is no port",
    "due to statement timeout": _CANCELLED,
    # We never ask for that. A timeout that goes off as a statement ends is told as the next one's.
    "due to user request": _CANCELLED,
    "idle-in-transaction timeout": "it ends transactions that take long; set"
    " idle_in_transaction_session_timeout to 0 for the user",
}


_OWNER = "make the user the owner of the schema frontdesk, and of all that is in it"


class NotAllowedError(JournalError):
    """The user lacks a right in the database."""


class AwayError(JournalError):
    """The server does not answer, or takes nothing at the moment; it may soon."""


# What waiting does not mend.
_MISTAKES = (
    "password authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "could not translate host name",
    "failed to resolve host",
    "does not exist",
    "is not permitted to log in",
    "permission denied for database",
    "invalid port number",
    "invalid sslmode value",
    "definition of service",
    "unrecognized configuration parameter",
)


class Complaints:
    """Makes errors of psycopg into JournalErrors that say where, but not who logs in."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        """`parameters`: the parts of the URL."""
        host = parameters.get("host") or parameters.get("hostaddr") or "local socket"
        hosts, ports = (str(each).split(",") for each in (host, parameters.get("port", "")))
        if len(ports) == 1:  # of all of them
            ports *= len(hosts)
        servers = ", ".join(
            f"{name}:{port}" if port else name for name, port in zip_longest(hosts, ports)
        )
        database = parameters.get("dbname") or parameters.get("user") or "default"
        self._database = str(database)
        where = f"PostgreSQL {servers}, database {database}"
        self.where = " ".join(where.split())  # one line, whatever the URL has
        secrets = ("password", "passfile", "sslpassword", "user")
        self._secrets = sorted(
            {str(parameters[name]) for name in secrets if parameters.get(name)}, key=len
        )

    def of(self, error: psycopg.Error) -> JournalError:
        """What went wrong, where, and how to mend it if that is known."""
        kind: type[JournalError] = JournalError
        if isinstance(error, errors.InsufficientPrivilege):
            kind = NotAllowedError
        elif _is_away(error):
            kind = AwayError
        return kind(f"{self.where}: {self._said(error)}")

    def _said(self, error: psycopg.Error) -> str:
        match error:
            case errors.InsufficientPrivilege():
                return f"{self.words(error)}; {_OWNER}"
            case errors.ReadOnlySqlTransaction():
                return "it takes no writes any more: it is a standby now, or set to read only"
            case errors.DiskFull():
                return "its disk is full"
            case errors.UndefinedTable() | errors.InvalidSchemaName():
                return f"{self.words(error)}; run `frontdesk journal init`"
        return self.words(error)

    def words(self, error: psycopg.Error) -> str:
        """What is wrong, in the server's words or in ours, where they say more."""
        text = error.diag.message_primary or str(error) or type(error).__name__
        if "permission denied for database" in text and error.sqlstate is None:
            return "the user may not connect to it; grant CONNECT on the database"
        for known, meaning in _REFUSALS.items():
            if known in text:
                return meaning
        if f'database "{self._database}" does not exist' in text:
            return "there is no database of that name; make it with `createdb`"
        # libpq tells of every address that it tried; the last line may be a hint of its own.
        lines = [
            line for line in text.splitlines() if line and not line.startswith(("\t", " ", "-"))
        ]
        line = _SEVERITY.sub("", _PREFIX.sub("", lines[0] if lines else text))
        for secret in reversed(self._secrets):
            line = line.replace(f'"{secret}"', "…")
        return line.strip().rstrip(".")


def _is_away(error: psycopg.Error) -> bool:
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return True
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    text = str(error)
    return not any(mistake in text for mistake in _MISTAKES)
