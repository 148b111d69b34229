"""Cleaning and reading of what people type."""

from itertools import chain

import pytest

from frontdesk.intake.text import clean_figures, clean_line, clean_lines, clean_value, cut, length


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("  Jana  ", "Jana"),
        ("Jana\t\u00a0 Nov\u00e1kov\u00e1", "Jana Nováková"),
        ("Nova\u0301kova\u0301", "Nováková"),
        ("Ja\x00na\x07\x7f\x9f", "Jana"),
        ("Jana\r\nBcc: all@example.com", "Jana Bcc: all@example.com"),
        ("anna\u202egpj.exe", "annagpj.exe"),
        ("\ufeffJana", "Jana"),
        ("\ud800Jana", "Jana"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u3000", ""),
    ],
    ids=[
        "trimmed",
        "spaces",
        "composed",
        "controls",
        "line-feed",
        "direction",
        "bom",
        "surrogate",
        "joined-emoji",
        "joined-persian",
        "empty",
    ],
)
def test_a_line_is_clean(typed: str, line: str) -> None:
    assert clean_line(typed) == line


@pytest.mark.parametrize("feed", ["\r\n", "\r", "\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_line_feed_becomes_one(feed: str) -> None:
    assert clean_lines(f"a{feed}{feed}b{feed}") == "a\n\nb"
    assert clean_line(f"a{feed}b") == "a b"


def test_lines_keep_their_tabs_and_indents() -> None:
    assert clean_lines("a\n\tb  c\n") == "a\n\tb  c"


def test_long_runs_of_marks_are_cut_before_they_are_composed() -> None:
    zalgo = clean_lines("e" + "\u0301\u0316" * 15_000)
    assert len(zalgo) < 40
    assert zalgo.startswith(("\u00e9", "e"))


def test_marks_that_a_language_needs_stay() -> None:
    assert clean_lines("Nguye\u0302\u0303n Thi\u0323") == "Nguy\u1ec5n Th\u1ecb"


@pytest.mark.parametrize(
    ("typed", "line", "lines"),
    [
        ("Ja\u200bna", "Jana", "Jana"),
        ("Ja\u00adna", "Jana", "Jana"),
        ("Ja\u2060na\ufeff", "Jana", "Jana"),
        ("\u202eJana\u2066", "Jana", "Jana"),
        ("Jana\U000e0041\U000e0001", "Jana", "Jana"),
        ("\u200fשלום\u200e", "שלום", "\u200fשלום\u200e"),
        ("\u200dJana\u200c", "Jana", "Jana"),
        ("Jana \u200d Nov", "Jana Nov", "Jana  Nov"),
        ("می\u200cخواهم", "می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष", "क्\u200dष"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("\u3164Jana\u2800", "Jana", "Jana"),
    ],
    ids=ascii,
)
def test_what_cannot_be_seen_is_dropped(typed: str, line: str, lines: str) -> None:
    assert clean_line(typed) == line
    assert clean_lines(typed) == lines


INVISIBLE = [
    *(
        "\u200b",
        "\u200e\u200f",
        "\u200d",
        "\u3164",
        "\u2800",
        "\u00ad",
        "\u034f",
        "\u0301",
        "\u20dd",
    ),
    *("\ufe0f", "\U000e0100", "\ue000", "\U0010ffff", "\u0378", "\ud800", "\U000e0041", "\u202e"),
    *("\u115f\u1160", "\uffa0", "\ufffc", "\ufffd", "\u180e", "\u2028", "\x85", "\x1c", "\ufeff"),
    *("\u061c", "\u17b4", "\U0001d159", "\u2063\u3164 \u2800\t", "\uffff", "\U000e0000", ""),
]
VISIBLE = ["J", ".", "🏠", "नी", "١", "\u1100\u1160", "ー", "§", "a\u0301", "王"]


@pytest.mark.parametrize("typed", INVISIBLE, ids=ascii)
def test_what_nobody_sees_is_no_text(typed: str) -> None:
    assert [clean(typed) for clean in (clean_line, clean_lines, clean_value, clean_figures)] == [
        ""
    ] * 4


@pytest.mark.parametrize("typed", VISIBLE, ids=ascii)
def test_what_can_be_seen_is_a_text(typed: str) -> None:
    assert clean_line(typed)
    assert clean_line(typed) == clean_lines(typed)


@pytest.mark.parametrize(
    ("typed", "value", "figures"),
    [
        ("a\u200db\u200cc\ufe0f", "abc", "abc"),
        ("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d\u301c", "---------", "---------"),
        ("\uff0b\uff14\uff12\uff10", "+420", "+420"),
        ("\uff41\uff20\uff42", "a@b", "a@b"),
        ("\u0661\u0662 \u0967 \U0001d7d9", "\u0661\u0662 \u0967 \U0001d7d9", "12 1 1"),
        ("\u00bd 8\u00b2 \u2467", "\u00bd 8\u00b2 \u2467", "\u00bd 8\u00b2 \u2467"),
        ("\u3164 1\u3000 2\u00a0", "1 2", "1 2"),
    ],
    ids=ascii,
)
def test_look_alikes_are_what_they_look_like(typed: str, value: str, figures: str) -> None:
    assert clean_value(typed) == value
    assert clean_figures(typed) == figures


def test_cleaning_what_is_clean_changes_nothing() -> None:
    planes = (
        range(0x3400),
        range(0xFB00, 0x10000),
        range(0x1D000, 0x1D800),
        range(0xE0000, 0xE0200),
    )
    for code in chain(*planes):
        for clean in (clean_line, clean_lines, clean_value, clean_figures):
            once = clean(f"a{chr(code)}b")
            assert clean(once) == once, hex(code)


FAMILY = "👩\u200d👩\u200d👧"  # eight units
WALES = "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"  # fourteen


@pytest.mark.parametrize(
    ("text", "limit", "left"),
    [
        ("Jana", 4, "Jana"),
        ("Jana", 3, "Jan"),
        ("řřř", 2, "řř"),
        ("a😀", 3, "a😀"),
        ("a😀", 2, "a"),
        ("😀" * 3, 5, "😀" * 2),
        ("ab\u0301", 2, "a"),
        (f"a{FAMILY}", 9, f"a{FAMILY}"),
        (f"a{FAMILY}", 8, "a"),
        (f"a{FAMILY}b", 9, f"a{FAMILY}"),
        ("a👍🏽", 3, "a"),
        ("a❤\ufe0f", 2, "a"),
        (f"a{WALES}", 8, "a"),
        ("a" + "\u0301" * 50, 40, "a" + "\u0301" * 39),  # nobody sees what that is
        ("", 0, ""),
        ("a", 0, ""),
        ("😀", 1, ""),
        ("😀" * 9, 1, ""),
    ],
)
def test_a_text_is_cut_beside_what_is_seen_as_one(text: str, limit: int, left: str) -> None:
    assert cut(text, limit) == left
    assert length(left) == len(left.encode("utf-16-le")) // 2 <= limit
