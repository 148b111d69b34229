"""The schema of a journal line: what can happen to a submission."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import replace

from frontdesk.model.lead import Aware, Lead, Message, Origin, Submission

VERSION = 1
BODY_KEPT = 4096  # characters of a CRM's answer; Realpad's support asks for it
# A line may say any time, by a clock that is wrong or by hand. So much room is left on either side
# that every other time can be reckoned from it.
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
MOST = 1 << 53  # what anything is counted to, so that every sum can be shown and measured


def utcnow() -> datetime:
    return datetime.now(UTC)


class Event(Struct, kw_only=True, frozen=True, omit_defaults=True, tag_field="event"):
    """What every line has: `id` is the submission's, or the revocation's; `at` is UTC."""

    id: UUID
    at: Aware = field(default_factory=utcnow)


class Received(Event, tag="received", kw_only=True, frozen=True):
    """A submission is owed to its destinations, unless it is held.

    `cleared`: no check holds it back, also where one held it back when it came before.
    """

    form: str
    lead: Lead
    origin: Origin
    destinations: tuple[str, ...]
    cleared: bool = False

    @property
    def submission(self) -> Submission:
        """The submission that it begins."""
        return Submission(self.id, self.at, self.form, self.lead, self.origin, self.destinations)

    @classmethod
    def of(cls, submission: Submission) -> "Received":
        """The event that begins a submission."""
        return cls(
            id=submission.id,
            at=submission.at,
            form=submission.form,
            lead=submission.lead,
            origin=submission.origin,
            destinations=submission.destinations,
        )


INCOMPLETE = "incomplete"
_INCOMPLETE_ONCE = "neither an email address nor a telephone number is known"


class Held(Event, tag="held", kw_only=True, frozen=True):
    """A submission waits for a person to release or discard it.

    `reason` is for people. `code` is what programs go by: `incomplete` is what lacks all contacts,
    and goes as soon as another message has one.
    """

    reason: str
    code: str | None = None

    @property
    def incomplete(self) -> bool:
        # Lines from before there were codes have that sentence.
        return self.code == INCOMPLETE or (self.code is None and self.reason == _INCOMPLETE_ONCE)


class Released(Event, tag="released", kw_only=True, frozen=True):
    """A person let a held submission go to its destinations."""

    by: str


class Discarded(Event, tag="discarded", kw_only=True, frozen=True):
    """A person decided that a held submission is not sent."""

    by: str


class Duplicate(Event, tag="duplicate", kw_only=True, frozen=True):
    """The same enquiry as `of`, sent again soon after it: it is not delivered a second time."""

    of: UUID


class Request(Struct, frozen=True, omit_defaults=True):
    """What is sent, without the credentials, which belong where `credentials` says."""

    url: str
    credentials: Literal["form", "basic"]  # parameters `login` and `password`, or HTTP's own
    method: str = "POST"
    form: dict[str, str] = {}
    json: Any = None


class Attempt(Event, tag="attempt", kw_only=True, frozen=True):
    """A request is about to leave. Without an outcome after it, what became of it is unknown.

    `left_out`: attributes that it does not carry, because the form does not ask for them any more.
    `request`: the first one, if the attempt takes several; absent in old lines.
    """

    destination: str
    attempt: UUID = field(default_factory=uuid4)
    left_out: tuple[str, ...] = ()
    request: Request | None = None


class Answer(Struct, frozen=True):
    """What a CRM answered: HTTP status, seconds it took, the start of its body."""

    status: int
    seconds: float
    body: str

    @property
    def said(self) -> str:
        """The body for people: of a JSON document its `error`, else all of it."""
        try:
            return msgspec.json.decode(self.body, type=_Said).error.strip()
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return self.body.strip()


class _Said(Struct):
    error: str


class Outcome(Event, kw_only=True, frozen=True):
    """How an attempt ended; without `attempt`, how a lookup in the CRM did.

    `closes_account`: no lead is sent to the destination until a person opens it again.
    """

    destination: str
    attempt: UUID | None = None
    answer: Answer | None = None
    closes_account: bool = False


class Delivered(Outcome, tag="delivered", kw_only=True, frozen=True):
    """The CRM has the lead. `reconciled`: found there after an unknown outcome."""

    customer_id: str | None = None
    inquiry_id: str | None = None
    reconciled: bool = False


class Deferred(Outcome, tag="deferred", kw_only=True, frozen=True):
    """To be tried again at `until`.

    `unknown`: the CRM may have the lead, so it is looked up before anything is sent again.
    `account_until`: the whole account waits until then (HTTP 429).
    """

    reason: str
    until: Aware
    unknown: bool = False
    account_until: Aware | None = None


class Failed(Outcome, tag="failed", kw_only=True, frozen=True):
    """Never retried by itself. `unknown`: the CRM may have the lead all the same."""

    reason: str
    unknown: bool = False


class Replayed(Event, tag="replayed", kw_only=True, frozen=True):
    """A person asked for another delivery; `force` also where it was delivered already.

    `delivered`: those of the destinations that have it already.
    """

    by: str
    destinations: tuple[str, ...]
    force: bool = False
    delivered: tuple[str, ...] = ()


class Amended(Event, tag="amended", kw_only=True, frozen=True):
    """A person corrected the lead; the values before it stay in the lines above."""

    by: str
    lead: Lead
    changed: tuple[str, ...]


class Erased(Event, tag="erased", kw_only=True, frozen=True):
    """The personal data of a submission was removed."""

    by: str


class Opened(Event, tag="opened", kw_only=True, frozen=True):
    """A person opened a destination's account again. The `id` names this line only."""

    id: UUID = field(default_factory=uuid4)
    destination: str
    by: str


class Revocation(Event, tag="revocation", kw_only=True, frozen=True):
    """A customer's consent is to be revoked at these destinations; the `id` is the revocation's.

    Exactly one of these says whose: `email`, `customer` (the id in the CRM), or `submission`.
    """

    id: UUID = field(default_factory=uuid4)
    consent: int
    destinations: tuple[str, ...]
    by: str  # a person, or a program with a key
    email: str | None = None
    customer: str | None = None
    submission: UUID | None = None
    notes: str | None = None  # why, for the CRM


class Superseded(Event, tag="superseded", kw_only=True, frozen=True):
    """A revocation is not sent: `submission`, which is newer, has granted the consent again."""

    destination: str
    submission: UUID


class Revoked(Event, tag="revoked", kw_only=True, frozen=True):
    """A person revoked a customer's consent in the CRM; versions before `Revocation` wrote it.

    It says whose only by the submission's `id`; for a customer without one, the `id` names this
    line only. So there is nothing in it to be erased.
    """

    id: UUID = field(default_factory=uuid4)
    destination: str
    consent: int
    by: str


class Compared(Event, tag="compared", kw_only=True, frozen=True):
    """A CRM's own list was held against the journal, by the courier or by a person.

    The `id` names this line only. `missing`: leads that the CRM had taken and does not list, also
    those found so before that are too old for its list. `accepted`: what is missing on purpose,
    as a person said. `seen`: leads that it took without saying
    whose they are, and lists. `unexplained`: how many of its entries nothing of ours explains.
    `reason`: why it could not be asked; then the account may have to be closed, or to wait.
    """

    id: UUID = field(default_factory=uuid4)
    destination: str
    by: str | None = None
    missing: tuple[UUID, ...] = ()
    accepted: tuple[UUID, ...] = ()
    seen: tuple[UUID, ...] = ()
    unexplained: Annotated[int, Meta(ge=0, le=MOST)] = 0
    reason: str | None = None
    closes_account: bool = False
    account_until: Aware | None = None


class Notified(Event, tag="notified", kw_only=True, frozen=True):
    """A receiver of `notify.urls` was told how things stood at `at`. The `id` names this line only.

    `receiver`: its identity, from which nobody learns the URL; in old lines its place among them.
    `formerly`: what lines called it before this one, which then says nothing else.
    `what` is new to it: `closed:crm`, `late`, `failed:<id of the submission>`; `over` is not so any
    more. `again`: it was reminded of all that it knew. `reason`: why nothing of this was taken.
    """

    id: UUID = field(default_factory=uuid4)
    receiver: int | str
    formerly: int | str | None = None
    what: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    again: bool = False
    reason: str | None = None


class Noted(Event, tag="noted", kw_only=True, frozen=True):
    """Another system told us something that goes to nobody, and `reason` says why.

    The `id` names this line only. There is nothing in it to be erased.
    """

    id: UUID = field(default_factory=uuid4)
    form: str
    message: Message
    activities: tuple[str, ...] = ()  # the types of what happened to the lead there
    reason: str


class Refusal(Struct, frozen=True, omit_defaults=True):
    """How often enquiries of a form were refused for a reason.

    With a `field`, in how many of these it was wrong, and the reason is how.
    """

    form: str
    reason: str
    times: Annotated[int, Meta(ge=1, le=MOST)]
    field: str | None = None


class Refused(Event, tag="refused", kw_only=True, frozen=True):
    """Enquiries were refused on a day, and nothing else is kept of them.

    The `id` is that of the process which counted them, from its line before to this one; each of
    its lines has a later time, by which one that comes twice is known.
    """

    day: date
    counts: tuple[Refusal, ...]


AnyEvent = (
    Received
    | Held
    | Released
    | Discarded
    | Duplicate
    | Attempt
    | Delivered
    | Deferred
    | Failed
    | Replayed
    | Amended
    | Erased
    | Opened
    | Revoked
    | Compared
    | Notified
    | Noted
    | Revocation
    | Superseded
    | Refused
)


class _Head(Struct):
    v: int | None = None
    at: str | None = None


_decoder = msgspec.json.Decoder(AnyEvent)
_head = msgspec.json.Decoder(_Head)
_encoder = msgspec.json.Encoder()
_PREFIX = b'{"v":%d,' % VERSION


def encode(event: AnyEvent) -> bytes:
    """One JSON object and a line feed."""
    # The version is the same for every line, so it is spliced in rather than stored per event.
    return _PREFIX + _encoder.encode(event)[1:] + b"\n"


def version_of(line: bytes) -> int:
    """The version of the format that a line claims to be of; 0 when it claims none."""
    try:
        return _head.decode(line).v or 0
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 0


def decode(line: bytes) -> AnyEvent:
    """Read one line; raises ValueError that says what is wrong with it."""
    try:
        head = _head.decode(line)
        if head.v != VERSION:
            raise ValueError(f"version {head.v} is not {VERSION}")
        event: AnyEvent = _decoder.decode(line)
        if head.at is None:  # a new event gets the present time; one that is read must not
            raise ValueError("Object missing required field `at`")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        # The message of msgspec names the place, never the value.
        raise ValueError(str(error)) from None
    return _with_sensible_times(event)


def _with_sensible_times(event: AnyEvent) -> AnyEvent:
    if not _is_sensible(event.at):
        event = replace(event, at=_sensible(event.at))
    match event:
        case Deferred() if not _is_sensible(event.until):
            event = replace(event, until=_sensible(event.until))
        case Received() if (told := event.origin.message) and not _is_sensible(told.at):
            told = replace(told, at=_sensible(told.at))
            return replace(event, origin=replace(event.origin, message=told))
        case Noted() if not _is_sensible(event.message.at):
            told = replace(event.message, at=_sensible(event.message.at))
            return replace(event, message=told)
    if isinstance(event, Deferred | Compared):
        until = event.account_until
        if until is not None and not _is_sensible(until):
            return replace(event, account_until=_sensible(until))
    return event


def _is_sensible(at: datetime) -> bool:
    return at.tzinfo is UTC and FIRST <= at <= LAST


def _sensible(at: datetime) -> datetime:
    """A time in UTC that can be reckoned with."""
    try:
        return min(max(at.astimezone(UTC), FIRST), LAST)
    except OverflowError:
        return FIRST if at.year < FIRST.year else LAST
