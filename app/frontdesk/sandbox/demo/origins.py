"""Where the demo's servers are."""

from typing import NamedTuple

HOST = "127.0.0.1"
# Browsers tell sites by name, not by port: to these two, the forms are a third party.
ELSEWHERE = {"landing": "localhost", "spa": "localhost"}


class Origins(NamedTuple):
    """Where the servers are, in the order of their ports."""

    room: str
    site: str
    leads: str
    landing: str
    spa: str
    sandbox: str

    @classmethod
    def at(cls, port: int) -> "Origins":
        """The origins on this port and those after it."""
        return cls(
            *(
                f"http://{ELSEWHERE.get(name, HOST)}:{port + n}"
                for n, name in enumerate(cls._fields)
            )
        )


def other_crm(port: int) -> str:
    """Where Real Geeks is, if it is wanted: behind all others."""
    return f"http://{HOST}:{port + len(Origins._fields)}"
