"""The README's five lines install it, and what stands below them works with what they made."""

import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.docs import pages
from tests.postbox import post_office
from tests.support import PATIENCE, eventually, free_port, ready

LINES = 5
SMTP = "smtp://localhost:25?tls=no"
OFFLINE = {"PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_INDEX": "1"}


def script(document: str, title: str) -> str:
    [found] = [
        body for kind, body in pages.fenced(pages.section(document, title)) if "pip install" in body
    ]
    return found


def test_the_first_steps_are_those_of_the_readme() -> None:
    printed = script("README.md", "Install it")
    assert printed == script("docs/start.md", "Install it")
    assert len(printed.splitlines()) == LINES


def test_the_readme_fits_on_two_screens() -> None:
    assert len(pages.text("README.md").splitlines()) <= 100


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Without the package index: what is needed besides is what is installed here."""
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "frontdesk" not in path.name:
            (libraries / path.name).symlink_to(path)
    beside = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, **OFFLINE, "PYTHONPATH": str(libraries), "PATH": beside}


def test_five_lines_are_an_installation(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "frontdesk").symlink_to(pages.ROOT)
    *before, serve = script("README.md", "Install it").splitlines()
    [program] = pages.blocks("README.md", "python")
    port, output = free_port(), tmp_path / "output"
    with post_office() as post:
        lines = "\n".join(before)
        assert SMTP in lines
        whole = f"{lines.replace(SMTP, post.url)}\nexec {serve} --port {port}"
        with output.open("w") as said:
            process = subprocess.Popen(
                ["bash", "-euc", whole], cwd=tmp_path, env=environment, stdout=said, stderr=said
            )
        try:
            site = f"http://127.0.0.1:{port}"
            eventually(lambda: process.poll() is not None or ready(f"{site}/readyz"), PATIENCE)
            assert process.poll() is None, output.read_text()
            for path in ("/forms/riverside", "/embed.js", "/frontdesk.js"):
                assert ready(site + path), path
            assert "MEND" not in output.read_text()
            assert "mail" in output.read_text()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
        page = "app.test_client().get('/enquiry/forms/riverside')"
        inside = f"{program}\nassert {page}.status_code == 200"
        variables = {"FRONTDESK_SECRET_KEY": "a secret of the tests", "SMTP_URL": post.url}
        subprocess.run(
            ["venv/bin/python", "-c", inside],
            cwd=tmp_path,
            env={**environment, **variables},
            check=True,
            timeout=PATIENCE,
        )
