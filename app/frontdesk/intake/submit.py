"""The steps of an enquiry from the door to the journal, in their order. No HTTP here."""

import hashlib
import logging
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal, get_args
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from werkzeug.datastructures import MultiDict

from frontdesk import metrics
from frontdesk.config import CaptchaSection, Form, Settings
from frontdesk.data_dir import LIMITS, outage
from frontdesk.intake.captcha import BLOCKED, Bulkhead, Captcha, Verdict, build
from frontdesk.intake.captcha.breaker import Unasked
from frontdesk.intake.complaint import Complaint
from frontdesk.intake.definition import TOKEN, Definition
from frontdesk.intake.enquiry import Enquiry, from_form
from frontdesk.intake.form import EnquiryForm, form_of
from frontdesk.intake.limits import RateLimits, RateLog, rate_key
from frontdesk.intake.tally import Reason
from frontdesk.intake.token import Freshness, Token, Tokens
from frontdesk.intake.visit import Accepted, Refused, Visit
from frontdesk.model.events import UNASKED, Held, Received, utcnow
from frontdesk.model.holds import HOLDS, Hold
from frontdesk.model.lead import Lead
from frontdesk.model.units import PriceList, Unit
from frontdesk.store.base import Store
from frontdesk.store.errors import JournalError
from frontdesk.units.lists import Lists

log = logging.getLogger("frontdesk.intake")

Counted = Literal["tokens", "submissions", "api_submissions"]
_NO_UNITS: tuple[Unit, ...] = ()


class Enquiries:
    """Receives enquiries for every configured form."""

    def __init__(self, settings: Settings, store: Store, before: "Enquiries | None" = None) -> None:
        """`before`: whose place it takes; what that has counted and found out goes on."""
        self.settings = settings
        self._store = store
        self._tokens = Tokens(settings.secret_key)
        self._rates: RateLimits = before._rates if before else _rates(settings, store)
        self._rate_log: RateLog = before._rate_log if before else RateLog()
        self._bulkhead: Bulkhead = before._bulkhead if before else Bulkhead(settings.limits.threads)
        self._definitions: dict[tuple[str, str], tuple[Definition, Sequence[Unit]]] = {}
        self._lists: Lists = before._lists if before else Lists(store)
        # Forms with the same settings share one: what it finds out of its provider counts for all.
        known: Mapping[CaptchaSection, Captcha] = {}
        if before and before.settings.secret_key == settings.secret_key:
            known = before._captchas
        self._captchas: dict[CaptchaSection, Captcha] = {
            section: known.get(section)
            or build(section, settings.secret_key, store, self._bulkhead)
            for section in settings.captchas
        }

        for slug, form in settings.forms.items():
            for reason in get_args(Reason):
                metrics.expect(metrics.REFUSED, slug, reason)
            for verdict in (*(verdict.value for verdict in Verdict), BLOCKED):
                metrics.expect(metrics.VERDICTS, settings.captcha_of(form).provider, verdict)
            for unasked in get_args(Unasked):
                metrics.expect(metrics.UNASKED, settings.captcha_of(form).provider, unasked)

    def counted(self, rates: str, *key: str) -> int | None:
        """Count a visit of another kind; seconds to wait when it is one too many, else None."""
        return self._rates.hit(rates, *key)

    def leave_to(self, heir: "Enquiries") -> None:
        """Let go of what the one that has taken this one's place does not use any more."""
        kept = set(map(id, heir._captchas.values()))
        for captcha in self._captchas.values():
            if id(captcha) not in kept:
                captcha.close()

    def captcha(self, form: Form) -> Captcha:
        return self._captchas[self.settings.captcha_of(form)]

    def definition(self, form: Form, language: str) -> Definition:
        """What a form asks in one of its languages."""
        key = (form.slug, language)
        prices = self.prices(form)
        units = prices.units if prices is not None else _NO_UNITS
        known = self._definitions.get(key)
        if known is None or known[1] is not units:  # of a new list the old one's is forgotten
            known = self._definitions[key] = Definition(form, language, units), units
        return known[0]

    def prices(self, form: Form) -> PriceList | None:
        """The price list of a form as it was last fetched; None if it has none, or none yet."""
        return None if form.unit_source is None else self._lists.of(form.slug)

    def blank(self, form: Form, language: str, prefilled: Mapping[str, str]) -> EnquiryForm:
        """A form to be filled in, with a fresh token."""
        data = MultiDict(prefilled)
        return self.page(from_form(self.definition(form, language), data))

    def page(self, enquiry: Enquiry) -> EnquiryForm:
        """The form as it was filled in, to be shown once more."""
        return form_of(enquiry, partial(self.next_token, enquiry))

    def next_token(self, enquiry: Enquiry) -> str:
        """The token to send the form with next; a good one is kept, with the time it was issued.

        So correcting a field is not hasty, and the same enquiry sent again is recognised.
        """
        token = enquiry.checked_token
        if token is not None and token.freshness is not Freshness.STALE:
            return enquiry.token
        return self._tokens.issue(enquiry.definition.form.slug, renewed=token is not None)

    def token(self, form: Form) -> str:
        return self._tokens.issue(form.slug)

    def too_often(self, form: Form, who: str, what: Counted) -> int | None:
        """Count a visit of an address, or of a program; seconds to wait when it is one too many."""
        rates: str = getattr(form.limits, what)
        wait = self._rates.hit(rates, what, form.slug, rate_key(who))
        if wait is not None:
            self._rate_log.note(form.slug)
        return wait

    def submit(self, form: Form, visit: Visit) -> Accepted | Refused:
        """Take an enquiry in: fields, traps, captcha, journal."""
        try:
            return self._judge(form, visit)
        except OSError as error:
            # Something could not be loaded, for want of file descriptors for example.
            return self._unwritable(visit.enquiry, error)

    def _judge(self, form: Form, visit: Visit) -> Accepted | Refused:
        enquiry = visit.enquiry
        if visit.wait is not None:
            return Refused("rate", enquiry, {}, retry_after=visit.wait)
        valid = enquiry.check()
        token = self._checked_token(form, visit)
        if not visit.welcome:
            # Perhaps a visitor did fill it in: our own page shows it to them, and may send it.
            return Refused("token", enquiry, {})
        if token is None:
            soonest = math.ceil(form.limits.fill_time)  # when its new one is not hasty any more
            return Refused("token", enquiry, enquiry.problems(), retry_after=soonest)
        if not valid or token.freshness is Freshness.STALE:
            return Refused("fields", enquiry, enquiry.problems())

        lead = enquiry.lead()
        submission = identify(form, visit.nonce or token.nonce, lead)
        held: Hold | None = None
        said, unproven = UNASKED, None
        if enquiry.is_trapped:
            held = "trapped"
        elif token.freshness is Freshness.HASTY:
            held = "hasty"
        elif token.freshness is Freshness.AHEAD:
            log.error("a form's token is from the future: the clocks of the servers differ")
            held = "clocks"
        elif visit.program is None:
            # Last of all, because a response is good for one look only.
            said, verdict = self._look(form, visit)
            on_outage = self.settings.captcha_of(form).on_outage
            if verdict is not Verdict.PASSED and self._store.received_lately(submission):
                # The answer to the first try got lost; its captcha was spent on that.
                return Accepted(submission, tuple(enquiry.ignored()))
            if verdict is Verdict.FAILED:
                return Refused("captcha", enquiry, {}, captcha=said)
            if verdict is not Verdict.PASSED and on_outage == "refuse":
                return Refused("outage", enquiry, {}, captcha=said)
            # Anybody can say the one and bring about the other: not even `deliver` delivers it.
            if said == BLOCKED:
                held = "captcha_blocked"
            elif verdict is Verdict.BUSY:
                held = "captcha_busy"
            elif verdict is Verdict.UNAVAILABLE and on_outage == "hold":
                held = "captcha_unavailable"
            if verdict is not Verdict.PASSED:
                unproven = verdict.value
        received = Received(
            id=submission,
            at=utcnow(),
            form=form.slug,
            lead=lead,
            origin=visit.origin(unproven),
            destinations=self._owed(form, lead),
            cleared=held is None,
        )
        if held is None:
            return self._write(enquiry, received)
        line = Held(
            id=submission,
            at=received.at,
            reason=HOLDS[held],
            code=held,
            captcha=said,
            filled_in=token.age,
        )
        # First, so that a line torn off by a crash is never the one that holds it back.
        return self._write(enquiry, line, received)

    def _checked_token(self, form: Form, visit: Visit) -> Token | None:
        if visit.program is not None:  # which needs none
            return Token("", Freshness.GOOD)
        enquiry = visit.enquiry
        token = enquiry.checked_token = self._tokens.check(
            enquiry.token,
            form.slug,
            fill_time=form.limits.fill_time,
            token_age=form.limits.token_age,
            now=utcnow(),
        )
        _ = enquiry.definition.gettext
        if token is None:
            said = _(
                "The form did not reach us complete. Nothing is lost; please send it once more."
            )
            enquiry.complain(TOKEN, Complaint("invalid" if enquiry.token else "missing", said))
        elif token.freshness is Freshness.STALE:
            said = _(
                "This page was open for a long time. Nothing is lost; please send it once more."
            )
            enquiry.complain(TOKEN, Complaint("stale", said))
        return token

    def _look(self, form: Form, visit: Visit) -> tuple[str, Verdict]:
        """What the captcha says, in a word that also tells what was missing or blocked."""
        response = visit.enquiry.captcha
        captcha = self.captcha(form)
        blocked = response == BLOCKED and bool(captcha.content_sources)
        verdict = Verdict.UNAVAILABLE
        if not blocked:
            verdict = captcha.verify(response, visit.ip, form.slug)
        said = BLOCKED if blocked else verdict.value
        metrics.count(metrics.VERDICTS, captcha.provider, said)
        return said if response else "missing", verdict

    def _write(self, enquiry: Enquiry, *lines: Held | Received) -> Accepted | Refused:
        try:
            self._store.append(*lines)
        except JournalError as error:
            return self._unwritable(enquiry, error)
        return Accepted(lines[-1].id, tuple(enquiry.ignored()))

    def _owed(self, form: Form, lead: Lead) -> tuple[str, ...]:
        """The form's destinations, but for CRMs that refuse people who cannot be reached."""
        known = self.settings.destinations
        return tuple(d for d in form.destinations if lead.contacts or known[d].account.takes_anyone)

    @staticmethod
    def _unwritable(enquiry: Enquiry, error: Exception) -> Refused:
        log.critical("an enquiry could not be written down: %s", error)
        return Refused("unwritable", enquiry, {})


def _rates(settings: Settings, store: Store) -> RateLimits:
    return RateLimits(settings.limits.storage, store.lease(outage(LIMITS)))


def identify(form: Form, key: str, lead: Lead) -> UUID:
    """A submission's id: the same form, key and content give the same one, in any process."""
    parts = (form.slug.encode(), key.encode(), msgspec.json.encode(lead))
    return uuid5(NAMESPACE_URL, hashlib.sha256(b"\0".join(parts)).hexdigest())
