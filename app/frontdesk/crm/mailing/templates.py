"""The templates of letters, any of which a site may override.

Jinja takes long to import, and few commands write a letter: import this where one is written.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from frontdesk.crm.mailing.letters import Letter, header
from frontdesk.delivery.destination import DeliveryError
from frontdesk.i18n import catalogue
from frontdesk.own_templates import compiled, fault, reason
from frontdesk.resources import folder

KIND = "frontdesk_mail"
# A page can be loaded again, and a visitor waits for it. A letter cannot be taken back.
WAITING = "no letter is made of it until it is mended"
SUBJECT = "Subject:"
SUBJECT_LENGTH = 150  # characters
_HALVES = re.compile("[\ud800-\udfff]")  # of characters, which no letter can have


class Templates:
    """Those of one kind of letter: `<kind>.txt`, which begins with the subject, and `.html`."""

    def __init__(self, kind: str, own: Path | None = None) -> None:
        """`own`: a folder that is looked into first, for `frontdesk_mail/<name>`."""
        self._names = f"{KIND}/{kind}.txt", f"{KIND}/{kind}.html"
        self._folder = own or folder("templates")
        # Each language has its own: what a template says by `_` is compiled once for each.
        self._environment = cache(partial(environment, own))

    def letter(self, language: str, facts: Mapping[str, Any]) -> Letter:
        """A letter in a language. Raises DeliveryError for a template that cannot be used."""
        said, markup = (self._render(name, language, facts) for name in self._names)
        head, _, text = said.lstrip().partition("\n\n")
        if not head.startswith(SUBJECT):
            raise _unusable(f"{self._names[0]}: its first line is not like {SUBJECT} New enquiry")
        return Letter(header(head.removeprefix(SUBJECT), SUBJECT_LENGTH), text.strip(), markup)

    def problems(self) -> Iterator[str]:
        """What is wrong with the templates themselves."""
        for found in compiled(self._folder, KIND, self._environment("en")):
            if found.name in self._names and found.error:
                yield _said(found.error)

    def _render(self, name: str, language: str, facts: Mapping[str, Any]) -> str:
        try:
            said = self._environment(language).get_template(name).render(facts, language=language)
        except Exception as error:  # noqa: BLE001 - see reason
            found = fault(error, self._folder, KIND)
            raise _unusable(found.error if found else f"{name}: {reason(error)}") from None
        if _HALVES.search(said):
            raise _unusable(f"{name}: it writes what is no character")
        return said


def environment(own: Path | None = None, language: str = "en") -> Environment:
    """What reads the templates of letters; `own`: see Templates."""
    folders = [one for one in (own, folder("templates")) if one]
    made = Environment(
        loader=FileSystemLoader(folders),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(  # type: ignore[attr-defined]
        catalogue(language), newstyle=True
    )
    return made


def _said(error: str) -> str:
    return f"template {error}; {WAITING}"


def _unusable(error: str) -> DeliveryError:
    """Nothing goes out until it is mended, and then all of it."""
    return DeliveryError(_said(error), account=True)
