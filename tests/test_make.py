"""What `make` offers works, if only for a moment; `make check` itself is what runs this."""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
TRIED = {
    "demo": "tests/sandbox/test_demo.py",
    "browsers": "tests/engines",
    "test": "Makefile",
    "check": "Makefile",
    "clean": "Makefile",
    "lock": "tests/test_lock.py",  # what it has written; itself, it needs the package index
    "size": "tests/test_size.py",
    "dist": "tests/test_dist.py",
    "sbom": "tests/docs/test_release.py",
    **dict.fromkeys(("audit", "outdated"), "CONTRIBUTING.md"),  # they ask the package index
    **dict.fromkeys(("faults", "bench", "messages"), "tests/test_make.py"),
}
LESS = {
    "--seeds 20 --submissions 500": "--seeds 1 --submissions 4 --faults 1",
    "--seeds 10 --submissions 150": "--seeds 1 --submissions 4 --faults 1",
    "--storm 60": "--storm 1",
    '-m "hypothesis or long"': f"{ROOT}/tests/delivery/test_matching.py",
    "-m bench": "-m bench append profile --seconds 0.05 --rounds 1 --dir .",
}


def recipe(target: str) -> list[str]:
    """A target's commands, without those that install things."""
    installed = [f"--assume-old=.venv/{stamp}" for stamp in ("shipped", "tested", "benched")]
    dry = ["make", "--dry-run", "--no-print-directory", *installed, target]
    said = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return said.replace("\\\n", " ").strip().splitlines()


def run(command: str, folder: Path) -> str:
    """What a command says, which has to succeed; from this environment, whatever its name."""
    words = [
        word.replace(".venv/bin", str(Path(sys.executable).parent)) for word in shlex.split(command)
    ]
    paths = f"{ROOT}:{ROOT / 'app'}"
    done = subprocess.run(
        ["env", f"PYTHONPATH={paths}", *words], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_target_is_tried() -> None:
    [phony] = re.findall(r"^\.PHONY:(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(phony.split()) == set(TRIED)
    assert all((ROOT / where).exists() for where in TRIED.values())


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder that is not in memory, where a bench would measure nothing."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


@pytest.mark.parametrize("target", ["faults", "bench"])
def test_what_takes_long_begins_and_ends_well(target: str, disk: Path) -> None:
    commands = recipe(target)
    assert commands
    for command in commands:
        [(many, less)] = [(many, few) for many, few in LESS.items() if many in command]
        assert run(command.replace(many, less), disk).strip()


def test_the_catalogues_are_as_make_messages_leaves_them(tmp_path: Path) -> None:
    for part in ("app", "templates"):
        shutil.copytree(ROOT / part, tmp_path / part)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for command in recipe("messages"):
        run(command, tmp_path)
    paths = sorted((tmp_path / "app").rglob("*.po"))
    assert paths
    for path in paths:
        assert messages(path) == messages(ROOT / path.relative_to(tmp_path))


def messages(path: Path) -> list[tuple[object, object]]:
    """A catalogue's messages with their translations, in its order, without its header."""
    with path.open("rb") as file:
        return [(message.id, message.string) for message in read_po(file) if message.id]
