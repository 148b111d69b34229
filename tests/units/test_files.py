"""Price lists of a site's own: what is in the file, and what may be."""

from typing import Any

import pytest

from frontdesk.config.units import CsvSource, JsonSource
from frontdesk.model.units import Unit
from frontdesk.units.fetch import Fetched
from frontdesk.units.files import parse
from frontdesk.units.source import Listing, Marks, SourceError

COLUMNS = {"unit": "number", "rooms": "layout", "area": "m2", "price": "price", "state": "status"}


def read_json(body: str | bytes, **more: Any) -> Listing:
    keys = {"source": "json", "url": "https://x.example", "columns": COLUMNS, **more}
    content = body.encode() if isinstance(body, str) else body
    return parse(JsonSource.model_validate(keys), Fetched(content, "", Marks()))


def read_csv(body: str | bytes, charset: str = "", **more: Any) -> Listing:
    keys = {"source": "csv", "url": "https://x.example", "columns": COLUMNS, **more}
    content = body.encode() if isinstance(body, str) else body
    return parse(CsvSource.model_validate(keys), Fetched(content, charset, Marks()))


A101 = Unit("A.101", "2+kk", 54.3, 8_500_000)


def test_json_is_read_by_its_columns() -> None:
    flat = '{"number":"A.101","layout":"2+kk","m2":54.3,"price":8500000,"status":" AVAILABLE"}'
    assert read_json(f"[{flat}]").units == (A101,)
    assert read_json(f'{{"data": {{"units": [{flat}]}}}}', rows="data.units").units == (A101,)
    assert read_json(f'{{"data.units": [{flat}]}}', rows="data.units").units == (A101,)
    assert read_json(b"\xef\xbb\xbf[" + flat.encode() + b"]").units == (A101,)


def test_a_value_may_lie_deeper() -> None:
    columns = {"unit": "id", "name": "label.cs", "price": "price.amount", "state": "free"}
    body = '[{"id": 7, "label": {"cs": "A.101"}, "price": {"amount": "8 500 000"}, "free": true}]'
    found = read_json(body, columns=columns, free=["true"])
    assert found.units == (Unit("7", price=8_500_000, name="A.101"),)


def test_words_say_what_a_state_means_and_others_mean_nothing() -> None:
    rows = ",".join(f'{{"number": "{n}", "status": {n}}}' for n in range(5))
    found = read_json(f"[{rows}]", free=["0"], reserved=["1", "2"], sold=["3"])
    assert [unit.state for unit in found.units] == [
        "free",
        "reserved",
        "reserved",
        "sold",
        "unknown",
    ]
    columns = {"unit": "number"}
    assert read_json('[{"number": "A"}]', columns=columns).units[0].state == "free"
    assert read_json('[{"number": "A"}]').units[0].state == "unknown", "it is not said"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<html>Not found</html>", "is not JSON"),
        ("", "is not JSON"),
        ("[" * 1_000_000, "is not JSON"),
        ('[{"a":' * 500_000, "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        ("{}", "has no list as a whole"),
        ("7", "has no list as a whole"),
        ("[]", "lists nothing"),
        ('[7, null, "A.101"]', "lists nothing: 3 that are no objects"),
        ('[{"nummer": "A.101"}]', "lists no unit in 1 rows: 1 without a unit"),
    ],
)
def test_what_is_no_list_is_said_so(body: str | bytes, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_json(body)
    assert str(caught.value) == said


def test_a_path_that_leads_nowhere_is_named() -> None:
    with pytest.raises(SourceError, match=r"has no list at data\.units"):
        read_json('{"data": [1]}', rows="data.units")


@pytest.mark.parametrize("between", [";", ",", "\t"])
def test_csv_is_read_by_its_columns(between: str) -> None:
    table = [
        ["number", "layout", "m2", "price", "status", "note"],
        ["A.101", "2+kk", "54.3", "8 500 000", "available", '"two\nlines"'],
        [],
        ["A.102", "3+kk"],
    ]
    table = [[*row, *["more"] * 2_000] if len(row) > 5 else row for row in table]
    body = "\r\n".join(between.join(row) for row in table)
    found = read_csv(body)
    assert found.units == (A101, Unit("A.102", "3+kk", state="unknown"))


def test_csv_is_in_the_encoding_that_it_says() -> None:
    body = "number;layout;m2;price;status\nBýt č. 1;2+kk;54,3;8 500 000 Kč;volné\n"
    known = Unit("Byt č. 1".replace("y", "ý"), "2+kk", 54.3, 8_500_000)
    for content, charset in (
        (body.encode(), ""),
        (body.encode("utf-8-sig"), "utf-8"),
        (body.encode("cp1250"), "windows-1250"),
        (body.encode("utf-16"), ""),
    ):
        assert read_csv(content, charset, free=["volné"]).units == (known,)


@pytest.mark.parametrize(
    ("body", "charset", "said"),
    [
        ("<html>\n<body>Not found</body></html>", "", "has no column 'number'"),
        ("number,layout,m2,price\nA,2,3,4", "", "has no column 'status'"),
        ("number,layout,m2,price,status\n", "", "lists nothing"),
        ("", "", "lists nothing"),
        (b"number\xe9\n1", "", "is not in utf-8"),
        ("number\n1", "klingon", "is not in klingon"),
        ("number\n1" + "1" * 2_000_000, "punycode", "is not in punycode"),  # it would take hours
        ("number\n1", "a\0b", "is not in a\0b"),
        ("number,layout,m2,price,status\n" + "x" * 200_000, "", "is not CSV"),
    ],
)
def test_what_is_no_table_is_said_so(body: str | bytes, charset: str, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_csv(body, charset)
    assert str(caught.value) == said
