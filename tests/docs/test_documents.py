"""What holds for all documents: links lead somewhere, nothing private or unfinished is left."""

import re

import pytest

from tests.docs import pages

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_PRIVATE = re.compile(r"/(?:home|root|Users|work)/|/tmp/(?!frontdesk)|[A-Z]:\\")
_UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|TBD|WIP)\b|lorem ipsum", re.IGNORECASE)


@pytest.mark.parametrize("document", pages.DOCUMENTS)
def test_relative_links_lead_somewhere(document: str) -> None:
    for link in _LINK.findall(pages.prose(document)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (pages.ROOT / document).parent / path if path else pages.ROOT / document
        assert target.exists(), f"{link} leads nowhere"
        if fragment:
            there = target.resolve().relative_to(pages.ROOT).as_posix()
            assert fragment in map(pages.anchor, pages.headings(there)), f"{link}: no such heading"


@pytest.mark.parametrize(
    "document",
    [*pages.DOCUMENTS, "examples/frontdesk.toml", "examples/try.toml", "examples/mail.toml"],
)
def test_nothing_private_and_nothing_unfinished(document: str) -> None:
    text = pages.text(document)
    assert not _PRIVATE.findall(text)
    assert not _UNFINISHED.findall(text)


def test_what_the_tests_need_is_named() -> None:
    """As continuous integration installs it."""
    ci = pages.text(".ci/run")
    needed = {*re.findall(r"^need \S+ (\S+)$", ci, re.MULTILINE), "postgresql"}
    [named] = [block for block in pages.blocks("CONTRIBUTING.md", "sh") if "apt-get" in block]
    assert {*named.replace("\\\n", " ").split()[3:]} == needed


def test_every_document_can_be_found_from_the_readme() -> None:
    """By following links, however many."""
    seen: set[str] = set()
    ahead = ["README.md"]
    while ahead:
        document = ahead.pop()
        if document in seen:
            continue
        seen.add(document)
        for link in _LINK.findall(pages.prose(document)):
            path = ((pages.ROOT / document).parent / link.partition("#")[0]).resolve()
            if path.suffix == ".md" and path.is_file():
                ahead.append(path.relative_to(pages.ROOT).as_posix())
    assert seen >= set(pages.DOCUMENTS)


def forms(text: str) -> list[str]:
    """The opening tags of what sends to Frontdesk from a page of somebody's own."""
    tags = re.findall(r"<form\b(?:[^>]|=>)*>", text)
    return [tag for tag in tags if "{{ way" not in tag]


def examples_with_forms() -> dict[str, list[str]]:
    """Every form of the documents' code and of the examples."""
    found = {
        document: [tag for _, body in pages.fences(document) for tag in forms(body)]
        for document in pages.DOCUMENTS
    }
    for path in sorted((pages.ROOT / "examples").rglob("*.html")):
        found[str(path)] = forms(path.read_text(encoding="utf-8"))
    return {place: tags for place, tags in found.items() if tags}


@pytest.mark.parametrize(("place", "tags"), examples_with_forms().items(), ids=str)
def test_no_form_can_put_a_name_into_an_address(place: str, tags: list[str]) -> None:
    """A form without them is sent as a query when no script is there to keep it from that."""
    for tag in tags:
        assert re.search(r"""\bmethod=["']post["']""", tag), f"{place}: {tag}"
        if "data-frontdesk" in tag or "onSubmit" in tag or 'id="' in tag:
            assert re.search(r"""\baction=["']https://""", tag), f"{place}: {tag}"


def test_forms_are_found() -> None:
    """The guard above looks at something."""
    assert len(examples_with_forms()["docs/own-form.md"]) > 4
    assert any("spa" in place for place in examples_with_forms())
