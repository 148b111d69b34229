"""Trying it on one's own computer: the commands that are printed do what is said of them."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import requests

from tests.docs import pages
from tests.support import eventually, free_port, journal_lines, leads, ready

DOCUMENT = "docs/start.md"
CONFIG = "examples/try.toml"
FORMS, CRM = "127.0.0.1:8080", "127.0.0.1:8090"


class Try:
    """What docs/start.md starts, with free ports and a folder of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.addresses = {each: f"127.0.0.1:{free_port()}" for each in (FORMS, CRM)}
        self.url, self.crm = (f"http://{each}" for each in self.addresses.values())
        self.config = directory / "try.toml"
        text = self.here(pages.text(CONFIG)).replace('"../var/try"', f'"{directory / "data"}"')
        self.config.write_text(text, encoding="utf-8")
        self.output = directory / "output"

    def here(self, text: str) -> str:
        """A text of the documents for what runs here."""
        for documented, ours in self.addresses.items():
            text = text.replace(documented, ours)
            text = re.sub(rf"--port {documented[-4:]}\b", f"--port {ours.rpartition(':')[2]}", text)
        text = text.replace("make .venv/shipped", ":").replace(CONFIG, str(self.config))
        return text.replace(".venv/bin/", f"{Path(sys.executable).parent}/")

    def run(self, script: str) -> str:
        """The standard output of a documented script that must succeed."""
        command = ["bash", "-euc", self.here(script)]
        return subprocess.run(
            command, cwd=pages.ROOT, capture_output=True, text=True, timeout=60, check=True
        ).stdout


@pytest.fixture(scope="module")
def trying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Try]:
    started = Try(tmp_path_factory.mktemp("try"))
    [script] = [block for block in blocks() if "toml serve" in block]
    with started.output.open("w") as output:
        process = subprocess.Popen(
            ["bash", "-euc", started.here(script)],
            cwd=pages.ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        eventually(lambda: ready(f"{started.url}/readyz") and ready(f"{started.crm}/"))
        yield started
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def blocks() -> list[str]:
    section = pages.section(DOCUMENT, "Send an enquiry")
    return [block for block in pages.blocks(DOCUMENT, "sh") if block in section]


def test_the_forms_are_where_the_document_says(trying: Try) -> None:
    said = trying.here("<http://127.0.0.1:8080/forms/riverside>")
    assert said in trying.here(pages.section(DOCUMENT, "Send an enquiry"))
    assert ready(said.strip("<>"))
    eventually(lambda: f"Form riverside: {said.strip('<>')}\n" in trying.output.read_text())


def test_the_documents_enquiry_reaches_the_crm(trying: Try) -> None:
    [script] = [block for block in blocks() if "TOKEN=" in block]
    [look] = [block for block in blocks() if "toml log" in block]
    before = len(leads(trying.crm))
    answer = msgspec.json.decode(trying.run(script))
    assert answer["status"] == "accepted"
    [lead] = eventually(lambda: leads(trying.crm)[before:])
    assert lead["parameters"]["preferencerooms"] == "2+kk|3+kk"
    listed = trying.run(look)
    assert answer["id"][:8] in listed
    assert "Nováková" in listed


def test_the_stand_in_misbehaves_as_it_is_told(trying: Try) -> None:
    section = pages.section(DOCUMENT, "Trying it without the CRM")
    [script] = [block for block in pages.blocks(DOCUMENT, "sh") if block in section]
    trying.run(script)
    ask = f"{trying.crm}/ws/v10/create-lead"
    statuses = [requests.post(ask, timeout=30).status_code for _ in range(3)]
    assert statuses[:2] == [503, 503]
    assert statuses[2] != 503


def test_the_json_example_goes_with_that_configuration(trying: Try) -> None:
    section = pages.own("docs/http-api.md", "Send an enquiry as JSON")
    [script] = [b for b in pages.blocks("docs/http-api.md", "sh") if b in section]
    before = len(leads(trying.crm))
    answer = trying.run(script.replace("https://leads.example.com", f"http://{FORMS}"))
    assert answer.startswith("HTTP/1.1 202")
    [lead] = eventually(lambda: leads(trying.crm)[before:])
    assert lead["parameters"]["customer_has_pets"] == "true"
    lines = journal_lines(trying.directory / "data/journal")
    assert "spring" in [line["lead"].get("campaign") for line in lines if "lead" in line]


def test_the_documents_flask_site_works_at_once(trying: Try) -> None:
    [program] = pages.blocks(DOCUMENT, "python")
    [script] = [block for block in pages.blocks(DOCUMENT, "sh") if " run --port 5000" in block]
    (trying.directory / "app.py").write_text(trying.here(program), encoding="utf-8")
    # `flask run` by itself would prefer it.
    (trying.directory / "wsgi.py").write_text(pages.text("wsgi.py"), encoding="utf-8")
    port = free_port()
    [address] = re.findall(r"http://\S+", script)
    with (trying.directory / "site").open("w") as output:
        process = subprocess.Popen(
            ["bash", "-euc", "exec " + trying.here(script).replace("5000", str(port), 1)],
            cwd=trying.directory,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        eventually(lambda: ready(address.replace("5000", str(port))), 60)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
