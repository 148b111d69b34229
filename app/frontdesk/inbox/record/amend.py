"""Correct a lead, by the rules of the form that the visitor filled in."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from flask import abort, request
from werkzeug.wrappers import Response

from frontdesk.config import Form
from frontdesk.inbox.context import address, desk, person, store
from frontdesk.inbox.found import as_seen, found, version
from frontdesk.inbox.language import _, language
from frontdesk.inbox.pages import render
from frontdesk.inbox.record.actions import back
from frontdesk.inbox.record.words import Row
from frontdesk.inbox.text import clipped
from frontdesk.intake.definition import ATTRIBUTE, CONSENT, HONEYPOT, Definition, json_name
from frontdesk.intake.questions.choices import Choice, Offer
from frontdesk.intake.questions.text import Day
from frontdesk.model.lead import Lead
from frontdesk.model.record import Record
from frontdesk.operations.amend import amend, correctable
from frontdesk.operations.errors import InvalidError, NotPossibleError
from frontdesk.operations.note import tidied

_LONGEST = 20_000  # characters of a field; the form's own limits are lower and say so


class Entry(NamedTuple):
    """A field of the page; `options` are values with labels, for a choice of one."""

    name: str
    label: str
    value: str
    lines: bool
    options: Sequence[tuple[str, str]]
    hint: str
    errors: Sequence[str]

    @property
    def id(self) -> str:
        return self.name.replace(".", "-")


def inbox_amend_page(identity: str) -> Response:
    """The lead as a form."""
    return page(_amendable(identity), {}, {}, 200)


def inbox_amend(identity: str) -> Response:
    """Take the corrected lead."""
    record, here = _amendable(identity), desk()
    with here.turns.turn():
        record = _amendable(identity)
        typed = {name: request.form[name] for name in _names(record) if name in request.form}
        if not as_seen(record):
            text = _("It was changed meanwhile. Look at what you typed, then save it again.")
            return page(record, typed, {"": [text]}, 409)
        before = _values(record)
        changes = {name: v for name, v in typed.items() if tidied(v) != tidied(before[name])}
        try:
            changed = amend(store(), here.settings, record, changes, person().by, language())
        except InvalidError as error:
            return page(record, typed, error.problems, 422)
        except NotPossibleError:
            return back(record, "cannot")
    return back(record, "amended" if changed else "same")


def page(
    record: Record, typed: Mapping[str, str], problems: Mapping[str, Sequence[str]], status: int
) -> Response:
    """The form with what was typed, and what is wrong at its fields."""
    desk().audit.note("view", person().name, address(), record.id)
    seen = version(record, store().events(record.id))
    record = _amendable(str(record.id))  # after it, so that nobody overwrites what they did not see
    entries = list(_entries(record, typed, problems))
    shown = {entry.name for entry in entries}
    return render(
        "amend",
        status,
        record=record,
        row=Row.of(record),
        entries=entries,
        problems=[text for name, texts in problems.items() if name not in shown for text in texts],
        version=seen,
    )


def resumed(identity: str, typed: Mapping[str, str]) -> Response:
    """The form with what was typed before somebody had to sign in again."""
    if not person().may("act"):
        abort(404)
    return page(_amendable(identity), typed, {}, 200)


def _amendable(identity: str) -> Record:
    record = found(identity)
    try:
        _asked(record)
    except NotPossibleError:
        abort(404)
    return record


def _asked(record: Record) -> tuple[Form, Lead]:
    return correctable(desk().settings, record)


def _names(record: Record) -> list[str]:
    """The fields that can be corrected here, as the JSON body has them."""
    form, lead = _asked(record)
    questions = Definition(form, language(), whole=True).questions.items()
    found = [
        json_name(name)
        for name, question in questions
        if not (question.of_page or name.startswith(CONSENT) or name in _LEFT_OUT)
    ]
    return [*found, CONSENTS] if any(one.granted for one in lead.consents) else found


CONSENTS = "consents"  # by their ids; they can be taken away
# What the page of the visitor's said; nobody has to correct it.
_LEFT_OUT = (HONEYPOT, "page", "title", "referrer", "language", "tags")


def _values(record: Record) -> dict[str, str]:
    """The lead as it would be typed."""
    _form, lead = _asked(record)
    found = {}
    for name in _names(record):
        key = name.removeprefix("attributes.")
        value = lead.attributes.get(key) if key != name else getattr(lead, name, None)
        if name == CONSENTS:
            found[name] = ", ".join(str(one.id) for one in lead.consents if one.granted)
        elif isinstance(value, bool):
            found[name] = "true" if value else "false"
        elif isinstance(value, list | tuple):
            found[name] = ", ".join(value)
        else:
            found[name] = "" if value is None else str(value)
    return found


def _entries(
    record: Record, typed: Mapping[str, str], problems: Mapping[str, Sequence[str]]
) -> Iterator[Entry]:
    form, lead = _asked(record)
    questions = Definition(form, language(), whole=True).questions
    for name, before in _values(record).items():
        if name == CONSENTS:
            hint = "; ".join(f"{one.id}: {clipped(one.text, 80)}" for one in lead.consents)
            value = typed.get(name, before)[:_LONGEST]
            text = _("Only the visitor can give a consent. Leave some of these, or none: %(given)s")
            told = [text % {"given": before}] if name in problems else ()
            label = _("Consents that are still given, by their numbers")
            yield Entry(name, label, value, lines=False, options=[], hint=hint, errors=told)
            continue
        question = questions[ATTRIBUTE + name.removeprefix("attributes.") if "." in name else name]
        value = typed.get(name, before)[:_LONGEST]
        options, hint = list[tuple[str, str]](), ""
        if isinstance(question, Choice):
            options = [("", question.unchosen), *question.options.items()]
            options += [] if value in dict(options) else [(value, value)]
        elif isinstance(question, Offer):
            hint = _("Any of %(options)s; commas between them") % {
                "options": ", ".join(question.offered)
            }
        elif isinstance(question, Day):
            hint = _("A day, like 2026-03-17")
        label = _("Campaign") if name == "campaign" else question.label
        lines, errors = question.control == "lines", problems.get(name, ())
        yield Entry(name, label, value, lines, options, hint, errors)
