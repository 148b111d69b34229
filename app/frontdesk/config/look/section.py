"""`[look]` and `[forms.<form>.look]`: how a form looks, without any site around it."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, PlainValidator, Tag

from frontdesk.config.look import palette
from frontdesk.config.look.contrast import Colour, parse
from frontdesk.config.look.files import FontFile, Picture, StyleSheet
from frontdesk.config.look.palette import Flaw, Name, Scheme
from frontdesk.config.section import Section
from frontdesk.config.types import BRANCH, matching

_FAMILY = r"""(?:"[^"'\\<>;{}\x00-\x1f]{1,100}"|-?[A-Za-z_][\w-]*(?: [A-Za-z_][\w-]*)*)"""
_STACK = re.compile(rf"{_FAMILY}(?:, ?{_FAMILY}){{0,19}}", re.ASCII)
_RADIUS = r"0|[0-9]{1,2}(\.[0-9]{1,3})?(px|rem|em)"
SYSTEM = "system-ui, sans-serif"


def _colour(value: object) -> Colour:
    if isinstance(value, Colour):
        return value
    if not isinstance(value, str):
        raise ValueError('must be a colour in quotes, like "#1d5c49"')
    return parse(value)


def _stack(value: str) -> str:
    # It becomes a part of a style sheet.
    if not _STACK.fullmatch(value):
        said = "is not a list of fonts; write it like 'Georgia, \"Noto Serif\", serif'"
        raise ValueError(said)
    return value


def _text_or_table(what: str) -> BeforeValidator:
    def check(value: object) -> object:
        if value is not None and not isinstance(value, (str, dict, Section, tuple)):
            raise ValueError(f"must be {what}")
        return value

    return BeforeValidator(check)


_TEXT_OR_TABLE = Discriminator(lambda value: f"{BRANCH}text" if isinstance(value, str) else BRANCH)

ColourText = Annotated[Colour, PlainValidator(_colour)]
Stack = Annotated[str, AfterValidator(_stack)]


class Tones(Section):
    """A colour for each scheme; the one that is not given is derived from the other."""

    light: ColourText | None = None
    dark: ColourText | None = None


class Font(Section):
    """A font of one's own; `bold` is for headings, and may be the same, variable file."""

    file: FontFile = Field(repr=False)
    bold: FontFile | None = Field(None, repr=False)
    fallback: Stack = SYSTEM


OneOrTones = Annotated[
    Annotated[Tones, Tag(BRANCH)] | Annotated[ColourText, Tag(f"{BRANCH}text")],
    _TEXT_OR_TABLE,
]
StackOrFont = Annotated[
    Annotated[Font, Tag(BRANCH)] | Annotated[Stack, Tag(f"{BRANCH}text")],
    _TEXT_OR_TABLE,
]
_TONES = _text_or_table("a colour in quotes, or a table with light and dark")
_FONT = _text_or_table("a list of fonts in quotes, or a table with a file")


class Look(Section):
    """How a form looks; None stands for the usual. `theme`: where the page does not say."""

    accent: Annotated[OneOrTones | None, _TONES] = None
    background: Annotated[OneOrTones | None, _TONES] = None
    text: Annotated[OneOrTones | None, _TONES] = None
    font: Annotated[StackOrFont | None, _FONT] = None
    radius: Annotated[str, matching(_RADIUS, 'must be like "8px" or "0.5rem"')] | None = None
    density: Literal["compact", "normal", "roomy"] = "normal"
    theme: Literal["light", "dark", "auto"] | None = None
    logo: Picture | None = Field(None, repr=False)
    stylesheet: StyleSheet | None = Field(None, repr=False)

    def over(self, general: "Look | None") -> "Look":
        """The same, with what it does not say from another."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        return general.model_copy(update=said) if general else self

    def colours(self, scheme: Scheme) -> dict[str, Colour]:
        """All colours of a scheme, by the names of their properties without `--fd-`."""
        return palette.palette(self._given, scheme)

    def flaws(self) -> tuple[Flaw, ...]:
        """The colours that cannot be read, each with its remedy."""
        return (*palette.flaws(self._given),)

    @property
    def _given(self) -> dict[Name, dict[Scheme, Colour]]:
        """One colour alone is for the scheme that the form has by itself."""
        own: Scheme = "dark" if self.theme == "dark" else "light"
        names: tuple[Name, ...] = ("accent", "background", "text")
        found: dict[Name, dict[Scheme, Colour]] = {}
        for name in names:
            value: Any = getattr(self, name)
            if isinstance(value, Tones):
                both: tuple[tuple[Scheme, Colour | None], ...]
                both = ("light", value.light), ("dark", value.dark)
                found[name] = {scheme: colour for scheme, colour in both if colour is not None}
            elif value is not None:
                found[name] = {own: value}
        return {name: tones for name, tones in found.items() if tones}
