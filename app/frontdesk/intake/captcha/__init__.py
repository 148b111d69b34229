"""Captcha providers; a new one is a file, a module in static/ and its line here."""

from collections.abc import Callable, Mapping
from pathlib import Path

from frontdesk.config import CaptchaSection
from frontdesk.intake.captcha.altcha import Altcha, AltchaSection
from frontdesk.intake.captcha.base import BLOCKED, Captcha, Verdict
from frontdesk.intake.captcha.breaker import Breaker, Bulkhead
from frontdesk.intake.captcha.hcaptcha import HCaptcha, HCaptchaSection
from frontdesk.intake.captcha.none import NoCaptcha, NoneSection
from frontdesk.intake.captcha.siteverify import VendorSection
from frontdesk.intake.captcha.turnstile import Turnstile, TurnstileSection

__all__ = ["BLOCKED", "SECTIONS", "Bulkhead", "Captcha", "Verdict", "build", "outage_lock"]

# The section that configures a provider, and how to make one of section, secret keys, data_dir and
# bulkhead. One that asks others asks through a breaker.
_PROVIDERS: Mapping[str, tuple[type[CaptchaSection], Callable[..., Captcha]]] = {
    "altcha": (
        AltchaSection,
        lambda section, keys, data, _bulkhead: Altcha(section, keys, data / "altcha"),
    ),
    "hcaptcha": (
        HCaptchaSection,
        lambda section, _keys, data, bulkhead: HCaptcha(section, _breaker(section, data, bulkhead)),
    ),
    "turnstile": (
        TurnstileSection,
        lambda section, _keys, data, bulkhead: Turnstile(
            section, _breaker(section, data, bulkhead)
        ),
    ),
    "none": (NoneSection, lambda *_: NoCaptcha()),
}

SECTIONS = {name: section for name, (section, _) in _PROVIDERS.items()}


def build(
    section: CaptchaSection,
    secret_keys: list[str],
    data_dir: Path,
    bulkhead: Bulkhead | None = None,
) -> Captcha:
    """The configured provider. The first of `secret_keys` signs what it hands to browsers.

    `bulkhead`: shared by all providers of a process.
    """
    return _PROVIDERS[section.provider][1](section, secret_keys, data_dir, bulkhead or Bulkhead(1))


def outage_lock(data_dir: Path, provider: str) -> Path:
    """What is held as long as some process of the machine gets no answers of a provider."""
    return data_dir / f"{provider}.outage"


def _breaker(section: VendorSection, data_dir: Path, bulkhead: Bulkhead) -> Breaker:
    lock = outage_lock(data_dir, section.provider)
    return Breaker(section.provider, section.timeout, bulkhead, lock)
