"""Two machines of Frontdesk on one computer: forms and a courier each, and all that they share.

Ctrl-C ends everything, and deletes what it has written.
"""

import argparse
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CONFIG, NGINX = HERE / "frontdesk.toml", HERE / "nginx.conf"
DEBIAN = {
    "nginx": "nginx-light",
    "redis-server": "redis-server",
    "initdb": "postgresql",
    "postgres": "postgresql",
}
PYTHON = {"frontdesk": ".", "psycopg": "psycopg[binary]", "redis": "redis"}
PATIENCE = 60.0  # seconds that something may take to start


def program(name: str) -> str | None:
    """Where a program is, also if that is not in PATH; None where it is missing."""
    places = [os.environ.get("PATH", ""), "/usr/sbin", *map(str, postgresql())]
    return shutil.which(name, path=os.pathsep.join(places))


def postgresql() -> list[Path]:
    """Where Debian has its servers, the newest first."""
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def missing() -> str:
    """What is not installed, in one line; empty where nothing is missing."""
    packages = {package for name, package in DEBIAN.items() if program(name) is None}
    modules = [package for name, package in PYTHON.items() if not importlib.util.find_spec(name)]
    hints = []
    if packages:
        hints.append(f"apt-get install {' '.join(sorted(packages))}")
    if modules:
        hints.append(f"{sys.executable} -m pip install {' '.join(modules)}")
    return " && ".join(hints)


class Computer:
    """What runs, in the order in which it was started; the last one is ended first."""

    def __init__(self, folder: Path, port: int) -> None:
        """`port`: nginx's; the next five are the others'."""
        self.folder, self.running = folder, ExitStack()
        self.names: dict[int, str] = {}
        self.nginx, self.one, self.two, self.crm, self.postgresql, self.redis = range(
            port, port + 6
        )

    def start(
        self,
        name: str,
        command: list[str],
        at: str = "",
        port: int | None = None,
        end: signal.Signals = signal.SIGTERM,
        **options: Any,
    ) -> None:
        """Start a process, and say where it is once it listens on its port."""
        log = self.folder / f"{name.replace(' ', '-')}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - of this program
                command, stdout=output, stderr=output, start_new_session=True, **options
            )
        self.names[process.pid] = name
        self.running.callback(self.end, process, end)
        deadline = time.monotonic() + PATIENCE
        while port is not None and not listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{name} did not start:\n{log.read_text()}")
            time.sleep(0.1)
        print(f"{name:<12}  pid {process.pid:<7}  {at}".rstrip(), flush=True)

    def end(self, process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
        """End a process, unless it has ended."""
        self.names.pop(process.pid, None)
        process.send_signal(how)
        process.wait()

    def machine(self, name: str, port: int, shared: dict[str, str]) -> None:
        """The forms and the courier of one machine, with a `data_dir` of its own."""
        own = {"FRONTDESK_CONFIG": str(CONFIG), "FRONTDESK_DATA_DIR": str(self.folder / name)}
        (self.folder / f"{name}.env").write_text(
            "".join(f"{key}='{value}'\n" for key, value in (own | shared).items())
        )
        environment = {**os.environ, **own, **shared}
        frontdesk = [sys.executable, "-m", "frontdesk"]
        address = f"http://127.0.0.1:{port}/forms/riverside"
        serve = [*frontdesk, "serve", "--port", str(port)]
        self.start(f"forms {name}", serve, address, port, env=environment)
        self.start(f"courier {name}", [*frontdesk, "courier"], env=environment)

    def database(self) -> str:
        """An empty PostgreSQL; the address of its database."""
        folder, password = self.folder / "postgresql", secrets.token_hex(16)
        user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
        folder.mkdir()
        (self.folder / "password").write_text(password)
        if user is not None:
            shutil.chown(folder, user)
            shutil.chown(self.folder / "password", user)
        subprocess.run(  # noqa: S603 - of this program
            [
                *(str(program("initdb")), "-D", str(folder), "--username=frontdesk"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"),
                f"--pwfile={self.folder / 'password'}",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            user=user,
            cwd=folder,
        )
        server = [str(program("postgres")), "-D", str(folder), "-k", "", "-h", "127.0.0.1", "-p"]
        self.start(
            "PostgreSQL",
            [*server, str(self.postgresql)],
            f"127.0.0.1:{self.postgresql}",
            self.postgresql,
            end=signal.SIGINT,  # it then waits for nobody
            user=user,
            cwd=folder,
        )
        return f"postgresql://frontdesk:{password}@127.0.0.1:{self.postgresql}/postgres"

    def proxy(self) -> None:
        """nginx with the configuration beside this program, and the ports of now."""
        text = NGINX.read_text()
        for written, port in ((8080, self.nginx), (8081, self.one), (8082, self.two)):
            text = text.replace(f"127.0.0.1:{written};", f"127.0.0.1:@{port};")
            text = text.replace(f"127.0.0.1:{written} ", f"127.0.0.1:@{port} ")
        config = self.folder / "nginx.conf"
        config.write_text(text.replace("@", ""))
        command = [str(program("nginx")), "-p", str(self.folder), "-c", str(config), "-e", "stderr"]
        address = f"http://127.0.0.1:{self.nginx}/forms/riverside"
        self.start("nginx", [*command, "-g", "daemon off;"], address, self.nginx)


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def start_all(computer: Computer) -> None:
    shared = {
        "FRONTDESK_SECRET_KEY": secrets.token_hex(32),
        "FRONTDESK_DATABASE_URL": computer.database(),
        "FRONTDESK_LIMITS": f"redis://127.0.0.1:{computer.redis}",
        "FRONTDESK_CRM": f"http://127.0.0.1:{computer.crm}",
    }
    redis = [str(program("redis-server")), "--bind", "127.0.0.1", "--save", "", "--port"]
    at = f"127.0.0.1:{computer.redis}"
    computer.start("Redis", [*redis, str(computer.redis)], at, computer.redis)
    crm = [sys.executable, "-m", "frontdesk.sandbox.realpad", "--port", str(computer.crm)]
    computer.start("sandbox CRM", crm, shared["FRONTDESK_CRM"], computer.crm)
    computer.machine("one", computer.one, shared)
    computer.machine("two", computer.two, shared)
    computer.proxy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8080, help="nginx's; the next five are used too"
    )
    options = parser.parse_args()
    if hint := missing():
        sys.exit(f"something is missing; install it first: {hint}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(
        prefix="frontdesk-several-", ignore_cleanup_errors=True
    ) as folder:
        os.umask(0o077)
        Path(folder).chmod(0o711)  # PostgreSQL and nginx run as users of their own
        computer = Computer(Path(folder), options.port)
        with suppress(KeyboardInterrupt), computer.running:
            start_all(computer)
            print(f"What they write is in {folder}. Ctrl-C ends everything.", flush=True)
            while True:  # a part may end, and the rest goes on
                ended, status = os.wait()
                how = os.waitstatus_to_exitcode(status)
                print(f"{computer.names.pop(ended, ended)} has ended ({how})", flush=True)


if __name__ == "__main__":
    main()
