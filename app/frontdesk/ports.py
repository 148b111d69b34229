"""Whether a port can be listened on; said before anything starts."""

import errno
import socket
from typing import NamedTuple


class Refusal(NamedTuple):
    """Why nobody can listen at a place; `by_host`: whatever its port is."""

    reason: str
    by_host: bool


def refusal(host: str, port: int) -> Refusal | None:
    """Why nobody can listen there, or None. A name that does not resolve is a reason too."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        # The socket adds the address to the system's words, as Python writes a tuple.
        reason = (error.strerror or str(error)).partition(" (while attempting")[0]
        # A name that does not resolve has a negative number, as getaddrinfo() counts on Linux.
        number = error.errno or 0
        return Refusal(reason, number < 0 or number in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT))
    return None
