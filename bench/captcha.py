"""What asking a captcha's vendor costs, over TLS, against a stub on this machine."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.common import ROOT, Verdict, accepts, at_most, free_port, running, table
from frontdesk.intake.captcha import Bulkhead, Captcha, build
from frontdesk.intake.captcha import Verdict as Said
from frontdesk.intake.sections import CaptchaSection, HCaptchaSection, TurnstileSection
from frontdesk.store.memory.store import MemoryStore

CHECKS = 1_600
THREADS = (1, 16)
MOST = 200.0  # µs
RESPONSE = "P1_" + "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9" * 8


def run(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    """Measure and print; `seconds` does not matter."""
    print("## A captcha's check, asked over TLS: CPU of our process\n")
    certificate = scratch / "stub.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", str(certificate)]
    command += ["-addext", "subjectAltName=DNS:localhost", "-out", f"{certificate}.crt"]
    subprocess.run(command, check=True, capture_output=True)
    port = free_port()
    stub = [sys.executable, "-m", "bench.hcaptcha_stub", str(port), str(certificate)]
    rows, verdicts = [], []
    trusted = {"REQUESTS_CA_BUNDLE": f"{certificate}.crt", "no_proxy": "localhost"}
    with (
        running(stub, accepts(port), scratch / "stub.log", cwd=ROOT),
        patch.dict("os.environ", trusted),
    ):
        for name, captcha in _vendors(f"https://localhost:{port}/siteverify").items():
            row = {"provider": name}
            for threads in THREADS:
                least = min(_cost(captcha, threads) for _ in range(rounds))
                row[f"µs at {threads} threads"] = f"{least * 1e6:.0f}"
            rows.append(row)
            what = f"CPU of a check by {name} at {threads} threads"
            verdicts.append(at_most(what, least * 1e6, MOST, "{:.0f} µs"))
    print(table(rows))
    return verdicts


def _vendors(url: str) -> dict[str, Captcha]:
    keys: dict[str, Any] = {"sitekey": "bench", "secret": "bench", "verify_url": url}
    sections: list[CaptchaSection] = [
        HCaptchaSection(provider="hcaptcha", **keys),
        TurnstileSection(provider="turnstile", **keys),
    ]
    store, bulkhead = MemoryStore(), Bulkhead(2 * max(THREADS))
    return {one.provider: build(one, ["bench"], store, bulkhead) for one in sections}


def _cost(captcha: Captcha, threads: int) -> float:
    """Seconds of CPU that a check takes."""

    def check(times: int) -> None:
        for _ in range(times):
            said = captcha.verify(RESPONSE, "203.0.113.7", "riverside")
            if said is not Said.PASSED:
                raise RuntimeError(f"the stub's answer was {said}")

    _together(threads, lambda: check(5))  # so that all connections are there
    before = time.process_time()
    _together(threads, lambda: check(CHECKS // threads))
    return (time.process_time() - before) / (CHECKS // threads * threads)


def _together(threads: int, work: Callable[[], None]) -> None:
    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
