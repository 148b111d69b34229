"""Where somebody was going when they had to sign in, and what they had typed: it goes along."""

import re
from urllib.parse import urlencode

from flask import request

from frontdesk.inbox.forms import TOKEN
from frontdesk.inbox.listing.filters import FIELDS
from frontdesk.inbox.pages import link

# A page of the inbox, below its root.
_PAGE = re.compile(r"(?:[A-Za-z0-9_-]{1,64}(?:/[A-Za-z0-9_-]{1,64}){0,3})?(?:\?[!-~]{0,2000})?")
_RECORD = "[0-9a-f-]{36}"
_ABOUT_ONE = re.compile(f"({_RECORD})/([a-z]+)")
_WRITING = re.compile(f"({_RECORD})/(amend|note)")
_KEPT = "kept."  # in front of the names of what was typed, and is to be looked at again
_SENT = "sent."  # in front of the names of what is to be sent once more, as it is


def asked() -> str:
    """The page that was asked for, below the inbox's root."""
    rule = request.url_rule
    path = request.path.rpartition("/inbox")[2].lstrip("/") if rule else ""
    query = request.query_string.decode("latin-1") if request.method != "POST" else ""
    return f"{path}?{query}" if query else path


def before() -> str:
    """The page that what was sent belongs to, for a form can be sent, but not asked for.

    That of a record, which tells which button it was; what is typed about it, or what erasing its
    person would be; the accounts; else the list with its filters.
    """
    page, sent = asked(), request.form
    if writing(page) or page == "health":
        return page
    if found := _ABOUT_ONE.fullmatch(page):
        if found[2] == "erase":
            contacts = {"chosen": 1, "by": sent.getlist("by")}
            return f"{page}?{urlencode(contacts, doseq=True)}"
        return f"{found[1]}?{urlencode({'done': f'not-{found[2]}'})}"
    filters = {name: sent[name] for name in (*FIELDS, "tab") if sent.get(name)}
    return f"?{urlencode(filters)}" if filters and page.startswith("bulk") else ""


def below(page: str | None) -> str:
    """The address of a page of the inbox, which nobody can make lead elsewhere."""
    root = link("inbox_list")
    if not page or _PAGE.fullmatch(page) is None or page.startswith("sign-"):
        return root
    return f"{root}{page}"


def writing(page: str | None) -> tuple[str, str] | None:
    """The record about which something is typed on a page, and what; None for another page."""
    found = _WRITING.fullmatch(page or "")
    return (found[1], found[2]) if found else None


def kept() -> dict[str, str]:
    """What was typed on a page that could not be taken: it goes along until somebody signs in."""
    if request.method != "POST":
        return {}
    sent = request.form
    if (request.endpoint or "").endswith((".inbox_amend", ".inbox_note")):
        return {name: sent[name] for name in sent if name not in (TOKEN, "version")}
    # A part of a form without a name has None for it.
    names = (name for name in sent if name and name.startswith(_KEPT))
    return {name.removeprefix(_KEPT): sent[name] for name in names}


def signing_in() -> bool:
    """Whether what was sent is a form for signing in, or out."""
    return (request.endpoint or "").rpartition(".")[2].startswith("sign_")


def sent() -> list[tuple[str, str]]:
    """What the form on the page before was sent with, for a button that sends it once more.

    Only to be asked where the request's token was a right one: another site could send it, too.
    """
    if request.method != "POST":
        return []
    pairs = [pair for pair in request.form.items(multi=True) if pair[0] != TOKEN]
    if not signing_in():
        return pairs
    return [(name.removeprefix(_SENT), one) for name, one in pairs if name.startswith(_SENT)]
