"""Tables of the file -> sections, one by one, and what is wrong with each."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from frontdesk.config.enclosed import HERE
from frontdesk.config.problems import Path_, Problem
from frontdesk.config.section import Section
from frontdesk.config.types import BRANCH, TABLE

S = TypeVar("S", bound=Section)

_WORDING = {
    "extra_forbidden": "unknown key",
    "missing": "is missing",
    "string_type": "must be a text in quotes",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "path_type": "must be a path in quotes",
}
# Pydantic's own.
_SHOULD = re.compile(r"(?:Input|String|List|Tuple|Dictionary|Value) should ")
_COUNTED = re.compile(r" after validation, not (?:more than )?\d+$")


def section(
    model: type[S], raw: Any, path: Path_, problems: list[Problem], here: Path | None = None
) -> S | None:
    """A table as a section; None, with a problem for each mistake, if it is none.

    `here`: the folder that its relative paths start from.
    """
    try:
        return model.model_validate(raw, context={HERE: here})
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        problems += (((*path, *_place(each["loc"])), _message(each)) for each in details)
    return None


def placeholder(model: type[S]) -> S:
    """Stands for a table that was reported already, so that the others can be checked."""
    return cast("S", model.model_construct())


def tables(tree: Any, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tables below a key, as far as they are tables; the models complain about the rest."""
    tables = tree.get(key)
    if isinstance(tables, dict):
        yield from ((name, table) for name, table in tables.items() if isinstance(table, dict))


def unknown_kind(raw: Any, key: str, known: Mapping[str, Any], path: Path_) -> Problem | None:
    """What is wrong with how a table names its kind, under a key; None if the kind is known."""
    if not isinstance(raw, dict):
        return path, "must be a table"
    if key not in raw:
        return (*path, key), f"is missing; it is one of {', '.join(sorted(known))}"
    if not isinstance(raw[key], str):
        return (*path, key), "must be a text in quotes"
    if raw[key] not in known:
        return (*path, key), f"{raw[key]!r} is none of {', '.join(sorted(known))}"
    return None


def _message(detail: ErrorDetails) -> str:
    if detail["type"] == "dict_type" and detail["loc"][-1:] == (TABLE,):
        return "must be a text in quotes, or a table with one for each language"
    said = detail["msg"].removeprefix("Value error, ")
    return _WORDING.get(detail["type"]) or _COUNTED.sub("", _SHOULD.sub("must ", said, count=1))


def _place(loc: Path_) -> Path_:
    """Without what pydantic adds: the marks of a union's branches, and of a table's keys."""
    return tuple(p for p in loc if not str(p).startswith(BRANCH) and p != "[key]")
