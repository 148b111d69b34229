"""Colours as numbers: how well one can be read on another, and the nearest that can.

After WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
"""

import colorsys
import math
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

TEXT = 4.5  # the least ratio of AA for text
SHAPES = 3.0  # and for borders and marks
STEPS = 1000  # shades of a colour, from black to white

_HEX = re.compile("#(?:[0-9a-f]{3}){1,2}", re.IGNORECASE)


class Colour(NamedTuple):
    """A colour of the screen, 0 to 255 each."""

    red: int
    green: int
    blue: int

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def luminance(self) -> float:
        """From 0, black, to 1, white."""
        red, green, blue = (_LINEAR[value] for value in self)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


_LINEAR = [_linear(value / 255) for value in range(256)]
BLACK, WHITE = Colour(0, 0, 0), Colour(255, 255, 255)


def parse(text: str) -> Colour:
    """`#rgb` or `#rrggbb`; raises ValueError for all else."""
    if not _HEX.fullmatch(text):
        raise ValueError('is not a colour; write it like "#1d5c49"')
    digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
    return Colour(*bytes.fromhex(digits))


def ratio(one: Colour, other: Colour) -> float:
    """From 1, no contrast at all, to 21."""
    darker, lighter = sorted((one.luminance, other.luminance))
    return (lighter + 0.05) / (darker + 0.05)


def least(colour: Colour, grounds: Iterable[Colour]) -> float:
    """The contrast on the worst of some grounds."""
    return min(ratio(colour, ground) for ground in grounds)


def shown(value: float) -> str:
    """A ratio with two digits, never rounded up to one that would do."""
    return f"{math.floor(value * 100) / 100:.2f}:1"


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """A colour with a share, 0 to 1, of another in it."""
    return Colour(*(round(a + (b - a) * share) for a, b in zip(one, other, strict=True)))


def shades(colour: Colour) -> Iterator[Colour]:
    """The same colour in other lightnesses, the nearest first."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(value / 255 for value in colour))
    for step in sorted(range(STEPS + 1), key=lambda step: abs(step / STEPS - lightness)):
        values = colorsys.hls_to_rgb(hue, step / STEPS, saturation)
        yield Colour(*(round(value * 255) for value in values))


def nearest(colour: Colour, grounds: Iterable[Colour], needed: float = TEXT) -> Colour:
    """The colour itself if it can be read on all the grounds, else its nearest shade that can.

    Where none can, because the grounds differ too much, black or white, whichever does better.
    """
    grounds = tuple(grounds)
    if least(colour, grounds) >= needed:
        return colour
    for shade in shades(colour):
        if least(shade, grounds) >= needed:
            return shade
    return max(BLACK, WHITE, key=lambda end: least(end, grounds))
