"""Templates, with what each of them may use; addresses as the browser sees them."""

import posixpath
from typing import Any

from flask import render_template, request, url_for

from frontdesk.i18n import catalogue


def render(template: str, language: str, **context: Any) -> str:
    """A template of `templates/frontdesk/`, or the host site's own one of that name."""
    translations = catalogue(language)
    return render_template(
        f"frontdesk/{template}.html",
        language=language,
        _=translations.gettext,
        static_url=static_url,
        **context,
    )


def static_url(name: str) -> str:
    return relative(url_for("frontdesk.static", filename=name))


def relative(target: str) -> str:
    """A target as seen from the page: right also behind a proxy that strips a prefix."""
    here = posixpath.dirname(request.script_root + request.path)
    path, mark, query = target.partition("?")
    folder, _, name = path.rpartition("/")
    return f"{posixpath.relpath(folder or '/', here or '/')}/{name}{mark}{query}".removeprefix("./")


def carried() -> dict[str, Any]:
    """The marks in a page's address that are handed on to the page after it."""
    # Of a page in a <frontdesk-form>.
    return {"embed": "1"} if request.args.get("embed") else {}
