"""What the configuration may say of Real Geeks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from frontdesk.config import ConfigError, Settings, load
from frontdesk.kinds import KINDS
from tests.support import with_real_geeks

WriteConfig = Callable[..., Path]
URL = "http://127.0.0.1:1"
SITE = "6e5f0a4c-6f0f-4a55-9f57-0d7b6a6e2c11"


def read(write: WriteConfig, *lines: str, **replace: str) -> Settings:
    text = with_real_geeks(URL) + "\n".join(lines)
    for old, new in replace.items():
        assert old in text
        text = text.replace(old, new)
    return load(write(text), KINDS)


def problems(write: WriteConfig, *lines: str, **replace: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(write, *lines, **replace)
    return caught.value.problems


def test_what_is_said_arrives(write_config: WriteConfig) -> None:
    lines = ('role = "Seller"', 'timeframe = "1 Week"', 'urgency = "Scorching"', 'assign_to = "7"')
    settings = read(write_config, *lines)
    assert str(settings.destinations["geeks"].account.site_uuid) == SITE
    section = settings.forms["riverside"].crm["realgeeks"]
    assert (section.source, section.role, section.timeframe) == (
        "riverside.example.com",
        "Seller",
        "1 Week",
    )
    assert (section.urgency, section.assign_to, section.tags) == ("Scorching", "7", ("web",))


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ('role = "Potential Seller"', "'Buyer', 'Seller', 'Buyer and Seller' or 'Renter'"),
        ('timeframe = "Soon"', "'6-12 Months' or '1 Year Or More'"),
    ],
)
def test_a_value_that_the_specification_does_not_have(
    write_config: WriteConfig, line: str, known: str
) -> None:
    (problem,) = problems(write_config, line)
    assert problem.startswith(f"forms.riverside.realgeeks.{line.split()[0]}: ")
    assert known in problem


def test_a_source_is_needed_to_deliver_and_not_to_receive(write_config: WriteConfig) -> None:
    without = {'source = "riverside.example.com"': ""}
    assert problems(write_config, **without) == ["forms.riverside.realgeeks.source: is missing"]
    section = "[forms.riverside.realgeeks]"
    only_received = {**without, '["crm", "geeks"]': '["crm"]'}
    secret = 'webhook_secrets = ["sixteen characters"]'
    settings = read(write_config, **{**only_received, section: f"{section}\n{secret}"})
    assert settings.forms["riverside"].crm["realgeeks"].webhook_secrets == ["sixteen characters"]


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ('webhook_secrets = ["short"]', "webhook_secrets[0]"),
        (f"webhook_secrets = {[16 * c for c in 'abc']}", "webhook_secrets"),
        ('webhook_notes = [""]', "webhook_notes[0]"),
        ('tags = "web"', "tags"),
    ],
)
def test_what_is_not_valid_is_named(write_config: WriteConfig, line: str, path: str) -> None:
    old = 'source = "riverside.example.com"\ntags = ["web"]'
    (problem,) = problems(write_config, **{old: f'source = "x"\n{line}'})
    assert problem.startswith(f"forms.riverside.realgeeks.{path}: ")


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (SITE, "riverside", "site_uuid"),
        ('username = "sandbox"', 'username = "sand:box"', "username"),
        ('username = "sandbox"', "", "username"),
        (f'"{URL}/rest"', '"receivers"', "base_url"),
    ],
)
def test_an_account_that_is_none(write_config: WriteConfig, old: str, new: str, path: str) -> None:
    (problem,) = problems(write_config, **{old: new})
    assert problem.startswith(f"destinations.geeks.{path}: ")


def test_fields_are_asked_for_by_attributes(write_config: WriteConfig) -> None:
    question = '\n[[forms.riverside.attributes]]\nkey = "spouse"\ntype = "{}"\nlabel = "Spouse"\n'
    asked = 'fields = { second_email = "spouse" }'
    settings = read(write_config, asked, question.format("string"))
    assert settings.forms["riverside"].crm["realgeeks"].fields == {"second_email": "spouse"}
    for wrong in (question.format("integer"), ""):
        [problem] = problems(write_config, asked, wrong)
        assert "no attribute spouse of type string" in problem
    [problem] = problems(write_config, 'fields = { email = "spouse" }', question.format("string"))
    assert "fields" in problem
