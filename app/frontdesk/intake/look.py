"""A form's look as files of its own: style sheets by place and scheme, fonts, a logo."""

import hashlib
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Literal, NamedTuple

from flask import url_for

from frontdesk.config import Font, Form, Look, Scheme
from frontdesk.intake.assets import Asset, squeezed
from frontdesk.intake.pages import relative

# A whole page of ours, or the form inside of one of the host's, which may have another look.
Place = Literal["page", "form"]

_DENSITIES = {  # gap, height of a field, its padding, distance of groups, padding of the card
    "compact": ("0.75rem", "2.75rem", "0.4375rem", "1.25rem", "min(4vw, 1.75rem)"),
    "roomy": ("1.75rem", "3.5rem", "0.875rem", "3rem", "min(8vw, 4.5rem)"),
}
# An SVG is a document, too, if it is opened by itself. No script of it runs, wherever it is shown.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class Links(NamedTuple):
    """Where a page finds the look of its form; `scheme` is that of the look, or "" for any."""

    sheet: Callable[[str], str]  # by the theme of the page; without one, the look's own
    stylesheet: str
    logo: str
    scheme: str


def links(form: Form, place: Place = "page", theme: str = "") -> Links | None:
    """What a form's pages link; None for a form without a look. `theme`: what the page asks for."""
    look = form.look
    if look is None:
        return None
    own = theme or look.theme or "auto"
    return Links(
        lambda said: _address(form, f"{place}-{said or own}.css"),
        _address(form, "stylesheet") if look.stylesheet else "",
        _address(form, "logo") if look.logo else "",
        "" if own == "auto" else own,
    )


def served(form: Form, name: str) -> tuple[Asset, str] | None:
    """A file of a form's look with its type; None if there is none of this name."""
    return None if form.look is None else _file(form.look, form.slug, name)


def _address(form: Form, name: str) -> str:
    found = served(form, name)
    digest = found[0].etag if found else None
    return relative(url_for("frontdesk.look", slug=form.slug, name=name, v=digest))


@lru_cache(maxsize=2048)
def _file(look: Look, slug: str, name: str) -> tuple[Asset, str] | None:
    font = look.font if isinstance(look.font, Font) else None
    kept = {
        "logo": look.logo,
        "stylesheet": look.stylesheet,
        "regular": font and font.file,
        "bold": font and font.bold,
    }
    if file := kept.get(name):
        plain, type_ = file.content, file.type
    elif sheet := _SHEETS.get(name):
        plain, type_ = sheet(look, slug).encode(), "text/css"
    else:
        return None
    digest = hashlib.sha256(plain).hexdigest()[:16]
    compressed = squeezed(plain) if type_ in ("text/css", "image/svg+xml") else None
    return Asset(plain, compressed, digest), type_


def _sheet(look: Look, slug: str, place: Place, theme: Literal["light", "dark", "auto"]) -> str:
    """The look's style sheet, to come after form.css."""
    # Without weight, so that a page's own properties go before it.
    scope = "" if place == "page" else f'.fd-form[data-fd-form="{slug}"]'
    root = f":where({scope or ':root'})"
    schemed = scope or ".fd-page,.fd-form"
    first: Scheme = "dark" if theme == "dark" else "light"
    css = _faces(look, slug)
    css += f"{root}{{{_colours(look, first)}{_shape(look, slug)}}}{schemed}{{color-scheme:{first}}}"
    if theme == "auto":
        dark = f"{root}{{{_colours(look, 'dark')}}}{schemed}{{color-scheme:dark}}"
        css += f"@media (prefers-color-scheme:dark){{{dark}}}"
    if look.density in _DENSITIES:
        _, height, padding, distance, card = _DENSITIES[look.density]
        # On a page of the host's, another form may link form.css once more after this.
        inside = scope or root
        css += f"{inside} .fd-input{{min-block-size:{height};padding-block:{padding}}}"
        css += f"{inside} textarea.fd-input{{min-block-size:7rem}}"
        css += f"{inside} .fd-hint.fd-wide{{margin-block-start:calc(0.5rem - var(--fd-gap))}}"
        apart = f"{inside} .fd-group + .fd-group,{inside} .fd-consents"
        css += f"{apart}{{margin-block-start:{distance}}}"
        css += f".fd-page:not(.fd-embedded) .fd-main{{padding:{card}}}" * (place == "page")
    if look.logo and place == "page":
        css += ".fd-logo{display:block;block-size:3rem;max-inline-size:100%;object-fit:contain;"
        css += "object-position:0;margin-block-end:1.5rem}"
    return css


def _colours(look: Look, scheme: Scheme) -> str:
    return "".join(f"--fd-{name}:{colour};" for name, colour in look.colours(scheme).items())


def _shape(look: Look, slug: str) -> str:
    css = ""
    if look.radius is not None:
        # A length, also where form.css computes with it.
        css += f"--fd-radius:{'0px' if look.radius == '0' else look.radius};"
    if look.density in _DENSITIES:
        css += f"--fd-gap:{_DENSITIES[look.density][0]};"
    if look.font is not None:
        stack = look.font
        if isinstance(stack, Font):
            stack = f'"frontdesk {slug}",{stack.fallback}'
        css += f"--fd-font:{stack};--fd-title-font:{stack};"
    return css


def _faces(look: Look, slug: str) -> str:
    """Fonts beside the style sheet. One for both weights is variable, and makes all between."""
    font = look.font
    if not isinstance(font, Font):
        return ""
    faces = [("regular", font.file, "400")]
    if font.bold == font.file:
        faces = [("regular", font.file, "100 900")]
    elif font.bold is not None:
        faces.append(("bold", font.bold, "550 900"))
    return "".join(
        f'@font-face{{font-family:"frontdesk {slug}";font-weight:{weight};font-display:swap;'
        f'src:url({name}?v={file.digest}) format("woff2")}}'
        for name, file, weight in faces
    )


_SHEETS: dict[str, Callable[[Look, str], str]] = {
    f"{place}-{theme}.css": partial(_sheet, place=place, theme=theme)
    for place in ("page", "form")
    for theme in ("light", "dark", "auto")
}
