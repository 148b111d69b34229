"""A webhook leads where it may, in whatever spelling, and whoever answers for a name."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from frontdesk import networks
from frontdesk.config import ConfigError, load
from frontdesk.crm.webhook.destination import WebhookDestination
from frontdesk.crm.webhook.settings import WebhookAccount
from frontdesk.delivery.destination import DeliveryError
from frontdesk.kinds import KINDS
from tests.crm.realgeeks.test_destination import submission
from tests.crm.webhook.receiver import PATH, SECRET
from tests.support import FORM, calls

METADATA = [
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0XA9.0xFE.0xA9.0xFE",
    "0251.0376.0251.0376",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[0:0:0:0:0:ffff:a9fe:a9fe]",
    "[::169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[64:ff9b:1:a9fe:a9:fe00:808:808]",
    "[64:ff9b:1:a9:fe:a9fe:808:808]",
    "[64:ff9b:1:0:a9:fea9:fe08:808]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:a9fe:a9fe::1]",
    "[fe80::a9fe:a9fe]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "[fd00:42::42]",
    "[fd00:c1::a9fe:a9fe]",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",
    "[::]",
    "224.0.0.1",
    "255.255.255.255",
]
PRIVATE = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "10.0.0.1",
    "172.16.9.9",
    "192.168.1.1",
    "100.64.0.1",
    "[fc00::1]",
    "[fec0::1]",
    "[::ffff:10.0.0.1]",
]
PUBLIC = [
    "203.0.114.1",
    "8.8.8.8",
    "[2606:4700::1111]",
    "[64:ff9b::808:808]",
    "[64:ff9b:1::808:808]",
    "erp.example.com",
]


def account(host: str, scheme: str = "https", *, private: bool) -> WebhookAccount:
    return WebhookAccount(url=f"{scheme}://{host}/x", private=private)


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("host", METADATA)
def test_what_no_configuration_may_name(host: str, private: bool) -> None:
    with pytest.raises(ValueError, match=r"; nothing is ever sent there, so that it has to be"):
        account(host, private=private)


@pytest.mark.parametrize("host", PRIVATE)
def test_what_a_configuration_has_to_mean(host: str) -> None:
    with pytest.raises(ValueError, match=r"; if that is meant, set private = true"):
        account(host, private=False)
    assert account(host, "http", private=True).url


@pytest.mark.parametrize("host", PUBLIC)
def test_what_a_configuration_may_name(host: str) -> None:
    assert account(host, private=False).url
    with pytest.raises(ValueError, match="must be an https address; http is for private = true"):
        account(host, "http", private=False)


def test_all_of_it_is_said_by_the_path_of_the_setting(write_config: Callable[..., Path]) -> None:
    for line, said in (
        ('url = "http://2852039166/a-secret"', "2852039166, 169.254.169.254, is where clouds "),
        ('url = "https://erp.example.com/a-secret#x"', "an address that is sent to has no #"),
        ('url = "https://user:a-secret@erp.example.com/"', "not an http or https address"),
        ('url = "https://erp.example.com/"\nsecrets = ["whsec_a-secret"]', 'must be "whsec_" and '),
        (
            'url = "https://erp.example.com/"\nheaders = { Host = "a-secret" }',
            "Host is set by Frontdesk",
        ),
        (
            'url = "https://erp.example.com/"\nheaders = { "a b" = "a-secret" }',
            "'a b' is not the name of a header",
        ),
        (
            'url = "https://erp.example.com/"\nbody = { text = "{lead.salary}" }',
            "text: there is no {lead.salary}; there are at, form, id, lead.",
        ),
        (
            'url = "https://erp.example.com/"\nbody = { a = [{ b = 2026-01-01 }] }',
            "a[0].b: must be a text, a number, true or false",
        ),
    ):
        text = f'{FORM}\n[destinations.erp]\ntype = "webhook"\n{line}\n'
        with pytest.raises(ConfigError) as caught:
            load(write_config(text), KINDS)
        (problem,) = caught.value.problems
        assert problem.startswith("destinations.erp.")
        assert said in problem
        assert "a-secret" not in problem


class Names:
    """A name server that gives the next of some answers each time, as one for rebinding does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        self.answers, self.asked, self.real = list(answers), 0, socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)

    def look_up(self, host: str, *args: Any, **options: Any) -> list[Any]:
        if host != "erp.example.com":
            return [*self.real(host, *args, **options)]
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [row for each in answer for row in self.real(each, *args, **options)]


def named(receiver: str, *, private: bool) -> WebhookDestination:
    """A destination whose receiver is known by a name."""
    port = receiver.rpartition(":")[2]
    scheme = "http" if private else "https"
    section = WebhookAccount(
        url=f"{scheme}://erp.example.com:{port}{PATH}", private=private, secrets=[SECRET]
    )
    return WebhookDestination("erp", section, {}, None)


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize(
    "answer",
    [
        ["169.254.169.254"],
        ["::ffff:169.254.169.254"],
        ["fd00:ec2::254"],
        ["203.0.114.1", "169.254.169.254"],
        ["0.0.0.0"],
    ],
    ids=str,
)
def test_a_name_that_leads_to_the_metadata_of_a_cloud(
    monkeypatch: pytest.MonkeyPatch, receiver: str, answer: list[str], private: bool
) -> None:
    Names(monkeypatch, answer)
    for ask in (
        lambda: named(receiver, private=private).deliver(submission(), "no"),
        lambda: list(named(receiver, private=private).check([])),
    ):
        with pytest.raises(DeliveryError) as caught:
            ask()
        said = str(caught.value)
        assert said.startswith(f"POST erp.example.com: erp.example.com, {answer[-1]}, is ")
        assert said.endswith(
            "nothing is ever sent there, so that it has to be the receiver's own address"
        )
        # It is the operator's to mend, so that the rest waits; and the receiver has nothing.
        error = caught.value
        assert (error.permanent, error.account, error.unknown) == (True, True, False)
    assert not calls(receiver)


@pytest.mark.parametrize("answer", ["127.0.0.1", "::ffff:127.0.0.1", "10.0.0.1"])
def test_a_name_that_leads_into_a_private_network(
    monkeypatch: pytest.MonkeyPatch, receiver: str, answer: str
) -> None:
    Names(monkeypatch, [answer])
    with pytest.raises(DeliveryError, match="if that is meant, set private = true"):
        named(receiver, private=False).deliver(submission(), "no")
    assert not calls(receiver)


def test_what_was_looked_at_is_what_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, receiver: str
) -> None:
    """The second answer would be another machine; a private one, which is allowed here."""
    names = Names(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
    named(receiver, private=True).deliver(submission(), "no")
    assert names.asked == 1
    assert [status for _, status in calls(receiver)] == [204]


def test_one_that_cannot_be_reached_is_followed_by_the_next(
    monkeypatch: pytest.MonkeyPatch, receiver: str
) -> None:
    Names(monkeypatch, ["127.0.0.3", "127.0.0.1"])  # nobody listens on the first
    named(receiver, private=True).deliver(submission(), "no")
    assert [status for _, status in calls(receiver)] == [204]


def test_a_name_that_does_not_exist_is_tried_again(receiver: str) -> None:
    section = WebhookAccount(url="https://nobody.invalid/x")
    with pytest.raises(DeliveryError, match="cannot be reached") as caught:
        WebhookDestination("erp", section, {}, None).deliver(submission(), "no")
    assert (caught.value.permanent, caught.value.unknown) == (False, False)


def test_a_proxy_of_the_environment_does_not_look_the_name_up(
    monkeypatch: pytest.MonkeyPatch, receiver: str
) -> None:
    Names(monkeypatch, ["127.0.0.1"])
    with socket.create_server(("127.0.0.1", 0)) as proxy, monkeypatch.context() as patched:
        for name in ("http_proxy", "HTTPS_PROXY", "all_proxy"):
            patched.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        named(receiver, private=True).deliver(submission(), "no")
    assert [status for _, status in calls(receiver)] == [204]


def test_a_password_of_a_netrc_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, receiver: str, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login jana password a-secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    Names(monkeypatch, ["127.0.0.1"])
    named(receiver, private=True).deliver(submission(), "no")
    (sent,) = requests.get(f"{receiver}/_sandbox/requests", timeout=30).json()
    assert "Authorization" not in sent["parameters"]


def test_what_is_an_address() -> None:
    assert networks.written("0251.0376.0251.0376") == "169.254.169.254"
    assert networks.written("erp.example.com") is None
    assert networks.written("10.example.com") is None


def test_by_which_way_an_address_is_reached_changes_nothing() -> None:
    assert networks.objection("fd00:ec2::254%1", private=True) is not None
    assert networks.objection("fd00:ec2::1%1", private=True) is None
