"""Write docs/licences.md: `python -m docs.licences`, with all extras installed."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs/licences.md"
_HEAD = """# Licences

Frontdesk has the [MIT licence](../LICENSE). This is what is installed with it, as pinned in
`requirements.lock`, and what each package says of its own licence; `python -m docs.licences` writes
it anew, and `make sbom` the same for programs.
"""
_EXTRAS = """
With [extras](configuration.md), also these, each with what it needs itself:
"""
_PINNED = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)", re.MULTILINE)
# What packages call themselves in a classifier, as SPDX has it.
_SPDX = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Zope Public License": "ZPL-2.1",
}


class Row(NamedTuple):
    """A package as the table has it."""

    name: str
    version: str
    licence: str


def pinned() -> dict[str, str]:
    """The version of each package that is shipped."""
    return dict(_PINNED.findall((ROOT / "requirements.lock").read_text()))


def extras() -> list[tuple[str, str]]:
    """The extras, each with a package that it brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = project["optional-dependencies"].items()
    return [(extra, re.split(r"[\[>=<~ ]", wanted)[0]) for extra, all_ in named for wanted in all_]


def licence(package: Distribution) -> str:
    """What a package says of its licence, in as few words as possible."""
    told = package.metadata
    if expression := told.get("License-Expression"):
        return expression
    classifiers = [one for one in told.get_all("Classifier", []) if one.startswith("License ::")]
    known = [_SPDX.get(one, one) for one in (c.rpartition(" :: ")[2] for c in classifiers)]
    if known and known != ["OSI Approved"]:
        return ", ".join(dict.fromkeys(known))
    return (told.get("License") or "").partition("\n")[0].strip() or "?"


def rows() -> Iterator[Row]:
    """The packages that are shipped, in the order of their names."""
    for name, version in sorted(pinned().items()):
        yield Row(name, version, licence(distribution(name)))


def _table(head: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    every = [head, ("---",) * len(head), *lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in every)


def page() -> str:
    """The document."""
    shipped = _table(("package", "version", "licence"), [tuple(row) for row in rows()])
    more = [(f"`{extra}`", name, licence(distribution(name))) for extra, name in extras()]
    return f"{_HEAD}\n{shipped}{_EXTRAS}\n{_table(('extra', 'package', 'licence'), more)}"


if __name__ == "__main__":
    TABLE.write_text(page(), encoding="utf-8")
