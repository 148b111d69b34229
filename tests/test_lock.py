"""What is asked for is pinned; what has a newer release is told."""

import json
import re
import subprocess
import sys
import tomllib
import warnings
from importlib.metadata import distribution, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ASKED = {
    "requirements.lock": PROJECT["project"]["dependencies"],
    "requirements-dev.lock": PROJECT["dependency-groups"]["dev"],
    "requirements-bench.lock": PROJECT["dependency-groups"]["bench"],
}


def name(requirement: str) -> str:
    """A package's name as the index writes it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()  # type: ignore[index]


@pytest.mark.parametrize("lock", ASKED)
def test_every_dependency_is_in_its_lock_with_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pinned = set(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==", text, re.MULTILINE))
    assert {name(wanted) for wanted in ASKED[lock]} <= pinned
    assert text.count("--hash=sha256:") >= len(pinned)


class NewerReleaseWarning(UserWarning):
    """What Frontdesk asks for has a newer release: `make lock` brings it in."""


@pytest.mark.filterwarnings("default::tests.test_lock.NewerReleaseWarning")
def test_a_newer_release_of_what_is_asked_for_is_told(tmp_path: Path) -> None:
    """It only warns: what was released yesterday makes nothing wrong that was tested today."""
    asked = {name(wanted): version(name(wanted)) for wanted in ASKED["requirements.lock"]}
    for package in asked:  # pip asks the index for what it finds in this folder, and no more
        [metadata] = [
            folder
            for folder in Path(str(distribution(package).locate_file(""))).glob("*.dist-info")
            if name(folder.name.split("-")[0]) == package
        ]
        (tmp_path / metadata.name).symlink_to(metadata)
    command = [sys.executable, "-m", "pip", "list", "--outdated", f"--path={tmp_path}"]
    command += ["--format=json", "--disable-pip-version-check", "--retries=0", "--timeout=5"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    for row in json.loads(said.stdout):
        assert row["version"] == asked[name(row["name"])]
        newer = f"{row['name']} {row['version']} is pinned, {row['latest_version']} is there"
        warnings.warn(newer, NewerReleaseWarning, stacklevel=1)
