"""What has to be known of the journal before anything is sent."""

from collections.abc import Iterator
from contextlib import contextmanager

from frontdesk.delivery.destination import DeliveryError
from frontdesk.store.errors import JournalError


@contextmanager
def asked() -> Iterator[None]:
    """While the journal is asked: raises DeliveryError where it cannot be read."""
    try:
        yield
    except (JournalError, OSError) as error:
        raise DeliveryError(f"nothing was sent, for the journal cannot be read: {error}") from None
