"""What a lead says gets to everybody who is told of it: a new field is forgotten nowhere."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import json, to_builtins

from frontdesk.config import Form
from frontdesk.crm.mailing.told import facts
from frontdesk.crm.realgeeks.fields import new_lead
from frontdesk.crm.realpad.destination import parameters
from frontdesk.model.lead import Lead
from frontdesk.model.record import Record
from frontdesk.model.revocations import Revocations
from frontdesk.operations.export import rows
from frontdesk.store.words import words_of
from tests.docs.pages import text
from tests.samples import TOLD, everything, received, said

FORM = Form(title="Riverside", destinations=["crm"])
CAME = received(**everything())


def exported() -> Any:
    return list(rows(lambda: [Record(CAME.id, CAME.submission)], Revocations(), {}))


# By place, what is told there; of the inbox see tests/inbox/test_one.py.
PLACES: dict[str, Callable[[], Any]] = {
    "realpad": lambda: parameters(CAME.submission, None),
    "realgeeks": lambda: new_lead(CAME.submission, None),
    "mail": lambda: facts(CAME.submission, FORM, "en"),
    "export": exported,
    "search": lambda: words_of(CAME),
}
# What is nothing to those who read it there: tags are for a CRM.
WITHOUT = {("mail", "tags")}


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("place", PLACES)
def test_a_field_is_told(place: str, name: str) -> None:
    found = json.encode(to_builtins(PLACES[place]())).decode()
    assert (said(name) in found) != ((place, name) in WITHOUT)


def test_the_webhooks_schema_has_every_field() -> None:
    schema = json.decode(text("docs/webhook.schema.json"))
    assert schema["$defs"]["lead"]["properties"].keys() == {*Lead.__struct_fields__}
