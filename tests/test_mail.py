"""From the form to a person by mail, and back to the visitor, through real servers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from frontdesk.config import load
from frontdesk.couriers import make_courier
from frontdesk.delivery.courier import run_beside
from frontdesk.kinds import KINDS
from frontdesk.store.files.store import FileStore
from frontdesk.store.query import Query
from tests.amount import amount
from tests.cli.conftest import Desk
from tests.postbox import PASSWORD, USER, Served, post_office, self_signed, with_mail
from tests.samples import received
from tests.support import METRICS, Site, eventually, free_port, open_app

STRANGER = "stranger@example.com"


@pytest.fixture
def office() -> Iterator[Served]:
    with post_office() as served:
        yield served


@pytest.fixture
def desk(
    office: Served, write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str
) -> Desk:
    config = write_config(with_mail(office.url, more=METRICS))
    return Desk(config, serve(open_app(config)), crm)


def deliveries(desk: Desk, identity: str) -> dict[str, dict[str, Any]]:
    (record,) = [r for r in desk.records() if r["submission"]["id"] == identity]
    found: dict[str, dict[str, Any]] = record["deliveries"]
    return found


def states(desk: Desk, identity: str) -> dict[str, str]:
    return {name: delivery["state"] for name, delivery in deliveries(desk, identity).items()}


BOTH = {"sales": "delivered", "hello": "delivered"}
WITHHELD = {"sales": "delivered", "hello": "withheld"}


def test_an_enquiry_reaches_a_person_and_its_visitor_is_told(desk: Desk, office: Served) -> None:
    identity = desk.site.enquire(language="cs").json()["id"]
    eventually(lambda: states(desk, identity) == BOTH)
    (sales,), (hello,) = (office.box.to(a) for a in ("sales@example.com", "jana@example.com"))
    assert sales.content["Reply-To"] == "jana@example.com"
    assert "Is there a cellar?" in sales.body()
    assert hello.content["Subject"] == "Vaše poptávka: Rezidence U řeky"
    assert "2+kk, 3+kk" in hello.body()
    assert "Souhlasím se zpracováním údajů." in hello.body()
    assert "A.101" not in hello.body(), "the form offers no units, so this one was typed"
    shown = desk.run("show", identity)
    assert f"sales: taken as <{identity}.sales@example.com>" in shown.stdout
    outcome = deliveries(desk, identity)["sales"]["answer"]
    assert (outcome["status"], outcome["body"]) == (250, "250 2.0.0 OK: queued")


def test_what_is_not_sent_on_purpose_is_settled_and_told(desk: Desk, office: Served) -> None:
    identity = desk.site.enquire(email=None).json()["id"]
    eventually(lambda: states(desk, identity) == WITHHELD)
    (record,) = desk.records()
    assert record["state"] == "delivered"
    assert "hello: not sent, there is no email address" in record["remark"]
    assert "withheld" in desk.run("show", identity).stdout
    assert "hello: not sent, there is no email address" in desk.run("log").stdout
    assert desk.run("status").exit_code == 0
    told = desk.site.metrics()
    assert told("deliveries_total", destination="hello", outcome="withheld") == 1
    # A replay leaves it alone, and even one by force breaks no rule.
    left = desk.run("replay", identity)
    assert "is delivered already" in left.stdout
    forced = desk.run("replay", identity, "--force")
    assert forced.exit_code == 0, forced.output
    assert states(desk, identity) == WITHHELD
    assert len(office.box.letters("sales@example.com")) == 2
    again = office.box.to("sales@example.com")[-1]
    assert str(again.content["Subject"]).startswith("Sent again:")


def test_nobody_is_told_anything_whom_no_captcha_has_found_human(
    office: Served, write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str
) -> None:
    captcha = f"""provider = "hcaptcha"
sitekey = "a-key"
secret = "a-secret"
verify_url = "http://127.0.0.1:{free_port()}/siteverify"
on_outage = "deliver\""""
    config = write_config(
        with_mail(office.url), **{'provider = "none"\nallow_none = true': captcha}
    )
    desk = Desk(config, serve(open_app(config)), crm)
    identity = desk.site.enquire(captcha="a-response").json()["id"]
    eventually(lambda: states(desk, identity) == WITHHELD)
    (record,) = desk.records()
    assert record["submission"]["origin"]["captcha"] == "unavailable"
    assert "hello: not sent, the captcha could not be asked" in record["remark"]


def test_a_server_that_is_away_for_a_while_loses_nothing(
    office: Served, write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str
) -> None:
    config = write_config(with_mail(office.url))
    desk = Desk(config, serve(open_app(config)), crm)
    office.box.cut = "after"
    identity = desk.site.enquire().json()["id"]
    eventually(lambda: office.box.asked["DATA"] >= 4)
    assert {d["unknown"] for d in deliveries(desk, identity).values() if d["setbacks"]} == {True}
    office.box.cut = None
    eventually(lambda: states(desk, identity) == BOTH)
    for address in ("sales@example.com", "jana@example.com"):
        assert len(office.box.letters(address)) == 1, "what came several times has one id"
    assert len(office.box.to("sales@example.com")) > 1


def test_greylisting_and_a_full_mailbox_are_waited_for(desk: Desk, office: Served) -> None:
    office.box.greylisting = True
    first = desk.site.enquire().json()["id"]
    eventually(lambda: states(desk, first) == BOTH)
    full = desk.site.enquire(email="full@example.com").json()["id"]
    eventually(lambda: deliveries(desk, full)["hello"].get("setbacks", 0) > 1)
    assert states(desk, full)["sales"] == "delivered"
    assert states(desk, full)["hello"] in ("deferred", "attempting"), "it is tried again and again"
    assert "RCPT answered 452 4.2.2" in deliveries(desk, full)["hello"]["reason"]


def test_a_password_that_is_refused_closes_the_account_until_it_is_right(
    write_config: Callable[..., Path],
    serve: Callable[[Flask], Site],
    crm: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with post_office("starttls", certificate) as office:
        config = write_config(with_mail(office.url))
        desk = Desk(config, serve(open_app(config)), crm)
        checked = desk.run("check")
        assert checked.exit_code == 0, checked.output
        assert "takes us; mail is from Frontdesk <leads@example.com>" in checked.stdout
        office.box.password = "another"
        first = desk.site.enquire().json()["id"]
        eventually(lambda: states(desk, first) == {"sales": "failed", "hello": "failed"})
        second = desk.site.enquire(email="jan@example.com").json()["id"]
        checked = desk.run("check", "--open")
        assert checked.exit_code == 1
        assert "AUTH answered 535" in checked.stdout
        assert states(desk, second) == {"sales": "pending", "hello": "pending"}
        office.box.password = PASSWORD
        assert desk.run("check", "--open").exit_code == 0
        eventually(lambda: states(desk, second) == BOTH)
        assert desk.run("replay", "--state", "failed").exit_code == 0
        assert states(desk, first) == BOTH
        everything = json.dumps(desk.records()) + desk.run("show", first, "--json").stdout
        assert PASSWORD not in everything
        assert USER.encode() not in b"".join(mail.raw for mail in office.box.mails)


@pytest.mark.long
def test_many_enquiries_with_a_strangers_address_make_one_confirmation(
    office: Served, write_config: Callable[..., Path], tmp_path: Path
) -> None:
    """Whoever sends them; and those who answer get every one."""
    number = amount(100, 1000)
    config = write_config(with_mail(office.url))
    store = FileStore(tmp_path / "var")
    spellings = (STRANGER, STRANGER.upper(), "str.anger+shop@example.com")
    came = [
        received(
            destinations=("sales", "hello"),
            email=spellings[each % 3],
            note=f"Buy this, {each}",
        )
        for each in range(number)
    ]
    store.append(*came)
    with run_beside(make_courier(load(config, KINDS), store)):
        eventually(lambda: store.states() == {"delivered": number})
    letters = {
        a: office.box.letters(a) for a in {to for mail in office.box.mails for to in mail.to}
    }
    assert len(letters.pop("sales@example.com")) == number
    ((address, sent),) = letters.items()
    assert address.casefold() in spellings
    assert len(sent) == 1
    found = store.find(Query(), limit=number).records
    assert sum(one.deliveries["hello"].state == "withheld" for one in found) == number - 1
    (mail,) = office.box.to(address)
    assert "Buy this" not in mail.body() + mail.body("html")
    store.close()
