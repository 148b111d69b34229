"""Messages really sent: by SMTP and HTTP, to servers that are well and to others."""

import logging
import socket
import subprocess
import sys

import pytest

from frontdesk.sender import MessageError, Sender, checked
from tests.receivers import Mailbox, Webhook
from tests.support import free_port, raw_server

SECRETS = {
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops",
    "https to hooks.slack.com": (
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    ),
    "tgram": "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "discord": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "mailtos to gmail.com": "mailtos://ops:hunter2@gmail.com",
    "ntfy": "ntfy://our-secret-topic",
    "json to 127.0.0.1": "json://ops:hunter2@127.0.0.1:8080/hidden",
    "jsons to example.com": "JSONS://ops:hunter2@example.com/hidden",
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_receiver_is_called_by_scheme_and_host(name: str) -> None:
    assert Sender(SECRETS[name]).name == name


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("", None),
        ("hunter2", None),
        ("hunter2 hunter2://", None),
        ("slack://hunter2", "slack"),
        ("json://", "json"),
        ("mailto://hunter2", "mailto"),
        ("carrierpigeon://hunter2", "carrierpigeon"),
        ("https://example.com/hunter2", "https"),
        ("file:///etc/hunter2", "file"),
        ("mailto://ops:hunter2@example.com,json://hunter2", "mailto"),
        ("json://[hunter2", "json"),
    ],
)
def test_a_url_that_leads_nowhere(
    url: str, scheme: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    with pytest.raises(ValueError, match=scheme or "not an Apprise URL") as refused:
        checked(url)
    assert "hunter2" not in str(refused.value) + caplog.text


def test_by_http(hook: Webhook) -> None:
    Sender(hook.url).send("Frontdesk: a test", "One line.\n\nAnd <another> one.")
    (message,) = hook.taken
    assert message["title"] == "Frontdesk: a test"
    assert message["message"] == "One line.\n\nAnd <another> one."
    assert message["type"] == "warning"


def test_by_mail(mailbox: Mailbox) -> None:
    Sender(mailbox.url).send("Frontdesk: a test", "One line.\n\nAnd <another> one.", well=True)
    (mail,) = mailbox.mails
    assert mail["Subject"] == "Frontdesk: a test"
    assert mail["To"] == "ops@example.com"
    assert "desk@example.com" in mail["From"]
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().split() == ["One", "line.", "And", "<another>", "one."]


def test_an_answer_that_is_no_success_and_then_one(hook: Webhook) -> None:
    sender = Sender(hook.url)
    hook.status = 500
    with pytest.raises(MessageError, match=r"^answered 500$"):
        sender.send("title", "text")
    hook.status = 200
    sender.send("title", "text")
    assert hook.titles == ["title"]


@pytest.mark.parametrize("scheme", ["json", "mailto"])
def test_nobody_there(scheme: str) -> None:
    where = f"{scheme}://127.0.0.1:{free_port()}?from=desk@example.com&to=ops@example.com"
    with pytest.raises(MessageError, match="cannot be reached"):
        Sender(where).send("title", "text")


def test_a_redirect_is_not_followed(hook: Webhook) -> None:
    def elsewhere(connection: socket.socket) -> None:
        location = f"http://127.0.0.1:{hook.port}/"
        connection.sendall(
            f"HTTP/1.1 307 Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    with raw_server(elsewhere) as url, pytest.raises(MessageError, match="answered 307"):
        Sender(url.replace("http", "json")).send("title", "text")
    assert hook.asked == 0


def test_a_server_that_never_finishes_keeps_nobody(hook: Webhook) -> None:
    """It drips, so that no time limit of a socket is ever reached."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        try:
            while not hook.over.wait(0.05):
                connection.sendall(b".")
        except OSError:
            pass

    with raw_server(drip) as url:
        sender = Sender(url.replace("http", "json"))
        with pytest.raises(MessageError, match=r"did not finish within 0\.3 seconds"):
            sender.send("title", "text", patience=0.3)
        # Nor does it collect threads.
        with pytest.raises(MessageError, match="still busy"):
            sender.send("title", "text")
        hook.over.set()


FORKING = """
import os, socket, sys, threading
from frontdesk.sender import MessageError, Sender

server = socket.create_server(("127.0.0.1", 0))  # which takes every message and answers none
sender = Sender(f"json://127.0.0.1:{server.getsockname()[1]}")

def said(patience):
    try:
        sender.send("title", "text", patience=patience)
    except MessageError as error:
        return str(error)

print(said(0.2), said(60), sep="\\n", flush=True)
child = os.fork()
if child == 0:
    print(said(0.2), flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""


def test_a_forked_process_is_not_busy_with_its_parents_message() -> None:
    # Not from this process, in which other tests have had browsers and threads.
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True)
    unfinished = "did not finish within 0.2 seconds"
    busy = "is still busy with an earlier message"
    assert done.stdout.splitlines() == [unfinished, busy, unfinished], done.stderr


def test_no_secret_in_any_log(hook: Webhook, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    sender = Sender(hook.url)
    sender.send("title", "text")
    hook.status = 403
    with pytest.raises(MessageError) as refused:
        sender.send("title", "text")
    assert "s3cret" not in caplog.text + str(refused.value) + sender.name


def test_the_host_sites_own_messages_are_logged_as_ever(
    hook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    from apprise import Apprise

    Sender(hook.url).send("ours", "text")
    caplog.set_level(logging.INFO, "apprise")
    assert Apprise(hook.url).notify("text", "theirs")
    assert hook.titles == ["ours", "theirs"]
    assert [r.message for r in caplog.records if r.name == "apprise" and "Sent" in r.message] == [
        "Sent JSON POST notification."
    ]
