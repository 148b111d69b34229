"""A visit with an enquiry: as it came in, and what came of it."""

from dataclasses import dataclass
from uuid import UUID

from frontdesk.intake.complaint import code_of
from frontdesk.intake.enquiry import Enquiry, Errors
from frontdesk.intake.tally import EnquiryReason
from frontdesk.intake.text import clip
from frontdesk.model.events import utcnow
from frontdesk.model.lead import Origin

USER_AGENT_KEPT = 1000  # characters


@dataclass(frozen=True)
class Visit:
    """An enquiry as it came in, before anything is believed."""

    enquiry: Enquiry
    ip: str
    user_agent: str = ""
    idempotency_key: str = ""
    welcome: bool = True  # it comes from a page that may send it
    wait: int | None = None  # seconds, when it is one visit too many
    program: str | None = None  # whose API key it came with; no visitor then, and no traps

    @property
    def nonce(self) -> str:
        """What makes the same content the same submission; empty where the form token says it.

        To a program without an Idempotency-Key, it is the same as long as it is the same day.
        """
        if self.program is None:
            return self.idempotency_key
        return f"{self.program}\0{self.idempotency_key or utcnow().date()}"

    def origin(self, unproven: str | None) -> Origin:
        """Where it came from. `unproven`: why no captcha has found its visitor human."""
        enquiry = self.enquiry
        return Origin(
            channel=enquiry.channel,
            ip=self.ip,
            page=enquiry.text("page"),
            title=enquiry.text("title"),
            referrer=enquiry.text("referrer"),
            user_agent=clip(self.user_agent, USER_AGENT_KEPT) or None,
            source=None if self.ip else self.program,
            api_key=self.program,
            captcha=unproven,
            attribution=enquiry.attribution,
        )


@dataclass(frozen=True)
class Accepted:
    """The submission is durable; also said to programs that were found out."""

    id: UUID
    ignored: tuple[str, ...] = ()  # fields whose values the form does not know


@dataclass(frozen=True)
class Refused:
    """Nothing was written down. The enquiry still has all that the visitor typed."""

    why: EnquiryReason
    enquiry: Enquiry
    problems: Errors
    retry_after: int = 0  # seconds
    captcha: str = ""  # a code, where it is for that

    @property
    def wrong(self) -> set[tuple[str, str]]:
        """The fields that were wrong, and how, by names and codes of ours."""
        ours = self.enquiry.definition.own_names
        found = {
            (ours.get(path, "other"), code_of(message))
            for path, messages in self.problems.items()
            for message in messages
        }
        return found | ({("captcha", self.captcha)} if self.captcha else set())
