"""What every destination has that sends letters: a server, a sender, templates, and ids."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontdesk.crm.mail.settings import MailAccount
from frontdesk.crm.mailing.letters import Letter, domain_of
from frontdesk.crm.mailing.mailboxes import server, split
from frontdesk.crm.mailing.smtp import Smtp
from frontdesk.delivery.destination import Finding
from frontdesk.model.exchange import Answer
from frontdesk.model.lead import Submission

if TYPE_CHECKING:
    from frontdesk.crm.mailing.templates import Templates


class Post:
    """A mail server, whom its letters are from, and what they say: of a destination."""

    def __init__(self, name: str, account: MailAccount, kind: str, own: Path | None) -> None:
        """`name`: the destination's. `kind`, `own`: see Templates."""
        self._kind, self._own = kind, own
        where = server(account.url)
        self.place = f"{where.host}:{where.port}"
        self.sender, self._domain = account.sender, domain_of(account.sender)
        self._name = name
        self._smtp = Smtp(
            where,
            self._domain,
            connect_timeout=account.connect_timeout,
            read_timeout=account.read_timeout,
        )

    @cached_property
    def _templates(self) -> "Templates":
        from frontdesk.crm.mailing.templates import Templates  # see there

        return Templates(self._kind, self._own)

    def letter(self, language: str, facts: Mapping[str, Any]) -> Letter:
        """What its templates make of some facts. Raises DeliveryError."""
        return self._templates.letter(language, facts)

    def message_id(self, submission: Submission, time: int) -> str:
        """The same for every attempt at a letter. `time`: how often it has arrived before."""
        again = f".again{time}" if time else ""
        return f"<{submission.id}.{self._name}{again}@{self._domain}>"

    def hand_in(self, recipients: Sequence[str], content: bytes) -> Answer:
        """Send a message. Raises DeliveryError."""
        return self._smtp.send(split(self.sender)[1], recipients, content)

    def check(self) -> Iterator[Finding]:
        """Sign in, and look at the templates. Raises DeliveryError."""
        self._smtp.check()
        yield Finding(True, f"{self.place} takes us; mail is from {self.sender}")
        for problem in self._templates.problems():
            yield Finding(False, problem)
