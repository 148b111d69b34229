"""Who asks: a person who signed in, one that a proxy vouches for, or one that the host knows."""

import hmac
from collections.abc import Callable, Iterator

from flask import Request
from werkzeug.security import check_password_hash

from frontdesk.config import Inbox, InboxOidc, InboxPerson, Settings
from frontdesk.inbox.people import Person
from frontdesk.inbox.sign_in.session import COOKIE, Session, Sessions, fingerprint
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


class Access:
    """Finds out who asks, by the ways that the configuration has."""

    def __init__(self, settings: Settings, inbox: Inbox, who: Who | None) -> None:
        self._settings, self._inbox, self._who = settings, inbox, who
        self._people = {person.name: person for person in inbox.people}
        self.sessions = Sessions(settings.secret_key, inbox)
        self._passwords = any(person.password for person in inbox.people)
        # Whether somebody may sign in on a page of ours.
        self.by_page = self._passwords or inbox.oidc is not None

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

    def _vouched(self, session: Session | None, who: object) -> Visit:
        """Somebody else says who it is; the session only ties forms to the person."""
        if not (who is None or isinstance(who, Person | str)):  # a host may not be typed
            kind = type(who).__name__
            raise TypeError(f"inbox= answers with a Person, an address or None, not with {kind}")
        who = who or None  # an empty address would lead back here
        name = who.name if isinstance(who, Person) else ""
        if session is not None and session.name == name and not session.proof:
            return Visit(session, who)
        visit = Visit(self.sessions.begin(name), who)
        visit.write = isinstance(who, Person)
        return visit

    def _signed_in(self, session: Session | None) -> Visit:
        entry = self._people.get(session.name) if session and session.name else None
        if session is not None and entry is not None:
            if any(_same(session.proof, proof) for proof in self._proofs(entry)):
                return Visit(session, Person.of(entry))
        elif session is not None and not session.name:
            return Visit(session, None)
        return Visit(self.sessions.begin(), None)

    def _proofs(self, entry: InboxPerson) -> Iterator[str]:
        if entry.password:
            yield _proof(entry)
        if self._inbox.oidc is not None:
            yield _proof(entry, self._inbox.oidc)

    def asks_password(self, name: str) -> bool:
        """Whether there is a password to be asked for: of a person, or of anybody for ""."""
        entry = self._people.get(name)
        return bool(entry.password) if entry else self._passwords

    def knows(self, name: str) -> bool:
        """Whether there is such a person."""
        return name in self._people

    def person(self, name: str) -> Person | None:
        """The person of a name; None if nobody has it."""
        entry = self._people.get(name)
        return Person.of(entry) if entry else None

    def checked(self, name: str, password: str) -> InboxPerson | None:
        """The entry of a name and a password; None if they are wrong."""
        entry = self._people.get(name)
        hashed = (entry and entry.password) or _NOBODYS
        well = check_password_hash(hashed, password)
        return entry if entry is not None and entry.password and well else None

    def begin(self, entry: InboxPerson) -> Session:
        """A new session of somebody whose password, and code if need be, were right."""
        return self.sessions.begin(entry.name, _proof(entry))

    def begin_by_provider(self, name: str, proved: float | None) -> Session | None:
        """A new session of somebody whom the provider knows by a name; None if nobody has it."""
        entry = self._people.get(name)
        if entry is None:
            return None
        return self.sessions.begin(name, _proof(entry, self._inbox.oidc), proved)

    def half(self, session: Session, entry: InboxPerson) -> str:
        """That somebody has done the first step, for the page that asks for the second one."""
        return self.sessions.sealed("code", [session.key, entry.name, _proof(entry)])

    def halfway(self, session: Session, half: str) -> InboxPerson | None:
        """The entry of somebody who has done the first step in a session, and not the second."""
        match self.sessions.unsealed("code", half):
            case [session.key, name, proof]:
                entry = self._people.get(name)
                known = entry is not None and entry.totp and _same(proof, _proof(entry))
                return entry if known else None
        return None

    def cookie(self, request: Request) -> str:
        """The cookie's name: over https, one that no other host can set."""
        return f"__Host-{COOKIE}" if surely_encrypted(request, self._settings) else COOKIE


def _proof(entry: InboxPerson, oidc: InboxOidc | None = None) -> str:
    """What a session is good for: until something else is in the place of a secret behind it.

    `oidc`: of a session that began there. It ends with a password as well, if there is one.
    """
    there = f"{oidc.issuer} {oidc.client_id} " if oidc else ""
    return fingerprint(there + entry.password + entry.totp)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _as_utf8(told: str) -> str:
    """A header's value; WSGI has its bytes as if they were Latin-1."""
    try:
        return told.encode("latin-1").decode()
    except UnicodeError:
        return told
