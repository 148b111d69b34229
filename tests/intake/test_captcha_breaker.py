"""A provider that hangs: few wait for it, soon nobody does, and it is found out when it is back."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from frontdesk.cli import main
from frontdesk.intake.captcha import Verdict
from frontdesk.intake.captcha.breaker import IN_A_ROW, PAUSE, Breaker, Bulkhead
from frontdesk.store.files.lease import FileLease, held_by_somebody
from tests.docs.pages import ROOT
from tests.intake.desk import configuration, events_of, forge_token, received
from tests.intake.siteverify import HTML, VENDORS, SiteVerify
from tests.support import (
    ENQUIRY,
    FORM,
    METRICS,
    Site,
    eventually,
    free_port,
    journal_lines,
    ready,
)

LIMIT = 5.0


def section(provider: str, url: str, timeout: str, on_outage: str = "hold") -> str:
    keys = {"provider": provider, "sitekey": "k", "secret": "s", "verify_url": url}
    keys |= {"timeout": timeout, "on_outage": on_outage}
    return "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())


@pytest.fixture
def vendor() -> Iterator[SiteVerify]:
    stub = SiteVerify({"ill": (500, HTML, b"")}, "")
    yield stub
    stub.close()


# -- the breaker by itself, with a clock of the test's own ---------------------------------------


class Provider:
    """Answers as it is told, each time after so many seconds of the clock."""

    def __init__(self, lock: Path, threads: int = 16) -> None:
        self.now = 0.0
        self.asked = 0
        self.lock = lock
        self.breaker = Breaker(
            "test", LIMIT, Bulkhead(threads), FileLease(lock), clock=lambda: self.now
        )

    def __call__(self, verdict: Verdict, takes: float = 0.0) -> Verdict:
        def question() -> Verdict:
            self.asked += 1
            self.now += takes
            return verdict

        return self.breaker.ask(question)

    def hangs(self, times: int = IN_A_ROW) -> None:
        for _ in range(times):
            assert self(Verdict.UNAVAILABLE, LIMIT) is Verdict.UNAVAILABLE

    def is_asked(self) -> bool:
        before = self.asked
        found = self(Verdict.PASSED)
        assert found is (Verdict.PASSED if self.asked > before else Verdict.UNAVAILABLE)
        return self.asked > before

    @contextmanager
    def waiting(self, number: int) -> Iterator[Callable[[], None]]:
        """So many questions are under way, until the block ends or the function is called."""
        begun, over = threading.Barrier(number + 1), threading.Event()

        def question() -> Verdict:
            begun.wait(30)
            over.wait(30)
            return Verdict.PASSED

        with ThreadPoolExecutor(number) as pool:
            asked = [pool.submit(self.breaker.ask, question) for _ in range(number)]
            begun.wait(30)

            def end() -> None:
                over.set()
                wait(asked)

            try:
                yield end
            finally:
                end()
            assert {one.result() for one in asked} == {Verdict.PASSED}


@pytest.fixture
def provider(tmp_path: Path) -> Provider:
    return Provider(tmp_path / "test.outage")


def test_after_some_timeouts_in_a_row_nobody_asks_for_a_while(provider: Provider) -> None:
    provider.hangs(IN_A_ROW - 1)
    assert provider.is_asked()
    provider.hangs(IN_A_ROW)
    assert not provider.is_asked()
    provider.now += PAUSE * LIMIT - 0.1
    assert not provider.is_asked()
    provider.now += 0.1
    assert provider.is_asked(), "one finds out"
    assert provider.is_asked(), "and then all ask again"


def test_who_finds_it_down_still_leaves_it_alone_for_as_long_again(provider: Provider) -> None:
    provider.hangs()
    provider.now += PAUSE * LIMIT
    provider.hangs(1)
    assert not provider.is_asked()
    provider.now += PAUSE * LIMIT
    assert provider.is_asked()


def test_one_at_a_time_finds_out(provider: Provider) -> None:
    provider.hangs()
    provider.now += PAUSE * LIMIT
    with provider.waiting(1) as end:
        provider.now += 100 * PAUSE * LIMIT
        assert not provider.is_asked()
        end()
        assert provider.is_asked()


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.FAILED])
def test_any_answer_is_an_answer(provider: Provider, verdict: Verdict) -> None:
    for _ in range(5):
        provider.hangs(IN_A_ROW - 1)
        assert provider(verdict, LIMIT) is verdict
    assert provider.is_asked()


def test_what_comes_at_once_holds_nobody_up(provider: Provider) -> None:
    for _ in range(10 * IN_A_ROW):
        provider(Verdict.UNAVAILABLE)
    assert provider.is_asked()


def test_a_quick_error_in_between_is_no_hang(provider: Provider) -> None:
    for _ in range(5):
        provider.hangs(IN_A_ROW - 1)
        provider(Verdict.UNAVAILABLE)
    assert provider.is_asked()


@pytest.mark.parametrize("threads", [1, 2, 3, 16])
def test_at_most_half_of_the_threads_wait(tmp_path: Path, threads: int) -> None:
    provider = Provider(tmp_path / "test.outage", threads)
    with provider.waiting(max(1, threads // 2)) as end:
        assert provider(Verdict.PASSED) is Verdict.BUSY
        assert provider.asked == 0
        end()
        assert provider.is_asked()


def test_where_all_wait_for_one_that_has_failed_it_is_an_outage(provider: Provider) -> None:
    provider.hangs(1)
    with provider.waiting(8):
        assert provider(Verdict.PASSED) is Verdict.UNAVAILABLE


def test_providers_share_the_bulkhead(tmp_path: Path) -> None:
    bulkhead = Bulkhead(2)
    one = Breaker("one", LIMIT, bulkhead, tmp_path / "one")
    two = Breaker("two", LIMIT, bulkhead, tmp_path / "two")
    found: list[Verdict] = []

    def question() -> Verdict:
        found.append(two.ask(lambda: Verdict.PASSED))
        return Verdict.PASSED

    assert one.ask(question) is Verdict.PASSED
    assert found == [Verdict.BUSY]
    assert two.ask(lambda: Verdict.PASSED) is Verdict.PASSED


def test_a_question_that_breaks_takes_no_place_with_it(provider: Provider) -> None:
    def broken() -> Verdict:
        raise RuntimeError("out of order")

    for _ in range(20):
        with pytest.raises(RuntimeError, match="out of order"):
            provider.breaker.ask(broken)
    assert provider.is_asked()


FORKING = """
import os, sys
from pathlib import Path
from frontdesk.store.files.lease import held_by_somebody
from tests.intake.test_captcha_breaker import Provider

provider = Provider(Path(sys.argv[1]))
provider.hangs()
child = os.fork()
if child == 0:
    with provider.waiting(8):
        os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert not provider.is_asked()
assert held_by_somebody(provider.lock), "the child has not let go of what is the parent's"
"""


def test_a_forked_process_begins_anew(tmp_path: Path) -> None:
    # Not from this process, in which other tests have had browsers and threads.
    forking = [sys.executable, "-c", FORKING, str(tmp_path / "test.outage")]
    done = subprocess.run(forking, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_others_are_told_as_long_as_there_are_no_answers(provider: Provider) -> None:
    for _ in range(IN_A_ROW):
        assert not held_by_somebody(provider.lock)
        provider(Verdict.UNAVAILABLE)  # a wrong secret, say: it comes at once
    assert held_by_somebody(provider.lock)
    provider(Verdict.FAILED)
    assert not held_by_somebody(provider.lock)


def test_where_others_cannot_be_told_it_works_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    provider = Provider(tmp_path / "file" / "test.outage")
    provider.hangs()
    assert not provider.is_asked()
    provider.now += PAUSE * LIMIT
    assert provider.is_asked()


# -- a server, and a vendor that hangs -------------------------------------------------------------

CROWD = 30
WAITING = 8  # half of the threads that `frontdesk serve` has


@contextmanager
def served(folder: Path, captcha: str, *options: str) -> Iterator[str]:
    """The address of `frontdesk serve`, a process of its own."""
    config = folder / "frontdesk.toml"
    config.write_text(configuration(captcha=captcha), encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "frontdesk", "--config", str(config), "serve", *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: ready(f"{url}/readyz"), 60)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def send(url: str, response: str) -> requests.Response:
    body = {**ENQUIRY, "token": forge_token(), "captcha": response}
    return requests.post(f"{url}/forms/riverside", json=body, timeout=120)


@pytest.mark.parametrize(
    ("provider", "on_outage"),
    [
        ("hcaptcha", "hold"),
        ("turnstile", "hold"),
        ("turnstile", "deliver"),
        ("turnstile", "refuse"),
    ],
)
def test_while_a_provider_hangs_everybody_else_is_served(
    tmp_path: Path, vendor: SiteVerify, provider: str, on_outage: str
) -> None:
    """All that is asserted before the vendor lets go happens while it hangs."""
    captcha = section(provider, vendor.url, "30 s", on_outage)
    with served(tmp_path, captcha) as url, ThreadPoolExecutor(CROWD) as pool:
        crowd = [pool.submit(send, url, "hang") for _ in range(CROWD)]
        eventually(lambda: len(vendor.asked) == WAITING, 60)
        assert requests.get(f"{url}/healthz", timeout=60).status_code == 200
        assert requests.get(f"{url}/forms/riverside", timeout=60).status_code == 200
        eventually(lambda: sum(map(Future.done, crowd)) == CROWD - WAITING, 60)
        assert requests.get(f"{url}/readyz", timeout=60).status_code == 200
        assert len(vendor.asked) == WAITING
        vendor.over.set()
        answers = [one.result() for one in crowd]
    lines = journal_lines(tmp_path / "var" / "journal") if on_outage != "refuse" else []
    held = [line for line in lines if line["event"] == "held"]
    if on_outage == "refuse":
        assert [answer.status_code for answer in answers] == [503] * CROWD
    else:
        assert [answer.status_code for answer in answers] == [202] * CROWD
        assert len(lines) - len(held) == CROWD
        # Anybody can send so many at once: not even `deliver` delivers those.
        assert len(held) == {"hold": CROWD, "deliver": CROWD - WAITING}[on_outage]


def test_the_number_of_threads_is_told(tmp_path: Path, vendor: SiteVerify) -> None:
    captcha = section("turnstile", vendor.url, "30 s")
    with served(tmp_path, captcha, "--threads", "4") as url, ThreadPoolExecutor(6) as pool:
        crowd = [pool.submit(send, url, "hang") for _ in range(6)]
        eventually(lambda: sum(map(Future.done, crowd)) == 4, 60)
        eventually(lambda: len(vendor.asked) == 2, 60)
        vendor.over.set()
        assert {one.result().status_code for one in crowd} == {202}


@pytest.mark.parametrize("provider", VENDORS)
def test_a_provider_that_hangs_is_left_alone_and_told_of(
    open_desk: Callable[..., Site], tmp_path: Path, vendor: SiteVerify, provider: str
) -> None:
    site = open_desk(captcha=section(provider, vendor.url, "1 s"), forms=FORM + METRICS)

    def status() -> str:
        command = ["--config", str(tmp_path / "frontdesk.toml"), "status"]
        return CliRunner().invoke(main, command).output

    def warns() -> bool:
        answer = site.get("/readyz")
        assert answer.status_code == 200
        return "captcha" in answer.json().get("warnings", [])

    def outage() -> float:
        return site.metrics()("captcha_outage", provider=provider)

    assert not warns()
    assert outage() == 0
    unasked = {"provider": provider, "reason": "open"}
    before = site.metrics()("captcha_unasked_total", **unasked)
    for _ in range(IN_A_ROW):
        assert send(site.url, "hang").status_code == 202
    # The others are answered without the vendor, which would have let them pass.
    answer = send(site.url, "good")
    assert [line["event"] for line in events_of(site, received(site, answer)["id"])] == [
        "held",
        "received",
    ]
    assert len(vendor.asked) == IN_A_ROW
    assert site.metrics()("captcha_unasked_total", **unasked) == before + 1
    assert outage() == 1
    assert f"{provider} cannot be asked" in status()
    eventually(warns)

    def passes() -> bool:
        id_ = received(site, send(site.url, "good"))["id"]
        return [line["event"] for line in events_of(site, id_)] == ["received"]

    eventually(passes)
    assert outage() == 0
    assert "cannot be asked" not in status()
    eventually(lambda: not warns())


def test_errors_that_come_at_once_are_told_of_and_asked_again(
    open_desk: Callable[..., Site], vendor: SiteVerify
) -> None:
    site = open_desk(captcha=section("turnstile", vendor.url, "30 s"), forms=FORM + METRICS)
    for _ in range(2 * IN_A_ROW):
        assert send(site.url, "ill").status_code == 202
    assert len(vendor.asked) == 2 * IN_A_ROW
    assert site.metrics()("captcha_outage", provider="turnstile") == 1
    assert send(site.url, "good").status_code == 202
    assert site.metrics()("captcha_outage", provider="turnstile") == 0
