"""What an object does after a fork, for as long as somebody has the object."""

from collections.abc import Callable
from weakref import WeakMethod


def weakly(method: Callable[[], None]) -> Callable[[], None]:
    """The same for `os.register_at_fork`, which never forgets; it keeps no object alive.

    `method`: a bound one. An app that another has taken the place of can so be forgotten.
    """
    found = WeakMethod(method)

    def call() -> None:
        if (alive := found()) is not None:
            alive()

    return call
