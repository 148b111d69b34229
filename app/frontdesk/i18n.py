"""Message catalogues: domains of our own, so that a host's translations stay untouched."""

from collections.abc import Collection, Iterable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from frontdesk.resources import folder

SOURCE = "en"  # the language that messages are written in
VISITORS = "frontdesk"  # the texts of the forms
OPERATORS = "inbox"  # those of the inbox, which no form has to load


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a message for the catalogues that is translated later, where it is shown."""
    return message


def primary(tag: str) -> str:
    """The language of a tag: of cs-CZ and cs_CZ it is cs."""
    return tag.strip().replace("_", "-").partition("-")[0].lower()


def preferred(wanted: Iterable[tuple[str, float]], spoken: Collection[str]) -> str | None:
    """The first language that is wanted and spoken, whatever country it is wanted for.

    `wanted`: tags with their weights, the heaviest first, as `Accept-Language` has them (RFC 9110,
    12.5.4).
    """
    found = (primary(tag) for tag, weight in wanted if weight > 0)
    return next((language for language in found if language in spoken), None)


@cache
def languages() -> list[str]:
    """The languages that the form speaks."""
    return sorted([SOURCE, *(path.parts[-3] for path in _catalogues(VISITORS))])


@cache
def catalogue(language: str, domain: str = VISITORS) -> NullTranslations:
    """The messages of a domain in a language; English where there is no catalogue for it."""
    path = folder("translations") / language / "LC_MESSAGES" / f"{domain}.po"
    if path not in _catalogues(domain):
        return NullTranslations()
    # Not above, for it takes long, and who reads a configuration only asks for `languages`.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    # Read from the text that translators edit: no compiled copy can be out of date.
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def _catalogues(domain: str) -> tuple[Path, ...]:
    return tuple(folder("translations").glob(f"*/LC_MESSAGES/{domain}.po"))
