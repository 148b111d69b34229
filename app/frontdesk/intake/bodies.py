"""A request's body, read to a limit and taken apart: JSON, or a form in its page's encoding."""

import codecs
import html
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec
from flask import Request, abort
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder

PARTS = 1000  # of a form; ours have a few dozen
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

# What a page may be written in, by Python's names: ASCII is ASCII in all of these. The others
# (UTF-7, UTF-16, ISO-2022) hide in harmless characters what is none.
_ENCODINGS = frozenset(
    f"utf-8 {' '.join(f'cp{n}' for n in (866, 874, 932, 949, *range(1250, 1259)))} "
    f"{' '.join(f'iso8859-{n}' for n in (*range(2, 9), 10, *range(13, 17)))} "
    "koi8-r koi8-u mac-roman mac-cyrillic gbk gb18030 big5 big5hkscs euc_jp".split()
)
# What browsers mean by a name, where Python means something smaller or knows none.
_MEANT = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874"}
_MEANT |= {"tis-620": "cp874", "windows-874": "cp874", "gb2312": "gbk", "euc_kr": "cp949"}
_MEANT |= {"windows-949": "cp949", "shift_jis": "cp932", "x-mac-cyrillic": "mac-cyrillic"}
_MEANT |= {"utf-8-sig": "utf-8", "iso-8859-8-i": "iso8859-8"}
# What a browser writes in place of a character that the page's encoding lacks.
_REFERENCE = re.compile(r"&#[0-9]{2,7};")


class Part(NamedTuple):
    name: bytes
    value: bytes
    encoding: str = ""  # its own, where it names one


class Fields(NamedTuple):
    """A form's fields; `unreadable` are the names of those that are not text in their encoding."""

    data: MultiDict[str, str]
    unreadable: frozenset[str]


def body_of(request: Request, limit: int) -> bytes:
    """The request's body; kept, so that Flask parses a form from it. Aborts with 413 or 400."""
    # One more than allowed, because a body of no stated length is cut there without a word.
    request.max_content_length = limit + 1
    try:
        body = request.get_data()
    except HTTPException:
        raise
    except Exception as error:  # noqa: BLE001 - each server has its own for chunks that are none
        abort(400, f"The body cannot be read ({type(error).__name__}).")
    if len(body) > limit:
        abort(413)
    if request.content_length is not None and len(body) < request.content_length:
        abort(400, "The body is shorter than its Content-Length says.")
    return body


def unencoded_body(request: Request, limit: int) -> bytes:
    """The same; aborts with 415 where it is compressed."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        abort(415, "Send the body as it is, without a Content-Encoding.")
    return body_of(request, limit)


def is_form(request: Request) -> bool:
    return request.mimetype in (URLENCODED, MULTIPART)


def json_object(body: bytes) -> dict[str, Any]:
    """A JSON object; aborts with 400. Of a key that is there twice, the last counts."""
    try:
        facts = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        abort(400, "The body is not well-formed JSON.")
    if not isinstance(facts, dict):
        abort(400, "The body must be a JSON object.")
    return facts


def form_fields(request: Request, body: bytes) -> Fields:
    """A form's fields as text; aborts with 400, 413 or 415."""
    try:
        parts = list(_multipart(request, body) if request.mimetype == MULTIPART else _pairs(body))
    except HTTPException:
        raise
    except Exception as error:  # noqa: BLE001 - other people's parsers have bugs of their own
        abort(400, f"The body is not a well-formed form ({type(error).__name__}).")
    told = [part.value.decode("latin-1") for part in parts if part.name == b"_charset_"]
    pages = next(filter(None, told), "") or request.mimetype_params.get("charset", "")
    data: MultiDict[str, str] = MultiDict()
    unreadable = set()
    for name, value, own in parts:
        key = name.decode("ascii", "backslashreplace")  # our names are ASCII
        try:
            data.add(key, _text(value, _encoding(own or pages)))
        except UnicodeDecodeError:
            unreadable.add(key)
    return Fields(data, frozenset(unreadable))


def _pairs(body: bytes) -> Iterator[Part]:
    # As Latin-1, in which every byte is a character of its own.
    text = body.decode("latin-1")
    if text.count("&") >= PARTS:
        abort(413, "The form has too many fields.")
    for name, value in parse_qsl(text, keep_blank_values=True, encoding="latin-1"):
        yield Part(name.encode("latin-1"), value.encode("latin-1"))


def _multipart(request: Request, body: bytes) -> Iterator[Part]:
    """The parts but for files, which no form of ours has."""
    boundary = request.mimetype_params.get("boundary", "").encode("latin-1")
    if not boundary:
        abort(400, "The Content-Type names no boundary.")
    decoder = MultipartDecoder(boundary, max_parts=PARTS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    field: Field | None = None
    value = b""
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, Field | File):
            if not event.name:
                abort(400, "A part of the form has no name.")
            field, value = event if isinstance(event, Field) else None, b""
        elif isinstance(event, Data) and field is not None:
            value += event.data
            if not event.more_data:
                _, options = parse_options_header(field.headers.get("Content-Type", ""))
                yield Part(field.name.encode(), value, options.get("charset", ""))


def _encoding(told: str) -> str:
    """Python's name of an encoding as pages name it; aborts with 415 if no page may have it."""
    told = told.strip().lower() or "utf-8"
    try:
        name = codecs.lookup(_MEANT.get(told, told)).name
    except (LookupError, ValueError):  # the latter of a NUL in it
        return "utf-8"  # as most are; else its fields are not readable
    name = _MEANT.get(name, name)
    if name not in _ENCODINGS:
        abort(415, f"A form cannot be sent as {name}; send it as UTF-8.")
    return name


def _text(value: bytes, encoding: str) -> str:
    text = value.decode(encoding)
    if encoding in ("utf-8", "gb18030"):  # nothing is missing in these
        return text
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), text)
