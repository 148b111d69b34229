"""The list of what came in."""

from flask import abort
from werkzeug.wrappers import Response

from frontdesk.inbox.pages import render


def inbox_list() -> Response:
    """The list."""
    return render("list")


def nothing(rest: str) -> Response:
    """What is asked for below the inbox's root, and is not there."""
    abort(404)
