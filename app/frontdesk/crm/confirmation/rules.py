"""Who is sent no confirmation, so that nobody can use them to send mail to strangers."""

import hmac
import math
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Literal

from frontdesk.crm.journal import asked
from frontdesk.crm.mailing.mailboxes import ascii_address
from frontdesk.delivery.destination import PriorDelivery
from frontdesk.model.lead import Submission, contact
from frontdesk.store.base import Store

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
    """What one destination's confirmations have to keep to; for several threads.

    Whatever is used up is claimed in the name of a letter. So any process finds it again that tries
    the same one once more, and for no other letter.
    """

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
        self._full = 0  # the hour in which there was no turn left when somebody last asked

    def why_not(
        self, submission: Submission, earlier: int, once_in: float, prior: PriorDelivery
    ) -> Reason | None:
        """Why a trusted submission is not confirmed; None: it has its turn, and is to be sent.

        It keeps its turn for all attempts, wherever the ones before were cut short. `earlier`: how
        often it has arrived before, for then it is another letter. `once_in`: the seconds in which
        an address gets one from a form. Raises DeliveryError.
        """
        letter = f"{submission.id} {self._name} {earlier}"
        with asked():
            return self._limited(submission, letter, once_in, prior)

    def _limited(
        self, submission: Submission, letter: str, once_in: float, prior: PriorDelivery
    ) -> Reason | None:
        record = self._store.get(submission.id)
        if record is None or "held" in record.troubles:
            return "it was held for a person to look at"
        first, *others = self._keys(submission, once_in)
        # The address first, so that one that is sent a thousand times takes one turn of the hour.
        if not self._store.claim_once(*first, letter):
            return "the address has had one from this form lately"
        hour = int(record.deliveries[self._name].since.timestamp()) // HOUR
        if not self._claim_turn(letter, hour, prior):
            return "as many as are allowed in an hour were sent"
        if not all(self._store.claim_once(*key, letter) for key in others):
            return "the address has had one from this form lately"
        return None

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

    def _claim_turn(self, letter: str, hour: int, prior: PriorDelivery) -> bool:
        """Whether a letter has a turn of the hour in which it was put on its way.

        It begins to look at a place of its own, and so finds the turn again that it has.
        """
        if hour == self._full and prior == "no":
            return False  # spares a look at each of them, for it cannot have one yet
        own = int.from_bytes(sha256(letter.encode()).digest())
        for turn in range(self._per_hour):
            key = f"confirmation of {self._name} {hour} {(own + turn) % self._per_hour}"
            if self._store.claim_once(key, (hour + 1) * HOUR, letter):
                return True
        self._full = hour
        return False


def _address(email: str) -> str:
    """An address as it is compared: what only tells the same mailbox apart is left out."""
    local, _, domain = contact(email).rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"
