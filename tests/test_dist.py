"""What is released: the same commit makes the same bytes, and they say what they should."""

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMMIT = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qam", "all"]

# What lies about where examples were tried, or the composition was set up; some of it is secret.
LEFT = (
    "frontdesk.toml",
    ".env",
    "examples/deploy/frontdesk.toml",
    "examples/deploy/secrets.env",
    "examples/deploy/database.secret",
    "examples/site/var/journal/2026-01-01.jsonl",
    "templates/frontdesk/form.html~",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folders of what `make dist` makes in two copies of this tree, of one commit.

    In the second one, something was left.
    """
    folder = tmp_path_factory.mktemp("dist")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True).stdout
    first, second = folder / "first", folder / "second"
    first.mkdir()
    pack = ["tar", "--null", "--ignore-failed-read", "-T", "-", "-cf", folder / "tree.tar"]
    subprocess.run(pack, cwd=ROOT, check=True, input=names, stderr=subprocess.DEVNULL)
    subprocess.run(["tar", "-xf", folder / "tree.tar"], cwd=first, check=True)
    for command in (["git", "init", "-q"], ["git", "add", "-A"], COMMIT):
        subprocess.run(command, cwd=first, check=True)
    subprocess.run(["git", "clone", "-q", first, second], check=True)
    for name in LEFT:
        (second / name).parent.mkdir(parents=True, exist_ok=True)
        (second / name).write_text("left here")
    for one in (first, second):
        (one / ".venv").mkdir()
        for stamp in ("shipped", "tested"):  # this environment has what is needed
            (one / ".venv" / stamp).touch()
        done = make_dist(one)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "differs from the commit" not in done.stderr
    return [first / "dist", second / "dist"]


def make_dist(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `make dist` in a tree."""
    command = ["make", "--silent", "dist", f"BIN={Path(sys.executable).parent}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_the_same_commit_makes_the_same_bytes(made: list[Path]) -> None:
    sums = [
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in one.iterdir()}
        for one in made
    ]
    assert len(sums[0]) == 2
    assert sums[0] == sums[1]


def test_what_was_left_in_the_tree_is_in_no_package(made: list[Path]) -> None:
    [wheel], [archive] = made[1].glob("*.whl"), made[1].glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as packed, tarfile.open(archive) as source:
        found = {"frontdesk/" + name for name in LEFT} & {*packed.namelist()}
        found |= {*LEFT} & {name.partition("/")[2] for name in source.getnames()}
    assert found == set()


def test_the_source_has_all_that_its_tests_need(made: list[Path]) -> None:
    [archive] = made[0].glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    needed = {"Makefile", "requirements-dev.lock", "SECURITY.md", "wsgi.py", ".ci/run"}
    assert needed | {"tests/conftest.py", "bench/__main__.py", "docs/img/form.png"} <= names
    assert not [name for name in names if name.startswith((".venv", "var/", "dist/"))]


def test_what_no_commit_has_is_named(made: list[Path]) -> None:
    """So that nobody publishes hashes that no one else gets."""
    tree = made[1].parent
    stray = tree / "app/frontdesk/stray.py"
    stray.write_text("")
    done = make_dist(tree)
    stray.unlink()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "differs from the commit: ?? app/frontdesk/stray.py\n" in done.stderr


def test_why_nothing_can_be_made_is_said(made: list[Path]) -> None:
    tree = made[0].parent
    (tree / "README.md").unlink()
    done = make_dist(tree)
    assert done.returncode != 0
    assert "Readme file does not exist: README.md" in done.stderr
