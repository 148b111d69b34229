"""The second step of signing in: a code of somebody's, which is good once."""

import time
from collections.abc import Callable
from typing import Literal

from frontdesk.config import InboxPerson
from frontdesk.inbox.sign_in import totp
from frontdesk.inbox.sign_in.session import fingerprint
from frontdesk.store.base import FOREVER

Kind = Literal["code", "recovery"]


class SecondStep:
    """Takes each code once, among all processes that share a store."""

    def __init__(self, claim_once: Callable[[str, int], bool]) -> None:
        """`claim_once`: True for the first who asks for a key; see base.Store."""
        self._claim_once = claim_once

    def take(self, person: InboxPerson, typed: str) -> Kind | None:
        """Use up what somebody typed; says what it was, None if it is good for nothing.

        Raises OSError where it cannot be known whether it was used before.
        """
        step = totp.step_of(person.totp, typed, time.time())
        if step is not None:
            key = f"inbox code {step} {fingerprint(person.totp)}"
            # For longer than it counts, whichever clock is wrong.
            first = self._claim_once(key, (step + 20) * totp.STEP)
            return "code" if first else None
        if hashed := totp.recovery_of(person.recovery, typed):
            return "recovery" if self._claim_once(f"inbox recovery {hashed}", FOREVER) else None
        return None
