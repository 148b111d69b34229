"""ALTCHA: solved with its own package, accepted once, refused whatever was tampered with."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import altcha
import pytest
import requests

from frontdesk import create_app
from tests.intake.desk import (
    SECRET,
    configuration,
    forge_token,
    held,
    page_of,
    problem_of,
    submit,
)
from tests.support import FORM, Site, serving

CHEAP = 'provider = "altcha"\ncost = 1000\ncounter = 1'
TWO = FORM + FORM.replace("forms.riverside", "forms.quay")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("altcha") / "frontdesk.toml"
    path.write_text(configuration(captcha=CHEAP, forms=TWO), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def guarded(config: Path) -> Iterator[Site]:
    with serving(create_app(config)) as site:
        yield site


def solve(challenge: dict[str, Any]) -> dict[str, Any]:
    """The answer to a challenge, as the browser's script makes it."""
    parsed = altcha.Challenge.from_dict(challenge)
    solution = altcha.solve_challenge(parsed)
    assert solution is not None
    answer: dict[str, Any] = altcha.Payload(parsed, solution).to_dict()
    return answer


def packed(answer: object) -> str:
    return base64.b64encode(json.dumps(answer).encode()).decode()


def solved(site: Site, form: str = "riverside") -> dict[str, Any]:
    return solve(site.get(f"/forms/{form}/challenge").json())


TERMS = {"form": "riverside", "counter": 1, "expires": 1200}


def made(
    secret: str = SECRET, lasts: float = 600, cost: int = 1000, **terms: Any
) -> dict[str, Any]:
    """A challenge of our own making; its keys are derived from the site's secret."""
    challenge = altcha.create_challenge(
        "PBKDF2/SHA-256",
        cost,
        counter=1,
        expires_at=int(time.time() + lasts),
        data={**TERMS, **terms},
        hmac_secret=sha256(f"altcha challenge {secret}".encode()).digest(),
        hmac_key_secret=sha256(f"altcha key {secret}".encode()).digest(),
    )
    found: dict[str, Any] = challenge.to_dict()
    return found


def send(site: Site, answer: str, field: str = "altcha", **changes: Any) -> requests.Response:
    return site.enquire(**{"token": forge_token(), field: answer, **changes})


@pytest.mark.parametrize("field", ["altcha", "captcha"])
def test_a_solution_is_accepted_once(guarded: Site, field: str) -> None:
    answer = packed(solved(guarded))
    assert not held(guarded, send(guarded, answer, field))
    problem_of(send(guarded, answer, field), 422)


def test_a_solution_through_html(guarded: Site) -> None:
    answer = packed(solved(guarded))
    assert submit(guarded, altcha=answer).status_code == 303
    refused = submit(guarded, altcha=answer)
    page = page_of(refused, 422)
    assert page.value("first_name") == "Jana"
    assert page.ticked("consent_2")
    assert answer not in refused.text, "a spent solution is not offered again"


def test_a_solution_written_otherwise_is_still_the_same(guarded: Site) -> None:
    answer = solved(guarded)
    assert send(guarded, packed(answer)).status_code == 202
    spaced = base64.b64encode(json.dumps(answer, indent=2).encode()).decode()
    reordered = packed(dict(reversed(answer.items())))
    loud = {**answer["solution"], "derivedKey": answer["solution"]["derivedKey"].upper()}
    for other in (spaced, reordered, packed({**answer, "solution": loud}), packed(answer) + "\n"):
        problem_of(send(guarded, other), 422)


def test_a_solution_is_good_for_its_own_form_only(guarded: Site) -> None:
    answer = packed(solved(guarded))
    problem_of(guarded.enquire("quay", token=forge_token("quay"), altcha=answer), 422)
    assert send(guarded, answer).status_code == 202, "nor was it spent by that"


# What may differ between two forms, or before and after a change; the work of both is done.
CHEAP_AND_DEAR = {
    "cost": ("cost = 1000\ncounter = 4", "cost = 2000\ncounter = 4"),
    "counter": ("cost = 1000\ncounter = 2", "cost = 1000\ncounter = 4"),
    "expires": ('cost = 1000\nexpires = "1 hour"', 'cost = 1000\nexpires = "1 minute"'),
}


@pytest.mark.parametrize("name", CHEAP_AND_DEAR)
def test_a_cheap_forms_solution_is_not_a_dear_ones(
    open_desk: Callable[..., Site], name: str
) -> None:
    cheap, dear = CHEAP_AND_DEAR[name]
    own = f'\n[forms.quay.captcha]\nprovider = "altcha"\n{dear}\non_outage = "deliver"\n'
    site = open_desk(captcha=f'provider = "altcha"\n{cheap}', forms=TWO + own)
    for _ in range(3):
        answer = packed(solved(site))
        problem_of(site.enquire("quay", token=forge_token("quay"), altcha=answer), 422)
    answer = packed(solved(site, "quay"))
    assert site.enquire("quay", token=forge_token("quay"), altcha=answer).status_code == 202


@pytest.mark.parametrize("name", CHEAP_AND_DEAR)
def test_what_was_solved_before_it_became_dearer_is_solved_anew(
    open_desk: Callable[..., Site], name: str
) -> None:
    before, after = (
        open_desk(captcha=f'provider = "altcha"\n{settings}') for settings in CHEAP_AND_DEAR[name]
    )
    problem_of(send(after, packed(solved(before))), 422)
    assert send(after, packed(solved(after))).status_code == 202


def test_a_rotated_key(open_desk: Callable[..., Site]) -> None:
    new = "the newer secret of the tests"

    def at(keys: str) -> Site:
        return open_desk(captcha=CHEAP, top=f"secret_key = {keys}")

    old, both, only_new = at(f'"{SECRET}"'), at(f'["{new}", "{SECRET}"]'), at(f'"{new}"')

    def knock(site: Site, answer: str) -> int:
        return send(site, answer, token=site.token()).status_code

    answer = packed(solved(old))
    assert knock(only_new, answer) == 422
    assert knock(both, answer) == 202
    assert knock(both, answer) == 422, "spent, whichever key it is of"
    assert knock(both, packed(solved(both))) == 202
    assert knock(only_new, packed(solved(both))) == 202, "the newest key signs"


def test_an_enquiry_whose_answer_got_lost_may_be_sent_again(guarded: Site) -> None:
    answer, token = packed(solved(guarded)), forge_token()
    first = send(guarded, answer, token=token)
    assert send(guarded, answer, token=token).json() == first.json()


def test_a_solution_is_not_spent_by_an_enquiry_that_was_refused(guarded: Site) -> None:
    answer = packed(solved(guarded))
    assert send(guarded, answer, first_name="").status_code == 422
    assert send(guarded, answer).status_code == 202


def test_of_many_threads_one_spends_a_solution(guarded: Site) -> None:
    answer = packed(solved(guarded))
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(send, guarded, answer) for _ in range(8)]
    statuses = sorted(future.result().status_code for future in sent)
    assert statuses == [202] + [422] * 7


def test_a_second_app_on_the_same_data_knows_what_was_spent(config: Path, guarded: Site) -> None:
    answer, another = packed(solved(guarded)), packed(solved(guarded))
    with serving(create_app(config)) as second:
        assert send(guarded, answer).status_code == 202
        problem_of(send(second, answer), 422)
        assert send(second, another).status_code == 202, "it takes the first one's challenges"
        problem_of(send(guarded, another), 422)


PROCESS = """
import sys, time
from pathlib import Path
now, ahead = time.time, 0.0
time.time = lambda: now() + ahead
from frontdesk.config import load
from frontdesk.data_dir import open_store
from frontdesk.kinds import KINDS
from frontdesk.intake.captcha import build
settings = load(Path(sys.argv[1]), KINDS)
captcha = build(settings.captcha, settings.secret_key, open_store(settings))
print("ready", flush=True)
for line in sys.stdin:
    ahead, answer = float(line.split()[0]), line.split()[1]
    print(captcha.verify(answer, "127.0.0.1", "riverside").value, flush=True)
"""


def started(config: Path) -> "subprocess.Popen[str]":
    """A process that verifies what it is sent; before it, how many seconds its clock is ahead."""
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_solution_stays_spent_when_the_clock_is_set_back(config: Path) -> None:
    sent = ""
    for hours in (1, 3, 30):
        answer = packed(solve(made(lasts=hours * 3600 + 600)))
        sent += f"{hours * 3600} {answer}\n0 {answer}\n"
    output, _ = started(config).communicate(sent, timeout=120)
    assert output.split() == ["ready", *["passed", "failed"] * 3]


def test_of_several_processes_one_spends_a_solution(config: Path, guarded: Site) -> None:
    processes = [started(config) for _ in range(3)]
    answers = [packed(solved(guarded)) for _ in range(20)]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("".join(f"0 {answer}\n" for answer in answers))
            process.stdin.flush()
    finally:
        outputs = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [sorted(verdicts) for verdicts in zip(*outputs, strict=True)] == [
        ["failed", "failed", "passed"]
    ] * len(answers)


def test_it_is_our_key_and_time_that_count(guarded: Site) -> None:
    assert send(guarded, packed(solve(made()))).status_code == 202


NOT_GOOD = {
    "expired": made(lasts=-5),
    "foreign-key": made(secret="some other secret of somebody"),
    "other-form": made(form="quay"),
    "no-form": made(form=None),
    "when-it-was-cheaper": made(cost=500),
    "of-a-shorter-count": made(counter=0),
    "of-a-longer-life": made(expires=3600),
    "more-than-we-say": made(more=1),
}


@pytest.mark.parametrize("challenge", NOT_GOOD.values(), ids=NOT_GOOD)
def test_a_solution_of_a_challenge_that_is_not_good(
    guarded: Site, challenge: dict[str, Any]
) -> None:
    problem_of(send(guarded, packed(solve(challenge))), 422)


def _set(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(answer: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for key in parents:
            answer = answer[key]
        if value is None:
            answer.pop(last, None)
        else:
            answer[last] = value

    return change


PARAMETERS = "challenge.parameters"
TAMPERED = {
    "longer-life": _set(f"{PARAMETERS}.expiresAt", 2**40),
    "no-expiry": _set(f"{PARAMETERS}.expiresAt", None),
    "cheaper": _set(f"{PARAMETERS}.cost", 1),
    "other-nonce": _set(f"{PARAMETERS}.nonce", "00" * 16),
    "other-salt": _set(f"{PARAMETERS}.salt", "00" * 16),
    "other-algorithm": _set(f"{PARAMETERS}.algorithm", "SHA-256"),
    "no-key-signature": _set(f"{PARAMETERS}.keySignature", None),
    "more-data": _set(f"{PARAMETERS}.data.a", 1),
    "other-data": _set(f"{PARAMETERS}.data", {"a": 1}),
    "no-data": _set(f"{PARAMETERS}.data", None),
    "other-form": _set(f"{PARAMETERS}.data.form", "quay"),
    "no-parameters": _set(PARAMETERS, None),
    "no-signature": _set("challenge.signature", None),
    "empty-signature": _set("challenge.signature", ""),
    "other-signature": _set("challenge.signature", "00" * 32),
    "signature-a-number": _set("challenge.signature", 1),
    "signature-not-ascii": _set("challenge.signature", "žluťoučký"),
    "wrong-key": _set("solution.derivedKey", "00" * 32),
    "key-not-hex": _set("solution.derivedKey", "zz"),
    "key-a-list": _set("solution.derivedKey", [1]),
    "no-key": _set("solution.derivedKey", None),
    "no-solution": _set("solution", None),
    "no-challenge": _set("challenge", None),
    "challenge-a-list": _set("challenge", [1, 2]),
    "challenge-a-text": _set("challenge", "text"),
    "parameters-a-list": _set(PARAMETERS, []),
    "expiry-a-text": _set(f"{PARAMETERS}.expiresAt", "tomorrow"),
    "expiry-a-list": _set(f"{PARAMETERS}.expiresAt", [1]),
    "nonce-a-list": _set(f"{PARAMETERS}.nonce", ["x"]),
    "nonce-a-surrogate": _set(f"{PARAMETERS}.nonce", "\ud800"),
    "solution-a-number": _set("solution", 7),
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
def test_a_tampered_solution_is_refused(
    guarded: Site, change: Callable[[dict[str, Any]], None]
) -> None:
    answer = solved(guarded)
    change(answer)
    problem_of(send(guarded, packed(answer)), 422)


@pytest.mark.parametrize("counter", [0, 1, 2, -1, 2**32, "1", None], ids=repr)
def test_the_counter_alone_proves_nothing(guarded: Site, counter: object) -> None:
    answer = solved(guarded)
    answer["solution"] = {"counter": counter, "derivedKey": "", "time": 1}
    problem_of(send(guarded, packed(answer)), 422)


def _of_the_first_protocol() -> str:
    challenge = altcha.create_challenge_v1(
        altcha.ChallengeOptionsV1(hmac_key=SECRET, max_number=10, algorithm="SHA-256")
    )
    solution = altcha.solve_challenge_v1(challenge.challenge, challenge.salt, "SHA-256", 10, 0)
    assert solution is not None
    return packed(
        {
            "algorithm": "SHA-256",
            "challenge": challenge.challenge,
            "number": solution.number,
            "salt": challenge.salt,
            "signature": challenge.signature,
        }
    )


GARBAGE = {
    "none": "",
    "text": "garbage",
    "not-base64": "ěščř",
    "binary": base64.b64encode(bytes(range(256))).decode(),
    "huge": "A" * 10_001,
    "null": packed(None),
    "list": packed([]),
    "number": packed(7),
    "object": packed({}),
    "deep": base64.b64encode(b"[" * 7000).decode(),
    "nan": base64.b64encode(b'{"challenge": NaN, "solution": NaN}').decode(),
    "first-protocol": _of_the_first_protocol(),
}


@pytest.mark.parametrize("answer", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_refused(guarded: Site, answer: str) -> None:
    problem_of(send(guarded, answer), 422)


def test_a_challenge_is_new_each_time_and_not_cached(guarded: Site) -> None:
    answers = [guarded.get("/forms/riverside/challenge") for _ in range(5)]
    assert len({answer.json()["parameters"]["nonce"] for answer in answers}) == 5
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
    assert all(answer.json()["parameters"]["expiresAt"] > time.time() for answer in answers)


def test_where_solutions_cannot_be_remembered_enquiries_are_held(
    open_desk: Callable[..., Site], tmp_path: Path
) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "altcha").write_text("in the way")
    site = open_desk(captcha=CHEAP)
    assert held(site, send(site, packed(solved(site))))


def test_a_failed_captcha_is_told_also_where_the_journal_cannot_be_read(
    open_desk: Callable[..., Site], tmp_path: Path
) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "journal").write_text("in the way")
    site = open_desk(captcha=CHEAP)
    assert send(site, "garbage").status_code in (422, 503)
