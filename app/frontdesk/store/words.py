"""What a search goes by: text without accents, case and spaces, and numbers without punctuation."""

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from frontdesk.model import events
from frontdesk.model.lead import Lead, Origin
from frontdesk.model.record import Record
from frontdesk.store.ids import span

GRAM = 3  # characters that the index goes by
MOST = 24  # of them in one question; the rest is compared afterwards
LONGEST = 1 << 18  # characters of one line's text: more than any enquiry may have
_DIGITS = 6  # in a text that may be somebody's number
_BETWEEN = "|"  # texts; what is found across two of them is no find, once it is compared
# As people write numbers, in pieces; and nothing but a number, however it is written. They are
# looked for in a time that grows as the text does: a visitor may write 5,000 brackets.
_IN_PIECES = re.compile(rf"[\d\s()./\-\u2010-\u2015\u2212]{{{_DIGITS},}}")
_START = re.compile(r"[\d(]")
_DIGIT = re.compile(r"\d")
_WHOLE_NUMBER = re.compile(r"[0-9+()./\s-]*")
_NO_DIGIT = re.compile(r"\D+")
_HOST = re.compile(r"^https?://[^/?#]*")
_MARKS = re.compile(r"[\s\u0300-\u036f]+")  # spaces, and accents of the scripts that most use


def squeezed(text: str) -> str:
    """A text as it is compared: without accents, case, spaces and what cannot be seen."""
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
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
        begun = _START.search(run[0])
        ends = [digit.end() for digit in _DIGIT.finditer(run[0])]
        if begun and ends and ends[-1] - begun.start() >= _DIGITS:
            start, end = run.start() + begun.start(), run.start() + ends[-1]
            signed = start > 0 and text[start - 1] == "+"
            yield text[start - signed : end]


def words_of(event: events.Received | events.Amended | events.Revocation) -> str:
    """All that a line says by which its submission may be looked for."""
    if isinstance(event, events.Revocation):
        texts = [*_of_revocation(event)]
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
    """What is looked for: the text, and of a number also its digits alone."""
    digits = _NO_DIGIT.sub("", text).removeprefix("00") if _WHOLE_NUMBER.fullmatch(text) else ""
    return {squeezed(text), digits} if len(digits) >= _DIGITS else {squeezed(text)}


def question(text: str) -> str | None:
    """The same in FTS5's language: lines that have all its parts; None if it is too short."""
    either = {wanted.replace("\0", " ") for wanted in spellings(text)}
    if min(map(len, either)) < GRAM:
        return None
    return " OR ".join(f"({_parts(wanted)})" for wanted in sorted(either))


def _parts(wanted: str) -> str:
    grams = list(dict.fromkeys(wanted[n : n + GRAM] for n in range(len(wanted) - GRAM + 1)))
    step = max(1, len(grams) // MOST)
    quoted = ('"' + gram.replace('"', '""') + '"' for gram in grams[::step][:MOST])
    return " AND ".join(quoted)


def contains(record: Record, text: str) -> bool:
    """Whether any value of it has the text, or its id begins so, or a CRM has that number of it."""
    ids, number = span(text), squeezed(text)
    if ids is not None and ids[0] <= record.id <= ids[1]:
        return True
    if any(number in (d.customer_id, d.inquiry_id) for d in record.deliveries.values()):
        return True
    wanted = spellings(text)
    values = (value for text in _searched(record) for value in _compared(text))
    return any(one in value for value in values for one in wanted)


def _searched(record: Record) -> Iterator[str]:
    if record.submission is not None:
        yield record.submission.form
        yield from _of_lead(record.submission.lead)
        yield from _of_origin(record.submission.origin)
    if record.revocation is not None:
        yield from _of_revocation(record.revocation)


def _of_lead(lead: Lead) -> Iterator[str]:
    """What a lead says, but for the wording of consents, which all have in common."""
    texts = (lead.name, lead.email, lead.phone, lead.unit, lead.note, lead.campaign, lead.assignee)
    yield from filter(None, (*texts, lead.language, *lead.rooms, *lead.tags))
    if lead.price_max is not None:
        yield str(lead.price_max)
    for answer in lead.attributes.values():
        yield from answer if isinstance(answer, list) else (str(answer),)


def _of_origin(origin: Origin) -> Iterator[str]:
    """Where it came from, but for the browser, which half of all have in common."""
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
