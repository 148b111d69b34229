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

# The section that configures a provider, and how to make one: section, secret key, data_dir.
_PROVIDERS: Mapping[str, tuple[type[CaptchaSection], Callable[[Any, str, Path], Captcha]]] = {
    "altcha": (AltchaSection, lambda section, key, data: Altcha(section, key, data / "altcha")),
    "hcaptcha": (HCaptchaSection, lambda section, _key, _data: HCaptcha(section)),
    "turnstile": (TurnstileSection, lambda section, _key, _data: Turnstile(section)),
    "none": (NoneSection, lambda _section, _key, _data: NoCaptcha()),
}

SECTIONS = {name: section for name, (section, _) in _PROVIDERS.items()}


def build(section: CaptchaSection, secret_key: str, data_dir: Path) -> Captcha:
    """The configured provider. `secret_key` signs what it hands to browsers."""
    return _PROVIDERS[section.provider][1](section, secret_key, data_dir)
