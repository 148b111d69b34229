"""What two machines must do only once between them."""

import base64
import json
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier

import altcha
import pytest
import requests

from tests.amount import amount
from tests.postgresql import Database
from tests.store.postgresql.test_machines import Machine
from tests.support import ENQUIRY, GENERAL, calls, eventually, fault, leads, mend, with_real_geeks

GUARDED = GENERAL.replace(
    'provider = "none"\nallow_none = true', 'provider = "altcha"\ncost = 1000'
)


@pytest.fixture
def machines(
    tmp_path: Path, crm: str, database: Database
) -> Iterator[Callable[..., list[Machine]]]:
    with ExitStack() as running:

        def start(**configuration: str) -> list[Machine]:
            found = []
            for name in ("one", "two"):
                found.append(Machine(tmp_path / name, crm, database, **configuration))
                running.callback(found[-1].kill)
            return found

        yield start


def test_a_crm_that_bans_is_asked_once(
    machines: Callable[..., list[Machine]], crm: str, geeks: str, database: Database
) -> None:
    """By neither machine again, while both go on with the other CRM; until somebody opens it."""
    one, other = machines(form=with_real_geeks(geeks))
    fault(crm, "ban", times=None, seconds=3600)

    def sent() -> list[int]:
        return [status for endpoint, status in calls(crm) if endpoint == "create-lead"]

    assert one.enquire("first")
    closed = "select line::jsonb ->> 'closes_account' from frontdesk.event where kind = 'failed'"
    assert eventually(lambda: database.execute(closed)) == [("true",)]
    assert all(where.enquire(f"{name}") for name in "abcde" for where in (one, other))
    assert eventually(lambda: len(leads(geeks)) == 11)
    one.kill(signal.SIGTERM)  # its leases are the other one's now
    assert all(other.enquire(name) for name in "fghij")
    assert eventually(lambda: len(leads(geeks)) == 16)
    assert sent() == [401]
    mend(crm)
    assert other.run("replay", "--state", "failed", "--no-wait") == 0
    assert eventually(lambda: len(leads(crm)) == 16)
    assert sent() == [401, *[200] * 16]


@pytest.mark.long
def test_a_solution_that_comes_to_both_at_once_is_accepted_once(
    machines: Callable[..., list[Machine]], database: Database
) -> None:
    both, rounds = machines(general=GUARDED), amount(4, 10)
    ready = Barrier(2)

    def send(where: Machine, answer: str, name: str) -> int:
        form = f"{where.url}/forms/riverside"
        token = requests.get(f"{form}/token", timeout=60).json()["token"]
        lead = {**ENQUIRY, "token": token, "last_name": name, "altcha": answer}
        ready.wait(60)
        return requests.post(form, json=lead, timeout=60).status_code

    with ThreadPoolExecutor(2) as pool:
        for number in range(rounds):
            answer = _solved(both[number % 2])
            told = pool.map(send, both, [answer] * 2, [f"Left{'abcdefghij'[number]}", "Right"])
            assert sorted(told) == [202, 422]
    query = "select count(distinct id) from frontdesk.event where kind = 'received'"
    assert database.execute(query) == [(rounds,)]


def _solved(where: Machine) -> str:
    """The answer to a challenge of one machine, as the browser's script makes it."""
    asked = requests.get(f"{where.url}/forms/riverside/challenge", timeout=60).json()
    challenge = altcha.Challenge.from_dict(asked)
    solution = altcha.solve_challenge(challenge)
    answer = altcha.Payload(challenge, solution).to_dict()
    return base64.b64encode(json.dumps(answer).encode()).decode()
