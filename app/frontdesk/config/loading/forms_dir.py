"""`forms_dir`: a folder with one file for each form, whose name without `.toml` is the form's."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from frontdesk.config.loading.environment import interpolate
from frontdesk.config.loading.files import parse
from frontdesk.config.problems import Path_, Problem
from frontdesk.config.types import SLUG, SLUG_RULE

SUFFIX = ".toml"


class Listing(NamedTuple):
    """What a folder holds, by name and sorted: files of forms, and the visible rest."""

    forms: list[str]
    passed_over: list[str]


class Folder(NamedTuple):
    """The forms of a folder as far as they can be read, and what is wrong with the others.

    `forms`: by slug; None where there is nothing to check. `origins`: the file of each path.
    """

    forms: dict[str, dict[str, Any] | None]
    problems: list[Problem]
    origins: dict[Path_, Path]


def listing(folder: Path) -> Listing:
    """Tell the files of forms from the rest. Hidden entries are in neither. Raises OSError."""
    names = sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))
    forms = [name for name in names if name.endswith(SUFFIX)]
    return Listing(forms, [name for name in names if not name.endswith(SUFFIX)])


def read(folder: Path, environ: Mapping[str, str]) -> Folder:
    """Read every form of a folder; raises nothing, what is wrong is in the result."""
    found = Folder({}, [], {})
    try:
        names = listing(folder).forms
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "is not a path"
        found.problems.append((("forms_dir",), f"{folder}: {said}"))
        return found
    for name in names:
        slug = name.removesuffix(SUFFIX)
        path: Path_ = ("forms", slug)
        found.origins[path] = folder / name
        found.forms[slug] = None
        if re.fullmatch(SLUG, slug) is None:
            said = f"its name is the form's, so before {SUFFIX} it {SLUG_RULE}"
            found.problems.append((path, said))
        try:
            tree = parse(folder / name)
            found.forms[slug] = interpolate(tree, path, environ, found.problems)
        except RecursionError:
            found.problems.append((path, "is nested too deeply"))
        except ValueError as error:
            found.problems.append((path, str(error)))
        else:
            if "forms" in tree:
                said = f"has no place here: the file itself is the form {slug}, so leave out"
                found.problems.append(((*path, "forms"), f"{said} `forms.{slug}` before its keys"))
    return found
