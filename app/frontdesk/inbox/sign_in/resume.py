"""What somebody was writing when they had to sign in: shown again, to be looked at and saved."""

from werkzeug.wrappers import Response

from frontdesk.inbox.record import amend, note
from frontdesk.inbox.sign_in.onward import kept, writing


def resumed(page: str | None) -> Response | None:
    """The page that they were on, with what they had typed; None if there is nothing to resume."""
    typed = kept()
    if not typed:
        return None
    match writing(page):
        case (identity, "amend"):
            return amend.resumed(identity, typed)
        case (identity, "note"):
            return note.resumed(identity, typed)
    return None
