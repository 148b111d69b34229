"""Captcha providers; a new one is a file, a module in static/ and its line here."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from frontdesk.config import CaptchaSection
from frontdesk.intake.captcha.altcha import Altcha, AltchaSection
from frontdesk.intake.captcha.base import BLOCKED, Captcha, Verdict
from frontdesk.intake.captcha.hcaptcha import HCaptcha, HCaptchaSection
from frontdesk.intake.captcha.none import NoCaptcha, NoneSection
from frontdesk.intake.captcha.turnstile import Turnstile, TurnstileSection

__all__ = ["BLOCKED", "SECTIONS", "Captcha", "Verdict", "build"]

# The section that configures a provider, and how to make one: section, secret key, data_dir,
# contact.
_PROVIDERS: Mapping[str, tuple[type[CaptchaSection], Callable[[Any, str, Path, str], Captcha]]] = {
    "altcha": (
        AltchaSection,
        lambda section, key, data, contact: Altcha(section, key, data / "altcha", contact),
    ),
    "hcaptcha": (HCaptchaSection, lambda section, _key, _data, contact: HCaptcha(section, contact)),
    "turnstile": (
        TurnstileSection,
        lambda section, _key, _data, contact: Turnstile(section, contact),
    ),
    "none": (NoneSection, lambda _section, _key, _data, _contact: NoCaptcha()),
}

SECTIONS = {name: section for name, (section, _) in _PROVIDERS.items()}


def build(section: CaptchaSection, secret_key: str, data_dir: Path, contact: str = "") -> Captcha:
    """The configured provider. `secret_key` signs what it hands to browsers; `contact` is shown
    to visitors who cannot pass it.
    """
    return _PROVIDERS[section.provider][1](section, secret_key, data_dir, contact)
