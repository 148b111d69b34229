"""`notify.urls` change: receivers are told apart by what they are, not by where they stand."""

from collections.abc import Callable

from frontdesk.model.events import Notified
from frontdesk.monitoring.recipients import recipients
from tests.monitoring.conftest import SECRET_KEY, Desk, fail
from tests.receivers import Mailbox, Webhook, mail_server
from tests.support import eventually

ONE_FAILED = ["Frontdesk: 1 lead failed"]


def test_others_in_front_and_in_another_order(
    desk: Callable[..., Desk], hook: Webhook, other: Webhook, mailbox: Mailbox
) -> None:
    office = desk(hook.url)
    fail(office, 1)
    with office.at_work():
        eventually(office.notified)
    office = desk(other.url, hook.url)
    with office.at_work():
        eventually(office.notified)
    office = desk(hook.url, mailbox.url, other.url)
    with office.at_work():
        eventually(lambda: office.notified(1))
    assert hook.titles == other.titles == [m["Subject"] for m in mailbox.mails] == ONE_FAILED


def test_one_that_did_not_listen_is_put_first(
    desk: Callable[..., Desk], hook: Webhook, other: Webhook
) -> None:
    office = desk(hook.url, other.url)
    other.status = 500
    fail(office, 1)
    with office.at_work():
        eventually(lambda: office.notified(0) and office.notified(1))
    assert office.unheard() == {"notify.urls[1]": "answered 500"}
    office = desk(other.url, hook.url)
    assert office.unheard() == {"notify.urls[0]": "answered 500"}
    other.status = 200
    with office.at_work():
        eventually(lambda: other.titles == ONE_FAILED)
    assert hook.titles == ONE_FAILED


def test_one_is_removed_and_comes_back(
    desk: Callable[..., Desk], hook: Webhook, other: Webhook
) -> None:
    office = desk(hook.url, other.url)
    hook.status = 500
    fail(office, 1)
    with office.at_work():
        eventually(lambda: office.notified(0) and office.notified(1))
    office = desk(other.url)
    assert office.unheard() == {}
    with office.at_work():
        pass
    hook.status = 200
    office = desk(other.url, hook.url)
    with office.at_work():
        eventually(lambda: hook.titles == ONE_FAILED)
    assert other.titles == ONE_FAILED


def test_a_journal_of_places(desk: Callable[..., Desk], hook: Webhook, other: Webhook) -> None:
    """As it was written when a receiver was its place in `notify.urls`."""
    office = desk(hook.url, other.url)
    (lead,) = fail(office, 1)
    # The third was removed since.
    office.journal.append(*(Notified(receiver=n, what=(f"failed:{lead}",)) for n in (0, 2)))
    office.journal.append(Notified(receiver=1, reason="answered 403"))
    assert office.unheard() == {"notify.urls[1]": "answered 403"}
    # `frontdesk notify`, before the courier has seen anything of it.
    office.journal.append(Notified(receiver=recipients(office.settings)[0].identity))
    with office.at_work():
        eventually(lambda: other.titles == ONE_FAILED)
    assert hook.titles == []
    with mail_server() as third:
        office = desk(other.url, hook.url, third.url)
        with office.at_work():
            eventually(lambda: len(third.mails) == 1)
    assert (hook.titles, other.titles) == ([], ONE_FAILED)
    assert office.unheard() == {}


def test_another_secret_key(desk: Callable[..., Desk], hook: Webhook, other: Webhook) -> None:
    new = "the secret that comes after it"
    office = desk(hook.url, other.url)
    other.status = 500
    fail(office, 1)
    with office.at_work():
        eventually(lambda: office.notified(0) and office.notified(1))
    office = desk(other.url, hook.url, secrets=[new, *SECRET_KEY])
    assert office.unheard() == {"notify.urls[0]": "answered 500"}
    with office.at_work():
        pass
    office = desk(hook.url, other.url, secrets=[new])
    assert office.unheard() == {"notify.urls[1]": "answered 500"}
    with office.at_work():
        pass
    office = desk(other.url, hook.url)  # back to the old one
    other.status = 200
    with office.at_work():
        eventually(lambda: other.titles == ONE_FAILED)
    assert hook.titles == ONE_FAILED


def test_an_identity_is_of_use_to_nobody_without_the_key(
    desk: Callable[..., Desk], mailbox: Mailbox
) -> None:
    (one,) = recipients(desk(mailbox.url).settings)
    (other,) = recipients(desk(mailbox.url, secrets=["a secret of somebody else"]).settings)
    assert one.identity != other.identity
    assert not any(name.startswith("#") for name in (one.identity, other.identity))
    assert mailbox.url not in repr(one)
