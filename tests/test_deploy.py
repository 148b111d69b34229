"""examples/deploy: units that systemd takes, and the forms behind real proxies with TLS."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
import yaml

from tests.inbox.people import PASSWORD, entry
from tests.support import ENQUIRY, FORM, eventually, free_port, journal_lines, leads, ready

DEPLOY = Path(__file__).parents[1] / "examples/deploy"
PROGRAM = Path(sys.executable).with_name("frontdesk")
HOST = "leads.example.com"


def program(name: str) -> str:
    """The path of a program; the test is skipped where it is missing, but never by CI."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None and "CI" not in os.environ:
        pytest.skip(f"{name} is not installed")
    assert found, f"{name} is not installed"
    return found


class Behind(NamedTuple):
    """A proxy with forms behind it. `address`: without a path; `certificate`: whom to believe."""

    address: str
    certificate: Path
    journal: Path
    crm: str

    def ask(self, method: str, path: str, **more: object) -> requests.Response:
        """One request, over TLS that is verified."""
        headers = {"Host": HOST, **more.pop("headers", {})}  # type: ignore[dict-item]
        return requests.request(  # type: ignore[arg-type]
            method,
            self.address + path,
            headers=headers,
            verify=str(self.certificate),
            allow_redirects=False,
            timeout=60,
            **more,
        )


@pytest.fixture
def forms(write_config: Callable[..., Path]) -> Iterator[int]:
    """The port of `frontdesk serve`, with an inbox, as it stands behind a proxy."""
    config = write_config(FORM + entry("eva", "read"), data_dir="trusted_proxies = 1\ndata_dir")
    port = free_port()
    command = [PROGRAM, "--config", config, "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as served:
        assert eventually(lambda: ready(f"http://127.0.0.1:{port}/readyz"))
        yield port
        served.terminate()


@pytest.fixture
def behind_nginx(forms: int, tmp_path: Path, crm: str) -> Iterator[Behind]:
    """nginx with both of the files: a host of the forms' own, and a path of another one."""
    port = free_port()
    keys = [tmp_path / f"{HOST}.key", tmp_path / f"{HOST}.pem"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    made += ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST},IP:127.0.0.1"]
    subprocess.run(
        [*made, "-keyout", keys[0], "-out", keys[1]], check=True, stderr=subprocess.DEVNULL
    )
    host, path = (
        (DEPLOY / name).read_text().replace("127.0.0.1:8000", f"127.0.0.1:{forms}")
        for name in ("nginx.conf", "nginx-path.conf")
    )
    host = host.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    host = host.replace("/etc/ssl/", f"{tmp_path}/")
    assert host.rstrip().endswith("}")
    host = f"{host.rstrip()[:-1]}\n{path}}}\n"  # one server with both
    places = "".join(
        f"{kind}_temp_path {tmp_path}/nginx-{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"pid {tmp_path}/nginx.pid;\nerror_log {tmp_path}/nginx.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{host}}}\n"
    )
    nginx = [program("nginx"), "-c", str(config), "-p", str(tmp_path)]
    subprocess.run([*nginx, "-t"], check=True, capture_output=True)
    behind = Behind(f"https://127.0.0.1:{port}", keys[1], tmp_path / "var/journal", crm)
    with running([*nginx, "-g", "daemon off;"], behind):
        yield behind


@pytest.fixture
def behind_caddy(forms: int, tmp_path: Path, crm: str) -> Iterator[Behind]:
    """Caddy with its file, and certificates of its own instead of Let's Encrypt's."""
    port, caddy = free_port(), program("caddy")
    text = (DEPLOY / "Caddyfile").read_text().replace("127.0.0.1:8000", f"127.0.0.1:{forms}")
    said = f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}}\n{text}"
    said = said.replace(f"{HOST} {{", f"https://127.0.0.1:{port}, https://{HOST}:{port} {{")
    config = tmp_path / "Caddyfile"
    config.write_text(said.replace("reverse_proxy", "tls internal\n\treverse_proxy"))
    home = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "caddy")}
    check = [caddy, "validate", "--adapter", "caddyfile", "--config"]
    subprocess.run([*check, DEPLOY / "Caddyfile"], check=True, capture_output=True, env=home)
    root = tmp_path / "caddy/caddy/pki/authorities/local/root.crt"
    behind = Behind(f"https://127.0.0.1:{port}", root, tmp_path / "var/journal", crm)
    command = [caddy, "run", "--adapter", "caddyfile", "--config", str(config)]
    with running(command, behind, home):
        yield behind


@contextmanager
def running(
    command: list[str], behind: Behind, env: dict[str, str] | None = None
) -> Iterator[None]:
    """A proxy that has begun to answer."""

    def answers() -> bool:
        try:
            return behind.ask("GET", "/readyz").ok
        except (OSError, requests.RequestException):  # also as long as there is no certificate
            return False

    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=env, stdout=quiet, stderr=quiet) as proxy:
        try:
            assert eventually(answers), command
            yield
        finally:
            proxy.terminate()


def try_all(behind: Behind, prefix: str = "") -> None:
    """A page, JSON, an iframe and the inbox, as a visitor and an operator have them."""
    page = behind.ask("GET", f"{prefix}/forms/riverside?lang=en")
    assert "max-age" in page.headers["Strict-Transport-Security"]
    token = re.search(r'name="token"[^>]*value="([^"]+)"', page.text)
    assert token
    fields = {
        "first_name": "Eva",
        "last_name": "Page",
        "email": "eva@example.com",
        "consent_2": "y",
    }
    sent = behind.ask("POST", f"{prefix}/forms/riverside", data={**fields, "token": token[1]})
    assert sent.status_code == 303
    assert not sent.headers["Location"].startswith("http")

    fresh = behind.ask("GET", f"{prefix}/forms/riverside/token").json()["token"]
    body = {**ENQUIRY, "last_name": "JSON", "token": fresh}
    sent = behind.ask("POST", f"{prefix}/forms/riverside", json=body)
    assert sent.status_code == 202
    assert eventually(lambda: len(leads(behind.crm)) == 2)
    told = {lead["parameters"]["surname"]: lead["parameters"] for lead in leads(behind.crm)}
    assert {*told} == {"Page", "JSON"}
    assert all(one["consentsource"] == "127.0.0.1" for one in told.values()), "the visitor's"

    assert "customElements" in behind.ask("GET", f"{prefix}/embed.js").text
    framed = behind.ask("GET", f"{prefix}/forms/riverside?embed=1")
    assert (
        "frame-ancestors 'self' https://riverside.example.com"
        in (framed.headers["Content-Security-Policy"])
    )

    shown = behind.ask("GET", f"{prefix}/inbox/sign-in")
    form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', shown.text))
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', shown.text)
    assert csrf
    cookies = dict(shown.cookies.items())
    assert all(name.startswith("__Host-") for name in cookies), cookies
    signed = behind.ask(
        "POST",
        f"{prefix}/inbox/sign-in",
        data={**form, "csrf_token": csrf[1], "name": "eva", "password": PASSWORD},
        headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
    )
    assert signed.status_code == 303, signed.text
    session = signed.headers["Set-Cookie"]
    assert session.startswith("__Host-")
    assert "; Secure" in session
    seen = behind.ask("GET", f"{prefix}/inbox/", headers={"Cookie": session.partition(";")[0]})
    assert "Eva Page" in seen.text


@pytest.mark.parametrize("prefix", ["", "/enquiry"], ids=["a host of its own", "below a path"])
def test_behind_nginx(behind_nginx: Behind, prefix: str) -> None:
    try_all(behind_nginx, prefix)


def test_behind_caddy(behind_caddy: Behind) -> None:
    try_all(behind_caddy)


def test_a_visitor_chooses_no_address_behind_a_proxy(behind_nginx: Behind) -> None:
    fresh = behind_nginx.ask("GET", "/forms/riverside/token").json()["token"]
    claimed = {"X-Forwarded-For": "203.0.113.9"}
    body = {**ENQUIRY, "token": fresh}
    sent = behind_nginx.ask("POST", "/forms/riverside", json=body, headers=claimed)
    assert sent.status_code == 202
    [line] = [one for one in journal_lines(behind_nginx.journal) if one["event"] == "received"]
    assert line["origin"]["ip"] == "127.0.0.1"


@pytest.mark.parametrize("name", ["frontdesk.service", "frontdesk-courier.service"])
def test_systemd_takes_the_units(tmp_path: Path, name: str) -> None:
    text = (DEPLOY / name).read_text()
    command = re.findall(r"^ExecStart=(\S+) (.*)$", text, re.MULTILINE)
    assert command == [("/opt/frontdesk/bin/frontdesk", command[0][1])]
    unit = tmp_path / name
    # There is neither that program nor that user here.
    text = text.replace("/opt/frontdesk/bin/frontdesk", str(PROGRAM))
    unit.write_text(text.replace("User=frontdesk", "User=daemon"))
    verify = [program("systemd-analyze"), "verify", "--man=no", "--recursive-errors=no", str(unit)]
    done = subprocess.run(verify, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    # Nothing is left open that it can do without: out of 100, of which a bare unit has 96.
    rate = [program("systemd-analyze"), "security", "--offline=true", "--threshold=20", str(unit)]
    done = subprocess.run(rate, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    # And what the unit runs is a command that there is, with options that it has.
    words = command[0][1].split()[2:]
    helped = subprocess.run(
        [PROGRAM, words[0], "--help"], capture_output=True, text=True, check=True
    )
    assert all(word in helped.stdout for word in words if word.startswith("--"))


def test_the_composition_is_of_one_piece() -> None:
    """What is named is there; nothing is root's, or can be written to but its volumes."""
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services, volumes = composed["services"], {*composed["volumes"]}
    for service in services.values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert source in volumes or source.startswith("./")
        assert {*service.get("depends_on", ())} <= {*services}
    for secret in composed["secrets"].values():  # else podman-compose makes it a folder
        assert secret["file"].startswith("./")
    forms = services["forms"]
    assert forms["read_only"]
    assert forms["cap_drop"] == ["ALL"]
    assert (DEPLOY / forms["build"]["context"] / forms["build"]["dockerfile"]).is_file()
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    assert lines.index("USER frontdesk") < next(
        number for number, line in enumerate(lines) if line.startswith("CMD")
    )
