"""Mail servers and addresses as people write them in a configuration file."""

import ipaddress
import re
from typing import Annotated, Literal, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import idna
from pydantic import AfterValidator

Tls = Literal["at once", "starttls", "no"]

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|[0-9a-f:.]+", re.IGNORECASE)
_STEERING = re.compile(r"[\x00-\x20\x7f]")
_NAMED = re.compile(r"([^<>]*)<([^<>]*)>")
_LIKE = 'write it like "smtps://user:password@mail.example.com"'


class Server(NamedTuple):
    """Where mail is handed in. `user`: empty where nobody has to sign in."""

    host: str
    port: int
    user: str
    password: str
    tls: Tls


def server(url: str) -> Server:
    """The server that a URL means; raises ValueError, which quotes nothing of it."""
    if _STEERING.search(url):
        raise ValueError("an address has no spaces or control characters; write them as %20")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"not the address of a mail server; {_LIKE}") from None
    if parts.scheme not in ("smtp", "smtps") or parts.path not in ("", "/") or parts.fragment:
        said = "; what is special in a password is written with a percent sign, / as %2F"
        raise ValueError(f"not the address of a mail server; {_LIKE}{said}")
    host = _ascii(parts.hostname or "")
    if not _HOST.fullmatch(host) or port == 0:
        raise ValueError(f"there is no host in it, or a port that cannot be; {_LIKE}")
    tls = _tls(parts.scheme, parts.query)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError(f"a user needs a password, and the other way round; {_LIKE}")
    if user and tls == "no" and not _is_loopback(host):
        raise ValueError("a password is not sent without TLS; take tls=no or the password out")
    return Server(host, port or (465 if tls == "at once" else 587), user, password, tls)


def _tls(scheme: str, query: str) -> Tls:
    asked = parse_qsl(query, keep_blank_values=True)
    if not asked:
        return "at once" if scheme == "smtps" else "starttls"
    if asked == [("tls", "no")] and scheme == "smtp":
        return "no"
    raise ValueError('after the question mark only tls=no is known, for "smtp://"')


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _url(value: str) -> str:
    server(value)
    return value


def ascii_address(address: str) -> str | None:
    """An address as every mail server takes it, its domain in Punycode; None if there is none."""
    import email_validator  # it takes long to import, and most configurations name no address

    try:
        return email_validator.validate_email(address, check_deliverability=False).ascii_email
    except email_validator.EmailNotValidError:
        return None


def _address(value: str) -> str:
    found = ascii_address(value)
    if found is None:
        raise ValueError(
            'not an address that every mail server takes; write it like "sales@example.com"'
        )
    return found


def split(mailbox: str) -> tuple[str, str]:
    """The name, which may be empty, and the address of a mailbox."""
    named = _NAMED.fullmatch(mailbox.strip())
    return (named[1].strip(' "'), named[2].strip()) if named else ("", mailbox.strip())


def _mailbox(value: str) -> str:
    name, address = split(value)
    if not name.isprintable():
        raise ValueError("there is a character in the name that nobody can see")
    return f"{name} <{_address(address)}>" if name else _address(address)


SmtpUrl = Annotated[str, AfterValidator(_url)]
Address = Annotated[str, AfterValidator(_address)]
OptionalAddress = Annotated[str, AfterValidator(lambda value: value and _address(value))]
Mailbox = Annotated[str, AfterValidator(_mailbox)]  # "Name <address>", or an address
