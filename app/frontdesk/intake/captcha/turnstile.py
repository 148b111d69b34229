"""Cloudflare Turnstile: one question to its siteverify API."""

from frontdesk.intake.captcha.siteverify import Vendor


class Turnstile(Vendor):
    """Asks Cloudflare about a response."""

    provider = "turnstile"
    field = "cf-turnstile-response"
    hosts = ("https://challenges.cloudflare.com",)
