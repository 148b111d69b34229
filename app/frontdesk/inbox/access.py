"""Who asks: a person who signed in, one that a proxy vouches for, or one that the host knows."""

import hmac
from collections.abc import Callable

from flask import Request
from werkzeug.security import check_password_hash

from frontdesk.config import Inbox, InboxPerson, Settings
from frontdesk.inbox.people import Person
from frontdesk.inbox.session import COOKIE, Session, Sessions, fingerprint
from frontdesk.intake.client import passed_the_proxies, surely_encrypted

# Asked instead of the host's own question: who somebody is, or where to sign in, or None.
Who = Callable[[], Person | str | None]
# So that a name that there is not takes as long as one that there is. Nothing has this hash.
_NOBODYS = "scrypt:32768:8:1$nobodysnobodysno$" + "0" * 128


class Visit:
    """One request: its session, and who is behind it; `who` is an address for signing in there.

    `stranger`: the name that a proxy told, which is none of the people's.
    """

    def __init__(self, session: Session, who: Person | str | None, stranger: str = "") -> None:
        self.session = session
        self.who = who
        self.stranger = stranger
        self.write = False  # the session's cookie is to be sent along
        self.wait = 0  # seconds until another try to sign in


class Access:
    """Finds out who asks, by the ways that the configuration has."""

    def __init__(self, settings: Settings, inbox: Inbox, who: Who | None) -> None:
        self._settings, self._inbox, self._who = settings, inbox, who
        self._people = {person.name: person for person in inbox.people}
        self.sessions = Sessions(settings.secret_key, inbox)
        # Whether somebody may sign in on a page of ours.
        self.by_password = any(person.password for person in inbox.people)

    def visit(self, request: Request) -> Visit:
        """Who is behind a request."""
        session = self.sessions.read(request.cookies.get(self.cookie(request), ""))
        if self._inbox.host and self._who is not None:
            return self._vouched(session, self._who())
        header = self._inbox.header
        told = request.headers.get(header.name, "").strip() if header else ""
        if told and passed_the_proxies(request, self._settings.trusted_proxies):
            entry = self._people.get(_as_utf8(told))
            if entry is None:
                return Visit(session or self.sessions.begin(), None, stranger=told)
            return self._vouched(session, Person.of(entry))
        return self._signed_in(session)

    def _vouched(self, session: Session | None, who: Person | str | None) -> Visit:
        """Somebody else says who it is; the session only ties forms to the person."""
        name = who.name if isinstance(who, Person) else ""
        if session is not None and session.name == name and not session.proof:
            return Visit(session, who)
        visit = Visit(self.sessions.begin(name), who)
        visit.write = isinstance(who, Person)
        return visit

    def _signed_in(self, session: Session | None) -> Visit:
        entry = self._people.get(session.name) if session and session.name else None
        if session is not None and entry is not None and entry.password:
            if hmac.compare_digest(session.proof, _proof(entry)):
                return Visit(session, Person.of(entry))
        elif session is not None and not session.name:
            return Visit(session, None)
        return Visit(self.sessions.begin(), None)

    def knows(self, name: str) -> bool:
        """Whether there is such a person."""
        return name in self._people

    def person(self, name: str) -> Person | None:
        """The person of a name, whose password was right just now."""
        entry = self._people.get(name)
        return Person.of(entry) if entry else None

    def checked(self, name: str, password: str) -> InboxPerson | None:
        """The entry of a name and a password; None if they are wrong."""
        entry = self._people.get(name)
        hashed = (entry and entry.password) or _NOBODYS
        well = check_password_hash(hashed, password)
        return entry if entry is not None and entry.password and well else None

    def begin(self, entry: InboxPerson) -> Session:
        """A new session of somebody who has proved who it is."""
        return self.sessions.begin(entry.name, _proof(entry))

    def halfway(self, session: Session, half: str) -> InboxPerson | None:
        """The entry of somebody who has done the first step, and not yet the second."""
        name, proof = self.sessions.halfway(session, half) or ("", "")
        entry = self._people.get(name)
        known = entry is not None and entry.totp and hmac.compare_digest(proof, _proof(entry))
        return entry if known else None

    def cookie(self, request: Request) -> str:
        """The cookie's name: over https, one that no other host can set."""
        return f"__Host-{COOKIE}" if surely_encrypted(request, self._settings) else COOKIE


def _proof(entry: InboxPerson) -> str:
    """What a session is good for: until another password or another secret is in its place."""
    return fingerprint(entry.password + entry.totp)


def _as_utf8(told: str) -> str:
    """A header's value; WSGI has its bytes as if they were Latin-1."""
    try:
        return told.encode("latin-1").decode()
    except UnicodeError:
        return told
