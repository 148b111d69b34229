"""frontdesk.toml: what is understood, and that every mistake is told at once, with its path."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from frontdesk.config import ConfigError, Settings, find, load
from frontdesk.crm.realpad.settings import RealpadAccount, RealpadForm
from frontdesk.intake.sections import AltchaSection, HCaptchaSection, NoneSection
from frontdesk.kinds import KINDS

# DESIGN.md's example, less the CRM that there is not yet.
EXAMPLE = """
data_dir = "var"                       # the journal lives in var/journal/
secret_key = "${FRONTDESK_SECRET_KEY}" # or a list, newest first, for rotation
public_url = "https://leads.example.com"
trusted_proxies = 1                    # X-Forwarded-For hops to believe; 0 by default

[limits]
submissions = "5/minute; 30/hour"      # per client address (IPv6: per /64) and form
storage = "memory://"                  # any storage the limits library knows, e.g. redis://
max_body = "64 KiB"

[captcha]
provider = "hcaptcha"                  # hcaptcha | altcha | none (none only with allow_none = true)
sitekey = "${HCAPTCHA_SITEKEY}"
secret = "${HCAPTCHA_SECRET}"
verify_url = "https://api.hcaptcha.com/siteverify"
on_outage = "hold"                     # hold | deliver | refuse, when the provider cannot be asked

[delivery]
courier = "inside"                     # inside: an elected web process delivers; apart: a command
concurrency = 4
retry_first = "30 seconds"             # backoff doubles from here, with full jitter
retry_longest = "1 hour"
give_up_after = "5 days"

[destinations.crm]
type = "realpad"
base_url = "https://cms.realpad.eu/ws/v10/"
login = "${REALPAD_LOGIN}"
password = "${REALPAD_PASSWORD}"

[forms.riverside]
title = { en = "Riverside Residences", cs = "Riverside Residences" }
destinations = ["crm"]
languages = ["cs", "en"]               # the first is the default
phone_region = "CZ"                    # for numbers typed without a prefix
currency = "CZK"
rooms = ["1+kk", "2+kk", "3+kk", "4+kk"]
units = []                             # optional allow-list of internal ids; empty: any
allowed_origins = ["https://riverside.example.com"]   # CORS and frame-ancestors
privacy_url = "https://riverside.example.com/privacy"
success_url = ""                       # optional; else the built-in thank-you

[forms.riverside.realpad]              # what this form adds to a lead for Realpad
project = 1234
referral = 77
campaign = "web"
tags = ["web"]
unit_as = "internalid"                 # internalid | unitid
consent_mode = "update"                # update -> updateconsents (default); replace -> consents

[[forms.riverside.consents]]
id = 2
label = { en = "I agree.", cs = "Souhlasím." }
required = true

[[forms.riverside.consents]]
id = 1
label = "News"

[[forms.riverside.attributes]]         # custom attributes, configured in the CRM first
key = "customer_has_pets"
type = "boolean"                       # boolean string integer decimal date select multiselect
label = { en = "Do you have pets?", cs = "Máte domácí mazlíčky?" }

[[forms.riverside.attributes]]
key = "customer_kind"
type = "select"
label = "Kind"
options = [{ value = "1", label = { en = "One", cs = "Jeden" } }, { value = "2", label = "2" }]
"""

ENVIRON = {
    "FRONTDESK_SECRET_KEY": "the secret of nobody at all",
    "HCAPTCHA_SITEKEY": "5f0c0f5e-0000-4000-8000-000000000000",
    "HCAPTCHA_SECRET": "ES_the-secret-of-hcaptcha",
    "REALPAD_LOGIN": "developer",
    "REALPAD_PASSWORD": "the-password-of-realpad",
}
SECRETS = [value for name, value in ENVIRON.items() if name != "HCAPTCHA_SITEKEY"]


class File:
    """A configuration file to be changed and loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = EXAMPLE

    def replace(self, old: str, new: str) -> None:
        assert old in self.text
        self.text = self.text.replace(old, new, 1)

    def load(self, environ: Mapping[str, str] = ENVIRON) -> Settings:
        self.path.write_text(self.text, encoding="utf-8")
        return load(self.path, KINDS, environ)

    def problems(self, environ: Mapping[str, str] = ENVIRON) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            self.load(environ)
        told = caught.value.problems
        assert str(caught.value).splitlines() == ["the configuration cannot be used:", *told]
        assert not [secret for secret in SECRETS if secret in str(caught.value)]
        return told


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "frontdesk.toml")


# -- what is understood ------------------------------------------------------------------------


def test_the_whole_example(file: File, tmp_path: Path) -> None:
    settings = file.load()
    assert settings.data_dir == tmp_path / "var"
    assert settings.secret_key == ["the secret of nobody at all"]
    assert (settings.public_url, settings.trusted_proxies) == ("https://leads.example.com", 1)
    limits = settings.limits
    assert (limits.submissions, limits.storage, limits.max_body) == (
        "5/minute; 30/hour",
        "memory://",
        65536,
    )
    captcha = settings.captcha
    assert isinstance(captcha, HCaptchaSection)
    assert (captcha.secret, captcha.on_outage) == ("ES_the-secret-of-hcaptcha", "hold")
    delivery = settings.delivery
    assert (delivery.courier, delivery.concurrency) == ("inside", 4)
    assert (delivery.retry_first, delivery.retry_longest) == (30, 3600)
    assert delivery.give_up_after == 5 * 86400
    account = settings.destinations["crm"].account
    assert settings.destinations["crm"].type == "realpad"
    assert isinstance(account, RealpadAccount)
    assert (account.login, account.password) == ("developer", "the-password-of-realpad")
    form = settings.forms["riverside"]
    assert (form.slug, form.languages, form.currency) == ("riverside", ["cs", "en"], "CZK")
    assert form.rooms == ["1+kk", "2+kk", "3+kk", "4+kk"]
    assert form.allowed_origins == ["https://riverside.example.com"]
    assert [(c.id, c.required) for c in form.consents] == [(2, True), (1, False)]
    assert [(a.key, a.type) for a in form.attributes] == [
        ("customer_has_pets", "boolean"),
        ("customer_kind", "select"),
    ]
    assert [option.value for option in form.attributes[1].options] == ["1", "2"]
    assert form.crm["realpad"] == RealpadForm(
        project=1234, referral=77, campaign="web", tags=("web",)
    )
    assert settings.captcha_of(form) is captcha


LEAST = """
secret_key = "long enough for a secret"
captcha = { provider = "altcha" }
[destinations.crm]
type = "realpad"
login = "me"
password = "x"
[forms.a]
title = "A"
destinations = ["crm"]
"""


def test_the_shortest_one(file: File) -> None:
    file.text = LEAST
    settings = file.load({})
    form = settings.forms["a"]
    assert settings.data_dir == file.path.parent / "var"
    assert (form.languages, form.consents, form.limits.submissions) == (
        ["en"],
        [],
        "5/minute; 30/hour",
    )
    assert form.crm["realpad"] == RealpadForm()
    assert settings.destinations["crm"].account.base_url == "https://cms.realpad.eu/ws/v10/"


def test_keys_can_be_rotated(file: File) -> None:
    file.replace(
        '"${FRONTDESK_SECRET_KEY}"', '["${FRONTDESK_SECRET_KEY}", "the one that was before it"]'
    )
    assert file.load().secret_key == ["the secret of nobody at all", "the one that was before it"]


@pytest.mark.parametrize(
    ("data_dir", "expected"),
    [("var", "{here}/var"), ("../x", "{here}/../x"), ("/srv/leads", "/srv/leads"), (".", "{here}")],
)
def test_data_dir_is_seen_from_the_file(
    file: File,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    data_dir: str,
    expected: str,
) -> None:
    file.replace('data_dir = "var"', f'data_dir = "{data_dir}"')
    file.path.write_text(file.text, encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    settings = load(Path("../frontdesk.toml"), KINDS, ENVIRON)
    assert settings.data_dir == Path(expected.format(here=tmp_path))


def test_a_form_inherits_limits_key_by_key(file: File) -> None:
    file.replace('max_body = "64 KiB"', 'max_body = "64 KiB"\ntokens = "7/minute"')
    file.text += '[forms.riverside.limits]\nfill_time = "5 s"\ntokens = "8/minute"\n'
    file.text += '[forms.hillside]\ntitle = "Hillside"\ndestinations = ["crm"]\n'
    forms = file.load().forms
    limits, other = forms["riverside"].limits, forms["hillside"].limits
    assert (limits.submissions, limits.tokens, limits.fill_time) == (
        "5/minute; 30/hour",
        "8/minute",
        5,
    )
    assert (other.submissions, other.tokens, other.fill_time) == (
        "5/minute; 30/hour",
        "7/minute",
        2,
    )


def test_a_form_with_a_captcha_of_its_own(file: File) -> None:
    file.text += '[forms.riverside.captcha]\nprovider = "altcha"\ncost = 2000\n'
    file.text += '[forms.hillside]\ntitle = "Hillside"\ndestinations = ["crm"]\n'
    settings = file.load()
    own = settings.captcha_of(settings.forms["riverside"])
    assert isinstance(own, AltchaSection)
    assert own.cost == 2000
    assert settings.captcha_of(settings.forms["hillside"]) is settings.captcha


def test_no_captcha_where_it_is_wanted(file: File) -> None:
    file.text += '[forms.riverside.captcha]\nprovider = "none"\nallow_none = true\n'
    settings = file.load()
    assert isinstance(settings.captcha_of(settings.forms["riverside"]), NoneSection)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("30 seconds", 30),
        ("30s", 30),
        ("250 ms", 0.25),
        ("1.5 min", 90),
        ("2 HOURS", 7200),
        (" 1 day ", 86400),
    ],
)
def test_durations(file: File, written: str, seconds: float) -> None:
    file.replace('give_up_after = "5 days"', f'give_up_after = "{written}"')
    assert file.load().delivery.give_up_after == seconds


@pytest.mark.parametrize(
    ("written", "size"), [("64 KiB", 65536), ("64KB", 64000), ("0.5 MiB", 524288), ("5000 B", 5000)]
)
def test_sizes(file: File, written: str, size: int) -> None:
    file.replace("64 KiB", written)
    assert file.load().limits.max_body == size


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://Riverside.Example.com/", "https://riverside.example.com"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://*.example.com", "https://*.example.com"),
        ("HTTPS://*.Příklad.CZ:8443/", "https://*.xn--pklad-zsa96e.cz:8443"),
    ],
)
def test_origins(file: File, written: str, origin: str) -> None:
    file.replace('["https://riverside.example.com"]', f'["{written}"]')
    assert file.load().forms["riverside"].allowed_origins == [origin]


def test_variables_within_a_text(file: File) -> None:
    file.replace('campaign = "web"', 'campaign = "${WHERE}-${REALPAD_LOGIN} $WHERE"')
    settings = file.load({**ENVIRON, "WHERE": "web"})
    assert settings.forms["riverside"].crm["realpad"].campaign == "web-developer $WHERE"


@pytest.mark.parametrize("slip", ["${REALPAD-PASSWORD}", "${ REALPAD_PASSWORD }", "${}", "a${"])
def test_a_slip_in_a_variable_makes_no_password_of_its_name(file: File, slip: str) -> None:
    file.replace("${REALPAD_PASSWORD}", slip)
    (problem,) = file.problems()
    assert problem.startswith("destinations.crm.password: ${ begins an environment variable")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (r'"a\nerror: b\u001b[31m"', r'"a\nerror: b\u001b[31m"'),
        ('"R ž"', '"R ž"'),
        ('""', '""'),
        ("a" * 3000, f'"{"a" * 80}…"'),
    ],
)
def test_a_key_is_told_on_one_line_as_it_is_written(file: File, name: str, shown: str) -> None:
    file.replace("trusted_proxies = 1", f"{name} = 1")
    assert file.problems() == [f"{shown}: unknown key"]


def test_a_value_is_not_searched_for_further_variables(file: File) -> None:
    settings = file.load({**ENVIRON, "REALPAD_PASSWORD": "a${HCAPTCHA_SECRET}z"})
    assert settings.destinations["crm"].account.password == "a${HCAPTCHA_SECRET}z"


def test_where_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRONTDESK_CONFIG", raising=False)
    assert find() == Path("frontdesk.toml")
    monkeypatch.setenv("FRONTDESK_CONFIG", "")
    assert find() == Path("frontdesk.toml")
    monkeypatch.setenv("FRONTDESK_CONFIG", "/etc/frontdesk.toml")
    assert find() == Path("/etc/frontdesk.toml")


# -- mistakes ----------------------------------------------------------------------------------

# Each: a change of the example (old, new), and the path and a part of the only message.
MISTAKES: dict[str, tuple[str, str, str, str]] = {
    # unknown keys, at every level
    "key": ("trusted_proxies = 1", "proxies = 1", "proxies", "unknown key"),
    "limits key": ("storage =", "stroage =", "limits.stroage", "unknown key"),
    "captcha key": ("on_outage =", "outage =", "captcha.outage", "unknown key"),
    "delivery key": ("concurrency =", "threads =", "delivery.threads", "unknown key"),
    "destination key": ("base_url =", "url =", "destinations.crm.url", "unknown key"),
    "form key": ('currency = "CZK"', 'curency = "CZK"', "forms.riverside.curency", "unknown key"),
    "form crm key": ("referral =", "reference =", "forms.riverside.realpad.reference", "unknown"),
    "foreign crm": (
        "[forms.riverside.realpad]",
        "[forms.riverside.hubspot]\n[forms.riverside.realpad]",
        "forms.riverside.hubspot",
        "unknown key",
    ),
    "inner name": (
        "[forms.riverside.realpad]",
        "[forms.riverside.crm]\n[forms.riverside.realpad]",
        "forms.riverside.crm",
        "unknown key",
    ),
    "consent key": (
        "required = true",
        "obligatory = true",
        "forms.riverside.consents[0].obligatory",
        "unknown key",
    ),
    "attribute key": (
        'key = "customer_kind"',
        'key = "customer_kind"\nkind = 1',
        "forms.riverside.attributes[1].kind",
        "unknown key",
    ),
    "option key": (
        '{ value = "2", label = "2" }',
        '{ value = "2", label = "2", order = 1 }',
        "forms.riverside.attributes[1].options[1].order",
        "unknown key",
    ),
    # missing
    "no secret": ("secret_key =", "# secret_key =", "secret_key", "is missing"),
    "no title": ("title =", "# title =", "forms.riverside.title", "is missing"),
    "no login": ("login =", "# login =", "destinations.crm.login", "is missing"),
    "no type": (
        'type = "realpad"',
        "",
        "destinations.crm.type",
        "is one of confirmation, mail, realgeeks, realpad",
    ),
    "no provider": (
        'provider = "hcaptcha"',
        "",
        "captcha.provider",
        "is one of altcha, hcaptcha, none",
    ),
    "no consent id": ("id = 1\n", "\n", "forms.riverside.consents[1].id", "is missing"),
    # wrong types
    "text for number": (
        "trusted_proxies = 1",
        'trusted_proxies = "1"',
        "trusted_proxies",
        "must be a whole number",
    ),
    "fraction": ("concurrency = 4", "concurrency = 4.0", "delivery.concurrency", "whole number"),
    "flag for number": (
        "trusted_proxies = 1",
        "trusted_proxies = true",
        "trusted_proxies",
        "must be a whole number",
    ),
    "number for text": (
        'login = "${REALPAD_LOGIN}"',
        "login = 7",
        "destinations.crm.login",
        "text",
    ),
    "text for flag": (
        "required = true",
        'required = "yes"',
        "forms.riverside.consents[0].required",
        "must be true or false",
    ),
    "text for list": (
        'destinations = ["crm"]',
        'destinations = "crm"',
        "forms.riverside.destinations",
        "must be a list",
    ),
    "table for list": (
        'rooms = ["1+kk", "2+kk", "3+kk", "4+kk"]',
        "rooms = {}",
        "forms.riverside.rooms",
        "must be a list",
    ),
    "number in list": ('"3+kk", "4+kk"', '"3+kk", 4', "forms.riverside.rooms[3]", "text"),
    "text for table": (
        'label = { en = "I agree.", cs = "Souhlasím." }',
        "label = 5",
        "forms.riverside.consents[0].label",
        "must be a text in quotes, or a table with one for each language",
    ),
    "number for path": ('data_dir = "var"', "data_dir = 5", "data_dir", "must be a path in quotes"),
    "list for type": (
        'type = "realpad"',
        'type = ["realpad"]',
        "destinations.crm.type",
        "must be a text",
    ),
    "list for provider": (
        'provider = "hcaptcha"',
        'provider = ["hcaptcha"]',
        "captcha.provider",
        "must be a text",
    ),
    "list in destinations": (
        'destinations = ["crm"]',
        'destinations = [["crm"]]',
        "forms.riverside.destinations[0]",
        "must be a text",
    ),
    "number for a crm's table": (
        EXAMPLE[EXAMPLE.index("[forms.riverside.realpad]") : EXAMPLE.index("[[forms")],
        "realpad = 5\n",
        "forms.riverside.realpad",
        "must be a table",
    ),
    # values that make no sense
    "short secret": (
        '"${FRONTDESK_SECRET_KEY}"',
        '"short"',
        "secret_key[0]",
        "must have at least 16 characters",
    ),
    "no secrets": ('"${FRONTDESK_SECRET_KEY}"', "[]", "secret_key", "at least 1"),
    "bare duration": ('"30 seconds"', "30", "delivery.retry_first", "with its unit"),
    "odd duration": ('"30 seconds"', '"soon"', "delivery.retry_first", "not a duration"),
    "unit unknown": ('"30 seconds"', '"3 weeks"', "delivery.retry_first", "not a duration"),
    "negative duration": ('"30 seconds"', '"-3 s"', "delivery.retry_first", "not a duration"),
    "no duration": ('"30 seconds"', '"0 s"', "delivery.retry_first", "greater than 0"),
    "bare size": ('"64 KiB"', "65536", "limits.max_body", "not a size"),
    "huge size": ('"64 KiB"', '"1 GiB"', "limits.max_body", "not a size"),
    "large size": ('"64 KiB"', '"64 MiB"', "limits.max_body", "less than or equal"),
    "odd rate": ('"5/minute; 30/hour"', '"often"', "limits.submissions", "not a rate"),
    "no rate": ('"5/minute; 30/hour"', '"5/minute; 0/hour"', "limits.submissions", "not a rate"),
    "odd proxies": ("trusted_proxies = 1", "trusted_proxies = -1", "trusted_proxies", "or equal"),
    "odd outage": ('on_outage = "hold"', 'on_outage = "panic"', "captcha.on_outage", "'refuse'"),
    "odd courier": ('courier = "inside"', 'courier = "outside"', "delivery.courier", "'apart'"),
    "odd crm": ('type = "realpad"', 'type = "hubspot"', "destinations.crm.type", "none of"),
    "odd captcha": (
        'provider = "hcaptcha"',
        'provider = "recaptcha"',
        "captcha.provider",
        "none of altcha, hcaptcha, none",
    ),
    "odd url": (
        "https://cms.realpad.eu/ws/v10/",
        "cms.realpad.eu",
        "destinations.crm.base_url",
        "http",
    ),
    "credentials in url": (
        "https://cms.realpad.eu/ws/v10/",
        "https://me:pw@cms.realpad.eu",
        "destinations.crm.base_url",
        "http",
    ),
    "ftp": ("https://leads.example.com", "ftp://leads.example.com", "public_url", "http"),
    "odd contact": (
        'currency = "CZK"',
        'contact = "call us"',
        "forms.riverside.contact",
        "neither an email address nor a phone number",
    ),
    "contact without prefix": (
        'currency = "CZK"',
        'contact = "777 123 456"',
        "forms.riverside.contact",
        "neither an email address nor a phone number",
    ),
    "contact unfinished": (
        'currency = "CZK"',
        'contact = "sales@"',
        "forms.riverside.contact",
        "neither an email address nor a phone number",
    ),
    "odd origin": (
        "https://riverside.example.com",
        "https://riverside.example.com/a",
        "forms.riverside.allowed_origins[0]",
        "an origin is",
    ),
    "any origin": (
        "https://riverside.example.com",
        "*",
        "forms.riverside.allowed_origins[0]",
        "an origin is",
    ),
    "any host": (
        "https://riverside.example.com",
        "https://*",
        "forms.riverside.allowed_origins[0]",
        "an origin is",
    ),
    "any host of a domain": (
        "https://riverside.example.com",
        "https://*.com",
        "forms.riverside.allowed_origins[0]",
        "below a star",
    ),
    "any host of nothing": (
        "https://riverside.example.com",
        "https://*.",
        "forms.riverside.allowed_origins[0]",
        "not an http",
    ),
    "star in the middle": (
        "https://riverside.example.com",
        "https://www.*.example.com",
        "forms.riverside.allowed_origins[0]",
        "an origin is",
    ),
    "two stars": (
        "https://riverside.example.com",
        "https://*.*.example.com",
        "forms.riverside.allowed_origins[0]",
        "an origin is",
    ),
    "half a star": (
        "https://riverside.example.com",
        "https://*www.example.com",
        "forms.riverside.allowed_origins[0]",
        "an origin is",
    ),
    "star of addresses": (
        "https://riverside.example.com",
        "https://*.0.0.1",
        "forms.riverside.allowed_origins[0]",
        "below a star",
    ),
    "star of an address": (
        "https://riverside.example.com",
        "https://*.[::1]",
        "forms.riverside.allowed_origins[0]",
        "below a star",
    ),
    "star of another scheme": (
        "https://riverside.example.com",
        "ftp://*.example.com",
        "forms.riverside.allowed_origins[0]",
        "not an http",
    ),
    "star with a path": (
        "https://riverside.example.com",
        "https://*.example.com/x",
        "forms.riverside.allowed_origins[0]",
        "an origin is",
    ),
    "star and port": (
        "https://riverside.example.com",
        "https://*.example.com:*",
        "forms.riverside.allowed_origins[0]",
        "an origin is",
    ),
    "odd storage": ('"memory://"', '"nonsense://"', "limits.storage", "no such storage"),
    "endless size": ('"64 KiB"', f'"{"9" * 400} KiB"', "limits.max_body", "less than or equal"),
    "no path": ('data_dir = "var"', 'data_dir = "a\\u0000b"', "data_dir", "is not a path"),
    "odd region": ('"CZ"', '"Czechia"', "forms.riverside.phone_region", "not a country"),
    "odd currency": ('"CZK"', '"Kč"', "forms.riverside.currency", "not a currency"),
    "odd language": (
        '["cs", "en"]',
        '["cs", "en-GB"]',
        "forms.riverside.languages[1]",
        "no messages",
    ),
    "no language": ('["cs", "en"]', "[]", "forms.riverside.languages", "at least 1"),
    "no destination": (
        'destinations = ["crm"]',
        "destinations = []",
        "forms.riverside.destinations",
        "at least 1",
    ),
    "odd unit_as": (
        'unit_as = "internalid"',
        'unit_as = "name"',
        "forms.riverside.realpad.unit_as",
        "'unitid'",
    ),
    "odd consent_mode": (
        'consent_mode = "update"',
        'consent_mode = "clear"',
        "forms.riverside.realpad.consent_mode",
        "'replace'",
    ),
    "consent zero": ("id = 1\n", "id = 0\n", "forms.riverside.consents[1].id", "or equal to 1"),
    "project zero": (
        "project = 1234",
        "project = 0",
        "forms.riverside.realpad.project",
        "equal to 1",
    ),
    "comma in tag": (
        'tags = ["web"]',
        'tags = ["a,b"]',
        "forms.riverside.realpad.tags[0]",
        "must have no comma",
    ),
    "comma in option": (
        'options = [{ value = "1"',
        'options = [{ value = "a,b"',
        "forms.riverside.attributes[1].options[0].value",
        "must have no comma and no |",
    ),
    "bar in room": ('"1+kk"', '"1|2"', "forms.riverside.rooms[0]", "must have no |"),
    "odd attribute key": (
        '"customer_kind"',
        '"Customer kind"',
        "forms.riverside.attributes[1].key",
        "small letters, digits and underscores",
    ),
    "odd attribute type": (
        'type = "boolean"',
        'type = "bool"',
        "forms.riverside.attributes[0].type",
        "'boolean'",
    ),
    "odd slug": (
        "[destinations.crm]",
        '[destinations.C_R]\ntype = "realpad"\nlogin = "x"\npassword = "x"\n[destinations.crm]',
        "destinations.C_R",
        "small letters, digits and hyphens",
    ),
    # contradictions
    "hidden and required": (
        "required = true\n",
        "[[forms.riverside.attributes]]\nkey='x'\ntype='date'\nrequired=true\nhidden=true\n",
        "forms.riverside.attributes[0].hidden",
        "nobody could answer it, so it cannot be required",
    ),
    "neither hidden nor labelled": (
        "required = true\n",
        "[[forms.riverside.attributes]]\nkey='x'\ntype='date'\nhidden=false\n",
        "forms.riverside.attributes[0].label",
        "is missing",
    ),
    "consents with one past": (
        "required = true\n",
        "was = [7]\n[[forms.riverside.consents]]\nid = 5\nlabel = 'x'\nwas = [7]\n",
        "forms.riverside.consents",
        "both 2 and 5 claim to have been 7",
    ),
    "consent that was another": (
        "required = true\n",
        "was = [1]\n",
        "forms.riverside.consents",
        "1 is the id of a consent, and cannot be what one was",
    ),
    "consent that was itself": (
        "required = true\n",
        "was = [2]\n",
        "forms.riverside.consents",
        "2 is the id of a consent, and cannot be what one was",
    ),
    "consent that was nothing": (
        "required = true\n",
        "was = [0]\n",
        "forms.riverside.consents[0].was[0]",
        "greater than or equal to 1",
    ),
    "consent twice": ("id = 1\n", "id = 2\n", "forms.riverside.consents", "2 is there twice"),
    "attribute twice": (
        '"customer_kind"',
        '"customer_has_pets"',
        "forms.riverside.attributes",
        "'customer_has_pets' is there twice",
    ),
    "option twice": (
        '{ value = "2"',
        '{ value = "1"',
        "forms.riverside.attributes[1].options",
        "'1' is there twice",
    ),
    "language twice": ('["cs", "en"]', '["cs", "cs"]', "forms.riverside.languages", "twice"),
    "room twice": ('"2+kk"', '"1+kk"', "forms.riverside.rooms", "'1+kk' is there twice"),
    "destination twice": (
        'destinations = ["crm"]',
        'destinations = ["crm", "crm"]',
        "forms.riverside.destinations",
        "twice",
    ),
    "unknown destination": (
        'destinations = ["crm"]',
        'destinations = ["crm", "mrc"]',
        "forms.riverside.destinations[1]",
        "no destination is called 'mrc'; there are crm",
    ),
    "title without language": (
        '{ en = "Riverside Residences", cs = "Riverside Residences" }',
        '{ en = "Riverside Residences" }',
        "forms.riverside.title",
        "has no text for the form's language 'cs'",
    ),
    "consent without language": (
        '{ en = "I agree.", cs = "Souhlasím." }',
        '{ cs = "Souhlasím." }',
        "forms.riverside.consents[0].label",
        "'en'",
    ),
    "attribute without language": (
        ', cs = "Máte domácí mazlíčky?" }',
        " }",
        "forms.riverside.attributes[0].label",
        "'cs'",
    ),
    "option without language": (
        '{ en = "One", cs = "Jeden" }',
        '{ en = "One" }',
        "forms.riverside.attributes[1].options[0].label",
        "'cs'",
    ),
    "select without options": (
        'type = "boolean"',
        'type = "select"',
        "forms.riverside.attributes[0].options",
        "need options",
    ),
    "options without select": (
        'type = "select"',
        'type = "string"',
        "forms.riverside.attributes[1].options",
        "need options",
    ),
    "reserved attribute": (
        '"customer_kind"',
        '"consents"',
        "forms.riverside.attributes[1].key",
        "parameter of realpad's own",
    ),
    "unit without number": (
        'unit_as = "internalid"',
        'unit_as = "unitid"',
        "forms.riverside.units[0]",
        "must be a number",
    ),
    "retries": (
        'retry_longest = "1 hour"',
        'retry_longest = "1 s"',
        "delivery.retry_longest",
        "is shorter than retry_first",
    ),
    "somebody to tell": (
        "[delivery]",
        '[notify]\nurls = ["json://localhost", "slack://x"]\n[delivery]',
        "notify.urls[1]",
        "'slack'",
    ),
    "somebody to tell twice": (
        "[delivery]",
        '[notify]\nurls = ["json://localhost", "json://localhost"]\n[delivery]',
        "notify.urls",
        "there twice",
    ),
    "none without consent": (
        "[captcha]",
        '[forms.riverside.captcha]\nprovider = "none"\n[captcha]',
        "forms.riverside.captcha.allow_none",
        "is missing",
    ),
    "test keys": (
        "${HCAPTCHA_SITEKEY}",
        "10000000-ffff-ffff-ffff-000000000001",
        "captcha",
        "public test keys",
    ),
    "data_dir empty": ('data_dir = "var"', 'data_dir = ""', "data_dir", "is empty; write the path"),
    "consent beyond": (
        "id = 2\n",
        "id = 2147483648\n",
        "forms.riverside.consents[0].id",
        "must be",
    ),
    "address brackets": (
        "https://leads.example.com",
        "https://[::1",
        "public_url",
        "not an http or https address; write it like",
    ),
    "address port": (
        "https://leads.example.com",
        "https://leads.example.com:99999",
        "public_url",
        "not an http or https address; write it like",
    ),
    "address letters": (
        '"https://riverside.example.com"]',
        '"https://a℀b"]',
        "forms.riverside.allowed_origins[0]",
        "not an http or https address; write it like",
    ),
    "test secret": (
        "${HCAPTCHA_SECRET}",
        "0x0000000000000000000000000000000000000000",
        "captcha",
        "public test keys",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_mistake_is_one_message_with_its_path(file: File, mistake: str) -> None:
    old, new, path, message = MISTAKES[mistake]
    if mistake == "unit without number":
        file.replace("units = []", 'units = ["A.101"]')
    file.replace(old, new)
    told = file.problems()
    assert len(told) == 1, told
    place, _, wording = told[0].partition(": ")
    assert place == path
    assert message in wording
    assert "pattern" not in wording, "people read no regular expressions"


def test_all_mistakes_are_told_at_once(file: File) -> None:
    for old, new in [
        ("trusted_proxies = 1", "proxies = 1"),
        ('"30 seconds"', '"soon"'),
        ('type = "realpad"', 'type = "hubspot"'),
        ('provider = "hcaptcha"', 'provider = "recaptcha"'),
        ("id = 1\n", 'id = "one"\n'),
        ('destinations = ["crm"]', 'destinations = ["mrc"]'),
        ("referral = 77", 'referral = "77"'),
        ('"${FRONTDESK_SECRET_KEY}"', '"${NOT_SET}-and-more"'),
        ('"CZ"', '"Czechia"'),
    ]:
        file.replace(old, new)
    assert sorted(line.partition(": ")[0] for line in file.problems()) == [
        "captcha.provider",
        "delivery.retry_first",
        "destinations.crm.type",
        "forms.riverside.consents[1].id",
        "forms.riverside.destinations[0]",
        "forms.riverside.phone_region",
        "forms.riverside.realpad.referral",
        "proxies",
        "secret_key",
    ]


def test_contradictions_are_told_together_with_other_mistakes(file: File) -> None:
    file.replace("trusted_proxies = 1", "proxies = 1")
    file.replace('retry_longest = "1 hour"', 'retry_longest = "1 s"')
    file.replace('type = "boolean"', 'type = "select"')
    file.replace('"customer_kind"', '"consents"')
    assert sorted(line.partition(": ")[0] for line in file.problems()) == [
        "delivery.retry_longest",
        "forms.riverside.attributes[0].options",
        "forms.riverside.attributes[1].key",
        "proxies",
    ]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("${FRONTDESK_SECRET_KEY}", "${NOT_SET}", "secret_key"),
        ("${REALPAD_LOGIN}", "${NOT_SET}", "destinations.crm.login"),
        ("${HCAPTCHA_SITEKEY}", "${NOT_SET}", "captcha.sitekey"),
        ('tags = ["web"]', 'tags = ["web", "${NOT_SET}"]', "forms.riverside.realpad.tags[1]"),
        ('label = "News"', 'label = "${NOT_SET}"', "forms.riverside.consents[1].label"),
        ('"30 seconds"', '"${NOT_SET}"', "delivery.retry_first"),
        ("https://leads.example.com", "${NOT_SET}", "public_url"),
        ('"CZK"', '"${NOT_SET}"', "forms.riverside.currency"),
        ('type = "realpad"', 'type = "${NOT_SET}"', "destinations.crm.type"),
        (
            'destinations = ["crm"]',
            'destinations = ["${NOT_SET}"]',
            "forms.riverside.destinations[0]",
        ),
    ],
)
def test_an_unset_variable_is_named_with_its_key(file: File, old: str, new: str, path: str) -> None:
    file.replace(old, new)
    assert file.problems() == [f"{path}: the environment variable NOT_SET is not set"]


def test_a_general_mistake_is_not_told_again_for_each_form(file: File) -> None:
    file.replace('storage = "memory://"', 'window = 7\nfill_time = "soon"')
    assert sorted(line.partition(": ")[0] for line in file.problems()) == [
        "limits.fill_time",
        "limits.window",
    ]


@pytest.mark.parametrize("name", ["str", "list-a", "dict"])
def test_a_form_may_have_any_name(file: File, name: str) -> None:
    file.text += f'[forms.{name}]\ntitle = "A"\ndestinations = ["crm"]\npost = 1\n'
    assert file.problems() == [f"forms.{name}.post: unknown key"]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("", ["captcha", "destinations", "forms", "secret_key"]),
        ("forms = 1", ["captcha", "destinations", "forms", "secret_key"]),
        ("limits = 1", ["captcha", "destinations", "forms", "limits", "secret_key"]),
        ("captcha = 1", ["captcha", "destinations", "forms", "secret_key"]),
        ("destinations = 1", ["captcha", "destinations", "forms", "secret_key"]),
        ("[destinations]\ncrm = 1", ["captcha", "destinations.crm", "forms", "secret_key"]),
        ("[forms]\na = 1", ["captcha", "destinations", "forms.a", "secret_key"]),
        (
            "[forms.a]\ncaptcha = 1",
            [
                "captcha",
                "destinations",
                "forms.a.captcha",
                "forms.a.destinations",
                "forms.a.title",
                "secret_key",
            ],
        ),
    ],
)
def test_tables_that_are_none(file: File, text: str, paths: list[str]) -> None:
    file.text = text
    assert sorted({line.partition(": ")[0] for line in file.problems()}) == paths


def test_messages_hold_no_secret(file: File) -> None:
    # A secret where something else is expected, in every section that could quote its input.
    for old, new in [
        ('provider = "hcaptcha"', 'provider = "hcaptcha"\ntimeout = "${HCAPTCHA_SECRET}"'),
        ("https://cms.realpad.eu/ws/v10/", "${REALPAD_PASSWORD}"),
        ("trusted_proxies = 1", 'trusted_proxies = "${FRONTDESK_SECRET_KEY}"'),
        ("project = 1234", 'project = "${REALPAD_PASSWORD}"'),
        ('"CZK"', '"${HCAPTCHA_SECRET}"'),
        ("[limits]", '[limits]\ntokens = "${REALPAD_LOGIN}"'),
        (
            "[delivery]",
            '[notify]\nurls = ["json://${REALPAD_PASSWORD}@[", "a://${REALPAD_LOGIN}"]\n[delivery]',
        ),
    ]:
        file.replace(old, new)
    assert len(file.problems()) >= 8


def test_a_syntax_error_is_told_with_its_line(file: File) -> None:
    file.text = 'secret_key = "a"\nforms = [\n'
    (message,) = file.problems()
    assert re.fullmatch(rf"{re.escape(str(file.path))}: not TOML: .+", message)
    assert "line" in message or "end of document" in message


def test_a_file_that_is_no_text(file: File) -> None:
    file.path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is in UTF-16"):
        load(file.path, KINDS, ENVIRON)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.toml", KINDS, ENVIRON)
    assert caught.value.problems == [f"{tmp_path}/none.toml: No such file or directory"]


def test_a_directory_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not a file"):
        load(tmp_path, KINDS, ENVIRON)


def test_settings_are_final(file: File) -> None:
    settings: Any = file.load()
    with pytest.raises(ValueError, match="frozen"):
        settings.trusted_proxies = 2
