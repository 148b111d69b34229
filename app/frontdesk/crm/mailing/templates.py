"""The templates of letters, any of which a site may override.

Jinja takes long to import, and few commands write a letter: import this where one is written.
"""

import re
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)

from frontdesk.crm.mailing.letters import Letter, header
from frontdesk.delivery.destination import DeliveryError
from frontdesk.i18n import catalogue
from frontdesk.resources import folder

FOLDER = "frontdesk_mail"  # of the templates, in a site's own folder too
SUBJECT = "Subject:"
SUBJECT_LENGTH = 150  # characters
_HALVES = re.compile("[\ud800-\udfff]")  # of characters, which no letter can have


class Templates:
    """Those of one kind of letter: `<kind>.txt`, which begins with the subject, and `.html`."""

    def __init__(self, kind: str, own: Path | None = None) -> None:
        """`own`: a folder that is looked into first, for `frontdesk_mail/<name>`."""
        self._names = f"{FOLDER}/{kind}.txt", f"{FOLDER}/{kind}.html"
        # Each language has its own: what a template says by `_` is compiled once for each.
        self._environment = cache(partial(_environment, own))

    def letter(self, language: str, facts: Mapping[str, Any]) -> Letter:
        """A letter in a language. Raises DeliveryError for a template that cannot be used."""
        said, markup = (self._render(name, language, facts) for name in self._names)
        head, _, text = said.lstrip().partition("\n\n")
        if not head.startswith(SUBJECT):
            raise _unusable(self._names[0], f"its first line is not like {SUBJECT} New enquiry")
        return Letter(header(head.removeprefix(SUBJECT), SUBJECT_LENGTH), text.strip(), markup)

    def problem(self) -> str | None:
        """What is wrong with the templates themselves; None if they can be read."""
        try:
            for name in self._names:
                self._environment("en").get_template(name)
        except Exception as error:  # noqa: BLE001 - see _reason
            return _reason(error)
        return None

    def _render(self, name: str, language: str, facts: Mapping[str, Any]) -> str:
        try:
            said = self._environment(language).get_template(name).render(facts, language=language)
        except Exception as error:  # noqa: BLE001 - see _reason
            raise _unusable(name, _reason(error)) from None
        if _HALVES.search(said):
            raise _unusable(name, "it writes what is no character")
        return said


def _environment(own: Path | None, language: str) -> Environment:
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


def _reason(error: Exception) -> str:
    """What a template's author has to know. A template is a program, and may fail in any way."""
    if isinstance(error, TemplateSyntaxError):
        return f"line {error.lineno} of {error.name}: {error.message}"
    if isinstance(error, SyntaxError):  # what Jinja took and Python does not
        return f"{error.msg} ({Path(error.filename or '').name})"
    if isinstance(error, TemplateNotFound):
        return f"there is no {error.name}"
    if isinstance(error, TemplateError):
        return str(error.message)
    return type(error).__name__  # its text may have something of the lead's in it


def _unusable(name: str, why: str) -> DeliveryError:
    """Nothing goes out until it is mended, and then all of it."""
    return DeliveryError(f"the template {name} cannot be used: {why}", account=True)
