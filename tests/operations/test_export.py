"""Rows of a spreadsheet."""

import pytest

from frontdesk.operations.export import cell


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        ("hello;=1+1", "hello;'=1+1"),
        ('hello; "=1+1"', 'hello;\' "=1+1"'),
        ("hello\t@A1", "hello\t'@A1"),
        ("hello\n+A1\n=B1", "hello\n'+A1\n'=B1"),
        ("＝1+1", "'＝1+1"),
        ("a;＋1", "a;'＋1"),
        ("+49 (30) 1234", "+49 (30) 1234"),
        ("call;+49 30 1234", "call;+49 30 1234"),
        ("a = b; c - d", "a = b; c - d"),
        (True, "true"),
        (None, ""),
    ],
)
def test_no_piece_of_a_cell_is_a_formula(value: object, text: str) -> None:
    assert cell(value) == text
