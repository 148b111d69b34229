"""The language that the inbox speaks with whoever asks: texts, plural forms and numbers in it."""

from babel.numbers import format_decimal
from flask import g

from frontdesk.i18n import OPERATORS, catalogue
from frontdesk.inbox.context import desk
from frontdesk.inbox.people import Person
from frontdesk.intake.pages import preferred_language


def language() -> str:
    """The language of a person or the configuration; else the browser's, if we speak it."""
    visit, inbox = g.get("frontdesk_inbox"), desk().settings.inbox
    if visit is not None and isinstance(visit.who, Person) and visit.who.language:
        return str(visit.who.language)
    if inbox is not None and inbox.language is not None:
        return inbox.language
    if "frontdesk_inbox_language" not in g:
        g.frontdesk_inbox_language = preferred_language()
    return str(g.frontdesk_inbox_language)


def _(message: str) -> str:
    """A text in the language of the request."""
    return catalogue(language(), OPERATORS).gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """A text with a number in it, in the plural form that the language has for it."""
    return catalogue(language(), OPERATORS).ngettext(one, many, number)


def decimal(number: float) -> str:
    """A number with one decimal, as the language of the request writes it."""
    written: str = format_decimal(number, format="#,##0.0", locale=language())
    return written
