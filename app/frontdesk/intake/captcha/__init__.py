"""Captcha providers; a new one is a section, a file, a module in static/ and its line here."""

from collections.abc import Callable, Mapping

from frontdesk.config import CaptchaSection
from frontdesk.data_dir import outage
from frontdesk.intake.captcha.altcha import Altcha
from frontdesk.intake.captcha.base import BLOCKED, Captcha, Verdict
from frontdesk.intake.captcha.breaker import Breaker, Bulkhead
from frontdesk.intake.captcha.hcaptcha import HCaptcha
from frontdesk.intake.captcha.none import NoCaptcha
from frontdesk.intake.captcha.turnstile import Turnstile
from frontdesk.intake.sections import VendorSection
from frontdesk.store.base import Store

__all__ = ["BLOCKED", "Bulkhead", "Captcha", "Verdict", "build"]

# How to make a provider of section, secret keys, store and bulkhead. One that asks others asks
# through a breaker.
_PROVIDERS: Mapping[str, Callable[..., Captcha]] = {
    "altcha": lambda section, keys, store, _bulkhead: Altcha(section, keys, store.claim_once),
    "hcaptcha": lambda section, _keys, store, bulkhead: HCaptcha(
        section, _breaker(section, store, bulkhead)
    ),
    "turnstile": lambda section, _keys, store, bulkhead: Turnstile(
        section, _breaker(section, store, bulkhead)
    ),
    "none": lambda *_: NoCaptcha(),
}


def build(
    section: CaptchaSection,
    secret_keys: list[str],
    store: Store,
    bulkhead: Bulkhead | None = None,
) -> Captcha:
    """The configured provider. The first of `secret_keys` signs what it hands to browsers.

    `bulkhead`: shared by all providers of a process.
    """
    return _PROVIDERS[section.provider](section, secret_keys, store, bulkhead or Bulkhead(1))


def _breaker(section: VendorSection, store: Store, bulkhead: Bulkhead) -> Breaker:
    lease = store.lease(outage(section.provider))
    return Breaker(section.provider, section.timeout, bulkhead, lease)
