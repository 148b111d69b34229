"""What a reload may change of a configuration, and what it may not."""

from pathlib import Path

import pytest

from frontdesk.config import Settings, load, unchangeable
from frontdesk.config.changes import FIXED
from frontdesk.kinds import KINDS
from tests.config.test_forms_dir import FORM, MAIN
from tests.docs import pages

ONLY = "cannot be changed by a reload, only by a restart"
# What a new app and a new courier are made with. A new key of the top level belongs here, or to
# FIXED if it is about what they take over.
CHANGEABLE = {
    *("forms_dir", "secret_key", "public_url", "trusted_proxies", "limits", "captcha"),
    *("delivery", "metrics", "notify", "inbox", "destinations", "forms", "look", "templates_dir"),
}


def test_it_was_thought_of_every_key() -> None:
    fixed = {path for path in FIXED if "." not in path}
    assert fixed | CHANGEABLE == Settings.model_fields.keys()
    assert not fixed & CHANGEABLE


def loaded(folder: Path, text: str) -> Settings:
    (folder / "forms.d").mkdir(exist_ok=True)
    (folder / "forms.d/riverside.toml").write_text(FORM.replace("${HOST}", "example.com"))
    path = folder / "frontdesk.toml"
    path.write_text(text)
    return load(path, KINDS, {})


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("secret_key", 'data_dir = "elsewhere"\nsecret_key', "data_dir"),
        ("[limits]", '[limits]\nstorage = "memory://other"', "limits.storage"),
        (
            "[captcha]",
            '[journal]\nstore = "postgresql"\nurl = "postgresql://me:pa55word@db"\n[captcha]',
            "journal",
        ),
    ],
)
def test_what_is_taken_over_stays_as_it_is(tmp_path: Path, old: str, new: str, path: str) -> None:
    now, other = loaded(tmp_path, MAIN), loaded(tmp_path, MAIN.replace(old, new))
    assert unchangeable(now, other) == [f"{path}: {ONLY}"]
    assert unchangeable(now, now) == []
    assert f"`{path}`" in pages.section("docs/deploy.md", "Changing the configuration").replace(
        "[journal]", "journal"
    )


def test_all_else_may_change(tmp_path: Path) -> None:
    other = MAIN.replace("7/minute", "8/minute").replace("tests", "others")
    assert unchangeable(loaded(tmp_path, MAIN), loaded(tmp_path, other)) == []
