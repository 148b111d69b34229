"""What the configuration says of mail, and what is said of mistakes in it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from frontdesk.config import ConfigError, Settings, load
from frontdesk.crm.mail.settings import MailForm
from frontdesk.crm.mailing.mailboxes import server
from frontdesk.kinds import KINDS
from frontdesk.model.lead import Lead
from tests.postbox import with_mail

URL = "smtps://desk:s3cret@mail.example.com"


@pytest.mark.parametrize(
    ("url", "means"),
    [
        (URL, ("mail.example.com", 465, "desk", "s3cret", "at once")),
        ("smtp://mail.example.com", ("mail.example.com", 587, "", "", "starttls")),
        ("smtp://mail.example.com:25?tls=no", ("mail.example.com", 25, "", "", "no")),
        ("smtp://a%40b.cz:x%2Fy@h:26/", ("h", 26, "a@b.cz", "x/y", "starttls")),
        ("smtp://u:p@127.0.0.1:25?tls=no", ("127.0.0.1", 25, "u", "p", "no")),
        ("smtps://žluťoučký.example", ("xn--luouk-uva4it5a4g.example", 465, "", "", "at once")),
    ],
)
def test_what_an_address_of_a_server_means(url: str, means: tuple[object, ...]) -> None:
    assert server(url) == means


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://mail.example.com", "not the address of a mail server"),
        ("smtps://desk:s3/cret@mail.example.com", "not the address of a mail server"),
        ("smtps://desk:s3cret@", "there is no host in it"),
        ("smtps://desk@mail.example.com", "a user needs a password"),
        ("smtp://desk:s3cret@mail.example.com?tls=no", "a password is not sent without TLS"),
        ("smtps://desk:s3cret@mail.example.com?tls=no", "only tls=no is known"),
        ("smtp://mail.example.com?verify=no", "only tls=no is known"),
        ("smtp://mail.example.com:99999", "not the address of a mail server"),
        ("smtp://mail.example.com\\nRCPT", "no spaces or control characters"),
        ("smtp://[::1", "not the address of a mail server"),
    ],
)
def test_mistakes_in_it_are_told_without_the_password(
    write_config: Callable[..., Path], url: str, said: str
) -> None:
    problems = wrong(write_config(with_mail(url)))
    assert [problem.partition(": ")[0] for problem in problems] == [
        "destinations.sales.url",
        "destinations.hello.url",
    ]
    assert said in problems[0]
    assert "s3cret" not in "".join(problems)


def wrong(config: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(config, KINDS, os.environ)
    return caught.value.problems


def changed(write_config: Callable[..., Path], **changes: str) -> list[str]:
    """What is wrong once `old` is `new`."""
    text = with_mail(URL)
    assert changes["old"] in text
    return wrong(write_config(text.replace(changes["old"], changes["new"], 1)))


TO = 'to = ["sales@example.com"]'
REPLY = 'reply_to = "office@example.com"'
MISTAKES = {
    "no recipient": (TO, "", "forms.riverside.mail.to: is missing"),
    "no address": (TO, 'to = ["sales"]', "forms.riverside.mail.to[0]: not an address"),
    "two addresses": (TO, 'to = ["a@b.cz, c@d.cz"]', "forms.riverside.mail.to[0]: not an"),
    "a header": (TO, 'to = ["a@b.cz\\nBcc: c@d.cz"]', "forms.riverside.mail.to[0]: not an"),
    "not ASCII": (TO, 'to = ["žofie@example.com"]', "forms.riverside.mail.to[0]: not an"),
    "a sender": (
        "Frontdesk <leads@example.com>",
        "Frontdesk leads",
        "destinations.sales.from: not an address",
    ),
    "a sender's name": (
        "Frontdesk <leads@example.com>",
        "Frontdesk\\nBcc: x <leads@example.com>",
        "destinations.sales.from: there is a character in the name",
    ),
    "language of the mail": (
        TO,
        f'{TO}\nlanguage = "fr"',
        "forms.riverside.mail.language: there are no messages in 'fr'",
    ),
    "language of a route": (
        TO,
        f'{TO}\n[[forms.riverside.mail.routes]]\nlanguages = ["de"]\n{TO}',
        "forms.riverside.mail.routes[0].languages[0]: is none of the form's languages",
    ),
    "nobody in a route": (
        TO,
        f"{TO}\n[[forms.riverside.mail.routes]]\nto = []",
        "forms.riverside.mail.routes[0].to: ",
    ),
    "nowhere to withdraw": (REPLY, "", "forms.riverside.contact: is missing, and so is"),
    "too often": (REPLY, f'{REPLY}\nonce_in = "1 s"', "forms.riverside.confirmation.once_in: "),
    "too rarely": (REPLY, f'{REPLY}\nonce_in = "2 d"', "forms.riverside.confirmation.once_in: "),
    "a link": (REPLY, f'{REPLY}\nlink = "javascript:x"', "forms.riverside.confirmation.link: not"),
    "confirmation alone": (
        '["sales", "hello"]',
        '["hello"]',
        "forms.riverside.destinations: none of these brings the lead to anybody",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_place(write_config: Callable[..., Path], mistake: str) -> None:
    old, new, said = MISTAKES[mistake]
    (problem,) = changed(write_config, old=old, new=new)
    assert problem.startswith(said)


def test_a_route_for_a_unit_that_the_form_has_not_is_a_mistake(
    write_config: Callable[..., Path],
) -> None:
    route = f'{TO}\n[[forms.riverside.mail.routes]]\nunits = ["A.*", "X?"]\n{TO}'
    text = with_mail(URL).replace(TO, route, 1)
    text = text.replace("\nrooms = ", '\nunits = ["A.101"]\nrooms = ')
    assert wrong(write_config(text)) == [
        "forms.riverside.mail.routes[0].units[1]: the form has no unit like 'X?'"
    ]


@pytest.mark.parametrize(
    ("unit", "language", "to"),
    [
        ("A.101", "cs", "a@example.com"),
        ("A.101", "de", "a@example.com"),
        ("B.1", "de", "de@example.com"),
        ("B.1", "cs", "all@example.com"),
        ("a.101", "cs", "all@example.com"),
        (None, "de", "de@example.com"),
        (None, "cs", "all@example.com"),
    ],
)
def test_the_first_route_that_fits_counts(unit: str | None, language: str, to: str) -> None:
    routes = [
        {"units": ["A.*", "X"], "to": ["a@example.com"]},
        {"languages": ["de"], "to": ["de@example.com"]},
        {"units": ["A.101"], "to": ["never@example.com"]},
    ]
    section = MailForm.model_validate({"to": ["all@example.com"], "routes": routes})
    assert section.recipients(Lead("Jana", "Nováková", language, unit=unit)) == [to]


def attach(write_config: Callable[..., Path], name: str) -> Path:
    return write_config(with_mail(URL).replace(REPLY, f'{REPLY}\nattachment = "{name}"'))


def test_an_attachment_is_a_file_of_the_configurations_folder(
    write_config: Callable[..., Path], tmp_path: Path
) -> None:
    place = "forms.riverside.confirmation.attachment: "
    config = attach(write_config, "files/brochure.pdf")
    (problem,) = wrong(config)
    assert problem == f"{place}{tmp_path / 'files/brochure.pdf'}: No such file or directory"
    (tmp_path / "files").mkdir()
    (tmp_path / "files/brochure.pdf").write_bytes(b"%PDF")
    found: Settings = load(config, KINDS, os.environ)
    section = found.forms["riverside"].crm["confirmation"]
    assert section.attachment == tmp_path / "files/brochure.pdf"
    with (tmp_path / "files/brochure.pdf").open("wb") as file:
        file.truncate(5_000_001)
    assert "has more than 5 MB" in wrong(config)[0]
    os.mkfifo(tmp_path / "pipe")  # nothing waits for what may come out of it
    for name in ("files", "pipe"):
        assert wrong(attach(write_config, name))[0].endswith(f"{name} is not a file")
    (tmp_path / "loop").symlink_to("loop")
    assert wrong(attach(write_config, "loop"))[0].endswith("loop: is a link to itself")


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret.txt", "link.txt"])
def test_nothing_else_of_the_machine_can_be_attached(
    write_config: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    (tmp_path.parent / "secret.txt").write_text("secret")
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    (problem,) = wrong(attach(write_config, name))
    assert problem.endswith("the configuration's folder; copy it there")
