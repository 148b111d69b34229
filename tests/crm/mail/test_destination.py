"""A lead becomes a letter to those who answer it, whatever a stranger has typed."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from frontdesk.config import Inbox, Settings, validate
from frontdesk.crm.accounts import destinations
from frontdesk.crm.mailing.letters import line
from frontdesk.delivery.destination import Delivered, DeliveryError, Destination, PriorDelivery
from frontdesk.kinds import KINDS
from frontdesk.model import events
from frontdesk.model.lead import Consent, Lead, Origin
from frontdesk.store.memory.store import MemoryStore
from tests.postbox import Mail, Served, header_lines, post_office, with_mail
from tests.samples import received
from tests.support import FORM, GENERAL

IDENTITY = UUID("4f9b3f52-6f0c-4a3e-8f6b-1f2d3c4b5a69")
HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
    *("X-Auto-Response-Suppress", "Reply-To", "MIME-Version", "Content-Type"),
]


@pytest.fixture
def office() -> Iterator[Served]:
    with post_office() as served:
        yield served


def configured(url: str, more: str = "", form: str = FORM, general: str = "") -> Settings:
    text = f"{general}\n{GENERAL}{with_mail(url, form=form, more=more)}"
    return validate(tomllib.loads(text.replace("{crm}", "http://127.0.0.1:9")), KINDS, {})


def sales(settings: Settings, store: MemoryStore | None = None) -> Destination:
    return destinations(settings, store or MemoryStore())["sales"]


def deliver(
    office: Served, prior: PriorDelivery = "no", *, settings: Settings | None = None, **lead: Any
) -> Mail:
    """The mail that a lead becomes."""
    came = received(IDENTITY, destinations=("sales",), **lead).submission
    result = sales(settings or configured(office.url)).deliver(came, prior)
    mail = office.box.mails[-1]
    assert isinstance(result, Delivered)
    assert (result.inquiry_id, result.customer_id) == (mail.id, None)
    return mail


def test_all_that_was_answered_is_told(office: Served) -> None:
    mail = deliver(
        office,
        phone="+420777123456",
        unit="A.101",
        rooms=("2+kk", "3+kk"),
        price_max=8_500_000,
        note="Is there a cellar?\nAnd a lift?",
        attributes={"pets": True, "floors": 3, "unasked": ["a", "b"], "empty": ""},
        consents=(
            Consent(2, granted=True, text="I agree to [this](https://example.com)."),
            Consent(1, granted=False, text="News."),
        ),
        campaign="spring",
    )
    assert header_lines(mail) == HEADERS
    assert mail.content["Subject"] == "Riverside Residences: Jana Nováková, A.101"
    assert mail.content["From"] == "Frontdesk <leads@example.com>"
    assert mail.content["Reply-To"] == "jana@example.com"
    assert mail.content["Auto-Submitted"] == "auto-generated"
    assert mail.to == ["sales@example.com"]
    text = mail.body()
    for told in (
        "First name: Jana",
        "Last name: Nováková",
        "Email: jana@example.com",
        "Phone: +420777123456",
        "Unit: A.101",
        "Rooms: 2+kk, 3+kk",
        "Highest price: 8,500,000 CZK",
        "pets: Yes",
        "floors: 3",
        "unasked: a, b",
        "> Is there a cellar?\n> And a lift?",
        "- Yes: I agree to this.",
        "- No: News.",
        "Campaign: spring",
    ):
        assert told in text
    assert "empty" not in text
    for told in ("Nováková", "8,500,000 CZK", "Is there a cellar?\nAnd a lift?"):
        assert told in mail.body("html")


def test_it_is_in_the_language_that_the_form_says(office: Served) -> None:
    assert "Příjmení" not in deliver(office).body(), "the first of the form's is English"
    czech = with_mail(office.url).replace(
        'to = ["sales@example.com"]', 'to = ["sales@example.com"]\nlanguage = "cs"'
    )
    tree = tomllib.loads((GENERAL + czech).replace("{crm}", "http://127.0.0.1:9"))
    mail = deliver(office, settings=validate(tree, KINDS, {}))
    assert "Příjmení: Nováková" in mail.body()
    assert str(mail.content["Subject"]).startswith("Rezidence U řeky")


NASTY = [
    "x\r\nBcc: everybody@example.com",
    "x\nBcc: everybody@example.com",
    "x\r\n\r\n<b>body</b>",
    "x\u2028Bcc: everybody@example.com",
    "x\x0bBcc: y\x00\x1b[2J",
    "=?utf-8?q?=0D=0ABcc:_everybody=40example.com?=",
    "==?utf-8?b?DQpCY2M6IGFAYi5jeg==?=?=",
    "\u202eevil\u200b",
    ", <everybody@example.com>",
    "x" * 4000,
    "{{ settings }}{% raise %}",
]


@pytest.mark.parametrize("typed", NASTY)
def test_no_header_is_slipped_in_and_no_html_obeyed(office: Served, typed: str) -> None:
    mail = deliver(office, first_name=typed, last_name=typed, unit=typed, note=typed)
    assert header_lines(mail) == HEADERS
    assert mail.to == ["sales@example.com"]
    assert mail.content["To"] == "sales@example.com"
    assert not mail.content["Bcc"]
    assert len(str(mail.content["Subject"])) <= 150
    assert "<b>" not in mail.body("html")
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("email", "header"),
    [
        (None, None),
        ("jana@žluťoučký.example", "jana@xn--luouk-uva4it5a4g.example"),
        ("žofie@example.com", None),
        ("x@y.cz\r\nBcc: a@b.cz", None),
        ("no address", None),
    ],
)
def test_a_reply_goes_to_the_visitor_if_the_address_is_one(
    office: Served, email: str | None, header: str | None
) -> None:
    mail = deliver(office, email=email)
    assert mail.content["Reply-To"] == header
    assert set(header_lines(mail)) <= set(HEADERS)


def test_a_repeat_has_the_same_id_and_one_that_a_person_wanted_another(office: Served) -> None:
    store = MemoryStore()
    came = received(IDENTITY, destinations=("sales",))
    store.append(came)
    there = sales(configured(office.url), store)
    first, second = (there.deliver(came.submission, prior) for prior in ("no", "perhaps"))
    assert isinstance(first, Delivered)
    assert isinstance(second, Delivered)
    assert first.inquiry_id == second.inquiry_id == f"<{IDENTITY}.sales@example.com>"
    for time in (1, 2):
        arrived = events.Delivered(id=IDENTITY, destination="sales")
        forced = events.Replayed(id=IDENTITY, by="eva", destinations=("sales",), force=True)
        store.append(arrived, arrived, forced)  # a line may come twice
        for _ in range(2):
            there.deliver(came.submission, "yes")
            assert office.box.mails[-1].id == f"<{IDENTITY}.sales.again{time}@example.com>"
            assert str(office.box.mails[-1].content["Subject"]).startswith("Sent again:")
    assert len(office.box.letters("sales@example.com")) == 3


def test_a_link_leads_to_the_inbox_if_it_is_known_where_that_is(office: Served) -> None:
    address = 'public_url = "https://leads.example.com/desk/"'
    here = configured(office.url, general=address)
    inbox = Inbox.model_construct(public_url="")
    elsewhere = Inbox.model_construct(public_url="https://desk.example.com")
    for settings in (here, configured(office.url).model_copy(update={"inbox": inbox})):
        assert "/inbox/" not in deliver(office, settings=settings).body()
    mail = deliver(office, settings=here.model_copy(update={"inbox": inbox}))
    assert f"In the inbox: https://leads.example.com/desk/inbox/{IDENTITY}" in mail.body()
    mail = deliver(office, settings=here.model_copy(update={"inbox": elsewhere}))
    assert f'<a href="https://desk.example.com/inbox/{IDENTITY}">' in mail.body("html")


def test_a_form_that_is_gone_has_nobody_to_send_to(office: Served) -> None:
    came = received(destinations=("sales",)).submission
    gone = type(came)(came.id, came.at, "gone", came.lead, came.origin, came.destinations)
    with pytest.raises(DeliveryError, match="not configured any more") as caught:
        sales(configured(office.url)).deliver(gone, "no")
    assert (caught.value.permanent, caught.value.account) == (True, False)


def test_a_lead_without_a_contact_is_mailed_too(office: Served) -> None:
    mail = deliver(office, first_name="", last_name="", email=None)
    assert mail.content["Subject"] == "Riverside Residences"


def test_other_words_stand_in_for_ours(office: Served, tmp_path: Path) -> None:
    folder = tmp_path / "frontdesk_mail"
    folder.mkdir()
    template, foot = folder / "enquiry.txt", folder / "foot.txt"
    foot.write_text("\n{{ x }}")
    template.write_text("Subject: {{ title }}\r\n{{ _('Unit') }}\n\n{{ name }} asks: {{ note }}\n")
    settings = configured(office.url).model_copy(update={"templates_dir": tmp_path})
    mail = deliver(office, settings=settings, note="<b>How much?</b>")
    assert mail.content["Subject"] == "Riverside Residences Unit"
    assert mail.body() == "Jana Nováková asks: <b>How much?</b>\n"
    assert "&lt;b&gt;How much?&lt;/b&gt;" in mail.body("html"), "that one is ours still"
    for text, said in (
        ("Subject: x\n\n{{ nmae }}", f"{template}, line 3: 'nmae' is undefined"),
        ("Subject: x\n\n{% if %}", f"{template}, line 3: Expected an expression"),
        ("Dear all", "its first line is not like Subject"),
        ("Subject: x\n\n{{ 1 / 0 }}", f"{template}, line 3: ZeroDivisionError"),
        ("Subject: x\n\n{% include 'frontdesk_mail/enquiry.txt' %}", "line 3: RecursionError"),
        ("Subject: x\n\n{% include 'frontdesk_mail/foot.txt' %}", f"{foot}, line 2: 'x' is unde"),
        ("Subject: x\n\n{% include 'gone.txt' %}", f"{template}, line 3: there is no gone.txt"),
        ("Subject: x\n\n{{ cycler() }}", f"{template}, line 3: RuntimeError"),
        ("Subject: x\n\n{{ dict(a=1, a=2) }}", f"{template}: keyword argument repeated: a;"),
        ("Subject: x\n\n{{ '\\ud800' }}", "it writes what is no character"),
    ):
        template.write_text(text)
        there = sales(settings)
        with pytest.raises(DeliveryError, match="no letter is made of it until") as caught:
            there.deliver(received(destinations=("sales",)).submission, "no")
        assert said in str(caught.value)
        assert (caught.value.permanent, caught.value.account) == (False, True)
    for wrong, said in (
        (b"Subject: x\n\n{% if %}", f"{template}, line 3: Expected"),
        (b"Subject: x\n\n{{ dict(a=1, a=2) }}", f"{template}: keyword argument repeated"),
        (b"Subject: \xff", f"{template}: is not in UTF-8"),
    ):
        template.write_bytes(wrong)
        findings = list(sales(settings).check([settings.forms["riverside"]]))
        assert [finding.well for finding in findings] == [True, False, True]
        assert said in findings[1].message


def test_a_check_says_who_gets_what(office: Served) -> None:
    route = '\n[[forms.riverside.mail.routes]]\nunits = ["A.*"]\nto = ["eva@example.com"]\n'
    settings = configured(office.url, more=route)
    findings = list(sales(settings).check([settings.forms["riverside"]]))
    assert all(finding.well for finding in findings)
    assert findings[-1].message == "forms.riverside: to sales@example.com, eva@example.com"
    assert office.box.mails == []


def test_names_of_what_came_from_elsewhere_are_told(office: Served) -> None:
    origin = Origin("realgeeks", "", source="Zillow")
    lead = Lead("Jana", "Nováková", "en", email="jana@example.com")
    came = events.Received(
        id=IDENTITY, form="riverside", lead=lead, origin=origin, destinations=("sales",)
    )
    sales(configured(office.url)).deliver(came.submission, "no")
    assert "Came from: Zillow" in office.box.mails[-1].body()


def test_a_line_has_all_that_is_seen_and_what_joins_it() -> None:
    family = "👨\u200d👩\u200d👧"
    assert (
        line(f" علی\u200cرضا\r\nBcc:\u2028x\u202e\x00 {family} ") == f"علی\u200cرضا Bcc: x {family}"
    )
