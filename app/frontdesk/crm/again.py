"""What is sent once more because a person asked for it, and so is another message."""

from frontdesk.delivery.destination import DeliveryError, PriorDelivery
from frontdesk.model.events import Delivered, Replayed
from frontdesk.model.lead import Submission
from frontdesk.store.base import Store
from frontdesk.store.errors import JournalError


def arrivals(
    store: Store | None, destination: str, submission: Submission, prior: PriorDelivery
) -> int:
    """How often a submission has arrived at a destination before. Raises DeliveryError.

    The same for all attempts until it has arrived once more, so that a message with this number in
    its id is known again.
    """
    if prior != "yes":
        return 0
    try:
        lines = store.events(submission.id) if store else []
    except (JournalError, OSError) as error:
        raise DeliveryError(f"nothing was sent, for the journal cannot be read: {error}") from None
    # By their times: what was merged into a journal twice counts once.
    times = {e.at for e in lines if isinstance(e, Delivered) and e.destination == destination}
    # It may have arrived by the journal of another machine, as only the replay says then.
    told = [e.at for e in lines if isinstance(e, Replayed) and destination in e.delivered]
    elsewhere = bool(told) and all(at > min(told) for at in times)
    return max(1, len(times) + elsewhere)
