"""Every address of the inbox, with the role that it needs: the one place that says who may."""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Blueprint, request
from werkzeug.wrappers import Response

from frontdesk.config import Role
from frontdesk.inbox import actions, amend, charts, guard, listing, one, sign
from frontdesk.intake import hooks
from frontdesk.intake.blueprint import OwnBlueprint
from frontdesk.resources import folder


class Route(NamedTuple):
    """An address, and the least role that may use it; None: also for those who have not signed in.

    The name of a view is that of its endpoint.
    """

    method: str
    rule: str
    view: Callable[..., Any]
    least: Role | None


ROUTES = (
    Route("GET", "/inbox/", listing.inbox_list, "read"),
    Route("GET", "/inbox/sign-in", sign.sign_in_page, None),
    Route("POST", "/inbox/sign-in", sign.sign_in, None),
    Route("POST", "/inbox/sign-out", sign.sign_out, None),
    Route("GET", "/inbox/charts", charts.inbox_charts, "read"),
    Route("GET", "/inbox/charts.csv", charts.inbox_charts_csv, "read"),
    Route("GET", "/inbox/<identity>", one.inbox_one, "read"),
    Route("POST", "/inbox/<identity>/send", actions.inbox_send, "act"),
    Route("POST", "/inbox/<identity>/release", actions.inbox_release, "act"),
    Route("POST", "/inbox/<identity>/discard", actions.inbox_discard, "act"),
    Route("GET", "/inbox/<identity>/amend", amend.inbox_amend_page, "act"),
    Route("POST", "/inbox/<identity>/amend", amend.inbox_amend, "act"),
    Route("GET", "/inbox/<path:rest>", listing.nothing, "read"),
)
_LEAST = {route.view.__name__: route.least for route in ROUTES}


def inbox_blueprint() -> Blueprint:
    """All routes, with what runs around each; for one app."""
    made = OwnBlueprint("frontdesk_inbox", __name__, template_folder=str(folder("templates")))
    for route in ROUTES:
        made.add_url_rule(
            route.rule,
            view_func=route.view,
            methods=[route.method],
            strict_slashes=False,  # else werkzeug sends people on, to whatever host they named
            provide_automatic_options=False,
        )
    made.url_value_preprocessor(hooks.start_clock)
    made.before_request(_admit)
    made.after_request(guard.finish)
    made.after_request(hooks.stop_clock)
    for kind in guard.KINDS:
        made.register_error_handler(kind, guard.http_error)
    made.register_error_handler(Exception, guard.broken)
    return made


def _admit() -> Response | None:
    return guard.admit(_LEAST[(request.endpoint or "").rpartition(".")[2]])
