"""What a mail server answers, or does not, and what that means for a lead."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from frontdesk.crm.mailing.mailboxes import server
from frontdesk.crm.mailing.smtp import LINES, NoSuchAddressError, Smtp
from frontdesk.delivery.destination import DeliveryError
from frontdesk.model.exchange import BODY_KEPT
from tests.postbox import PASSWORD, Served, post_office, rude_server, self_signed
from tests.support import free_port

MESSAGE = b"Subject: a flat\r\n\r\nHello\r\n"


class Flags(NamedTuple):
    permanent: bool = False
    unknown: bool = False
    account: bool = False


LATER, UNKNOWN, WAIT = Flags(), Flags(unknown=True), Flags(account=True)
FAILED, CLOSED = Flags(permanent=True), Flags(permanent=True, account=True)


def smtp(url: str, read_timeout: float = 20.0) -> Smtp:
    return Smtp(server(url), "example.com", connect_timeout=5.0, read_timeout=read_timeout)


def send(url: str, *to: str, message: bytes = MESSAGE, read_timeout: float = 20.0) -> str:
    """What the answer says."""
    recipients = to or ("eva@example.com",)
    return smtp(url, read_timeout).send("desk@example.com", recipients, message).body


def refusal(url: str, *to: str, read_timeout: float = 20.0) -> tuple[Flags, DeliveryError]:
    with pytest.raises(DeliveryError) as caught:
        send(url, *to, read_timeout=read_timeout)
    error = caught.value
    return Flags(error.permanent, error.unknown, error.account), error


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture(params=["plain", "starttls", "tls"])
def office(
    request: pytest.FixtureRequest, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    """A server of each kind; those with TLS want a password."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with post_office(request.param, None if request.param == "plain" else certificate) as served:
        yield served


def test_what_is_handed_in_arrives_as_it_was(office: Served) -> None:
    message = b"Subject: dots\r\n\r\n.\r\n..\r\n.hidden\r\nend\r\n"
    assert send(office.url, "eva@example.com", "jan@example.com", message=message).startswith("250")
    (mail,) = office.box.mails
    assert (mail.sender, mail.to) == ("desk@example.com", ["eva@example.com", "jan@example.com"])
    assert mail.raw == message


def test_a_check_signs_in_and_hands_nothing_in(office: Served) -> None:
    smtp(office.url).check()
    assert office.box.asked.keys() <= {"AUTH PLAIN"}


@pytest.mark.parametrize(
    ("to", "flags", "said"),
    [
        (["nobody@example.com"], FAILED, "RCPT answered 550 5.1.1"),
        (["relay@example.com"], FAILED, "RCPT answered 554 5.7.1"),
        (["full@example.com"], LATER, "RCPT answered 452 4.2.2"),
        (["fuller@example.com"], LATER, "RCPT answered 552 5.2.2"),
        (["nobody@example.com", "full@example.com"], LATER, "RCPT answered 452 4.2.2"),
    ],
)
def test_recipients_who_are_all_refused(
    office: Served, to: list[str], flags: Flags, said: str
) -> None:
    found, error = refusal(office.url, *to)
    assert (found, str(error)) == (flags, said)
    assert error.answer is not None
    assert str(error.answer.status) in said
    assert office.box.mails == []


def test_only_an_address_that_does_not_exist_is_one() -> None:
    with post_office() as office:
        _, gone = refusal(office.url, "nobody@example.com")
        _, relay = refusal(office.url, "relay@example.com")
    assert isinstance(gone, NoSuchAddressError)
    assert gone.status == "550 5.1.1"
    assert not isinstance(relay, NoSuchAddressError)


def test_those_who_are_taken_get_it_though_others_are_refused() -> None:
    with post_office() as office:
        said = send(office.url, "nobody@example.com", "eva@example.com", "full@example.com")
    assert said.splitlines() == [
        "250 2.0.0 OK: queued",
        "not to nobody@example.com: 550 5.1.1 <nobody@example.com>: no such user here",
        "not to full@example.com: 452 4.2.2 <full@example.com>: the mailbox is full",
    ]
    assert office.box.mails[0].to == ["eva@example.com"]


def test_greylisting_takes_it_when_it_comes_again() -> None:
    with post_office() as office:
        office.box.greylisting = True
        found, error = refusal(office.url)
        assert (found, str(error)) == (LATER, "RCPT answered 451 4.7.1")
        assert send(office.url)
        assert len(office.box.mails) == 1


@pytest.mark.parametrize(
    ("answer", "flags"),
    [
        ("451 4.3.0 try later", LATER),
        ("421 4.3.2 going down", WAIT),
        ("552 5.2.2 over quota", LATER),
        ("552 5.3.4 message too big", FAILED),
        ("554 5.6.0 looks like spam", FAILED),
        ("530 5.7.0 sign in first", CLOSED),
        ("354 go on", UNKNOWN),
    ],
)
def test_what_is_said_of_the_message(answer: str, flags: Flags) -> None:
    with post_office() as office:
        office.box.data = answer
        found, error = refusal(office.url)
    assert found == flags
    assert str(error).startswith("the message answered")


@pytest.mark.parametrize(
    ("answer", "flags"),
    [("451 4.7.1 too fast", WAIT), ("550 5.7.1 not from you", CLOSED), ("421 busy", WAIT)],
)
def test_what_is_said_of_the_sender_is_about_all_mail(answer: str, flags: Flags) -> None:
    with post_office() as office:
        office.box.mail = answer
        assert refusal(office.url)[0] == flags


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_cut_after_the_whole_message_is_unknown(office: Served, cut: str) -> None:
    office.box.cut = "before" if cut == "before" else "after"
    found, error = refusal(office.url)
    assert found == UNKNOWN
    assert "took the whole message" in str(error)
    assert len(office.box.mails) == (cut == "after")


def test_a_password_that_is_refused_closes_the_account_and_is_not_told(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with post_office("starttls", certificate) as office:
        office.box.password = "another"
        found, error = refusal(office.url)
        assert office.box.asked["AUTH PLAIN"] == 1, "tried once: some servers count"
    assert (found, str(error)) == (CLOSED, "AUTH answered 535 5.7.8")
    assert error.answer is not None
    assert PASSWORD not in error.answer.body


def test_a_certificate_that_nobody_vouches_for_gets_nothing(certificate: Path) -> None:
    for kind in ("starttls", "tls"):
        with post_office("starttls" if kind == "starttls" else "tls", certificate) as office:
            found, error = refusal(office.url)
            assert found == LATER
            assert "its certificate is refused" in str(error)
            assert not office.box.asked


def test_no_password_goes_out_without_tls(certificate: Path) -> None:
    with post_office("plain") as office:
        found, error = refusal(f"smtp://user:password@127.0.0.1:{office.port}")
        assert (found, "STARTTLS" in str(error)) == (LATER, True)
        assert not office.box.asked
    with pytest.raises(ValueError, match="without TLS"):
        server("smtp://user:password@mail.example.com?tls=no")


def test_nobody_is_there() -> None:
    assert refusal(f"smtp://127.0.0.1:{free_port()}?tls=no")[0] == LATER
    found, error = refusal("smtp://no-such-host.invalid?tls=no")
    assert found == LATER
    assert error.answer is None


def dialogue(*lines: bytes) -> Callable[[socket.socket], None]:
    """Say these, one after the other, whatever is asked; then hang up."""

    def answer(connection: socket.socket) -> None:
        for line in lines:
            connection.sendall(line)
            if not connection.recv(1 << 16):
                return

    return answer


HELLO = (b"220 mx\r\n", b"250 mx\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n")


@pytest.mark.parametrize(
    ("lines", "flags"),
    [
        ([], LATER),
        ([b"554 no service\r\n"], WAIT),
        ([b"421 busy\r\n"], WAIT),
        ([b"HTTP/1.1 400 Bad Request\r\n"], LATER),
        ([b"220 mx\r\n", b"250-" + b"x" * 5000 + b"\r\n"], LATER),
        ([b"220 mx\r\n", b"250-more\r\n" * (LINES + 1)], LATER),
        ([b"220 mx\r\n", b"502 what\r\n"], WAIT),
        ([*HELLO[:4], b"451 later\r\n"], LATER),
        ([*HELLO, b"rubbish\r\n"], UNKNOWN),
        ([*HELLO, b"250"], UNKNOWN),
        ([*HELLO], UNKNOWN),
    ],
)
def test_servers_that_speak_badly(lines: list[bytes], flags: Flags) -> None:
    with rude_server(dialogue(*lines)) as url:
        found, error = refusal(url)
    assert found == flags, str(error)


@pytest.mark.parametrize(("said", "flags"), [((), LATER), (HELLO, UNKNOWN)], ids=["start", "end"])
def test_a_server_that_drips_is_cut_when_the_time_is_up(
    said: tuple[bytes, ...], flags: Flags
) -> None:
    def drip(connection: socket.socket) -> None:
        for line in said:
            connection.sendall(line)
            connection.recv(1 << 16)
        connection.settimeout(0.05)
        while True:
            connection.sendall(b"2")
            with contextlib.suppress(TimeoutError):
                if not connection.recv(1 << 16):
                    return

    with rude_server(drip) as url:
        found, _ = refusal(url, read_timeout=0.3)
    assert found == flags


def test_a_long_answer_is_cut_and_cannot_steer_a_terminal() -> None:
    lines = [*HELLO, b"".join(b"554-\x1b[2J%s\r\n" % (b"y" * 900) for _ in range(9)) + b"554 x\r\n"]
    with rude_server(dialogue(*lines)) as url:
        _, error = refusal(url)
    assert error.answer is not None
    assert len(error.answer.body) == BODY_KEPT
    assert "\x1b" not in error.answer.body


@pytest.mark.parametrize("address", ["a@b.cz>\r\nRCPT TO:<x@y.cz", "ž@example.com"])
def test_an_address_is_never_two_commands(address: str) -> None:
    with post_office() as office:
        refusal(office.url, address)
        assert office.box.asked["RCPT"] == 0
