"""Being told, for real: a courier at work, a CRM in trouble, and receivers that are well or not."""

import shutil
from collections.abc import Callable

import pytest

from frontdesk.data_dir import outage
from frontdesk.model.events import Held, Opened
from tests.monitoring.conftest import Desk, fail
from tests.receivers import Mailbox, Webhook
from tests.samples import received
from tests.support import FORM, eventually, fault, leads, mend

# What no message, log or journal line about messages may have.
PERSONAL = ("Jana", "Nováková", "jana@example.com", "192.0.2.7")
SECRETS = ("s3cret", "ops@example.com")


def test_fifty_failed_leads_are_one_message(
    desk: Callable[..., Desk], hook: Webhook, mailbox: Mailbox
) -> None:
    office = desk(hook.url, mailbox.url)
    ids = fail(office, 50)
    office.start()
    for receiver in (0, 1):
        (told,) = eventually(lambda receiver=receiver: office.notified(receiver))
        assert set(told.what) == {f"failed:{one}" for one in ids}
    assert hook.titles == ["Frontdesk: 50 leads failed"]
    (mail,) = mailbox.mails
    assert mail["Subject"] == "Frontdesk: 50 leads failed"
    assert "- 50 of riverside to crm: create-lead answered 400 (" in mail.get_content()


def test_a_lead_that_fails_and_one_that_is_held(
    desk: Callable[..., Desk], hook: Webhook, crm: str
) -> None:
    office = desk(hook.url)
    office.start()
    fault(crm, "status", status=400)
    line = received()
    office.journal.append(line)
    eventually(lambda: hook.titles == ["Frontdesk: 1 lead failed"])
    assert str(line.id)[:8] in hook.taken[0]["message"]
    held = received()
    office.journal.append(Held(id=held.id, reason="the captcha provider could not be asked"), held)
    eventually(lambda: hook.titles[1:] == ["Frontdesk: 1 lead held"])
    assert "the captcha provider could not be asked" in hook.taken[1]["message"]


TURNSTILE = """
[forms.riverside.captcha]
provider = "turnstile"
sitekey = "k"
secret = "s"
"""


def test_a_captcha_that_another_process_gets_no_answers_of(
    desk: Callable[..., Desk], hook: Webhook
) -> None:
    office = desk(hook.url, form=FORM + TURNSTILE)
    web = office.store.lease(outage("turnstile"))
    assert web.win()
    office.start()
    eventually(lambda: hook.titles == ["Frontdesk: turnstile cannot be asked"])
    eventually(lambda: office.notified())
    web.resign()
    eventually(lambda: hook.titles[1:] == ["Frontdesk: turnstile answers again"])


def test_a_closed_account_is_told_once_and_that_it_is_open_again(
    desk: Callable[..., Desk], hook: Webhook, crm: str
) -> None:
    office = desk(hook.url)
    office.start()
    fault(crm, "status", status=401)
    office.journal.append(received())
    eventually(lambda: hook.titles == ["Frontdesk: crm is closed, 1 lead failed"])
    eventually(lambda: office.notified())
    mend(crm)
    office.journal.append(Opened(destination="crm", by="eva"))
    eventually(lambda: hook.titles[1:] == ["Frontdesk: crm is open again"])
    assert hook.taken[1]["type"] == "success"
    office.quiet()
    assert len(hook.taken) == 2


def test_a_restart_tells_nothing_again(desk: Callable[..., Desk], hook: Webhook, crm: str) -> None:
    office = desk(hook.url)
    fail(office, 3)
    office.start()
    eventually(lambda: office.notified())
    office.quiet()  # so that the courier has read that, too
    office.stop()
    office.start()
    office.quiet()
    assert hook.titles == ["Frontdesk: 3 leads failed"]
    assert len(leads(crm)) == 6


def test_a_late_lead_and_that_none_is_late_any_more(
    desk: Callable[..., Desk], hook: Webhook, crm: str
) -> None:
    office = desk(hook.url, late="200 ms")
    fault(crm, "status", status=503, times=None)
    office.start()
    office.journal.append(received())
    eventually(lambda: hook.titles == ["Frontdesk: leads are late"])
    eventually(lambda: office.notified())
    mend(crm)
    eventually(lambda: hook.titles[1:] == ["Frontdesk: no lead is late any more"])


def test_it_is_recalled(desk: Callable[..., Desk], hook: Webhook) -> None:
    office = desk(hook.url, repeat="300 ms")
    fail(office, 2)
    office.start()
    eventually(lambda: "Frontdesk: reminder: 2 leads failed" in hook.titles)
    assert hook.titles[0] == "Frontdesk: 2 leads failed"
    assert any(told.again for told in eventually(lambda: office.notified()[1:]))


def test_what_comes_soon_after_a_message_waits_for_the_next(
    desk: Callable[..., Desk], hook: Webhook
) -> None:
    office = desk(hook.url, bundle="2 s")
    fail(office, 1)
    office.start()
    (first,) = eventually(lambda: office.notified())
    fail(office, 3)
    second = eventually(lambda: office.notified()[1:])[0]
    assert hook.titles == ["Frontdesk: 1 lead failed", "Frontdesk: 3 leads failed"]
    assert (second.at - first.at).total_seconds() >= 2


def test_one_that_fails_is_tried_again_and_does_not_hold_up_the_other(
    desk: Callable[..., Desk], hook: Webhook, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    office = desk(hook.url, mailbox.url)
    hook.status = 500
    ids = fail(office, 1)
    office.start()
    (failure, *_) = eventually(lambda: office.notified(0))
    assert (failure.reason, failure.what) == ("answered 500", ())
    (told, *_) = eventually(lambda: office.notified(1))
    assert (told.reason, told.what) == (None, (f"failed:{ids[0]}",))
    assert office.unheard() == {"notify.urls[0]": "answered 500"}
    hook.status = 200
    eventually(lambda: office.notified(0)[-1].what == (f"failed:{ids[0]}",))
    assert office.unheard() == {}
    office.quiet()
    assert hook.titles == ["Frontdesk: 1 lead failed"]
    assert len(mailbox.mails) == 1
    assert "notify.urls[0] (json to 127.0.0.1) took no message: answered 500" in caplog.text


def test_the_wait_grows_while_a_receiver_fails(desk: Callable[..., Desk], hook: Webhook) -> None:
    office = desk(hook.url)
    hook.status = 500
    fail(office, 1)
    office.start()
    one, two, three, *_ = (
        n.at for n in eventually(lambda: office.notified()[2:] and office.notified())
    )
    assert (two - one).total_seconds() >= 1
    assert (three - two).total_seconds() >= 2


def test_a_receiver_that_hangs_holds_up_no_delivery(
    desk: Callable[..., Desk], hook: Webhook, crm: str
) -> None:
    office = desk(hook.url)
    hook.status = None
    fail(office, 1)
    office.start()
    eventually(lambda: hook.asked)
    office.quiet()
    assert len(leads(crm)) == 3
    assert not hook.over.is_set()
    (failure, *_) = eventually(lambda: office.notified())
    assert failure.reason == "cannot be reached, or refused it"


def test_while_nothing_can_be_written_down_it_is_told_once(
    desk: Callable[..., Desk], hook: Webhook
) -> None:
    office = desk(hook.url)
    office.journal.append(received())
    office.start()
    office.quiet()
    # A file where the folder should be: what root cannot write to either.
    folder = office.journal.directory
    shutil.move(folder, folder.with_name("elsewhere"))
    folder.write_text("in the way")
    eventually(lambda: hook.titles == ["Frontdesk: the journal cannot be written"])
    folder.unlink()
    shutil.move(folder.with_name("elsewhere"), folder)
    eventually(lambda: hook.titles[1:] == ["Frontdesk: the journal can be written again"])


def test_no_personal_data_and_no_secret_anywhere(
    desk: Callable[..., Desk],
    hook: Webhook,
    mailbox: Mailbox,
    crm: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(1)
    office = desk(hook.url, mailbox.url)
    office.start()
    fault(crm, "status", status=401)
    held = received()
    office.journal.append(Held(id=held.id, reason="spam suspected"), held, received())
    told = eventually(
        lambda: [n for n in (*office.notified(0), *office.notified(1)) if "closed:crm" in n.what]
    )
    eventually(lambda: office.notified(0) and office.notified(1))
    office.stop()
    said = [f"{m['title']} {m['message']}" for m in hook.taken]
    said += [f"{m['Subject']} {m.get_content()}" for m in mailbox.mails]
    assert told
    assert len(said) >= 2
    for text in PERSONAL:
        assert text not in "".join(said)
    lines = "".join(map(str, (*office.notified(0), *office.notified(1))))
    logged = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("mail."))
    for text in (*PERSONAL, *SECRETS):
        assert text not in lines
        assert text not in logged


def test_nobody_to_tell(desk: Callable[..., Desk]) -> None:
    office = desk()
    fail(office, 1)
    office.start()
    office.quiet()
    assert office.notified() == []
