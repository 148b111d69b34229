"""What commands.md and start.md show is typed, in a desk with enquiries in every state."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.tables import commands
from frontdesk.cli import main
from tests.docs import pages
from tests.docs.session import Terminal, steps

DOCUMENT = "docs/commands.md"
BEGINNING = "docs/start.md", "What comes next"
PORTS = {"8000", "8090", "8091"}
# What needs a database of its own, asks nothing of a desk, or is a world by itself: who types it.
ELSEWHERE = {
    "journal compare": "tests/store/postgresql/test_moving.py",
    "journal copy": "tests/store/postgresql/test_moving.py",
    "journal init": "tests/store/postgresql/test_site.py",
    "key new": "tests/intake/test_keys.py",
    "demo": "tests/demo_process.py",
}
STAYING = ("serve", "courier")  # which run until they are told to stop
# What is answered to those who ask.
TYPED = {"inbox password": "a long password\n", "person": "y\n"}
# Else a command that is shown succeeds: what needs somebody here, and what is refused on purpose.
ENDS = {
    "check": {0, 1},
    "status": {1},
    "notify": {1},
    "amend 34f9 email=adam@": {2},
    "prune": {0, 1},
    "replay 34f9": {0, 1},
}
CONFIG = """
data_dir = "var"
secret_key = "a secret for what the documents show"
[limits]
submissions = "100/minute"
[captcha]
provider = "none"
allow_none = true
[delivery]
courier = "apart"
retry_first = "1 second"
[notify]
urls = ["json://127.0.0.1:9/"]
[destinations.crm]
type = "realpad"
base_url = "http://127.0.0.1:8090/ws/v10/"
login = "sandbox"
password = "sandbox"
[destinations.geeks]
type = "realgeeks"
base_url = "http://127.0.0.1:8091/rest"
username = "sandbox"
password = "sandbox"
site_uuid = "6e5f0a4c-6f0f-4a55-9f57-0d7b6a6e2c11"
[forms.riverside]
title = "Riverside"
destinations = ["crm"]
[forms.riverside.realpad]
project = 1234
referral = 77
[[forms.riverside.consents]]
id = 2
label = "I agree."
[forms.plots]
title = "Plots"
destinations = ["geeks"]
[forms.plots.realgeeks]
source = "riverside.example.com"
"""
STORY = """
FORM=http://127.0.0.1:8000/forms/riverside CRM=http://127.0.0.1:8090
python -m frontdesk.sandbox.realpad --port 8090 > crm.out 2>&1 &
python -m frontdesk.sandbox.realgeeks --port 8091 > geeks.out 2>&1 &
frontdesk serve --port 8000 > serve.out 2>&1 &
frontdesk courier > courier.out 2>&1 &
curl -s --retry 60 --retry-delay 1 --retry-connrefused $CRM http://127.0.0.1:8091 $FORM > all.out
enquire() {  # FIRST NAME, SECONDS OF TYPING
  local token=$(curl -s $FORM/token | jq -r .token)
  sleep $2
  curl -s $FORM -H 'Content-Type: application/json' -d '{"first_name": "'$1'", "last_name": "Novák",
    "email": "'${1,,}'@example.com", "consents": [2], "token": "'$token'"}' | jq -r .id
}
state() { frontdesk log --json --text $1 | jq -r .state; }
until_it_is() { for _ in {1..100}; do [ "$(state $1)" = $2 ] && return; sleep 0.3; done; state $1; }
fails() {
  curl -s $CRM/_sandbox/faults -H 'Content-Type: application/json' \\
    -d '{"fault": "status", "status": 400, "times": 1}' > fault.out
}
"""
# The starts of ids that the document has, and how such an enquiry comes to be.
STATES = {
    "08bd": ("enquire Jana 3", "delivered"),
    "34f9": ("fails; enquire Adam 3", "failed"),
    "0fb17ad2": ("enquire Hana 0", "held"),
    "77a46dc0": ("enquire Bot 0", "held"),
    "ecb35b0a": ("fails; enquire Eva 3", "failed"),
}


def shown() -> Iterator[str]:
    """What stands after `frontdesk` in the documents' sessions, in their order."""
    for step in steps(pages.text(DOCUMENT) + pages.section(*BEGINNING)):
        name, _, said = step.command.partition(" ")
        if name == "frontdesk":
            yield said


def ends(said: str) -> set[int]:
    """How a command may end."""
    fitting = [end for start, end in ENDS.items() if f"{said} ".startswith(f"{start} ")]
    return fitting[-1] if fitting else {0}


def among(said: str, names: dict[str, str] | tuple[str, ...]) -> bool:
    return any(said == name or said.startswith(f"{name} ") for name in names)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path, PORTS)
    config = CONFIG
    for documented, ours in terminal.ports.items():
        config = config.replace(documented, ours)
    (tmp_path / "frontdesk.toml").write_text(config, encoding="utf-8")
    try:
        yield terminal
    finally:
        terminal.close()


def test_every_command_that_is_shown_runs(desk: Terminal) -> None:
    assert desk.run(STORY)[1] == 0
    ids = {}
    for short, (typed, state) in STATES.items():
        said, _ = desk.run(typed)
        ids[short] = said.strip()
        desk.run(f"until_it_is {ids[short]} {state}")
    for said in shown():
        if among(said, ELSEWHERE) or among(said, STAYING):
            continue
        ours = re.sub(rf"\b({'|'.join(STATES)})\w*\b", lambda found: ids[found[1]], said)
        answer = next((text for name, text in TYPED.items() if among(said, (name,))), "")
        printed, status = desk.run(f"printf %b {answer!r} | frontdesk {ours} 2>&1")
        assert status in ends(said), f"frontdesk {said}: {status}\n{printed}"
        assert printed.strip(), said
        assert "Traceback" not in printed, printed


def test_every_command_is_shown_or_typed_elsewhere() -> None:
    run = list(shown())
    for name, _ in commands(main, "frontdesk"):
        said = name.removeprefix("frontdesk ")
        if said in ELSEWHERE:
            typed = pages.text(ELSEWHERE[said])
            assert all(f'"{word}"' in typed for word in said.split()), said
        else:
            assert any(among(each, (said,)) for each in run), said


def test_ends_are_of_what_is_shown() -> None:
    assert all(any(among(each, (said,)) for each in shown()) for said in ENDS)
