"""Fields are copies of one pattern: what one visitor typed is nothing to the next."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from werkzeug.datastructures import MultiDict

from frontdesk.config import Form
from frontdesk.intake.form import Door, EnquiryForm, form_class

DOOR = Door(lambda _: "token", lambda _: None)


@pytest.fixture(scope="module")
def made() -> type[EnquiryForm]:
    facts = {"title": "Riverside", "destinations": ["crm"], "rooms": ["1+kk", "2+kk"]}
    return form_class(Form.model_validate(facts), "en")


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def filled(made: type[EnquiryForm], **answers: str) -> EnquiryForm:
    form: EnquiryForm = made(formdata=MultiDict(answers), meta={"door": DOOR})
    return form


def test_forms_share_no_answers_and_no_mistakes(made: type[EnquiryForm]) -> None:
    first = filled(made, first_name="Jana", email="broken", rooms="2+kk", price_max="5 000 000")
    first.validate()
    second = filled(made, first_name="Petr")
    second.validate()
    assert (first.first_name.data, second.first_name.data) == ("Jana", "Petr")
    assert first.problems()["email"] != second.problems()["email"]
    assert (first.price_max.answer, second.price_max.answer) == (5_000_000, None)
    assert (first.rooms.answer, second.rooms.answer) == (["2+kk"], None)


def test_ids_of_one_form_are_not_those_of_another(made: type[EnquiryForm]) -> None:
    first, second = filled(made), filled(made)
    first.prefix_ids("fd1-")
    assert (first.email.id, first.email.label.field_id) == ("fd1-email", "fd1-email")
    assert (second.email.id, second.email.label.field_id) == ("email", "email")
    assert filled(made).email.label.field_id == "email"


@pytest.mark.usefixtures("no_collector")
def test_a_form_is_gone_with_the_last_who_holds_it(made: type[EnquiryForm]) -> None:
    form = filled(made, first_name="Jana", phone="12")
    form.validate()
    form.problems()
    gone = weakref.ref(form.first_name)
    del form
    assert gone() is None, "a cycle would keep what visitors typed until the collector comes"
