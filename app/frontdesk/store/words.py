"""Search texts without regard to accents, case and spaces, and numbers without punctuation."""

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from frontdesk.model import events
from frontdesk.model.lead import Lead, Origin
from frontdesk.model.record import Record
from frontdesk.store.ids import id_range
from frontdesk.store.spelling import PLAIN, in_latin

# The lines with a person's words, or with words about one.
Worded = events.Received | events.Amended | events.Revocation | events.Commented
GRAM = 3  # characters of each part that the index knows
MOST = 24  # parts in one question; what is found is compared with the whole text afterwards
LONGEST = 1 << 18  # characters of one line's text: more than any enquiry may have
_DIGITS = 6  # of a text that may be a telephone number, at least
_BETWEEN = "|"  # between texts; what is found across two of them is dropped when it is compared
# Numbers as people write them, in pieces; and a text that is nothing but a number. They are looked
# for in a time that grows as the text does: a visitor may write 5,000 brackets.
_IN_PIECES = re.compile(rf"[\d\s()./\-\u2010-\u2015\u2212]{{{_DIGITS},}}")
_START = re.compile(r"[\d(]")
_DIGIT = re.compile(r"\d")
_WHOLE_NUMBER = re.compile(r"[0-9+()./\s-]*")
_NO_DIGIT = re.compile(r"\D+")
_HOST = re.compile(r"^https?://[^/?#]*")
_MARKS = re.compile(r"[\s\u0300-\u036f]+")  # spaces, and accents of the scripts that most use


def squeezed(text: str) -> str:
    """A text as it is compared: without accents, case, spaces and invisible characters."""
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(PLAIN)
    text = _MARKS.sub("", text)
    if text.isascii():
        return text
    return "".join(
        c
        for c in text
        if not (unicodedata.combining(c) or c.isspace() or unicodedata.category(c) == "Cf")
    )


def numbers(text: str) -> Iterator[str]:
    """What may be telephone numbers in a text, as they are written there."""
    for run in _IN_PIECES.finditer(text):
        start, end = run.span()
        if not run[0].isdigit():  # most are in one piece
            begun = _START.search(run[0])
            ends = [digit.end() for digit in _DIGIT.finditer(run[0])]
            if not begun or not ends or ends[-1] - begun.start() < _DIGITS:
                continue
            start, end = start + begun.start(), start + ends[-1]
        signed = start > 0 and text[start - 1] == "+"
        yield text[start - signed : end]


def words_of(event: Worded) -> str:
    """All that a line says by which its submission can be found, as it is compared."""
    if isinstance(event, events.Revocation):
        texts = [*_of_revocation(event)]
    elif isinstance(event, events.Commented):
        texts = [event.text]
    elif isinstance(event, events.Amended):
        texts = [*_of_lead(event.lead)]
    else:
        texts = [event.form, *_of_lead(event.lead), *_of_origin(event.origin)]
    return _BETWEEN.join(_compared(_BETWEEN.join(texts))).replace("\0", " ")[:LONGEST]


def _compared(text: str) -> Iterator[str]:
    """A text as it is compared, and the numbers in it that are written in pieces."""
    yield (words := squeezed(text))
    for number in numbers(text):
        if (digits := _NO_DIGIT.sub("", number)) not in words:
            yield digits


def spellings(text: str) -> set[str]:
    """What to search for: the text as it is compared, and in Latin letters.

    Of a number also its digits alone.
    """
    digits = _NO_DIGIT.sub("", text).removeprefix("00") if _WHOLE_NUMBER.fullmatch(text) else ""
    either = {squeezed(text), squeezed(in_latin(text) or text)}
    return either | {digits} if len(digits) >= _DIGITS else either


def wanted_of(text: str) -> list[str] | None:
    """What an index is asked for to find a text, any of these; None if one is shorter than GRAM."""
    either = sorted(wanted.replace("\0", " ") for wanted in spellings(text))
    return None if min(map(len, either)) < GRAM else either


def question(text: str) -> str | None:
    """A search for a text in FTS5's language; None if the text is shorter than GRAM.

    It finds the lines that have all parts of the text, of which some may not have the text.
    """
    either = wanted_of(text)
    return " OR ".join(f"({_parts(wanted)})" for wanted in either) if either else None


def _parts(wanted: str) -> str:
    grams = list(dict.fromkeys(wanted[n : n + GRAM] for n in range(len(wanted) - GRAM + 1)))
    step = max(1, len(grams) // MOST)
    quoted = ('"' + gram.replace('"', '""') + '"' for gram in grams[::step][:MOST])
    return " AND ".join(quoted)


def contains(record: Record, text: str) -> bool:
    """Whether a record has a text in a value, at the start of its id, or as an id in a CRM."""
    ids, number = id_range(text), squeezed(text)
    if ids is not None and ids[0] <= record.id <= ids[1]:
        return True
    if any(number in (d.customer_id, d.inquiry_id) for d in record.deliveries.values()):
        return True
    wanted = spellings(text)
    values = (value for text in _searched(record) for value in _compared(text))
    return any(one in value for value in values for one in wanted)


def _searched(record: Record) -> Iterator[str]:
    yield from record.comments
    if record.submission is not None:
        yield record.submission.form
        yield from _of_lead(record.submission.lead)
        yield from _of_origin(record.submission.origin)
    if record.revocation is not None:
        yield from _of_revocation(record.revocation)


def _of_lead(lead: Lead) -> Iterator[str]:
    """The texts of a lead, without the wording of consents, which is the same in all."""
    texts = (lead.name, lead.email, lead.phone, lead.unit, lead.note, lead.campaign, lead.assignee)
    spelt = in_latin(lead.name)
    yield from filter(None, (*texts, spelt, lead.language, *lead.rooms, *lead.tags))
    if lead.price_max is not None:
        yield str(lead.price_max)
    for answer in lead.attributes.values():
        yield from answer if isinstance(answer, list) else (str(answer),)


def _of_origin(origin: Origin) -> Iterator[str]:
    """The texts of an origin, without the browser, which is the same in too many."""
    told = origin.message
    yield from filter(None, (origin.channel, origin.source, origin.api_key, origin.address))
    yield from filter(None, (origin.title, told and told.lead))
    for page in filter(None, (origin.page, origin.referrer)):
        yield (place := _HOST.sub("", page))
        if "%" in place:
            yield unquote(place)


def _of_revocation(event: events.Revocation) -> Iterator[str]:
    submission = str(event.submission) if event.submission else None
    yield from filter(None, (event.email, event.customer, submission, event.notes, event.by))
