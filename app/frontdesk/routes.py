"""Every address that Frontdesk answers at, in one table."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint
from werkzeug.exceptions import HTTPException, default_exceptions

from frontdesk.crm.realgeeks import webhook
from frontdesk.intake import hooks, markup, revoke, services, views
from frontdesk.intake.blueprint import OwnBlueprint
from frontdesk.resources import folder

# The name of a view is that of its endpoint.
_ROUTES = (
    ("GET", "/forms/<slug>", views.form_page),
    ("POST", "/forms/<slug>", views.submit),
    ("GET", "/forms/<slug>/thanks", views.thanks_page),
    ("GET", "/forms/<slug>/token", services.token),
    ("GET", "/forms/<slug>/challenge", services.challenge),
    ("GET", "/forms/<slug>/schema", services.schema),
    ("GET", "/forms/<slug>/look/<name>", services.look),
    ("GET", "/forms/<slug>/units", services.units),
    ("GET", "/openapi.json", services.openapi_document),
    ("GET", "/embed.js", services.loader),
    ("GET", "/frontdesk.js", services.module),
    ("GET", "/static/<path:filename>", services.static),
    ("POST", "/consents/revoke", revoke.revoke),
    ("POST", "/hooks/realgeeks/<form>", webhook.realgeeks),
    ("GET", "/healthz", services.healthz),
    ("GET", "/readyz", services.readyz),
    ("GET", "/metrics", services.metrics),
)


def blueprint(*views: Callable[..., Any]) -> Blueprint:
    """All routes, or those of some views, with what runs around each; for one app."""
    made = OwnBlueprint("frontdesk", __name__, template_folder=str(folder("templates")))
    for method, rule, view in _ROUTES:
        if not views or view in views:
            made.add_url_rule(rule, view_func=view, methods=[method])
    made.add_app_template_global(markup.inline, "frontdesk_form")
    made.url_value_preprocessor(hooks.start_clock)
    made.after_request(hooks.finish)
    made.after_request(hooks.stop_clock)  # the last one given is the first to run
    # For each code too: Flask prefers a host's handler of one code to ours of all exceptions.
    kinds: tuple[type[HTTPException] | int, ...] = (HTTPException, *default_exceptions)
    for kind in kinds:
        made.register_error_handler(kind, hooks.http_error)
    made.register_error_handler(Exception, hooks.broken)
    return made
