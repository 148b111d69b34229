"""Templates, with what each of them may use; addresses as the browser sees them."""

import posixpath
import re
from typing import Any

from flask import Flask, render_template, request, url_for

from frontdesk.i18n import SOURCE, catalogue, languages
from frontdesk.resources import folder

# Nobody may make our page lead to somebody else's, nor to a script.
_ON_THIS_SITE = re.compile(r"/(?!/)[!-9;-\[\]-~]{0,500}")

THEMES = ("light", "dark")  # without one of these, the visitor's browser decides


def render(template: str, language: str, **context: Any) -> str:
    """A template of `templates/frontdesk/`, or the host site's own one of that name."""
    translations = catalogue(language)
    return render_template(
        f"frontdesk/{template}.html",
        language=language,
        _=translations.gettext,
        static_url=static_url,
        **{"embed": "", "theme": "", **carried(), **context},
    )


def preferred_language() -> str:
    """Of the languages that we speak, the one that the visitor's browser asks for."""
    return request.accept_languages.best_match(languages()) or SOURCE


def warm_up(app: Flask) -> None:
    """Compile all templates, while there are file descriptors to read them with."""
    for path in folder("templates").glob("frontdesk/*.html"):
        app.jinja_env.get_template(f"frontdesk/{path.name}")


def static_url(name: str) -> str:
    return relative(url_for("frontdesk.static", filename=name))


def relative(target: str) -> str:
    """A target as seen from the page: right also behind a proxy that strips a prefix."""
    here = posixpath.dirname(request.script_root + request.path)
    path, mark, query = target.partition("?")
    folder, _, name = path.rpartition("/")
    return f"{posixpath.relpath(folder or '/', here or '/')}/{name}{mark}{query}".removeprefix("./")


def carried(theme: str = "", back: str = "") -> dict[str, Any]:
    """The marks in a page's address that are handed on to the page after it.

    `embed` is that of a page in a <frontdesk-form>; `theme` says whether what is around is light
    or dark; `back` is the page of the host's that the form is a part of, without the prefix.
    """
    query = request.args
    marks = {"embed": "1"} if query.get("embed") else {}
    theme = theme or query.get("theme", "")
    if theme in THEMES:
        marks["theme"] = theme
    back = back or query.get("back", "")
    if _ON_THIS_SITE.fullmatch(back):
        marks["back"] = back
    return marks
