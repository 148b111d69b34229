"""What the package exports is typed, as a site of somebody else's sees it with `mypy --strict`."""

import subprocess
import sys
from pathlib import Path

import pytest

import frontdesk

RIGHT = """
from pathlib import Path

from flask import Flask

from frontdesk import ConfigError, Frontdesk, Person, create_app


def who() -> Person | str | None:
    return Person("eva", "admin")


def site() -> Flask:
    app = Flask(__name__)
    desk = Frontdesk(inbox=who)
    try:
        desk.init_app(app, config=Path("frontdesk.toml"), url_prefix="/enquiry")
    except ConfigError as error:
        problems: list[str] = error.problems
        print(problems)
    return app


served: Flask = create_app("frontdesk.toml")
"""
# Each with the code of what mypy says of it.
WRONG = {
    'Frontdesk(config="frontdesk.toml", prefix="/enquiry")': "call-arg",
    "Frontdesk(url_prefix=1)": "arg-type",
    'Person("eva", "boss")': "arg-type",
    "Frontdesk(inbox=lambda: 7)": "arg-type",
    'create_app("frontdesk.toml").serve_forms()': "attr-defined",
    "frontdesk.Inbox": "attr-defined",
}
SETTINGS = "[mypy]\nstrict = true\ncache_dir = /dev/null\n"


def mypy(folder: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    """What mypy says of a module in a folder of its own, with nothing of ours but the package."""
    (folder / "mypy.ini").write_text(SETTINGS)
    (folder / "site_of_theirs.py").write_text("\n".join(lines))
    command = [sys.executable, "-m", "mypy", "site_of_theirs.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


def test_a_site_that_uses_it_well(tmp_path: Path) -> None:
    found = mypy(tmp_path, RIGHT)
    assert found.returncode == 0, found.stdout + found.stderr


def test_what_a_site_gets_wrong_is_found(tmp_path: Path) -> None:
    head = ["import frontdesk", "from frontdesk import Frontdesk, Person, create_app", ""]
    found = mypy(tmp_path, *head, *WRONG).stdout
    for number, (line, code) in enumerate(WRONG.items(), len(head) + 1):
        told = [one for one in found.splitlines() if f":{number}: error:" in one]
        assert any(f"[{code}]" in one for one in told), f"{line}: {told or found}"


@pytest.mark.parametrize("name", frontdesk.__all__)
def test_whatever_is_exported_is_there(name: str) -> None:
    assert getattr(frontdesk, name).__name__ == name
