"""Write a note about an enquiry, for colleagues."""

from collections.abc import Mapping

from flask import abort, request
from werkzeug.wrappers import Response

from frontdesk.inbox.context import desk, person, store
from frontdesk.inbox.found import as_seen, found_with_person, version
from frontdesk.inbox.language import _, ngettext
from frontdesk.inbox.pages import render
from frontdesk.inbox.record.actions import back
from frontdesk.inbox.record.words import Row
from frontdesk.model import events
from frontdesk.model.record import Record
from frontdesk.operations.errors import NotPossibleError, UnfitCommentError
from frontdesk.operations.note import LONGEST, note, tidied


def inbox_note_page(identity: str) -> Response:
    """A page to write a note on."""
    return _page(found_with_person(identity), "", 200)


def inbox_note(identity: str) -> Response:
    """Take a note. One that is sent twice is taken once, and what was typed is never lost."""
    found_with_person(identity)
    with desk().turns.turn():
        record, text = found_with_person(identity), request.form.get("text", "")
        if not as_seen(record):
            if _was_taken(record, text):
                return back(record, "noted")
            said = _("Something has happened meanwhile. Look at what you typed, then save it.")
            return _page(record, text, 409, said)
        try:
            note(store(), record, text, person().by)
        except UnfitCommentError as error:
            return _page(record, text, 422, _complaint(error))
        except NotPossibleError:
            return back(record, "cannot")
    return back(record, "noted")


def resumed(identity: str, typed: Mapping[str, str]) -> Response:
    """The page with what was typed before somebody had to sign in again."""
    if not person().may("act"):
        abort(404)
    return _page(found_with_person(identity), typed.get("text", ""), 200)


def _was_taken(record: Record, text: str) -> bool:
    """Whether the last that this person wrote about it is this text."""
    lines = [e for e in store().events(record.id) if isinstance(e, events.Commented)]
    last = lines[-1] if lines else None
    return last is not None and (last.by, last.text) == (person().by, tidied(text))


def _complaint(error: UnfitCommentError) -> str:
    match error.code:
        case "empty":
            return _("Write something first.")
        case "long":
            text = ngettext(
                "A note has at most %(most)d character.",
                "A note has at most %(most)d characters.",
                error.most,
            )
            return text % {"most": error.most}
        case "many":
            text = ngettext(
                "There is %(most)d note already.",
                "There are %(most)d notes already.",
                error.most,
            )
            return text % {"most": error.most}
        case _:
            return _("There is a character in it that nobody can see. Please type it anew.")


def _page(record: Record, text: str, code: int, problem: str = "") -> Response:
    return render(
        "note",
        code,
        record=record,
        row=Row.of(record),
        text=text[: 2 * LONGEST],
        longest=LONGEST,
        problem=problem,
        version=version(record, store().events(record.id)),
    )
