"""Captcha providers; a new one is a file, a module in static/ and its line here."""

from collections.abc import Callable, Mapping
from pathlib import Path

from frontdesk.config import CaptchaSection
from frontdesk.intake.captcha.altcha import Altcha, AltchaSection
from frontdesk.intake.captcha.base import BLOCKED, Captcha, Verdict
from frontdesk.intake.captcha.breaker import Breaker, Places
from frontdesk.intake.captcha.hcaptcha import HCaptcha, HCaptchaSection
from frontdesk.intake.captcha.none import NoCaptcha, NoneSection
from frontdesk.intake.captcha.turnstile import Turnstile, TurnstileSection
from frontdesk.intake.captcha.vendor import VendorSection

__all__ = ["BLOCKED", "SECTIONS", "Captcha", "Places", "Verdict", "build", "outage_lock"]

# The section that configures a provider, and how to make one of section, secret keys, data_dir and
# places. One that asks others asks through a breaker.
_PROVIDERS: Mapping[str, tuple[type[CaptchaSection], Callable[..., Captcha]]] = {
    "altcha": (
        AltchaSection,
        lambda section, keys, data, _places: Altcha(section, keys, data / "altcha"),
    ),
    "hcaptcha": (
        HCaptchaSection,
        lambda section, _keys, data, places: HCaptcha(section, _breaker(section, data, places)),
    ),
    "turnstile": (
        TurnstileSection,
        lambda section, _keys, data, places: Turnstile(section, _breaker(section, data, places)),
    ),
    "none": (NoneSection, lambda *_: NoCaptcha()),
}

SECTIONS = {name: section for name, (section, _) in _PROVIDERS.items()}


def build(
    section: CaptchaSection, secret_keys: list[str], data_dir: Path, places: Places | None = None
) -> Captcha:
    """The configured provider. The first of `secret_keys` signs what it hands to browsers.

    `places`: for all of a process's threads that wait for some provider.
    """
    return _PROVIDERS[section.provider][1](section, secret_keys, data_dir, places or Places(1))


def outage_lock(data_dir: Path, provider: str) -> Path:
    """What is held as long as some process of the machine gets no answers of a provider."""
    return data_dir / f"{provider}.outage"


def _breaker(section: VendorSection, data_dir: Path, places: Places) -> Breaker:
    lock = outage_lock(data_dir, section.provider)
    return Breaker(section.provider, section.timeout, places, lock)
