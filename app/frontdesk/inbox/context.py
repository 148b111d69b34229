"""What the views share: the inbox of the app that serves the request, and who asks."""

from datetime import UTC, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask import current_app, g, request

from frontdesk.config import Settings
from frontdesk.inbox.access import Access, Visit, Who
from frontdesk.inbox.audit import Audit
from frontdesk.inbox.people import Person
from frontdesk.inbox.record.turn import Turns
from frontdesk.inbox.sign_in.openid import Provider
from frontdesk.inbox.sign_in.second import SecondStep
from frontdesk.intake.client import visitor_address
from frontdesk.intake.context import intake
from frontdesk.store.base import Store


class Desk(NamedTuple):
    """What the inbox of one app has of its own."""

    settings: Settings
    access: Access
    audit: Audit
    zone: tzinfo
    turns: Turns
    second: SecondStep
    provider: Provider | None

    @classmethod
    def of(
        cls, settings: Settings, store: Store, who: Who | None, *, apart: bool = False
    ) -> "Desk | None":
        """The inbox of a configuration, if it has one; `who`: what the host says of visitors.

        `apart`: it is reached by another address than the forms.
        """
        inbox = settings.inbox
        if inbox is None:
            return None
        seen = inbox.public_url or ("" if apart else settings.public_url)
        settings = settings.model_copy(update={"public_url": seen})
        access = Access(settings, inbox, who)
        # A small system may have no database of zones, and needs none for this one.
        zone = UTC if inbox.timezone == "UTC" else ZoneInfo(inbox.timezone)
        provider = None
        if inbox.oidc is not None:
            from frontdesk.inbox.sign_in.provider import OpenIdProvider  # an extra, which few have

            provider = OpenIdProvider(inbox.oidc)
        audit, second = Audit(settings.data_dir), SecondStep(store.claim_once)
        return cls(settings, access, audit, zone, Turns(store), second, provider)


def desk() -> Desk:
    """That of the app that serves the request."""
    found: Desk = current_app.extensions["frontdesk"].desk
    return found


def store() -> Store:
    """The store of the app that serves the request."""
    return intake().store


def visit() -> Visit:
    """The request, and who is behind it."""
    found: Visit = g.frontdesk_inbox
    return found


def person() -> Person:
    """Who asks, where only people who have signed in come to."""
    found = visit().who
    if not isinstance(found, Person):
        raise TypeError("nobody has signed in")
    return found


def address() -> str:
    """The client's address, as far as it is known."""
    return visitor_address(request, desk().settings.trusted_proxies)
