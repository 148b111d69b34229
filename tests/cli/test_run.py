"""`serve` and `courier` as processes, and the commands inside a host site's `flask`."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.support import ENQUIRY, eventually, free_port, leads, ready, refused


@pytest.mark.parametrize("courier", ["inside", "apart"])
def test_serve_takes_enquiries_in_and_they_are_delivered(
    write_config: Callable[..., Path], crm: str, courier: str
) -> None:
    config = write_config(**{'courier = "inside"': f'courier = "{courier}"'})
    command = [sys.executable, "-m", "frontdesk", "--config", str(config)]
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    running = [subprocess.Popen([*command, "serve", "--port", str(port)], stdout=subprocess.PIPE)]
    if courier == "apart":
        running.append(subprocess.Popen([*command, "courier"], stderr=subprocess.PIPE))
    try:
        eventually(lambda: ready(f"{url}/readyz"))
        token = requests.get(f"{url}/forms/riverside/token", timeout=60).json()["token"]
        answer = requests.post(
            f"{url}/forms/riverside", json={**ENQUIRY, "token": token}, timeout=60
        )
        assert answer.status_code == 202, answer.text
        eventually(lambda: leads(crm))
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        ends = [process.wait(60) for process in running]
        for process in running:
            for pipe in (process.stdout, process.stderr):
                if pipe:
                    pipe.close()
    assert ends == [0] * len(running)
    assert len(leads(crm)) == 1


def test_a_server_that_is_told_to_stop_writes_down_whom_it_turned_away(
    write_config: Callable[..., Path], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "frontdesk", "--config", str(write_config())]
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen([*command, "serve", "--port", str(port)], stdout=subprocess.PIPE) as run:
        try:
            eventually(lambda: ready(f"{url}/readyz"))
            for _ in range(3):
                answer = requests.post(f"{url}/forms/riverside", json=ENQUIRY, timeout=60)
                assert answer.status_code == 403
        finally:
            run.send_signal(signal.SIGTERM)
        assert run.wait(60) == 0
    found = refused(tmp_path / "var/journal")
    assert found == {"riverside token": 3, "riverside token missing": 3}


def test_serve_says_at_once_what_is_wrong_with_the_configuration(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "frontdesk", "--config", str(tmp_path / "none.toml"), "serve"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert "none.toml: No such file or directory; --config or FRONTDESK_CONFIG" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_commands_hang_under_a_host_sites_flask(
    write_config: Callable[..., Path], tmp_path: Path
) -> None:
    host = tmp_path / "host.py"
    host.write_text(
        "from flask import Flask\n"
        "from frontdesk import Frontdesk\n"
        "app = Flask(__name__)\n"
        f"Frontdesk(app, config={str(write_config())!r}, url_prefix='/enquiry')\n"
    )
    command = [sys.executable, "-m", "flask", "--app", str(host), "frontdesk", "check", "--json"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    assert all(json.loads(line)["well"] for line in result.stdout.splitlines())
