"""Whether a port can be listened on; said before anything starts."""

import socket


def refusal(host: str, port: int) -> str | None:
    """Why nobody can listen there, or None. A name that does not resolve is a reason too."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        return error.strerror
    return None
