"""Every address of the inbox, with the role that it needs: the one place that says who may."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from frontdesk.config import Role
from frontdesk.inbox import guard, health
from frontdesk.inbox.charts import page as charts
from frontdesk.inbox.language import _
from frontdesk.inbox.listing import bulk, export
from frontdesk.inbox.listing import page as listing
from frontdesk.inbox.pages import go
from frontdesk.inbox.record import actions, amend, erase, evidence, note, one
from frontdesk.inbox.sign_in import oidc, password
from frontdesk.intake import hooks
from frontdesk.intake.blueprint import OwnBlueprint
from frontdesk.resources import folder


class Route(NamedTuple):
    """An address, and the least role that may use it; None: also for those who have not signed in.

    The name of a view is that of its endpoint. `fresh`: only for who has lately proved who it is,
    where the inbox can ask for that. `all_forms`: only for who is not limited to some.
    """

    method: str
    rule: str
    view: Callable[..., Any]
    least: Role | None
    fresh: bool = False
    all_forms: bool = False


ROUTES = (
    Route("GET", "/inbox/", listing.inbox_list, "read"),
    Route("GET", "/inbox/sign-in", password.sign_in_page, None),
    Route("POST", "/inbox/sign-in", password.sign_in, None),
    Route("POST", "/inbox/sign-in/code", password.sign_in_code, None),
    Route("GET", "/inbox/sign-in/oidc", oidc.sign_in_oidc, None),
    Route("GET", "/inbox/sign-in/oidc/back", oidc.sign_in_back, None),
    Route("POST", "/inbox/sign-out", password.sign_out, None),
    Route("GET", "/inbox/health", health.inbox_health, "read"),
    Route("POST", "/inbox/health", health.inbox_check, "admin", fresh=True),
    Route("GET", "/inbox/charts", charts.inbox_charts, "read"),
    Route("GET", "/inbox/charts.csv", charts.inbox_charts_csv, "read"),
    Route("GET", "/inbox/export", export.inbox_export, "admin", fresh=True),
    Route("POST", "/inbox/bulk", bulk.inbox_bulk, "act"),
    Route("POST", "/inbox/bulk/step", bulk.inbox_bulk_step, "act"),
    Route("GET", "/inbox/<identity>", one.inbox_one, "read"),
    Route("POST", "/inbox/<identity>/send", actions.inbox_send, "act"),
    Route("POST", "/inbox/<identity>/release", actions.inbox_release, "act"),
    Route("POST", "/inbox/<identity>/discard", actions.inbox_discard, "act"),
    Route("GET", "/inbox/<identity>/amend", amend.inbox_amend_page, "act"),
    Route("POST", "/inbox/<identity>/amend", amend.inbox_amend, "act"),
    Route("GET", "/inbox/<identity>/evidence", evidence.inbox_evidence, "read"),
    Route("GET", "/inbox/<identity>/note", note.inbox_note_page, "act"),
    Route("POST", "/inbox/<identity>/note", note.inbox_note, "act"),
    Route(
        "GET",
        "/inbox/<identity>/erase",
        erase.inbox_erase_page,
        "admin",
        fresh=True,
        all_forms=True,
    ),
    Route(
        "POST", "/inbox/<identity>/erase", erase.inbox_erase, "admin", fresh=True, all_forms=True
    ),
    Route("GET", "/inbox/<path:rest>", listing.nothing, "read"),
)
# Methods by which something is done nowhere, or not everywhere.
OTHERS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def inside() -> Response:
    """Send somebody on to the list, whoever it is.

    A proxy's rule for /inbox/ does not concern /inbox, where it may not have asked who comes.
    """
    return go("inbox/")


def inbox_blueprint(routes: Sequence[Route] = ROUTES) -> Blueprint:
    """All routes, with what runs around each; for one app."""
    needs = {route.view.__name__: route for route in routes}
    table = Map([Rule(route.rule, methods=[route.method], merge_slashes=False) for route in routes])

    def not_so(rest: str = "") -> Response:
        """What nobody can do there; else the app around would answer, with headers of its own."""
        known = table.bind("").allowed_methods(f"/inbox/{rest}")
        raise MethodNotAllowed(sorted(known), _("Nothing can be done here in this way."))

    def admit() -> Response | None:
        needed = needs.get((request.endpoint or "").rpartition(".")[2])
        if needed is None:
            return None
        return guard.admit(needed.least, fresh=needed.fresh, all_forms=needed.all_forms)

    made = OwnBlueprint("frontdesk_inbox", __name__, template_folder=str(folder("templates")))
    made.add_url_rule("/inbox", view_func=inside, methods=["GET"], provide_automatic_options=False)
    for route in routes:
        made.add_url_rule(
            route.rule,
            view_func=route.view,
            methods=[route.method],
            strict_slashes=False,  # else werkzeug sends people on, to whatever host they named
            provide_automatic_options=False,
        )
    if routes is ROUTES:
        for rule in ("/inbox/", "/inbox/<path:rest>"):
            made.add_url_rule(
                rule,
                view_func=not_so,
                methods=OTHERS,
                strict_slashes=False,
                provide_automatic_options=False,
            )
    made.url_value_preprocessor(hooks.start_clock)
    made.before_request(admit)
    made.after_request(guard.finish)
    made.after_request(hooks.stop_clock)
    for kind in guard.KINDS:
        made.register_error_handler(kind, guard.http_error)
    made.register_error_handler(Exception, guard.broken)
    return made
