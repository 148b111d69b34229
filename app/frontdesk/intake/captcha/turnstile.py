"""Cloudflare Turnstile: one question to its siteverify API."""

from frontdesk.intake.captcha.siteverify import Vendor


class Turnstile(Vendor):
    """Asks Cloudflare about a response."""

    provider = "turnstile"
    hosts = ("https://challenges.cloudflare.com",)
