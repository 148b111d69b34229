"""What a release promises: licences, what stays, what every commit runs, a list for scanners."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

import frontdesk
from docs import licences

ROOT = Path(__file__).parents[2]


def test_the_licences_are_those_of_what_is_pinned() -> None:
    assert licences.TABLE.read_text(encoding="utf-8") == licences.page()
    assert not [row for row in licences.rows() if row.licence == "?"]


def test_nothing_is_shipped_that_would_bind_a_site() -> None:
    """MIT goes with all of these; a licence that asks more of whoever uses it would be news."""
    allowed = re.compile(
        r"MIT(-0)?|BSD(-\d-Clause)?|ISC|Apache-2\.0|PSF-2\.0|MPL-2\.0|Unlicense|ZPL-2\.1"
    )
    for row in licences.rows():
        for one in re.split(r" AND | OR |, ", row.licence):
            assert allowed.fullmatch(one), row


def test_every_export_is_among_what_stays() -> None:
    [row] = re.findall(
        r"^\| Python \| (.*)$", (ROOT / "docs/stability.md").read_text(), re.MULTILINE
    )
    assert {*frontdesk.__all__} <= {*re.findall(r"`(\w+)`", row)}


def test_every_commit_runs_what_ours_do() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    assert [step["run"] for step in jobs["tests"]["steps"] if "run" in step][-1] == ".ci/run"
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    checked = re.search(r"^check:.*?\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert checked
    for hook in hooks:
        command = hook["entry"].removeprefix(".venv/bin/").removesuffix(" --force-exclude")
        assert f"$(BIN)/{command}" in checked[1], hook["id"]


def test_what_is_installed_is_what_the_lock_names(tmp_path: Path) -> None:
    """The list for scanners, as `make sbom` has it made, names each package with its version."""
    made = tmp_path / "frontdesk.cdx.json"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    command = [Path(sys.executable).with_name("cyclonedx-py"), "requirements", "--pyproject"]
    command += ["pyproject.toml", "--mc-type", "library", "--output-reproducible", "-o", made]
    subprocess.run([*command, "requirements.lock"], cwd=ROOT, check=True, capture_output=True)
    found = json.loads(made.read_text())
    assert found["bomFormat"] == "CycloneDX"
    assert found["metadata"]["component"]["name"] == project["name"]
    assert {one["name"]: one["version"] for one in found["components"]} == licences.pinned()
