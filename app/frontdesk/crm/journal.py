"""Ask the journal what has to be known before anything is sent."""

from collections.abc import Iterator
from contextlib import contextmanager

from frontdesk.delivery.destination import DeliveryError
from frontdesk.store.errors import JournalError


@contextmanager
def asked() -> Iterator[None]:
    """While the journal is asked: raises DeliveryError where it does not answer."""
    try:
        yield
    except (JournalError, OSError) as error:
        said = getattr(error, "strerror", None) or error
        raise DeliveryError(f"nothing was sent, for the journal cannot be asked: {said}") from None
