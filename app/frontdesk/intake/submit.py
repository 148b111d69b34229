"""The steps of an enquiry from the door to the journal, in their order. No HTTP here."""

import hashlib
import logging
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from phonenumbers import PhoneMetadata
from werkzeug.datastructures import MultiDict

from frontdesk import metrics
from frontdesk.config import Form, Settings
from frontdesk.intake.captcha import BLOCKED, Bulkhead, Captcha, Verdict, build
from frontdesk.intake.captcha.breaker import Unasked
from frontdesk.intake.complaint import code_of
from frontdesk.intake.form import CAPTCHA_FIELDS, HONEYPOT, OPEN, Door, EnquiryForm, form_class
from frontdesk.intake.limits import RateLimits, RateLog, rate_key
from frontdesk.intake.tally import EnquiryReason, Reason
from frontdesk.intake.text import clip
from frontdesk.intake.token import Freshness, Token, Tokens
from frontdesk.model.events import Held, Received, utcnow
from frontdesk.model.lead import Lead, Origin
from frontdesk.store.base import JournalError, Store

log = logging.getLogger("frontdesk.intake")

USER_AGENT_KEPT = 1000  # characters
Counted = Literal["tokens", "submissions", "api_submissions"]
# Forms, each in a language, that this process has loaded all for; it may make several apps.
_LOADED: set[tuple[str, str]] = set()
_NONSENSE = {"email": "@", "phone": "12", "price_max": "?"}  # each needs a message


@dataclass(frozen=True)
class Visit:
    """An enquiry as it came in, before anything is believed."""

    data: MultiDict[str, str]
    channel: Literal["html", "json"]
    ip: str
    user_agent: str = ""
    idempotency_key: str = ""
    shape_errors: Mapping[str, list[str]] | None = None  # of a JSON body
    unreadable: Collection[str] = ()  # fields of a form that are in another encoding than it says
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


@dataclass(frozen=True)
class Accepted:
    """The submission is durable; also said to programs that were found out."""

    id: UUID
    ignored: tuple[str, ...] = ()  # fields whose values the form does not know


@dataclass(frozen=True)
class Refused:
    """Nothing was written down. `form` still has all that the visitor typed."""

    why: EnquiryReason
    form: EnquiryForm
    problems: Mapping[str, list[str]]
    retry_after: int = 0  # seconds
    captcha: str = ""  # a code, where it is for that

    @property
    def wrong(self) -> set[tuple[str, str]]:
        """The fields that were wrong, and how, by names and codes of ours."""
        ours = self.form.own_names()
        found = {
            (ours.get(path, "other"), code_of(message))
            for path, messages in self.problems.items()
            for message in messages
        }
        return found | ({("captcha", self.captcha)} if self.captcha else set())


class Enquiries:
    """Receives enquiries for every configured form."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self._store = store
        self._tokens = Tokens(settings.secret_key)
        self._rates = RateLimits(settings.limits.storage)
        self._rate_log = RateLog()
        self._classes: dict[tuple[str, str], type[EnquiryForm]] = {}
        self._doors = {slug: self._door(form) for slug, form in settings.forms.items()}
        # Forms with the same settings share one: what it finds out of its provider counts for all.
        sections = {settings.captcha_of(form) for form in settings.forms.values()}
        bulkhead = Bulkhead(settings.limits.threads)
        self._captchas = {
            section: build(section, settings.secret_key, store, bulkhead) for section in sections
        }

        for slug, form in settings.forms.items():
            for reason in get_args(Reason):
                metrics.expect(metrics.REFUSED, slug, reason)
            for verdict in (*(verdict.value for verdict in Verdict), BLOCKED):
                metrics.expect(metrics.VERDICTS, settings.captcha_of(form).provider, verdict)
            for unasked in get_args(Unasked):
                metrics.expect(metrics.UNASKED, settings.captcha_of(form).provider, unasked)

    def captcha(self, form: Form) -> Captcha:
        return self._captchas[self.settings.captcha_of(form)]

    def form_class(self, form: Form, language: str) -> type[EnquiryForm]:
        """The form's WTForms class in one of its languages."""
        key = (form.slug, language)
        if key not in self._classes:
            self._classes[key] = form_class(form, language)
        return self._classes[key]

    def warm_up(self) -> None:
        """Load what else the first visitor would wait for: locales, catalogues, numbering plans.

        Once the process has run out of file descriptors, nothing could be loaded any more. And
        where one numbering plan cannot be, phonenumbers keeps its lock: the next visitor of an
        unknown country would wait for ever.
        """
        PhoneMetadata.load_all()
        for form in self.settings.forms.values():
            described = form.model_dump_json()
            for language in form.languages:
                if (described, language) in _LOADED:
                    continue
                filled = self._filled(form, language, MultiDict(_NONSENSE), OPEN)
                filled.validate()
                for field in filled:
                    field()  # as on the page
                _LOADED.add((described, language))

    def blank(self, form: Form, language: str, prefilled: Mapping[str, str]) -> EnquiryForm:
        """A form to be filled in, with a fresh token."""
        made: EnquiryForm = self.form_class(form, language)(
            formdata=None, data=dict(prefilled), meta={"door": self._doors[form.slug]}
        )
        return made

    def token(self, form: Form) -> str:
        return self._tokens.issue(form.slug)

    def too_often(self, form: Form, who: str, what: Counted) -> int | None:
        """Count a visit of an address, or of a program; seconds to wait when it is one too many."""
        rates: str = getattr(form.limits, what)
        wait = self._rates.hit(rates, what, form.slug, rate_key(who))
        if wait is not None:
            self._rate_log.note(form.slug)
        return wait

    def submit(self, form: Form, language: str, visit: Visit) -> Accepted | Refused:
        """Take an enquiry in: fields, traps, captcha, journal."""
        door = self._doors[form.slug] if visit.program is None else OPEN
        filled = self._filled(form, language, visit.data, door, visit.channel)
        try:
            return self._judge(form, filled, visit)
        except OSError as error:
            # Something could not be loaded, for want of file descriptors for example.
            return self._unwritable(filled, error)

    def _filled(
        self,
        form: Form,
        language: str,
        data: MultiDict[str, str],
        door: Door,
        channel: str = "html",
    ) -> EnquiryForm:
        made: EnquiryForm = self.form_class(form, language)(
            formdata=data, meta={"door": door, "channel": channel}
        )
        return made

    def _judge(self, form: Form, filled: EnquiryForm, visit: Visit) -> Accepted | Refused:
        if visit.wait is not None:
            return Refused("rate", filled, {}, retry_after=visit.wait)
        valid = filled.validate()
        valid &= not filled.ask_again(visit.unreadable)
        if not visit.welcome:
            # Perhaps a visitor did fill it in: our own page shows it to them, and may send it.
            return Refused("token", filled, {})
        token = filled.checked_token
        if token is None:
            soonest = math.ceil(form.limits.fill_time)  # when its new one is not hasty any more
            return Refused("token", filled, filled.problems(), retry_after=soonest)
        if not valid or visit.shape_errors:
            return Refused("fields", filled, {**filled.problems(), **(visit.shape_errors or {})})

        lead = filled.lead()
        submission = identify(form, visit.nonce or token.nonce, lead)
        held = None
        if filled[HONEYPOT].data:
            held = "spam suspected: the hidden field was filled in"
        elif token.freshness is Freshness.HASTY:
            held = "spam suspected: sent faster than a person can type"
        elif token.freshness is Freshness.AHEAD:
            log.error("a form's token is from the future: the clocks of the servers differ")
            held = "clocks differ: the form comes from a server whose clock is far ahead"
        elif visit.program is None:
            # Last of all, because a response is good for one look only.
            said, verdict = self._look(form, visit)
            on_outage = self.settings.captcha_of(form).on_outage
            if verdict is not Verdict.PASSED and self._store.received_lately(submission):
                # The answer to the first try got lost; its captcha was spent on that.
                return Accepted(submission, tuple(filled.ignored()))
            if verdict is Verdict.FAILED:
                return Refused("captcha", filled, {}, captcha=said)
            if verdict is not Verdict.PASSED and on_outage == "refuse":
                return Refused("outage", filled, {}, captcha=said)
            # Anybody can say the one and bring about the other: not even `deliver` delivers it.
            if said == BLOCKED:
                held = "the captcha was blocked in the visitor's browser"
            elif verdict is Verdict.BUSY:
                held = "too many enquiries at once to ask the captcha provider about each"
            elif verdict is Verdict.UNAVAILABLE and on_outage == "hold":
                held = "the captcha provider could not be asked"
        return self._write(form, filled, visit, submission, lead, held)

    def _look(self, form: Form, visit: Visit) -> tuple[str, Verdict]:
        """What the captcha says, in a word that also tells what was missing or blocked."""
        response = next((visit.data[f] for f in CAPTCHA_FIELDS if visit.data.get(f)), "")
        captcha = self.captcha(form)
        blocked = response == BLOCKED and bool(captcha.content_sources)
        verdict = Verdict.UNAVAILABLE
        if not blocked:
            verdict = captcha.verify(response, visit.ip, form.slug)
        said = BLOCKED if blocked else verdict.value
        metrics.count(metrics.VERDICTS, captcha.provider, said)
        return said if response else "missing", verdict

    def _write(
        self,
        form: Form,
        filled: EnquiryForm,
        visit: Visit,
        submission: UUID,
        lead: Lead,
        held: str | None,
    ) -> Accepted | Refused:
        now = utcnow()
        received = Received(
            id=submission,
            at=now,
            form=form.slug,
            lead=lead,
            origin=Origin(
                channel=visit.channel,
                ip=visit.ip,
                page=filled.page.answer,
                title=filled.title.answer,
                referrer=filled.referrer.answer,
                user_agent=clip(visit.user_agent, USER_AGENT_KEPT) or None,
                source=None if visit.ip else visit.program,
                api_key=visit.program,
            ),
            destinations=self._owed(form, lead),
            cleared=held is None,
        )
        try:
            if held:
                # First, so that a line torn off by a crash is never the one that holds it back.
                self._store.append(Held(id=submission, at=now, reason=held), received)
            else:
                self._store.append(received)
        except JournalError as error:
            return self._unwritable(filled, error)
        return Accepted(submission, tuple(filled.ignored()))

    def _owed(self, form: Form, lead: Lead) -> tuple[str, ...]:
        """The form's destinations, but for CRMs that refuse people who cannot be reached."""
        known = self.settings.destinations
        return tuple(d for d in form.destinations if lead.contacts or known[d].account.takes_anyone)

    @staticmethod
    def _unwritable(filled: EnquiryForm, error: Exception) -> Refused:
        log.critical("an enquiry could not be written down: %s", error)
        return Refused("unwritable", filled, {})

    def _door(self, form: Form) -> Door:
        def check(token: str) -> Token | None:
            return self._tokens.check(
                token,
                form.slug,
                fill_time=form.limits.fill_time,
                token_age=form.limits.token_age,
                now=utcnow(),
            )

        return Door(lambda renewed: self._tokens.issue(form.slug, renewed=renewed), check)


def identify(form: Form, key: str, lead: Lead) -> UUID:
    """A submission's id: the same form, key and content give the same one, in any process."""
    parts = (form.slug.encode(), key.encode(), msgspec.json.encode(lead))
    return uuid5(NAMESPACE_URL, hashlib.sha256(b"\0".join(parts)).hexdigest())
