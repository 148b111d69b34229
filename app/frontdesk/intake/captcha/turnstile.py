"""Cloudflare Turnstile: one question to its siteverify API."""

import re

from frontdesk.config import Url
from frontdesk.intake.captcha.siteverify import Vendor, VendorSection


class TurnstileSection(VendorSection):
    """`provider = "turnstile"`."""

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


class Turnstile(Vendor):
    """Asks Cloudflare about a response."""

    provider = "turnstile"
    field = "cf-turnstile-response"
    hosts = ("https://challenges.cloudflare.com",)
