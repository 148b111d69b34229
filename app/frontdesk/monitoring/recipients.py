"""Who is to be told: the entries of `notify.urls`, and what the journal calls them."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from frontdesk.config import Settings
from frontdesk.model.events import Notified
from frontdesk.model.receivers import Receiver, Receivers


@dataclass(frozen=True)
class Recipient:
    """One entry. Its place is for people, and only as long as this configuration lasts."""

    place: int
    url: str = field(repr=False)  # with passwords and tokens in it
    identity: str
    former: tuple[int | str, ...]  # what older lines may call it

    @property
    def entry(self) -> str:
        return f"notify.urls[{self.place}]"

    def known(self, receivers: Receivers) -> Receiver:
        """What the journal says of it."""
        return receivers.of(self.identity, *self.former)

    def renamings(self, receivers: Receivers) -> list[Notified]:
        """The lines that are missing for its older ones to stay its own, whatever is changed."""
        former = receivers.former_names(self.identity, *self.former)
        return [Notified(receiver=self.identity, formerly=name) for name in former]

    def is_meant(self, event: Notified, receivers: Receivers) -> bool:
        """Whether a line is about it."""
        name = receivers.name_now(event.receiver)
        names = (self.identity, *receivers.former_names(self.identity, *self.former))
        return name in map(receivers.name_now, names)


def recipients(settings: Settings) -> list[Recipient]:
    """All of them, in the order of the configuration."""
    newest, *older = settings.secret_key
    return [
        Recipient(place, url, _identity(url, newest), (*(_identity(url, k) for k in older), place))
        for place, url in enumerate(settings.notify.urls)
    ]


def entry(event: Notified, receivers: Receivers, present: Iterable[Recipient]) -> str:
    """Which entry of the present configuration a line is about, for people."""
    meant = (one.entry for one in present if one.is_meant(event, receivers))
    return next(meant, "an earlier entry of notify.urls")


def _identity(url: str, secret_key: str) -> str:
    # With a key, for a mail's address in a URL could be guessed from its bare hash. The secret key,
    # for whoever has the journal alone does not have it; it is rotated with an overlap anyway.
    key, text = (part.encode(errors="surrogateescape") for part in (secret_key, url))
    return hmac.digest(key, b"notify.urls " + text, "sha256").hex()[:32]
