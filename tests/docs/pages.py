"""The documents as the tests see them: sections, tables, code blocks."""

import re
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "bench/**/*.md", "examples/**/*.md")
    for path in ROOT.glob(pattern)
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")


def text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def blocks(document: str, language: str) -> list[str]:
    """The code blocks of a language."""
    return [body for kind, body in _FENCE.findall(text(document)) if kind == language]


def fences(document: str) -> list[tuple[str, str]]:
    """All code blocks, each with its language."""
    return fenced(text(document))


def fenced(markdown: str) -> list[tuple[str, str]]:
    """The same of a part of a document."""
    return _FENCE.findall(markdown)


def prose(document: str) -> str:
    """A document without its code blocks."""
    return _FENCE.sub("", text(document))


def headings(document: str) -> list[str]:
    return [title for _, title in _HEADING.findall(prose(document))]


def section(document: str, title: str) -> str:
    """All that stands below a heading, up to the next of its rank or a higher one."""
    lines = iter(text(document).splitlines(keepends=True))
    for line in lines:
        found = _HEADING.match(line)
        if found and found[2] == title:
            rank = len(found[1])
            break
    else:
        raise AssertionError(f"{document} has no heading {title!r}")
    fenced = False

    def inside(line: str) -> bool:
        nonlocal fenced
        fenced ^= line.startswith("```")
        found = _HEADING.match(line)
        return fenced or not found or len(found[1]) > rank

    return "".join(takewhile(inside, lines))


def own(document: str, title: str) -> str:
    """The same, without the sections below it."""
    whole = section(document, title)
    found = _HEADING.search(_FENCE.sub(lambda fence: " " * len(fence[0]), whole))
    return whole[: found.start()] if found else whole


def rows(markdown: str) -> list[list[str]]:
    """The cells of every table row, without the headers."""
    found = []
    lines = markdown.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("|") and not any(ln.startswith("| ---") for ln in (line, following)):
            found.append([cell.strip() for cell in _CELL.split(line)[1:-1]])
    return found


def code(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def anchor(title: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", title.lower())
    return kept.replace(" ", "-")
