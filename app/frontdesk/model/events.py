"""The schema of journal lines: all that can happen."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID, uuid4

from msgspec import Meta, Struct, field

from frontdesk.model.exchange import Answer, Request
from frontdesk.model.holds import INCOMPLETE
from frontdesk.model.lead import Aware, Lead, Message, Origin, Submission, Whole

MOST = 1 << 53  # the highest count: JSON numbers and metrics are doubles, which are exact so far


def utcnow() -> datetime:
    """The present time (UTC)."""
    return datetime.now(UTC)


class Event(Struct, kw_only=True, frozen=True, omit_defaults=True, tag_field="event", gc=False):
    """What every line has: the `id` of its submission or revocation, and when it was (UTC)."""

    id: UUID
    at: Aware = field(default_factory=utcnow)


class Received(Event, tag="received", kw_only=True, frozen=True):
    """A submission came in. It is owed to its destinations, unless it is held.

    `cleared`: all checks let it through; if it came before and was held, it is not held any more.
    """

    form: str
    lead: Lead
    origin: Origin
    destinations: tuple[str, ...]
    cleared: bool = False

    @property
    def submission(self) -> Submission:
        """The submission that this event begins."""
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


UNASKED = "unasked"
_INCOMPLETE_ONCE = "neither an email address nor a telephone number is known"


class Held(Event, tag="held", kw_only=True, frozen=True):
    """A submission waits for a person to release or discard it.

    `reason`: for people, in English. `code`: one of HOLDS, or of a newer version; None in old
    lines. `captcha`: what came of it, or UNASKED. `filled_in`: how long the form had been there
    when it was sent (seconds). Both are None where there was neither, and in old lines.
    """

    reason: str
    code: str | None = None
    captcha: str | None = None
    filled_in: Whole | None = None

    @property
    def incomplete(self) -> bool:
        """Whether it is held for want of a contact."""
        # Lines from before there were codes have that sentence.
        return self.code == INCOMPLETE or (self.code is None and self.reason == _INCOMPLETE_ONCE)


class Released(Event, tag="released", kw_only=True, frozen=True):
    """A person let a held submission go to its destinations."""

    by: str


class Discarded(Event, tag="discarded", kw_only=True, frozen=True):
    """A person decided that what was held or has failed, a revocation too, is not sent."""

    by: str


class Duplicate(Event, tag="duplicate", kw_only=True, frozen=True):
    """A submission is the same enquiry as `of`, sent again; it is not delivered a second time."""

    of: UUID


class Attempt(Event, tag="attempt", kw_only=True, frozen=True):
    """A request is about to be sent. If no outcome follows, it is unknown what became of it.

    `left_out`: attributes that it does not have, because the form no longer asks for them.
    `request`: the first one if the attempt takes several; absent in old lines.
    """

    destination: str
    attempt: UUID = field(default_factory=uuid4)
    left_out: tuple[str, ...] = ()
    request: Request | None = None


class Outcome(Event, kw_only=True, frozen=True):
    """How an attempt ended; without `attempt`, how a lookup in the CRM's list ended.

    `closes_account`: nothing is sent to the destination until a person opens it again.
    """

    destination: str
    attempt: UUID | None = None
    answer: Answer | None = None
    closes_account: bool = False


class Delivered(Outcome, tag="delivered", kw_only=True, frozen=True):
    """The CRM has the lead.

    `customer_id`, `inquiry_id`: its ids there, as far as known. `reconciled`: it was found in the
    CRM's list after an unknown outcome.
    """

    customer_id: str | None = None
    inquiry_id: str | None = None
    reconciled: bool = False


class Deferred(Outcome, tag="deferred", kw_only=True, frozen=True):
    """A delivery is tried again at `until`.

    `unknown`: the CRM may have the lead, so it is looked up before anything is sent again.
    `account_until`: nothing at all is sent to the account before (after HTTP 429, for example).
    """

    reason: str
    until: Aware
    unknown: bool = False
    account_until: Aware | None = None


class Failed(Outcome, tag="failed", kw_only=True, frozen=True):
    """A delivery was given up; only a person has it tried again.

    `unknown`: the CRM may have the lead all the same.
    """

    reason: str
    unknown: bool = False


class Withheld(Outcome, tag="withheld", kw_only=True, frozen=True):
    """A delivery is not made, on purpose; nobody has to mend anything.

    `reason`: why, without personal data.
    """

    reason: str


class Replayed(Event, tag="replayed", kw_only=True, frozen=True):
    """A person asked for another delivery to these destinations.

    `force`: also where it was delivered. `delivered`: the destinations that have it already.
    """

    by: str
    destinations: tuple[str, ...]
    force: bool = False
    delivered: tuple[str, ...] = ()


class Amended(Event, tag="amended", kw_only=True, frozen=True):
    """A person, or a message of another system, corrected the lead.

    `lead`: all of it, corrected. `changed`: the names of its fields that are not as before.
    """

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
    """A customer's consent is to be revoked at these destinations.

    `consent`: its id in the CRM. Exactly one of `email`, `customer` (the id in the CRM) and
    `submission` says whose it is.
    """

    id: UUID = field(default_factory=uuid4)
    consent: Whole
    destinations: tuple[str, ...]
    by: str  # a person, or a program with a key
    email: str | None = None
    customer: str | None = None
    submission: UUID | None = None
    notes: str | None = None  # why, for the CRM


class Superseded(Event, tag="superseded", kw_only=True, frozen=True):
    """A revocation is not sent, because `submission`, which is newer, grants the consent again."""

    destination: str
    submission: UUID


class Revoked(Event, tag="revoked", kw_only=True, frozen=True):
    """A person revoked a customer's consent in the CRM. Only former versions wrote this.

    The `id` is the submission of the customer, and all that says whose the consent was; for a
    customer without one, it names this line only. So there is nothing in it to be erased.
    """

    id: UUID = field(default_factory=uuid4)
    destination: str
    consent: Whole
    by: str


class Compared(Event, tag="compared", kw_only=True, frozen=True):
    """A CRM's own list was compared with the journal, by the courier or by a person (`by`).

    The `id` names this line only. `missing`: leads that the CRM took and does not list, and those
    found missing before that are too old for its list by now. `accepted`: leads that are missing
    on purpose, as a person said. `seen`: leads that it took without telling the customer's id, and
    lists. `unexplained`: the number of its entries that no delivery explains. `reason`: why it
    could not be asked; then the account may be closed (`closes_account`), or have to wait
    (`account_until`).
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
    """A receiver of `notify.urls` was told how things stood at that time.

    The `id` names this line only. `receiver`: its identity, which does not reveal the URL; in old
    lines, its place in `notify.urls`. `formerly`: its name in earlier lines; a line with this says
    nothing else. `what`: matters that were new to it, as `closed:crm`, `late` or
    `failed:<id of the submission>`. `over`: matters that were over. `again`: it was reminded of all
    that it knew. `reason`: why it took nothing of this.
    """

    id: UUID = field(default_factory=uuid4)
    receiver: Whole | str
    formerly: Whole | str | None = None
    what: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    again: bool = False
    reason: str | None = None


class Noted(Event, tag="noted", kw_only=True, frozen=True):
    """Another system told us something that is delivered to no CRM; `reason` says why.

    The `id` names this line only. There is nothing in it to be erased.
    """

    id: UUID = field(default_factory=uuid4)
    form: str
    message: Message
    activities: tuple[str, ...] = ()  # the types of what happened to the lead there
    reason: str


class Commented(Event, tag="commented", kw_only=True, frozen=True):
    """A person wrote something about a submission or a revocation, for others who look at it.

    `text`: may have several lines; it is sent nowhere. Empty once the person was erased.
    """

    by: str
    text: str


class Refusal(Struct, frozen=True, omit_defaults=True):
    """How many enquiries of a form were refused for a reason.

    With a `field`: in how many of them this field was wrong, for the reason.
    """

    form: str
    reason: str
    times: Annotated[int, Meta(ge=1, le=MOST)]
    field: str | None = None


class Refused(Event, tag="refused", kw_only=True, frozen=True):
    """Enquiries were refused on a day. Nothing else is kept of them.

    The `id` is that of the process that counted them since its line before. Each of its lines has
    a later time, by which a line that comes twice is recognised.
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
    | Commented
    | Withheld
)
# The `id` of these names the line, or a process that counts: there is no submission of that id.
OF_NO_SUBMISSION = (Opened, Compared, Notified, Noted, Refused)
OF_DELIVERY = (Attempt, Outcome)
