"""`[inbox]`: who may sign in, and what is a mistake."""

import subprocess
import sys
from pathlib import Path

import pytest
from werkzeug.security import check_password_hash

from frontdesk.config import ConfigError, Settings, load
from frontdesk.kinds import KINDS
from tests.support import FORM, GENERAL

HASH = "scrypt:32768:8:1$pcCWGSukl7OLdzOt$" + "7c" * 64
TOTP = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
EVA = f'[[inbox.people]]\nname = "Eva"\npassword = "{HASH}"\n'


def loaded(folder: Path, inbox: str, top: str = "") -> Settings:
    path = folder / "frontdesk.toml"
    general = GENERAL.replace("{crm}", "http://127.0.0.1:9")
    path.write_text(top + general + FORM + inbox, encoding="utf-8")
    return load(path, KINDS, {})


def test_without_the_section_there_is_none(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").inbox is None


def test_a_person_with_a_password(tmp_path: Path) -> None:
    inbox = loaded(tmp_path, f'[inbox]\nidle = "20 min"\ntimezone = "Europe/Prague"\n{EVA}').inbox
    assert inbox is not None
    (eva,) = inbox.people
    assert (eva.name, eva.password, eva.role, eva.forms) == ("Eva", HASH, "read", None)
    assert (inbox.idle, inbox.longest) == (1200, 12 * 3600)
    assert HASH not in repr(inbox), "it is nobody's business in a log"


def test_a_second_step(tmp_path: Path) -> None:
    secret, code = "GEZDGNBVGY3TQOJQGEZDGNBVGY", "a1" * 32
    more = f'totp = "{secret[:4].lower()} {secret[4:]}"\nrecovery = ["{code}"]\n'
    inbox = loaded(tmp_path, EVA + more).inbox
    assert inbox is not None
    (eva,) = inbox.people
    assert (eva.totp, eva.recovery) == (f"{secret}======", [code])
    assert secret not in repr(inbox)
    assert code not in repr(inbox)


def test_a_header_of_a_trusted_proxy(tmp_path: Path) -> None:
    text = '[inbox.header]\nname = "X-User"\n[[inbox.people]]\nname = "eva@example.com"\n'
    inbox = loaded(tmp_path, text, top="trusted_proxies = 1\n").inbox
    assert inbox is not None
    assert inbox.header is not None
    assert inbox.header.name == "X-User"


def test_a_site_that_says_who_it_is(tmp_path: Path) -> None:
    inbox = loaded(tmp_path, "[inbox]\nhost = true\n").inbox
    assert inbox is not None
    assert inbox.host


OIDC = '[inbox.oidc]\nissuer = "https://id.example.com"\nclient_id = "frontdesk"\n'
NAMED = '[[inbox.people]]\nname = "eva@example.com"\n'


def test_a_provider_of_sign_ins(tmp_path: Path) -> None:
    inbox = loaded(tmp_path, f'{OIDC}client_secret = "quite secret"\n{NAMED}').inbox
    assert inbox is not None
    oidc = inbox.oidc
    assert oidc is not None
    assert (oidc.issuer, oidc.claim, oidc.verified) == ("https://id.example.com", "email", True)
    assert "quite secret" not in repr(inbox)
    here = OIDC.replace("https://id.example.com", "http://localhost:8080/realms/x")
    assert loaded(tmp_path, here + NAMED).inbox is not None


def test_without_its_package_it_says_what_to_install(tmp_path: Path) -> None:
    loaded(tmp_path, OIDC + NAMED)
    script = (
        "import sys; sys.modules['authlib'] = None; from frontdesk.cli import main; main(['check'])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert "inbox.oidc: needs the package Authlib: install `frontdesk[oidc]`" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("inbox", "path", "said"),
    [
        ("[inbox]\n", "inbox.people", "nobody could sign in; write [[inbox.people]]"),
        ("[inbox]\npeople = []\n", "inbox.people", "nobody could sign in"),
        (
            '[[inbox.people]]\nname = "Eva"\n',
            "inbox.people[0].password",
            "is missing; `frontdesk inbox password` makes the line",
        ),
        (
            '[[inbox.people]]\nname = "Eva"\npassword = "a good password"\n',
            "inbox.people[0].password",
            'must be like "scrypt:32768:8:1$…"',
        ),
        (
            EVA + 'totp = "a good password"\n',
            "inbox.people[0].totp",
            "must be at least 26 letters and digits of base 32; `frontdesk inbox totp`",
        ),
        (EVA + 'totp = "GEZDGNBVGY3TQOJQ"\n', "inbox.people[0].totp", "at least 26"),
        (EVA + f'totp = "{TOTP}=="\nrecovery = "x"\n', "inbox.people[0].recovery", "a list"),
        (
            EVA + f'totp = "{TOTP}"\nrecovery = ["a good password"]\n',
            "inbox.people[0].recovery[0]",
            "not the SHA-256 of a code, 64 hex digits; `frontdesk inbox totp`",
        ),
        (
            EVA + f'recovery = ["{"a1" * 32}"]\n',
            "inbox.people[0].recovery",
            "is for who has lost what makes the codes of totp, which is missing",
        ),
        (
            f'[inbox.header]\nname = "X"\n[[inbox.people]]\nname = "Eva"\ntotp = "{TOTP}"\n',
            "inbox.people[0].totp",
            "is asked for after a password, which is missing",
        ),
        (EVA + EVA, "inbox.people", "'Eva' is there twice"),
        (EVA + 'role = "boss"\n', "inbox.people[0].role", "must be 'read', 'act' or 'admin'"),
        (EVA + 'forms = ["hill"]\n', "inbox.people[0].forms[0]", "no form is called 'hill'"),
        (EVA + "forms = []\n", "inbox.people[0].forms", "must have at least 1 item"),
        (
            '[inbox.header]\nname = "X-User"\n' + EVA,
            "inbox.header",
            "anybody could send it: it is only believed with trusted_proxies = 1 or more",
        ),
        (OIDC, "inbox.people", "nobody could sign in"),
        (
            OIDC.replace("https", "http") + NAMED,
            "inbox.oidc.issuer",
            "must be an https address, as the provider writes it; http is for localhost",
        ),
        (OIDC.replace(".com", ".com/?a=b") + NAMED, "inbox.oidc.issuer", "must be an https"),
        (OIDC + 'claim = "a b"\n' + NAMED, "inbox.oidc.claim", "is not the name of a claim"),
        ("[inbox]\nhost = true\n" + OIDC, "inbox.oidc", "take it out"),
        ("[inbox]\nhost = true\n" + EVA, "inbox.people", "take it out"),
        (f'[inbox]\ntimezone = "Prague"\n{EVA}', "inbox.timezone", "no such time zone"),
        (f'[inbox]\nidle = "1 s"\n{EVA}', "inbox.idle", "must be greater than or equal to 60"),
        (f"[inbox]\nopen = true\n{EVA}", "inbox.open", "unknown key"),
        ('inbox = "yes"\n', "inbox", "must be a table"),
    ],
)
def test_mistakes_are_told_with_their_place(
    tmp_path: Path, inbox: str, path: str, said: str
) -> None:
    top, section = (inbox, "") if inbox.startswith("inbox") else ("", inbox)
    if '[inbox.header]\nname = "X"\n' in inbox:
        top = "trusted_proxies = 1\n"
    with pytest.raises(ConfigError) as told:
        loaded(tmp_path, section, top)
    (problem,) = told.value.problems
    place, _, message = problem.partition(": ")
    assert place == path
    assert said in message
    assert "a good password" not in problem


def test_what_passes_for_a_hash_can_be_checked() -> None:
    """Else it would be an error at each sign-in."""
    assert not check_password_hash(HASH, "whatever")
