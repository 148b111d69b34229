"""Response headers: what a page may load, who may frame it, which origins may read it."""

from urllib.parse import urlsplit

from werkzeug.wrappers import Response

from frontdesk.config import Form
from frontdesk.intake.captcha import Captcha

PREFLIGHT_CACHED = "7200"  # seconds; Chromium's upper bound

# What neither a form nor a captcha has any use for. Each is known to all browsers that know any.
_UNUSED = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
PERMISSIONS = ", ".join(f"{name}=()" for name in _UNUSED)
A_YEAR = 365 * 86400  # seconds


def typed(response: Response) -> Response:
    """What it says that it is, it is."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def encrypted(response: Response) -> Response:
    """For a host of ours that is asked over https: browsers ask it in no other way from now on."""
    response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
    return response


def page(
    response: Response, form: Form | None, captcha: Captcha | None, framed: str = "'self'"
) -> Response:
    """The strictest policy with which the form, its captcha and its redirect work.

    `framed` says who may frame the page besides the form's `allowed_origins`.
    """
    hosts = captcha.content_sources if captcha else ()
    targets = ["'self'"]
    if form and form.success_url:
        # Browsers hold a form's redirect to form-action as well.
        parts = urlsplit(form.success_url)
        targets.append(f"{parts.scheme}://{parts.netloc}")
    policy = {
        "default-src": ["'none'"],
        "script-src": ["'self'", *hosts],
        "style-src": ["'self'", *hosts],
        # For a host site's layout: its own fonts, and the small pictures inside style sheets.
        "font-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'", *hosts],
        "frame-src": hosts or ["'none'"],
        "form-action": targets,
        "base-uri": ["'none'"],
        "frame-ancestors": [framed, *(form.allowed_origins if form else ())],
    }
    response.headers["Content-Security-Policy"] = "; ".join(
        f"{directive} {' '.join(sources)}" for directive, sources in policy.items()
    )
    response.headers["Permissions-Policy"] = PERMISSIONS
    # With no referrer at all, browsers would also hide the origin of the form's own POST.
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    # For no shared cache; but the browser may go back to it with all that was typed.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def uncached(response: Response) -> Response:
    """For what holds a token."""
    response.headers["Cache-Control"] = "no-store"
    return response


def readable_from(response: Response, origin: str, *, preflight: bool) -> Response:
    """CORS for an origin of the form's configuration; `preflight`: it asks what it may send."""
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = "Date, Location, Retry-After"
    if preflight:
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type, Idempotency-Key"
        response.headers["Access-Control-Max-Age"] = PREFLIGHT_CACHED
    response.headers.add("Vary", "Origin")
    return response


def readable_by_all(response: Response) -> Response:
    """For scripts, which are the same for everybody and which landing pages load."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def readable_only_here(response: Response, own: str) -> Response:
    """CORS for everybody else: the header names only ourselves; `own`: an address of ours.

    Without it, a host site's own CORS extension would add one that opens the form to the world.
    """
    parts = urlsplit(own)
    response.headers["Access-Control-Allow-Origin"] = f"{parts.scheme}://{parts.netloc}"
    response.headers.add("Vary", "Origin")
    return response
