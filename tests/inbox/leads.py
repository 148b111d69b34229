"""Leads of every kind in the store of a running site."""

from typing import Any
from uuid import UUID

from msgspec.structs import replace

from frontdesk.model import events
from frontdesk.model.exchange import Answer
from frontdesk.model.lead import Consent, Lead, Origin, digest
from frontdesk.store.base import Store
from tests.samples import received
from tests.support import Site

# What turns text round or cannot be seen, markup of every kind, and what is longer than a screen.
ODD = "\u202eevil\u202c \u2066x \x00\x07\x1b[31m \ufeff \u200b"
MARKUP = (
    '"><script>alert(1)</script><img src=x onerror=alert(1)> {{7*7}} javascript:alert(1) </bdi>'
)
LONG = "W" * 5000
EMOJI = "👩‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿 Z" + "\u0301" * 200
HOSTILE = f"{MARKUP}{ODD}{EMOJI}"


def store_of(site: Site) -> Store:
    found: Store = site.app.extensions["frontdesk"].intake.store
    return found


def put(site: Site, *lines: events.AnyEvent) -> None:
    store_of(site).append(*lines)


def lead(form: str = "riverside", **facts: Any) -> events.Received:
    """A submission's first line."""
    return replace(received(**facts), form=form)


def held(site: Site, form: str = "riverside", **facts: Any) -> UUID:
    """A lead that is held: no courier touches it."""
    came = lead(form, **facts)
    put(site, events.Held(id=came.id, reason="spam suspected"), came)
    return came.id


def failed(site: Site, form: str = "riverside", said: str = "bad phone", **facts: Any) -> UUID:
    """A lead that the CRM refused."""
    came = lead(form, **facts)
    attempt = events.Attempt(id=came.id, destination="crm")
    refused = events.Failed(
        id=came.id,
        destination="crm",
        attempt=attempt.attempt,
        reason="the CRM answered 400",
        answer=Answer(400, 0.25, said),
    )
    put(site, came, attempt, refused)
    return came.id


def done(site: Site, form: str = "riverside", customer: str = "60001", **facts: Any) -> UUID:
    """A lead that was delivered."""
    came = lead(form, **facts)
    put(site, came, events.Delivered(id=came.id, destination="crm", customer_id=customer))
    return came.id


def hostile(site: Site) -> UUID:
    """A lead of which every text is as bad as it can be, refused with an answer of that kind."""
    words = HOSTILE + LONG
    wording = Consent(2, True, words, "en", digest(words))
    came = events.Received(
        id=UUID("bad00000-0000-4000-8000-000000000bad"),
        form="riverside",
        lead=Lead(
            first_name=words,
            last_name=words,
            language='"><',
            email=f"{MARKUP}@example.com",
            phone=f"+420{MARKUP}",
            unit=words,
            rooms=(words,),
            note=f"{words}\n{words}",
            campaign=words,
            tags=(words,),
            consents=(wording,),
            attributes={words: words, "list": [words], "flag": True},
        ),
        origin=Origin(words, words, words, words, words, words, words),
        destinations=("crm",),
    )
    attempt = events.Attempt(id=came.id, destination="crm")
    refused = events.Failed(
        id=came.id,
        destination="crm",
        attempt=attempt.attempt,
        reason=words,
        answer=Answer(400, 0.25, words),
    )
    put(site, came, attempt, refused)
    return came.id
