"""What a form asks for, once its `fields` are seen beside the rest of it."""

from collections.abc import Iterator, Mapping

from frontdesk.config.fields import (
    ATTRIBUTES,
    BUILT_IN,
    CONTACT,
    NAMES,
    NOT_ASKED,
    NOTE,
    WISHES,
    Asked,
)
from frontdesk.config.form import Form
from frontdesk.config.problems import Path_, Problem


def asked(form: Form) -> list[Asked]:
    """The fields in the order of the page; consents come after them, and are always asked for."""
    if not isinstance(form.fields, str):
        return form.fields
    short = form.fields == "short"
    wishes = [] if short or not _buys(form) else [name for name in WISHES if _has(form, name)]
    visible = (each for each in form.attributes if not each.hidden)
    keys = [_entry(each.key) for each in visible if each.required or not short]
    return [Asked(name=name) for name in (*NAMES, *CONTACT, *wishes, *keys, NOTE)]


def required(form: Form) -> frozenset[str]:
    """The fields of ours that must be filled in; attributes say it themselves."""
    entries = asked(form)
    contacts = [entry.name for entry in entries if entry.name in CONTACT]
    usual = {*NAMES, *(contacts if len(contacts) == 1 else ())} if _buys(form) else set()
    return frozenset(
        entry.name
        for entry in entries
        if not entry.is_attribute
        and not entry.hidden
        and (entry.name in usual if entry.required is None else entry.required)
    )


def problems(form: Form, needs: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """What contradicts the rest of the form. `needs`: what each destination cannot do without."""
    if isinstance(form.fields, str):
        return
    seen = set[tuple[bool, str]]()
    for index, entry in enumerate(form.fields):
        place = ("fields", index)
        if (entry.is_attribute, entry.key) in seen:
            yield place, f"{entry.name!r} is there twice"
        seen.add((entry.is_attribute, entry.key))
        yield from _entry_problems(form, entry, place)
    names = {entry.name for entry in form.fields if not entry.is_attribute}
    for attribute in form.attributes:
        if attribute.required and (True, attribute.key) not in seen:
            said = f"the attribute {attribute.key} is required, and has to be asked for"
            yield ("fields",), said
    if not _buys(form):
        return
    if not names & {*CONTACT}:
        yield ("fields",), "without email and phone nobody could be answered; ask for one of them"
    must = required(form)
    for index, entry in enumerate(form.fields):
        if entry.name in CONTACT and entry.required is False and names & {*CONTACT} == {entry.name}:
            said = "is the only contact that is asked for, so it has to be required"
            yield ("fields", index, "required"), said
    for destination, needed in needs.items():
        for name in NAMES + CONTACT:
            if name in needed and name not in names:
                yield ("fields",), f"the destination {destination} needs {name}; ask for it"
            elif name in needed and name not in must:
                index = next(i for i, entry in enumerate(form.fields) if entry.name == name)
                said = f"the destination {destination} needs {name}, so it has to be required"
                yield ("fields", index, "required"), said


def _entry_problems(form: Form, entry: Asked, place: Path_) -> Iterator[Problem]:
    """What is wrong with one entry."""
    if entry.is_attribute:
        keys = [_entry(attribute.key) for attribute in form.attributes]
        if entry.key not in {attribute.key for attribute in form.attributes}:
            said = f"{entry.name!r} is none of {', '.join([*BUILT_IN, *keys])}"
            yield place, said
        for key in ("required", "hidden", "label"):
            if key in entry.model_fields_set:
                yield (*place, key), "an attribute says that itself; write it at the attribute"
    elif entry.name in WISHES and not _buys(form):
        yield place, NOT_ASKED
    elif not _has(form, entry.name):
        yield place, "the form has no rooms to choose from; list them in rooms"


def _entry(key: str) -> str:
    """An attribute's key as an entry has it."""
    return ATTRIBUTES + key if key in BUILT_IN else key


def _buys(form: Form) -> bool:
    """Whether it is a form for those who buy; who asks for a value need not say who it is."""
    return form.kind != "valuation"


def _has(form: Form, name: str) -> bool:
    return name != "rooms" or bool(form.rooms)
