"""Who gets notifications: the entries of `notify.urls`, and their names in the journal."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from frontdesk.config import Settings
from frontdesk.model.events import Notified
from frontdesk.model.receivers import Receiver, Receivers


@dataclass(frozen=True)
class Recipient:
    """One entry of `notify.urls`.

    `place`: from 0; it only tells people which one is meant, for it may change with the
    configuration. `identity`: its name in the journal.
    """

    place: int
    url: str = field(repr=False)  # with passwords and tokens in it
    identity: str
    former: tuple[int | str, ...]  # its names in older lines

    @property
    def entry(self) -> str:
        """What people are told of it instead of its URL."""
        return f"notify.urls[{self.place}]"

    def known(self, receivers: Receivers) -> Receiver:
        """What the journal says that it was told."""
        return receivers.of(self.identity, *self.former)

    def renamings(self, receivers: Receivers) -> list[Notified]:
        """The events to write so that older lines stay its own after the configuration changes."""
        former = receivers.former_names(self.identity, *self.former)
        return [Notified(receiver=self.identity, formerly=name) for name in former]

    def is_meant(self, called: int | str, receivers: Receivers) -> bool:
        """Whether this receiver is the one that a line calls so, by any of its names."""
        name = receivers.name_now(called)
        names = (self.identity, *receivers.former_names(self.identity, *self.former))
        return name in map(receivers.name_now, names)


def recipients(settings: Settings) -> list[Recipient]:
    """All receivers, in the order of the configuration."""
    newest, *older = settings.secret_key
    return [
        Recipient(place, url, _identity(url, newest), (*(_identity(url, k) for k in older), place))
        for place, url in enumerate(settings.notify.urls)
    ]


def entry(called: int | str, receivers: Receivers, present: Iterable[Recipient]) -> str:
    """Which entry of `notify.urls` a line means by the name of a receiver, in words for people."""
    meant = (one.entry for one in present if one.is_meant(called, receivers))
    return next(meant, "an earlier entry of notify.urls")


def _identity(url: str, secret_key: str) -> str:
    # With a key, because an email address in a URL could be guessed from its bare hash. The secret
    # key is not in the journal, and when it is changed, the former one stays configured for a time.
    key, text = (part.encode(errors="surrogateescape") for part in (secret_key, url))
    return hmac.digest(key, b"notify.urls " + text, "sha256").hex()[:32]
