"""The journal's lines: every event there and back, and what is refused."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import UUID

import pytest

from frontdesk.model import events
from frontdesk.model.codec import decode, encode
from frontdesk.model.events import AnyEvent
from frontdesk.model.exchange import Answer
from frontdesk.model.lead import Consent, Lead, Message, Origin

ID = UUID("6f1c2a52-5c0c-4d5e-9f6b-0f7f1f0a3b11")
ATTEMPT = UUID("0d4cb0a5-6d1b-4a1f-8a43-c9a4d2c7e301")
AT = datetime(2026, 3, 29, 0, 59, 59, 123456, UTC)
LATER = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
ANSWER = Answer(503, 0.125, 'Out of order: "soon"\n\x00 ř 🏠')
LEAD = Lead(
    first_name="Žofie",
    last_name='O\'Brien "Bo"\u2028',
    language="cs",
    email="zofie@example.com",
    phone="+420777123456",
    unit="A.101",
    rooms=("2+kk", "3+kk"),
    price_max=8_500_000,
    note='line\nbreak\ttab \\ backslash {"v":1,',
    campaign="spring",
    tags=("web",),
    consents=(Consent(2, True, "Souhlasím."), Consent(1, False)),
    attributes={"pets": True, "age": 42, "kind": ["1", "2"], "word": "x", "down": "12.5"},
)

EXAMPLES: dict[str, AnyEvent] = {
    "received": events.Received(
        id=ID,
        at=AT,
        form="riverside",
        lead=LEAD,
        origin=Origin("html", "2001:db8::1", "https://riverside.example.com/a", "Mozilla/5.0"),
        destinations=("crm", "other"),
    ),
    "held": events.Held(id=ID, at=AT, reason="spam suspected", captcha="unasked", filled_in=1),
    "released": events.Released(id=ID, at=AT, by="eva"),
    "discarded": events.Discarded(id=ID, at=AT, by="eva"),
    "duplicate": events.Duplicate(id=ID, at=AT, of=UUID(int=7)),
    "withheld": events.Withheld(
        id=ID, at=AT, destination="hello", reason="there is no email address"
    ),
    "attempt": events.Attempt(id=ID, at=AT, destination="crm", attempt=ATTEMPT),
    "delivered": events.Delivered(
        id=ID,
        at=AT,
        destination="crm",
        attempt=ATTEMPT,
        answer=Answer(200, 0.5, "60001"),
        customer_id="60001",
        inquiry_id="12001",
        reconciled=True,
    ),
    "deferred": events.Deferred(
        id=ID,
        at=AT,
        destination="crm",
        attempt=ATTEMPT,
        answer=ANSWER,
        reason="answered 429",
        until=LATER,
        unknown=True,
        account_until=LATER,
        closes_account=True,
    ),
    "failed": events.Failed(
        id=ID, at=AT, destination="crm", answer=ANSWER, reason="401", closes_account=True
    ),
    "replayed": events.Replayed(id=ID, at=AT, by="eva", destinations=("crm",), force=True),
    "amended": events.Amended(id=ID, at=AT, by="eva", lead=LEAD, changed=("email", "note")),
    "erased": events.Erased(id=ID, at=AT, by="eva"),
    "opened": events.Opened(id=ID, at=AT, destination="crm", by="eva"),
    "revoked": events.Revoked(id=ID, at=AT, destination="crm", consent=2, by="eva"),
    "compared": events.Compared(
        id=ID,
        at=AT,
        destination="crm",
        by="eva",
        missing=(ATTEMPT,),
        accepted=(ID,),
        seen=(ID,),
        unexplained=1,
        reason="list-leads answered 500",
        closes_account=True,
        account_until=AT,
    ),
    "revocation": events.Revocation(
        id=ID,
        at=AT,
        consent=2,
        destinations=("crm",),
        by="eva",
        email="jana@example.com",
        notes="asked by phone",
    ),
    "superseded": events.Superseded(id=ID, at=AT, destination="crm", submission=ATTEMPT),
    "notified": events.Notified(
        id=ID, at=AT, receiver=1, what=("closed:crm",), over=("late",), again=True, reason="no"
    ),
    "refused": events.Refused(
        id=ID,
        at=AT,
        day=AT.date(),
        counts=(
            events.Refusal("riverside", "fields", 12),
            events.Refusal("riverside", "invalid", 12, "email"),
        ),
    ),
    "noted": events.Noted(
        id=ID,
        at=AT,
        form="riverside",
        message=Message(lead="1", digest="ab", at=AT, action="updated", id="7", fields=("phone",)),
        activities=("property_viewed",),
        reason="nothing in it is passed on",
    ),
    "commented": events.Commented(id=ID, at=AT, by="eva", text="called back\nwants a cellar"),
}


def test_every_event_has_an_example() -> None:
    kinds = {kind.__struct_config__.tag: kind for kind in get_args(AnyEvent)}
    assert kinds == {name: type(example) for name, example in EXAMPLES.items()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_there_and_back(name: str) -> None:
    event = EXAMPLES[name]
    line = encode(event)
    assert decode(line) == event
    assert encode(decode(line)) == line


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_line_is_one_json_object_that_says_what_it_is(name: str) -> None:
    line = encode(EXAMPLES[name])
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1, "a line feed in the text would tear the line"
    assert line.startswith(b'{"v":1,"event":"%s","id":"%s",' % (name.encode(), str(ID).encode()))
    pairs: list[tuple[str, Any]] = json.loads(line, object_pairs_hook=list)
    keys = [key for key, _ in pairs]
    assert keys[:4] == ["v", "event", "id", "at"]
    assert len(keys) == len(set(keys))
    assert dict(pairs)["at"] == "2026-03-29T00:59:59.123456Z"


def test_what_is_absent_is_not_written() -> None:
    lead = Lead(first_name="Jan", last_name="Novák", language="cs", phone="+420777123456")
    line = encode(events.Amended(id=ID, at=AT, by="eva", lead=lead, changed=()))
    assert json.loads(line)["lead"] == {
        "first_name": "Jan",
        "last_name": "Novák",
        "language": "cs",
        "phone": "+420777123456",
    }


@pytest.mark.parametrize(
    ("written", "year"),
    [
        ("0001-01-01T00:00:00Z", 1900),
        ("0001-01-01T00:00:00+14:00", 1900),
        ("1899-12-31T23:59:59.999999Z", 1900),
        ("9999-12-31T23:59:59.999999Z", 9000),
        ("9999-12-31T23:59:59-14:00", 9000),
    ],
)
def test_from_every_time_others_can_be_reckoned(written: str, year: int) -> None:
    """Else one line, of a wrong clock or by hand, would keep everything from being delivered."""
    message = Message(lead="7", digest="", at=AT, action="")
    origin = Origin("realgeeks", "", message=message)
    lines = [
        *EXAMPLES.values(),
        events.Received(id=ID, at=AT, form="x", lead=LEAD, origin=origin, destinations=()),
        events.Deferred(id=ID, at=AT, destination="x", reason="", until=AT, account_until=AT),
        events.Compared(id=ID, at=AT, destination="x", account_until=AT),
        events.Noted(id=ID, at=AT, form="x", message=message, reason=""),
    ]
    for event in lines:
        line = encode(event).replace(b"2026-03-29T00:59:59.123456Z", written.encode())
        assert written.encode() in line
        again = decode(line)
        assert (again.at.year, again.at.tzinfo) == (year, UTC)
        assert encode(again).count(b'"%d-01-01T00:00:00Z"' % year) == line.count(written.encode())


def test_times_of_another_zone_are_the_same_moment() -> None:
    line = encode(EXAMPLES["erased"]).replace(b"00:59:59.123456Z", b"02:59:59.123456+02:00")
    assert decode(line) == EXAMPLES["erased"]


HEAD = '{"v":1,"event":"erased","id":"6f1c2a52-5c0c-4d5e-9f6b-0f7f1f0a3b11"'
WHEN = ',"at":"2026-03-29T00:59:59Z"'


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "truncated"),
        (HEAD, "truncated"),
        ("hello", "malformed"),
        ("null", "Expected `object`"),
        ("[]", "Expected `object`"),
        ("{}", "version None is not 1"),
        ('{"v":2,"event":"erased"}', "version 2 is not 1"),
        ('{"v":2,"event":"merged"}', "version 2 is not 1"),
        ('{"v":"1"}', "Expected `int | null`"),
        ('{"v":1}', "missing required field `event`"),
        (HEAD.replace("erased", "merged") + WHEN + "}", "Invalid value 'merged'"),
        (HEAD + WHEN + "}", "missing required field `by`"),
        (HEAD + WHEN + ',"by":7}', "at `$.by`"),
        (HEAD + ',"by":"eva","at":"2026-03-29T00:59:59"}', "timezone"),
        (HEAD + ',"by":"eva","at":"yesterday"}', "Invalid RFC3339"),
        (HEAD.replace("6f1c", "xxxx") + WHEN + ',"by":"eva"}', "Invalid UUID"),
        (HEAD + WHEN + ',"by":"eva"} more', "trailing"),
        (HEAD + ',"by":"eva"}', "missing required field `at`"),
        ('{"v":1,"event":' + "[" * 100_000, "recursion"),
    ],
)
def test_what_is_no_event_is_refused_with_its_reason(line: str, reason: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - looked at below
        decode(line.encode())
    assert reason in str(caught.value)


@pytest.mark.parametrize("line", [b"\xff\xfe\x00\x01", b'{"v":1,"event":"\xff"}', b"\x00" * 512])
def test_bytes_that_are_no_text_are_refused(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the wording is the parser's
        decode(line)


def test_a_refusal_does_not_repeat_personal_data() -> None:
    line = encode(EXAMPLES["received"]).replace(b'"price_max":8500000', b'"price_max":"cheap"')
    with pytest.raises(ValueError, match="price_max") as caught:
        decode(line)
    assert "Žofie" not in str(caught.value)


def test_keys_of_a_later_release_are_ignored() -> None:
    line = encode(EXAMPLES["held"]).replace(b"}\n", b',"by":"a later release"}\n')
    assert decode(line) == EXAMPLES["held"]


@pytest.mark.parametrize("number", [1 << 63, -(1 << 63) - 1, 1 << 64, 10**30])
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_number_that_no_index_can_keep_is_damage(name: str, number: int) -> None:
    """Wherever it stands in a line."""
    whole = json.loads(encode(EXAMPLES[name]))
    for place, key in [*places_of_numbers(whole)]:
        before, place[key] = place[key], number
        with pytest.raises(ValueError, match=r"at `\$") as caught:
            decode(json.dumps(whole).encode())
        assert str(number) not in str(caught.value)
        place[key] = before
    assert decode(json.dumps(whole).encode()) == EXAMPLES[name]


def places_of_numbers(value: Any) -> Iterator[tuple[Any, Any]]:
    """Where the numbers in a document stand, the version aside, which says what a line is."""
    keys = [*(value if isinstance(value, dict) else range(len(value)))]
    for key in keys:
        if isinstance(value[key], dict | list):
            yield from places_of_numbers(value[key])
        elif type(value[key]) is int and key != "v":
            yield value, key
