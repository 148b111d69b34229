"""Captcha providers in the configuration; a new one is a section, and its line at the end."""

import re
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from frontdesk.config import CaptchaSection, Duration, Secret, Url

HOUR = 3600


class AltchaSection(CaptchaSection):
    """`provider = "altcha"`."""

    field = "altcha"

    cost: int = Field(5000, ge=1000, le=1_000_000)
    counter: int = Field(100, ge=1, le=100_000)
    expires: Duration = Field(1200.0, ge=60, le=HOUR)


class VendorSection(CaptchaSection):
    """What both sections have; their own classes add the defaults of the addresses."""

    sitekey: Secret
    secret: Secret
    mode: Literal["checkbox", "invisible"] = "checkbox"
    verify_url: Url
    script_url: Url
    timeout: Duration = Field(5.0, gt=0, le=30)
    allow_test_keys: bool = False

    vendor: ClassVar[str]
    # What a response can be made of: their tokens are base64url with dots, and that generously
    # taken. Anything else would only show the vendor's firewall what it bites at.
    response: ClassVar[re.Pattern[str]]
    test_keys: ClassVar[frozenset[str]]  # published by the vendor, sitekeys and secrets

    @model_validator(mode="after")
    def _no_test_keys(self) -> Self:
        if not self.allow_test_keys and self.test_keys & {self.sitekey, self.secret}:
            raise ValueError(
                f"these are {self.vendor}'s public test keys, with which bots pass;"
                " allow_test_keys = true permits them"
            )
        return self


class HCaptchaSection(VendorSection):
    """`provider = "hcaptcha"`."""

    field = "h-captcha-response"
    vendor = "hCaptcha"
    response = re.compile(r"[\w.~:+/=-]{1,10000}", re.ASCII)
    test_keys = frozenset(
        {
            "10000000-ffff-ffff-ffff-000000000001",
            "20000000-ffff-ffff-ffff-000000000002",
            "30000000-ffff-ffff-ffff-000000000003",
            "0x0000000000000000000000000000000000000000",
        }
    )

    verify_url: Url = "https://api.hcaptcha.com/siteverify"
    script_url: Url = "https://js.hcaptcha.com/1/api.js"


class TurnstileSection(VendorSection):
    """`provider = "turnstile"`."""

    field = "cf-turnstile-response"
    vendor = "Turnstile"
    response = re.compile(r"[\w.~:+/=-]{1,2048}", re.ASCII)  # Cloudflare documents that length
    test_keys = frozenset(
        {
            "1x00000000000000000000AA",
            "2x00000000000000000000AB",
            "1x00000000000000000000BB",
            "2x00000000000000000000BB",
            "3x00000000000000000000FF",
            "1x0000000000000000000000000000000AA",
            "2x0000000000000000000000000000000AA",
            "3x0000000000000000000000000000000AA",
        }
    )

    verify_url: Url = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
    script_url: Url = "https://challenges.cloudflare.com/turnstile/v0/api.js"


class NoneSection(CaptchaSection):
    """`provider = "none"`."""

    allow_none: Literal[True]


SECTIONS: dict[str, type[CaptchaSection]] = {
    "altcha": AltchaSection,
    "hcaptcha": HCaptchaSection,
    "turnstile": TurnstileSection,
    "none": NoneSection,
}
