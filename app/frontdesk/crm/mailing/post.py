"""What every destination has that sends letters: a server, a sender, and ids for its letters."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from frontdesk.crm.mail.settings import MailAccount
from frontdesk.crm.mailing.letters import domain_of
from frontdesk.crm.mailing.mailboxes import server, split
from frontdesk.crm.mailing.smtp import Smtp
from frontdesk.delivery.destination import Finding
from frontdesk.model.events import Answer
from frontdesk.model.lead import Submission

if TYPE_CHECKING:
    from frontdesk.crm.mailing.templates import Templates


class Post:
    """A mail server and whom its letters are from: of a destination."""

    def __init__(self, name: str, account: MailAccount) -> None:
        """`name`: the destination's."""
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

    def message_id(self, submission: Submission, time: int) -> str:
        """The same for every attempt at a letter. `time`: how often it has arrived before."""
        again = f".again{time}" if time else ""
        return f"<{submission.id}.{self._name}{again}@{self._domain}>"

    def hand_in(self, recipients: Sequence[str], content: bytes) -> Answer:
        """Send a message. Raises DeliveryError."""
        return self._smtp.send(split(self.sender)[1], recipients, content)

    def check(self, templates: "Templates") -> Iterator[Finding]:
        """Sign in, and look at the templates. Raises DeliveryError."""
        self._smtp.check()
        yield Finding(True, f"{self.place} takes us; mail is from {self.sender}")
        if (problem := templates.problem()) is not None:
            yield Finding(False, f"a template cannot be used: {problem}")
