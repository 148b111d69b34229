"""Letters: put together for SMTP from what templates say.

No header can be slipped in: what strangers wrote is one line without control characters there.
"""

from collections.abc import Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from mimetypes import guess_type
from typing import NamedTuple

from frontdesk.crm.mailing.mailboxes import ascii_address, split
from frontdesk.intake.text import clean_line, cut
from frontdesk.model.events import utcnow


class Letter(NamedTuple):
    """What a letter says. `text` and `markup` (HTML) say the same."""

    subject: str
    text: str
    markup: str


def line(text: str, longest: int = 1000) -> str:
    """A text on one line, without anything that nobody sees."""
    return cut(clean_line(text), longest)


def header(text: str, longest: int = 1000) -> str:
    """A text as a header may have it.

    Python's email package reads encoded words in what it is given (RFC 2047), line feeds in them
    too, and would write these as they are.
    """
    return cut(line(text).replace("=?", "= ?"), longest)


def message(
    letter: Letter,
    *,
    sender: str,
    recipients: Sequence[str],
    message_id: str,
    auto: str,
    headers: Mapping[str, str] | None = None,
    attachment: tuple[str, bytes] | None = None,
) -> bytes:
    """A letter as it is handed in: ASCII, in lines that end with CRLF.

    `sender`: a mailbox. `auto`: how it came about (RFC 3834). `headers`: others, of our own words.
    `attachment`: its name and content.
    """
    made = EmailMessage(policy=SMTP)
    name, address = split(sender)
    made["From"] = Address(header(name), addr_spec=address)
    made["To"] = tuple(Address(addr_spec=each) for each in recipients)
    made["Subject"] = header(letter.subject)
    made["Date"] = format_datetime(utcnow())
    made["Message-ID"] = message_id
    made["Auto-Submitted"] = auto
    made["X-Auto-Response-Suppress"] = "All"  # Exchange knows no other way
    for name, value in (headers or {}).items():
        made[name] = value
    made.set_content(f"{letter.text}\n", cte="quoted-printable")
    made.add_alternative(letter.markup, subtype="html", cte="quoted-printable")
    if attachment is not None:
        kind, packed = guess_type(attachment[0])
        if kind is None or packed or kind.startswith(("message/", "multipart/")):
            kind = "application/octet-stream"  # of what is a mail itself, no more is known here
        main, _, sub = kind.partition("/")
        made.add_attachment(attachment[1], main, sub, filename=header(attachment[0]))
    return made.as_bytes()


def reply_to(address: str | None) -> dict[str, str]:
    """The header that has answers go to an address, if every mail server takes it."""
    plain = ascii_address(address) if address else None
    return {"Reply-To": plain} if plain else {}


def domain_of(sender: str) -> str:
    """The domain of a mailbox."""
    return split(sender)[1].rpartition("@")[2]
