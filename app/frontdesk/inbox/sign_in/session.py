"""The session of the inbox: a signed cookie of our own, never the one that a host's Flask has."""

import hashlib
import secrets
import time

from itsdangerous import BadData, Signer, URLSafeSerializer, URLSafeTimedSerializer
from msgspec import Struct, ValidationError, convert, to_builtins
from msgspec.structs import replace

from frontdesk.config import Inbox

COOKIE = "frontdesk-inbox"
_SALT = "frontdesk.inbox"
_SKEW = 600  # seconds that the clock of another server may be ahead of ours
_RENEWED = 30  # seconds after which a cookie says anew when its browser was last seen
HALF = 600  # seconds between the first step of signing in and the second one, at most
FRESH = 1800  # seconds for which who has proved to be somebody need not do so before what is grave


class Session(Struct, frozen=True, array_like=True):
    """What a cookie says; times in seconds since 1970.

    `key` is new at each sign-in. `name`: who signed in; "" before. `proof`: see `fingerprint`.
    `proved`: when who it is was last proved.
    """

    key: str
    name: str
    proof: str
    begun: int
    seen: int
    proved: int

    @property
    def fresh(self) -> bool:
        """Whether who it is was proved a short while ago."""
        return time.time() - self.proved <= FRESH


def fingerprint(secret: str) -> str:
    """What becomes another one with a secret of the configuration, and does not tell it."""
    return hashlib.sha256(secret.encode()).hexdigest()[:20]


class Sessions:
    """Begins sessions, and reads and writes their cookies."""

    def __init__(self, secret_keys: list[str], inbox: Inbox) -> None:
        keys = list(reversed(secret_keys))  # itsdangerous signs with the last one
        self._serializer = URLSafeSerializer(keys, salt=_SALT)
        self._halves = URLSafeTimedSerializer(keys, salt=f"{_SALT}.half")
        self._tokens = Signer(keys, salt=f"{_SALT}.csrf", digest_method=hashlib.sha256)
        self._idle, self._longest = inbox.idle, inbox.longest

    def begin(self, name: str = "", proof: str = "", proved: float | None = None) -> Session:
        """A new session. `proved`: when who it is was proved, in seconds since 1970; else now."""
        now = int(time.time())
        when = now if proved is None else int(min(now, max(0, proved)))
        return Session(secrets.token_urlsafe(16), name, proof, now, now, when)

    def renewed_by(self, another: Session, session: Session) -> Session:
        """The session of somebody who has proved again who it is, by beginning another one."""
        return replace(session, seen=another.seen, proved=another.proved)

    def read(self, cookie: str) -> Session | None:
        """The session of a cookie; None if it is forged, or over."""
        try:
            session = convert(self._serializer.loads(cookie), Session)
        except (BadData, ValidationError):
            return None
        now = time.time()
        if max(session.begun, session.seen, session.proved) > now + _SKEW:
            return None
        # Before somebody has signed in there is nothing to be protected by being idle.
        idle = self._idle if session.name else self._longest
        over = now - session.seen > idle or now - session.begun > self._longest
        return None if over else session

    def sealed(self, purpose: str, value: list[str]) -> str:
        """What a browser has between two steps of signing in; good for nothing else."""
        return _text(self._halves.dumps([purpose, *value]))

    def unsealed(self, purpose: str, text: str) -> list[str]:
        """What was sealed for a purpose a short while ago; else nothing."""
        try:
            told, *value = convert(self._halves.loads(text, HALF), list[str])
        except (BadData, ValidationError, ValueError):
            return []
        return value if told == purpose else []

    def write(self, session: Session) -> str:
        """The cookie of a session."""
        return _text(self._serializer.dumps(to_builtins(session)))

    def renewed(self, session: Session) -> Session | None:
        """The session of a browser that was seen just now; None as long as the old one does."""
        now = int(time.time())
        return replace(session, seen=now) if now - session.seen >= _RENEWED else None

    def token(self, session: Session) -> str:
        """What a form of this session carries, and nobody else can know."""
        return self._tokens.get_signature(session.key).decode()

    def accepts(self, session: Session, token: str) -> bool:
        """Whether a form is one of this session's."""
        try:
            return self._tokens.verify_signature(session.key, token)
        except UnicodeError:
            return False


def _text(written: str | bytes) -> str:
    return written if isinstance(written, str) else written.decode()
