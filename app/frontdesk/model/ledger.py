"""Fold the events of a journal: what became of each submission and of each account."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from frontdesk.model import events
from frontdesk.model.account import Account, Claim
from frontdesk.model.holds import INCOMPLETE
from frontdesk.model.idempotence import is_new, is_of_former_life
from frontdesk.model.receivers import Receivers
from frontdesk.model.record import ENDED, Delivery, Record
from frontdesk.model.refusals import History
from frontdesk.model.revocations import Revocations
from frontdesk.model.shelf import Records, Shelf

# What a person decides of a lead that failed or is held; receivers need not remember it then.
DECISIONS = events.Released | events.Discarded | events.Replayed | events.Erased
# What begins a submission, and begins it anew after it was erased.
BEGINNINGS = events.Held | events.Received

# Those that change no record: of a revocation of a former version, the `id` only says whose it is.
_OF_NONE = (*events.OF_NO_SUBMISSION, events.Revoked)


class Ledger:
    """Applies events, one after the other; some may come twice, or out of order."""

    def __init__(self, records: Records | None = None) -> None:
        """`records`: where records are kept; None for memory."""
        self.records: Records = Shelf() if records is None else records
        self.accounts: dict[str, Account] = {}
        self.openings: set[UUID] = set()
        self.receivers = Receivers()
        self.refusals = History()
        self.revocations = Revocations()

    def account(self, destination: str) -> Account:
        """The account of a destination, to be changed in place."""
        return self.accounts.setdefault(destination, Account())

    def apply(self, event: events.AnyEvent) -> Record | None:
        """Apply one event; the record that it changed, or None if it changed none."""
        if isinstance(event, _OF_NONE):
            self._apply_to_none(event)
            return None
        if isinstance(event, events.Revocation):
            self.revocations.note(event, self.records.sharing)
        record = self.records.get(event.id)
        if record is None:
            record = Record(id=event.id)
            self.records.put(record)
        elif record.erased and isinstance(event, BEGINNINGS) and event.at > record.erased:
            # The same person has sent the same again: the id is the same, the enquiry is new.
            record = Record(id=event.id, began=event.at)
            self.records.put(record)
            for account in self.accounts.values():
                account.accepted.discard(event.id)
        if is_of_former_life(record, event):
            self.records.changed(record)  # it was noted that the line came
            return None
        if not is_new(record, event):
            return None
        if isinstance(event, events.OF_DELIVERY):
            self._delivery(record, event)
        else:
            self._apply_to(record, event)
        self.records.changed(record)
        if self.revocations:  # most journals have none, and millions of lines
            self._introduce(record, event)
        if isinstance(event, DECISIONS):
            for receiver in self.receivers.known.values():
                for state in ("failed", "held"):
                    receiver.told.pop(f"{state}:{event.id}", None)
        return record

    def _apply_to_none(self, event: events.AnyEvent) -> None:
        """Apply an event that is of no submission. One of `noted` changes nothing."""
        match event:
            case events.Notified():
                self.receivers.apply(event)
            case events.Refused():
                self.refusals.apply(event)
            case events.Opened():
                if event.id not in self.openings:
                    self.openings.add(event.id)
                    self._open(event.destination, event.at)
            case events.Compared():
                self._compare(self.account(event.destination), event)
            case events.Revoked():
                self.revocations.note(event, self.records.sharing)

    def _apply_to(self, record: Record, event: events.AnyEvent) -> None:
        match event:
            case events.Received():
                self.begin(record, event)
                if event.cleared and not record.decided:
                    _let_go(record, event.at)
            case events.Held():
                # The same enquiry sent again does not hold back what is already on its way.
                if record.submission is None and not record.decided:
                    record.held = event.reason
                    record.held_code = INCOMPLETE if event.incomplete else event.code
                    record.troubles |= {"held"}
                    record.captcha = event.captcha
            case events.Released():
                record.decided = True
                _let_go(record, event.at)
            case events.Discarded():
                record.discarded = record.decided = True
                self.revocations.forget(event.id)
            case events.Duplicate():
                record.duplicate_of = event.of
            case events.Replayed():
                self._replayed(record, event)
            case events.Amended():
                record.amended += 1
                record.correction = event.lead
                record.contacts |= event.lead.contacts
                if record.submission is not None:
                    record.submission = replace(record.submission, lead=event.lead)
            case events.Erased():
                record.erased = max(event.at, record.erased or event.at)
                self.excuse(event.id)
            case events.Revocation():
                self.want(record, event)
            case events.Commented():
                if event.text and record.erased is None:
                    record.comments.append(event.text)
            case events.Superseded():
                delivery = record.deliveries[event.destination]
                delivery.state, delivery.superseded_by = "delivered", event.submission
                delivery.reason, delivery.ended_at = None, event.at

    def _introduce(self, record: Record, event: events.AnyEvent) -> None:
        """Tell the revocations whose a submission is, and what it grants."""
        if isinstance(event, events.Received | events.Amended | events.Delivered):
            self.revocations.meet(record.marks, self.records.sharing)
        if isinstance(event, events.Delivered) and record.submission and event.customer_id:
            self.revocations.granted(record.submission, event.destination, event.customer_id)

    def _open(self, destination: str, at: datetime) -> None:
        # `until` stays: if the CRM asked us to wait, the account goes on waiting.
        account = self.account(destination)
        if account.closed is None:
            return
        account.closed = account.closed_at = None
        for record in self.records.owed(destination):  # the time that it was closed is no delay
            record.deliveries[destination].since = at
            self.records.changed(record)

    def excuse(self, submission: UUID) -> None:
        """Expect an erased submission in no CRM's list: it may have been erased there, too."""
        for name, account in self.accounts.items():
            account.missing.discard(submission)
            account.unconfirmed.discard(submission)
            if any(claim.submission == submission for claim in self.records.claims(name)):
                account.accepted.add(submission)

    def want(self, record: Record, event: events.Revocation) -> None:
        """Put a revocation on its way, unless it is already."""
        record.revocation = record.revocation or event
        for destination in event.destinations:
            record.deliveries.setdefault(destination, Delivery(since=event.at))

    def begin(self, record: Record, event: events.Received) -> None:
        """Put a submission on its way, unless it is already."""
        record.contacts |= event.lead.contacts
        if record.submission is not None:
            return
        came = event.submission
        corrected = record.correction and replace(came, lead=record.correction)
        record.submission = corrected or came
        for destination in event.destinations:
            record.deliveries.setdefault(destination, Delivery(since=event.at))

    def _replayed(self, record: Record, event: events.Replayed) -> None:
        record.replayed = True
        if event.force:
            record.duplicate_of = None
        for destination in event.destinations:
            self._open(destination, event.at)
            account = self.account(destination)
            account.missing.discard(event.id)
            account.accepted.discard(event.id)
            delivery = record.deliveries.setdefault(destination, Delivery(since=event.at))
            delivery.stored = delivery.stored or destination in event.delivered
            if delivery.state in ENDED and not event.force:
                continue
            unknown = delivery.unknown or delivery.word == "unknown"
            delivery.unknown = unknown and not event.force
            delivery.state, delivery.since = "pending", event.at
            delivery.attempts = delivery.setbacks = 0
            delivery.until = delivery.reason = delivery.answer = None

    def _compare(self, account: Account, event: events.Compared) -> None:
        # A line that comes twice, or after a newer one, says nothing.
        if account.compared_at is not None and event.at <= account.compared_at:
            return
        account.compared_at, account.not_compared = event.at, event.reason
        if event.reason is not None:
            account.tries += 1
            account.heed(event)
            return
        account.tries = 0
        # What was accepted or erased during the comparison is not missing, whatever it found.
        lacks = {*event.missing} - account.accepted
        unlisted = {*event.missing, *event.accepted}
        found = {*account.missing, *event.seen} - unlisted
        for submissions, listed in ((found, True), (unlisted, False)):
            for submission in submissions:
                record = self.records.get(submission)
                if record and (delivery := record.deliveries.get(event.destination)):
                    delivery.listed = listed
                    self.records.changed(record)
        if not lacks <= account.missing:
            account.missing_at = event.at
        account.missing, account.unexplained = lacks, event.unexplained
        known = {claim.submission for claim in self.records.claims(event.destination)}
        account.unconfirmed = (account.unconfirmed & known) - found
        account.accepted = (account.accepted & known) | {*event.accepted}

    def _delivery(self, record: Record, event: events.Attempt | events.Outcome) -> None:
        account = self.account(event.destination)
        delivery = record.deliveries[event.destination]
        if isinstance(event, events.Attempt):
            if delivery.state not in ENDED:  # else its outcome was read before it
                if delivery.word != "unknown" and not delivery.unknown:
                    delivery.doubted_at = event.at
                delivery.state, delivery.attempted_at = "attempting", event.at
                delivery.attempts += 1
            return
        if isinstance(event, events.Deferred | events.Failed):
            account.heed(event)
        if not isinstance(event, events.Delivered) and delivery.state == "delivered":
            return  # a lead that is in the CRM stays delivered
        delivery.answer = event.answer
        delivery.unknown = False
        match event:
            case events.Delivered():
                delivery.state, delivery.until, delivery.reason = "delivered", None, None
                delivery.customer_id, delivery.inquiry_id = event.customer_id, event.inquiry_id
                delivery.ended_at, delivery.stored = event.at, True
                _note_arrival(record, event.at)
                delivery.reconciled, delivery.listed = event.reconciled, None
                account.proven = True
                account.delivered_at = max(account.delivered_at or event.at, event.at)
                if record.revocation is None:  # which the CRM's list of leads says nothing of
                    account.delivered_first = account.delivered_first or event.at
                    self.records.claim(event.destination, _claim(delivery, event))
                    untold = event.customer_id is None and event.inquiry_id is None
                    (account.unconfirmed.add if untold else account.unconfirmed.discard)(event.id)
            case events.Deferred():
                delivery.state, delivery.until = "deferred", event.until
                delivery.setbacks += 1
                delivery.reason, delivery.unknown = event.reason, event.unknown
                if event.unknown:
                    record.troubles |= {"unknown"}
            case events.Failed():
                delivery.state, delivery.reason = "failed", event.reason
                delivery.unknown, delivery.ended_at = event.unknown, event.at
                record.troubles |= {"failed", "unknown"} if event.unknown else {"failed"}
            case events.Withheld():
                delivery.state, delivery.reason = "withheld", event.reason
                delivery.until, delivery.ended_at = None, event.at
                _note_arrival(record, event.at)


def _note_arrival(record: Record, at: datetime) -> None:
    """Note when all that were to get a submission have had it, if that is now."""
    wanted = [one for one in record.deliveries.values() if one.state != "withheld"]
    if record.arrived_at is None and wanted and all(one.stored for one in wanted):
        record.arrived_at = at


def _claim(delivery: Delivery, event: events.Delivered) -> Claim:
    repeated = delivery.doubted_at != delivery.attempted_at
    return Claim(
        at=event.at,
        customer_id=event.customer_id,
        inquiry_id=event.inquiry_id,
        submission=event.id,
        doubted_at=delivery.doubted_at if repeated else None,
    )


def _let_go(record: Record, at: datetime) -> None:
    """Put a submission on its way if it was held."""
    if record.held is not None:
        record.held = None
        for delivery in record.deliveries.values():
            delivery.since = at
