"""Templates, with what each of them may use; addresses as the browser sees them."""

import posixpath
import re
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Flask, current_app, g, render_template, request, url_for
from markupsafe import escape
from werkzeug.wrappers import Response

from frontdesk.i18n import SOURCE, catalogue, languages, preferred
from frontdesk.intake.context import intake
from frontdesk.resources import folder

# Nobody may make our page lead to somebody else's, nor to a script.
_ON_THIS_SITE = re.compile(r"/(?!/)[!-9;-\[\]-~]{0,500}")

_BASE = re.compile(r"""<base\s(?:[^>]*\s)?href\s*=\s*["']?(?P<href>[^"'>]*)""", re.IGNORECASE)

THEMES = ("light", "dark", "auto")  # auto: as the visitor's browser, whatever the form's look says


def render(template: str, language: str, **context: Any) -> str:
    """A template of `templates/frontdesk/`, or the host site's or operator's own of that name."""
    translations = catalogue(language)
    facts = {"embed": "", "theme": "", "heading": "", "look": None, **carried(), **context}
    if facts["theme"] == "auto":
        facts["theme"] = ""
    facts |= {"language": language, "_": translations.gettext}
    facts |= {"static_url": static_url, "anchor": anchor}
    name, own = f"frontdesk/{template}.html", intake().templates
    return own.render(current_app, name, facts) if own else render_template(name, **facts)


def preferred_language() -> str:
    """Of the languages that we speak, the one that the visitor's browser asks for."""
    return preferred(request.accept_languages, languages()) or SOURCE


def warm_up(app: Flask) -> None:
    """Compile all templates, while there are file descriptors to read them with."""
    for path in folder("templates").glob("frontdesk*/*.html"):
        kind = path.parent.name  # the name of a blueprint, too
        if kind in app.blueprints:
            app.jinja_env.get_template(f"{kind}/{path.name}")
    own = app.extensions["frontdesk"].intake.templates
    if own is not None:
        own.warm_up(app)


def static_url(name: str) -> str:
    return relative(url_for("frontdesk.static", filename=name))


def relative(target: str) -> str:
    """A target as seen from the page: right also behind a proxy that strips a prefix.

    Unless the page has a <base>, from which browsers would see it: there `settle()` writes another.
    """
    here = posixpath.dirname(request.script_root + request.path)
    path, mark, query = target.partition("?")
    folder, _, name = path.rpartition("/")
    seen = f"{posixpath.relpath(folder or '/', here or '/')}/{name}{mark}{query}".removeprefix("./")
    g.setdefault("frontdesk_targets", {})[seen] = target
    return seen


def anchor(name: str) -> str:
    """A place on the page itself."""
    query = request.query_string.decode("latin-1")
    here = request.script_root + quote(request.path) + (f"?{query}" if query else "")
    g.setdefault("frontdesk_targets", {})[f"#{name}"] = f"{here}#{name}"
    return f"#{name}"


def settle(response: Response, public_url: str) -> Response:
    """Make our addresses independent of a <base> that the page around has, if it has one."""
    targets = g.get("frontdesk_targets")
    if not targets or response.is_streamed or response.mimetype != "text/html":
        return response
    html = response.get_data(as_text=True)
    base = _BASE.search(html)
    if base:
        for seen, target in targets.items():
            whole = _from_root(target, base["href"], public_url)
            html = html.replace(f'"{escape(seen)}"', f'"{escape(whole)}"')
        response.set_data(html)
    return response


def _from_root(target: str, base: str, public_url: str) -> str:
    if public_url:
        public = urlsplit(public_url)
        prefix = public.path.rstrip("/")
        missing = "" if target.startswith(f"{prefix}/") else prefix
        return f"{public.scheme}://{public.netloc}{missing}{target}"
    host = urlsplit(base.strip()).netloc
    if host and host != request.host:
        # Else what is typed would be sent to a stranger. Only then are these headers believed: they
        # say where the page itself came from.
        told = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
        scheme = "https" if "https" in (request.scheme, told) else "http"
        return f"{scheme}://{request.host}{target}"
    return target


def carried(theme: str = "", back: str = "") -> dict[str, Any]:
    """The marks in a page's address that are handed on to the page after it.

    `embed` is that of a page in a <frontdesk-form>; `theme` says whether what is around is light
    or dark; `back` is the page of the host's that the form is a part of, without the prefix.
    """
    if not (theme or back or request.query_string):  # as nearly all that programs send
        return {}
    query = request.args
    marks = {"embed": "1"} if query.get("embed") else {}
    theme = theme or query.get("theme", "")
    if theme in THEMES:
        marks["theme"] = theme
    if query.get("heading") == "off":
        marks["heading"] = "off"
    back = back or query.get("back", "")
    if _ON_THIS_SITE.fullmatch(back):
        marks["back"] = back
    return marks
