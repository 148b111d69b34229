"""What RFC 6238 says of codes, and RFC 4226 below it."""

import hashlib
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from frontdesk.inbox.sign_in import totp

# Appendix B of RFC 6238: its secret, and the last six of the eight digits for SHA-1.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}


@pytest.mark.parametrize(("now", "code"), VECTORS.items())
def test_the_codes_are_those_of_the_standard(now: int, code: str) -> None:
    assert totp.code(SECRET, now // 30) == code


@pytest.mark.parametrize(
    ("late", "counts"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)]
)
def test_a_clock_may_be_wrong_by_a_step(late: int, counts: bool) -> None:
    step = 1111111109 // 30
    assert totp.step_of(SECRET, "081804", step * 30 + late) == (step if counts else None)


@pytest.mark.parametrize("typed", ["081 804", " 081804 ", "0 8 1 8 0 4"])
def test_a_code_may_be_in_groups(typed: str) -> None:
    assert totp.step_of(SECRET, typed, 1111111109) is not None


@pytest.mark.parametrize("typed", ["", "81804", "0818040", "०८१८०४", "O81804", "\0", "é" * 1000])
def test_nothing_else_is_a_code(typed: str) -> None:
    assert totp.step_of(SECRET, typed, 1111111109) is None


def test_a_clock_at_its_beginning_breaks_nothing() -> None:
    assert totp.step_of(SECRET, "000000", 0) is None


def test_an_app_reads_whose_secret_it_is() -> None:
    told = urlsplit(totp.address(SECRET, "Eva Nováková/:?"))
    assert (told.scheme, told.netloc) == ("otpauth", "totp")
    assert told.path == "/Frontdesk:Eva%20Nov%C3%A1kov%C3%A1%2F:%3F"
    assert parse_qs(told.query) == {"secret": [SECRET], "issuer": ["Frontdesk"]}


def test_secrets_and_codes_are_long_and_new() -> None:
    assert len({totp.new_secret() for _ in range(100)}) == 100
    assert re.fullmatch("[A-Z2-7]{32}", totp.new_secret())
    assert re.fullmatch("[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", totp.new_recovery())


@pytest.mark.parametrize(
    "typed", ["ABCD-EFGH-IJKO-MNOP", "abcdefghijkomnop", " abcd efgh 1jk0 mnop ", "ABCD–EFGH"]
)
def test_a_recovery_code_is_known_however_it_is_written(typed: str) -> None:
    hashed = hashlib.sha256(b"ABCDEFGHIJKOMNOP").hexdigest()
    known = totp.recovery_of(["0" * 64, hashed], typed)
    assert known == (None if "–" in typed else hashed)
