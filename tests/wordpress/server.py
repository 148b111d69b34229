"""A real WordPress as Debian packages it, with a database and PHP, which the tests start."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from tests.support import eventually, free_port, ready

PLUGIN = Path(__file__).parents[2] / "integrations/wordpress/frontdesk"
DEBIAN = Path("/usr/share/wordpress")
NEEDED = ("php", "mariadbd", "mariadb-install-db")
USER, PASSWORD = "admin", "not-the-password-of-anybody"

# WordPress asks nobody in the internet; PHP's own server answers several at a time, so that it may
# ask itself.
CONFIG = """<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}');
define('DB_CHARSET', 'utf8mb4');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('WP_ACCESSIBLE_HOSTS', '127.0.0.1');
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);
define('WP_DEBUG', true);
define('WP_DEBUG_DISPLAY', false);
define('WP_DEBUG_LOG', '{log}');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
"""


class WordPress:
    """One that runs, installed in English, with the plugin there but not activated."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    @property
    def complaints(self) -> str:
        """What PHP and WordPress have complained of so far."""
        log = self.folder / "debug.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""


def php() -> str:
    """The path of PHP; the test is skipped where it is missing."""
    return _found("php")


def _found(name: str) -> str:
    found = shutil.which(name)
    if found is None or not DEBIAN.is_dir():
        missing = name if found is None else str(DEBIAN)
        if "CI" in os.environ:
            raise FileNotFoundError(f"{missing}: WordPress or what it needs is not installed")
        pytest.skip(f"{missing} is not installed: see CONTRIBUTING.md")
    return found


@contextmanager
def own_wordpress(folder: Path) -> Iterator[WordPress]:
    """Run one in an empty folder, which has a short path, for the database's socket is there."""
    for name in NEEDED:
        _found(name)
    with ExitStack() as running:
        socket = running.enter_context(_database(folder))
        root = folder / "root"
        # Debian's own wp-config.php looks into /etc.
        shutil.copytree(DEBIAN, root, ignore=shutil.ignore_patterns("wp-config.php"))
        shutil.copytree(PLUGIN, root / "wp-content/plugins/frontdesk")
        text = CONFIG.replace("{socket}", str(socket)).replace("{log}", str(folder / "debug.log"))
        (root / "wp-config.php").write_text(text, encoding="utf-8")
        url = running.enter_context(_php(root, folder))
        _install(url)
        yield WordPress(url, folder)


@contextmanager
def _database(folder: Path) -> Iterator[Path]:
    """Run MariaDB; gives its socket, on which everybody is root."""
    data, socket = folder / "data", folder / "socket"
    user = ["--user=root"] if os.geteuid() == 0 else []
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", *user]
    install += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    done = subprocess.run(install, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    begin = folder / "begin.sql"
    begin.write_text("create database wordpress;", encoding="utf-8")
    server = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={socket}", *user]
    server += ["--skip-networking", "--skip-log-bin", f"--pid-file={folder / 'pid'}"]
    server += ["--innodb-flush-log-at-trx-commit=0", f"--init-file={begin}"]
    with (folder / "database.log").open("wb") as log:
        process = subprocess.Popen(server, stdout=log, stderr=log)
    try:
        eventually(lambda: socket.exists() or process.poll() is not None)
        assert process.poll() is None, (folder / "database.log").read_text()
        yield socket
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def _php(root: Path, folder: Path) -> Iterator[str]:
    """Serve a folder as `http://localhost:…`."""
    port = free_port()
    environment = {**os.environ, "PHP_CLI_SERVER_WORKERS": "4"}
    with (folder / "php.log").open("wb") as log:
        process = subprocess.Popen(
            [php(), "-S", f"localhost:{port}", "-t", str(root)],
            stdout=log,
            stderr=log,
            env=environment,
            process_group=0,  # its workers do not end with it
        )
    try:
        url = f"http://localhost:{port}"
        eventually(lambda: ready(f"{url}/readme.html"))
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def _install(url: str) -> None:
    """What the page of the installation does."""
    answer = requests.post(
        f"{url}/wp-admin/install.php?step=2",
        data={
            "weblog_title": "Riverside",
            "user_name": USER,
            "admin_password": PASSWORD,
            "admin_password2": PASSWORD,
            "admin_email": "admin@example.com",
            "blog_public": "0",
            "language": "",
        },
        timeout=120,
    )
    assert "Success!" in answer.text, answer.text
