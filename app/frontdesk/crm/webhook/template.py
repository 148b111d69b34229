"""A body that an operator has written, whose texts are filled with what a submission says.

`{lead.name}` in a text stands for a value. Names are looked up in a flat table, and values are put
into texts that were parsed long before: there is no code, and nothing that a visitor writes becomes
anything but a part of a text.
"""

import html
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from frontdesk.model.lead import Lead, Origin

DEEPEST, MOST = 10, 200  # tables within tables, and texts, numbers and so on in all
MORE: Final = (
    "lead.attributes.<key>, lead.consents.<id> and origin.attribution.clicks.<name>,"
    " .consent_mode.<name> and .first_touch.<name>"
)
_PLACE: Final = re.compile(r"\{([a-z][\w.-]*)\}", re.ASCII)
_FREE: Final = re.compile(
    r"lead\.(?:attributes\.[a-z][a-z0-9_]*|consents\.[1-9][0-9]*)"
    r"|origin\.attribution\.(?:clicks|consent_mode|first_touch)\.\w+",
    re.ASCII,
)

Table = Mapping[str, Any]


def flat(facts: Table) -> dict[str, str]:
    """What a submission says, as texts by the names that a template uses."""
    return dict(_flat(facts, ""))


def names() -> frozenset[str]:
    """The names that every submission has, whatever its form asks."""
    of_lead = {"name", *Lead.__struct_fields__} - {"attributes", "consents"}
    of_origin = set(Origin.__struct_fields__) - {"ip", "message", "api_key", "attribution"}
    parts = ("lead", of_lead), ("origin", of_origin)
    return frozenset(
        {"id", "at", "form", "marketing"}.union(*({f"{of}.{n}" for n in own} for of, own in parts))
    )


def checked(template: dict[str, Any]) -> dict[str, Any]:
    """The template itself; raises ValueError, which says what is wrong with it."""
    known = names()
    for count, (place, value, depth) in enumerate(_leaves(template, "", 0)):
        if depth > DEEPEST or count >= MOST:
            raise ValueError(f"at most {MOST} values, and {DEEPEST} tables or lists in each other")
        if isinstance(value, str):
            for name in _PLACE.findall(value):
                if name not in known and not _FREE.fullmatch(name):
                    said = f"{place}: there is no {{{name}}}; there are {', '.join(sorted(known))}"
                    raise ValueError(f"{said}, {MORE}")
        elif not isinstance(value, bool | int | float) or not math.isfinite(value):
            raise ValueError(f"{place}: must be a text, a number, true or false")
    return template


def filled(template: Table, values: Mapping[str, str], *, escape: bool) -> dict[str, Any]:
    """The body. A value that a submission does not have is an empty text.

    Where a text is such a value and nothing else, it is left out; and of a list, the whole table
    that it is in. `escape`: write the `&`, `<` and `>` of values as `&amp;`, `&lt;` and `&gt;`.
    """
    if escape:
        values = {name: html.escape(value, quote=False) for name, value in values.items()}
    return _table(template, values)[0]


class _Nothing:
    """A text that is left out."""


def _table(template: Table, values: Mapping[str, str]) -> tuple[dict[str, Any], bool]:
    """A filled table, and whether something in it was left out."""
    made = {key: _value(value, values) for key, value in template.items()}
    told = {key: value for key, value in made.items() if value is not _Nothing}
    return told, len(told) < len(made)


def _value(template: Any, values: Mapping[str, str]) -> Any:
    match template:
        case str():
            text = _PLACE.sub(lambda place: values.get(place[1], ""), template)
            return text if text or not _PLACE.fullmatch(template) else _Nothing
        case dict():
            return _table(template, values)[0]
        case list():
            return list(_entries(template, values))
        case _:
            return template


def _entries(template: list[Any], values: Mapping[str, str]) -> Iterator[Any]:
    for entry in template:
        made, lacks = (
            _table(entry, values) if isinstance(entry, dict) else (_value(entry, values), False)
        )
        if made is not _Nothing and not lacks:
            yield made


def _leaves(value: Any, place: str, depth: int) -> Iterator[tuple[str, Any, int]]:
    """All that is no table or list; of these, the empty ones, as if they were an empty text."""
    match value:
        case dict() | list() if not value:
            yield place, "", depth
        case dict():
            for key, inner in value.items():
                yield from _leaves(inner, f"{place}.{key}" if place else key, depth + 1)
        case list():
            for index, inner in enumerate(value):
                yield from _leaves(inner, f"{place}[{index}]", depth + 1)
        case _:
            yield place, value, depth


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _flat(inner, f"{name}.{key}" if name else key)
            if name == "lead":
                parts = value.get("first_name", ""), value.get("last_name", "")
                yield "lead.name", " ".join(filter(None, parts))
        case list() | tuple() if name == "lead.consents":
            for consent in value:
                yield f"{name}.{consent['id']}", _text(consent["granted"])
        case list() | tuple():
            yield name, ", ".join(map(_text, value))
        case _:
            yield name, _text(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
