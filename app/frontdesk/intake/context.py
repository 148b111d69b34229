"""What the views share: the app that serves the request, the form asked for, its language."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from flask import abort, current_app, request
from prometheus_client.metrics_core import Metric

from frontdesk.config import Form, Settings
from frontdesk.i18n import preferred, primary
from frontdesk.intake.own_pages import OwnPages
from frontdesk.intake.submit import Enquiries
from frontdesk.intake.tally import Tally
from frontdesk.intake.units import EncodedLists
from frontdesk.store.base import Store


class Monitor(Protocol):
    """Knows how things stand; the other wing's, so only its face is known here."""

    def collect(self) -> Iterable[Metric]:
        """All metrics."""

    def warnings(self) -> list[str] | None:
        """Codes of what somebody should look at; None when that is not known yet."""


class Intake(NamedTuple):
    """What the views need of the extension that they run under."""

    settings: Settings
    enquiries: Enquiries
    store: Store
    monitor: Monitor
    keepers: frozenset[str]  # the destinations whose CRM keeps consents
    tally: Tally
    templates: OwnPages | None
    encoded: EncodedLists


def intake() -> Intake:
    """That of the app that serves the request."""
    found: Intake = current_app.extensions["frontdesk"].intake
    return found


def configured(slug: str) -> Form:
    """The form of this name; aborts with 404."""
    form = intake().settings.forms.get(slug)
    if form is None:
        abort(404, "There is no such form.")
    return form


def language_of(form: Form, wanted: str) -> str:
    """The visitor's language as far as the form speaks it."""
    wanted = primary(wanted)
    if wanted in form.languages:
        return wanted
    return preferred(request.accept_languages, form.languages) or form.languages[0]


def asked_form() -> Form | None:
    """The form that the request's address names, if there is one."""
    return intake().settings.forms.get((request.view_args or {}).get("slug", ""))
