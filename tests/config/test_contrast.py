"""Contrast after WCAG, and the nearest colour that passes."""

import colorsys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.config.look import contrast
from frontdesk.config.look.contrast import BLACK, SHAPES, TEXT, WHITE, Colour, nearest, parse, ratio
from frontdesk.config.look.palette import SCHEMES, Name, Scheme, defaults, flaws, palette

BYTE = st.integers(0, 255)
COLOURS = st.builds(Colour, BYTE, BYTE, BYTE)
NAMES: tuple[Name, ...] = ("accent", "background", "text")
GIVEN = st.dictionaries(
    st.sampled_from(NAMES),
    st.dictionaries(st.sampled_from(SCHEMES), COLOURS, min_size=1),
)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [  # as https://webaim.org/resources/contrastchecker/ has them
        ("#000", "#fff", "21.00:1"),
        ("#777", "#ffffff", "4.47:1"),
        ("#767676", "#fff", "4.54:1"),
        ("#0000FF", "#fff", "8.59:1"),
        ("#fff", "#fff", "1.00:1"),
        ("#f00", "#fff", "3.99:1"),
    ],
)
def test_the_ratio_is_that_of_wcag(one: str, other: str, expected: str) -> None:
    assert contrast.shown(ratio(parse(one), parse(other))) == expected
    assert ratio(parse(one), parse(other)) == ratio(parse(other), parse(one))


def test_a_ratio_that_is_too_low_is_not_shown_as_enough() -> None:
    assert contrast.shown(4.4999) == "4.49:1"


@pytest.mark.parametrize(
    "text", ["red", "#12", "#1234", "#12345g", "1d5c49", "#1d5c49 ", "", "#１２３"]
)
def test_what_is_no_colour(text: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        parse(text)


def lightness(colour: Colour) -> float:
    return colorsys.rgb_to_hls(*(value / 255 for value in colour))[1]


def with_lightness(colour: Colour, wanted: float) -> Colour:
    hue, _, saturation = colorsys.rgb_to_hls(*(value / 255 for value in colour))
    values = colorsys.hls_to_rgb(hue, wanted, saturation)
    return Colour(*(round(value * 255) for value in values))


@given(COLOURS, COLOURS, st.sampled_from([TEXT, SHAPES]))
def test_what_is_suggested_passes_and_nothing_nearer_does(
    colour: Colour, ground: Colour, needed: float
) -> None:
    found = nearest(colour, [ground], needed)
    assert ratio(found, ground) >= needed
    if ratio(colour, ground) >= needed:
        assert found == colour
        return
    assert parse(str(found)) == found
    at = lightness(colour)
    steps = [n / contrast.STEPS for n in range(contrast.STEPS + 1)]
    passing = [n for n in steps if ratio(with_lightness(colour, n), ground) >= needed]
    closest = min(passing, key=lambda n: abs(n - at))
    assert found in {
        with_lightness(colour, n) for n in passing if abs(n - at) <= abs(closest - at) + 1e-12
    }


@given(GIVEN)
def test_whatever_is_given_without_a_flaw_makes_pairs_that_all_pass(
    given: dict[Name, dict[Scheme, Colour]],
) -> None:
    found = [*flaws(given)]
    for flaw in found:
        assert flaw.name in given
    for scheme in SCHEMES:
        if any(f"({scheme})" in flaw.said for flaw in found):
            continue
        colours = palette(given, scheme)
        assert colours.keys() == defaults(scheme).keys()
        for letters, grounds in {
            "text": ("surface", "field", "accent-soft", "error-soft"),
            "muted": ("surface", "field"),
            "accent": ("surface", "field", "accent-soft"),
            "accent-text": ("accent", "accent-strong"),
            "error": ("surface", "field", "error-soft"),
        }.items():
            for ground in grounds:
                assert ratio(colours[letters], colours[ground]) >= TEXT, (letters, ground)
        for ground in ("surface", "field"):
            assert ratio(colours["border"], colours[ground]) >= SHAPES
        for name, tones in given.items():
            if scheme in tones:
                assert colours["surface" if name == "background" else name] == tones[scheme]


@given(GIVEN)
def test_the_remedy_of_a_flaw_leaves_none(given: dict[Name, dict[Scheme, Colour]]) -> None:
    for flaw in flaws(given):
        scheme: Scheme = "light" if "(light)" in flaw.said else "dark"
        mended = {name: dict(tones) for name, tones in given.items()}
        mended[flaw.name][scheme] = parse(flaw.said.rpartition(" ")[2])
        assert not [f for f in flaws(mended) if f.name == flaw.name and f"({scheme})" in f.said]


def test_without_a_colour_all_stay_as_they_are() -> None:
    for scheme in SCHEMES:
        assert palette({}, scheme) == defaults(scheme)
    assert ratio(BLACK, WHITE) == pytest.approx(21)
