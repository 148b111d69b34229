"""Who is sent no confirmation, so that nobody can use them to send mail to strangers."""

import hmac
import math
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Literal

from frontdesk.crm.mailing.mailboxes import ascii_address
from frontdesk.delivery.destination import DeliveryError, PriorDelivery
from frontdesk.model.lead import Submission, contact
from frontdesk.store.base import JournalError, Store

HOUR = 3600
PARTS = 4  # of `once_in`: what was sent counts until the end of the part that it ends in

Key = tuple[str, int]  # as Store.claim_once takes it, with the time until which it counts
Reason = Literal[
    "there is no email address",
    "the address is one that only few mail servers take",
    "it came from another system",
    "it came from a program, without a captcha",
    "the captcha could not be asked",
    "it was held for a person to look at",
    "the address has had one from this form lately",
    "as many as are allowed in an hour were sent",
    "the form is not configured any more",
]


def untrusted(submission: Submission) -> Reason | None:
    """Why nobody is known to have asked for it whose address it is, by the submission alone."""
    origin, email = submission.origin, submission.lead.email
    if not email:
        return "there is no email address"
    if origin.message is not None or origin.channel not in ("html", "json"):
        return "it came from another system"
    if origin.api_key is not None:
        return "it came from a program, without a captcha"
    if origin.captcha is not None:
        return "the captcha could not be asked"
    if ascii_address(email) is None:
        return "the address is one that only few mail servers take"
    return None


class Rules:
    """What one destination's confirmations have to keep to; for several threads."""

    def __init__(
        self,
        name: str,
        per_hour: int,
        key: str,
        store: Store,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`name`: the destination's. `key`: a secret, so that no address can be guessed by what is
        remembered. `clock`: seconds since 1970.
        """
        self._name, self._per_hour, self._key = name, per_hour, key.encode()
        self._store, self._clock = store, clock
        self._begun: set[Key] = set()  # what could not be claimed to its end, for want of a disk
        self._used = (0, 0)  # the hour, and how many of its turns are known to be used up

    def why_not(
        self, submission: Submission, once_in: float, prior: PriorDelivery
    ) -> Reason | None:
        """Why a trusted submission is not confirmed; None: it has its turn, and is to be sent.

        `once_in`: the seconds in which an address gets one from a form. Raises DeliveryError.
        """
        try:
            return self._limited(submission, once_in, prior)
        except (JournalError, OSError) as error:
            said = getattr(error, "strerror", None) or type(error).__name__
            raise DeliveryError(f"who has had one cannot be looked up: {said}") from None

    def _limited(
        self, submission: Submission, once_in: float, prior: PriorDelivery
    ) -> Reason | None:
        record = self._store.get(submission.id)
        if record is None or "held" in record.troubles:
            return "it was held for a person to look at"
        keys = self._keys(submission, once_in)
        own = _of(submission, keys[0])
        # The address first, so that one that is sent a thousand times takes one turn of the hour.
        if own not in self._begun and not self._store.claim_once(*keys[0]):
            # An attempt that was cut short may have been its address's; perhaps it was cut short
            # before it could know that, and then nobody else has had one.
            mine = prior == "perhaps" and (
                not self._store.claim_once(*own) or not self._others(submission, once_in)
            )
            return None if mine else "the address has had one from this form lately"
        self._begun.add(own)
        if self._claim_turn():
            self._store.claim_once(*own)
            for key in keys[1:]:
                self._store.claim_once(*key)
                self._store.claim_once(*_of(submission, key))
            self._begun.discard(own)
            return None
        self._begun.discard(own)
        return "as many as are allowed in an hour were sent"

    def _others(self, submission: Submission, once_in: float) -> bool:
        """Whether another submission has, or may have, brought the address a confirmation."""
        oldest = self._clock() - once_in * (1 + 1 / PARTS)
        for one in self._store.sharing([contact(submission.lead.email or "")]):
            other = None if one == submission.id else self._store.get(one)
            if (
                other is None
                or other.submission is None
                or other.submission.form != submission.form
            ):
                continue
            delivery = other.deliveries.get(self._name)
            if delivery is None or delivery.state == "withheld" or not delivery.attempted_at:
                continue
            if delivery.attempted_at.timestamp() >= oldest:
                return True
        return False

    def _keys(self, submission: Submission, once_in: float) -> list[Key]:
        """What its address and form use up: this part of the time, and those after it."""
        width = once_in / PARTS
        part = math.floor(self._clock() / width)
        known = f"{submission.form}\0{_address(submission.lead.email or '')}\0{once_in:g}"
        digest = hmac.new(self._key, known.encode(), sha256).hexdigest()
        # A key is only known again that counts until the same time.
        return [
            (f"confirmation {digest} {each}", math.ceil((each + 1) * width))
            for each in range(part, part + PARTS + 1)
        ]

    def _claim_turn(self) -> bool:
        """Whether the hour has a turn left."""
        hour = int(self._clock()) // HOUR
        known, used = self._used
        turns = range(used if known == hour else 0, self._per_hour)
        for turn in turns:
            key = f"confirmation of {self._name} {hour} {turn}"
            won = self._store.claim_once(key, (hour + 1) * HOUR)
            self._used = (hour, turn + 1)
            if won:
                return True
        return False


def _of(submission: Submission, key: Key) -> Key:
    """The key by which a submission knows that it was the one to use up another."""
    return f"{key[0]} {submission.id}", key[1]


def _address(email: str) -> str:
    """An address as it is compared: what only tells the same mailbox apart is left out."""
    local, _, domain = contact(email).rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"
