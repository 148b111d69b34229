"""The colours of a form in light and in dark: those that are given, and what follows from them."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal, NamedTuple

from frontdesk.config.look import contrast
from frontdesk.config.look.contrast import BLACK, SHAPES, TEXT, WHITE, Colour, mixed, nearest, parse
from frontdesk.resources import folder

Scheme = Literal["light", "dark"]
Name = Literal["accent", "background", "text"]
Given = Mapping[Name, Mapping[Scheme, Colour]]  # what a look says, of either scheme

SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")
EASE = 6.0  # for a derived accent, so that it can be read on its own tint, too
_FILES = {"light": "form.css", "dark": "dark.css"}
_PROPERTY = re.compile(r"^\s+--fd-([a-z-]+):\s*(#[0-9a-f]{3,6});", re.MULTILINE)


class Flaw(NamedTuple):
    """A given colour that cannot be read, and what to write instead."""

    name: Name
    said: str


@cache
def defaults(scheme: Scheme) -> dict[str, Colour]:
    """The colours of the form's own style, by the names of their properties without `--fd-`."""
    style = (folder("static") / _FILES[scheme]).read_text(encoding="utf-8")
    return {name: parse(value) for name, value in _PROPERTY.findall(style)}


def flaws(given: Given) -> Iterator[Flaw]:
    """The pairs of given colours, or of a given one and a default one, that fall short of AA."""
    for scheme in SCHEMES:
        grounds = _grounds(given, scheme)
        for name in ("text", "accent"):
            colour = given.get(name, {}).get(scheme)
            if colour is None:
                continue
            worst = min(grounds, key=lambda ground: contrast.ratio(colour, ground))
            found = contrast.ratio(colour, worst)
            if found < TEXT:
                better = nearest(colour, grounds)
                yield Flaw(
                    name,
                    f"{colour} on the background {worst} has a contrast of {contrast.shown(found)}"
                    f" ({scheme}), and needs {TEXT}:1 to be read;"
                    f" the nearest colour that passes is {better}",
                )


def palette(given: Given, scheme: Scheme) -> dict[str, Colour]:
    """All colours of a scheme, by the names of their properties.

    Those that are not given are the usual ones, or follow from the given ones. Without a flaw among
    these, everything that is written or drawn passes AA on what it stands on.
    """
    colours = dict(defaults(scheme))
    grounds = _grounds(given, scheme)
    surface, field = grounds
    if given.get("background"):
        colours |= {"background": surface, "surface": surface, "field": field}
    if given.get("background") or given.get("text"):
        text = given.get("text", {}).get(scheme) or _text(grounds)
        everywhere = (*grounds, colours["background"])
        colours["text"] = text
        colours["muted"] = nearest(mixed(text, surface, 0.3), everywhere)
        colours["border"] = nearest(mixed(text, surface, 0.5), everywhere, SHAPES)
        colours["line"] = mixed(text, surface, 0.87)
        colours["error"] = nearest(colours["error"], grounds)
        colours["error-soft"] = _tint(colours["error"], surface, colours["text"])
    if given:
        wanted = given.get("accent", {})
        accent = wanted.get(scheme)
        if accent is None:
            accent = nearest(next(iter(wanted.values()), colours["accent"]), grounds, EASE)
        letters = WHITE if contrast.ratio(WHITE, accent) >= TEXT else BLACK
        colours["accent"] = accent
        colours["accent-strong"] = mixed(accent, BLACK if letters == WHITE else WHITE, 0.25)
        colours["accent-text"] = letters
        colours["accent-soft"] = _tint(accent, surface, colours["text"])
    return colours


def _grounds(given: Given, scheme: Scheme) -> tuple[Colour, Colour]:
    """What text stands on: the card, and the inside of a field."""
    wanted = given.get("background", {})
    if not wanted:
        usual = defaults(scheme)
        return usual["surface"], usual["field"]
    ground = wanted.get(scheme) or _turned(next(iter(wanted.values())), scheme)
    return ground, ground


def _turned(ground: Colour, scheme: Scheme) -> Colour:
    """The background of one scheme for the other: of the same hue, near black or near white.

    One that suits the other scheme as it is stays.
    """
    dark = contrast.ratio(ground, WHITE) > contrast.ratio(ground, BLACK)
    if dark == (scheme == "dark"):
        return ground
    return mixed(ground, BLACK, 0.9) if scheme == "dark" else mixed(ground, WHITE, 0.95)


def _text(grounds: tuple[Colour, Colour]) -> Colour:
    """Of our own two texts the one that is read better."""
    ours = [defaults(scheme)["text"] for scheme in SCHEMES]
    return nearest(max(ours, key=lambda text: contrast.least(text, grounds)), grounds)


def _tint(colour: Colour, ground: Colour, text: Colour) -> Colour:
    """A trace of a colour on a ground, as strong as what is written on it allows."""
    for share in (0.9, 0.93, 0.96, 0.98):
        tint = mixed(colour, ground, share)
        if min(contrast.ratio(each, tint) for each in (colour, text)) >= TEXT:
            return tint
    return ground
