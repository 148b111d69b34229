"""The README's five lines install it, and what stands below them works with what they made."""

import os
import re
import signal
import smtplib
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from frontdesk.ports import refusal
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


def test_a_server_is_installed_upgraded_and_cleared_as_it_is_printed(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """In a folder of its own; who may make users and services is no part of it."""
    root, programs = tmp_path / "root", tmp_path / "programs"
    for folder in (root / "etc/systemd/system", root / "opt", root / "var", programs):
        folder.mkdir(parents=True)
    for name in ("useradd", "systemctl"):
        programs.joinpath(name).symlink_to("/bin/true")
    (tmp_path / "frontdesk").symlink_to(pages.ROOT)
    path = f"{programs}:{environment['PATH']}"

    def run(command: str) -> None:
        here = re.sub(r"(?<![\w.])/(?=(?:opt|etc|var)/)", f"{root}/", command)
        subprocess.run(
            ["bash", "-euc", here],
            cwd=tmp_path,
            env={**environment, "PATH": path},
            check=True,
            timeout=300,
        )

    def scripts(title: str) -> list[str]:
        found = pages.fenced(pages.section("docs/deploy.md", title))
        return [body for kind, body in found if kind == "sh" and "systemd-run" not in body]

    install, start = scripts("systemd")
    assert "enable --now" in start
    run(install)
    secrets, config = root / "etc/frontdesk/secrets", root / "etc/frontdesk/frontdesk.toml"
    assert secrets.stat().st_mode & 0o777 == 0o600
    given = dict(line.split("=", 1) for line in secrets.read_text().splitlines())
    assert set(given) == {"FRONTDESK_SECRET_KEY", "SMTP_URL"}
    with post_office() as post:
        checked = subprocess.run(
            [root / "opt/frontdesk/bin/frontdesk", "--config", config, "check"],
            env={**environment, **given, "SMTP_URL": post.url},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    assert "configuration  valid" in checked.stdout, checked.stderr
    for unit in ("frontdesk.service", "frontdesk-courier.service"):
        text = root.joinpath("etc/systemd/system", unit).read_text()
        assert "/opt/frontdesk/bin/frontdesk --config /etc/frontdesk/frontdesk.toml" in text
    for each in scripts("Upgrading"):
        run(each)
    assert (root / "opt/frontdesk").readlink() == Path("frontdesk-0.2.0")
    assert (root / "opt/frontdesk/bin/frontdesk").exists()
    for each in scripts("Uninstalling"):
        run(each)
    assert list((root / "opt").iterdir()) == []
    assert list((root / "etc/systemd/system").iterdir()) == []
    assert config.exists()


def test_mails_are_seen_without_a_mail_server(tmp_path: Path) -> None:
    [(_, printed)] = pages.fenced(pages.section("docs/mail.md", "Without a mail server"))
    install, catch = printed.splitlines()
    assert install == "python3 -m venv catcher && catcher/bin/pip install aiosmtpd"
    port = free_port()
    command = catch.replace("catcher/bin", str(Path(sys.executable).parent))
    output = tmp_path / "output"
    with output.open("w") as said:
        process = subprocess.Popen(
            command.replace("1025", str(port)).split(),
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=said,
            stderr=said,
        )
    try:
        eventually(lambda: refusal("localhost", port))
        with smtplib.SMTP("localhost", port, timeout=PATIENCE) as server:
            server.sendmail("a@example.com", ["b@example.com"], "Subject: Hello\n\nThere\n")
        eventually(lambda: "Subject: Hello" in output.read_text())
    finally:
        process.terminate()
        process.wait(60)
