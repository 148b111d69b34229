"""`make size` weighs all that a browser loads, and fails over a limit."""

import os
import shutil
import subprocess
import sys

import pytest

from bench import size


def test_a_limit_is_kept_up_to_its_last_byte() -> None:
    measured = {"page": {"a.js": 600, "b.css": 400}, "loader": {"c.js": 10}}
    text, broken = size.report(measured, {"page": 1_000, "loader": 9})
    assert broken == ["loader"]
    assert "page: 1,000 bytes, of 1,000\n" in text
    assert "loader: 10 bytes, of 9 - TOO MUCH\n" in text


def test_everything_is_weighed_and_too_much_fails() -> None:
    """Also what is loaded late: at the first focus, and when the form is sent."""
    if shutil.which("chromium") is None and "CI" not in os.environ:
        pytest.skip("chromium is not installed")
    run = subprocess.run(
        [sys.executable, "-m", "bench.size", "--limit", "1"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 1, run.stderr
    assert run.stderr == f"Over the limit: {', '.join(size.LIMITS)}.\n"
    for loaded in (
        *("embed.js", "frontdesk.js", "form.css", "form.js", "frame.js", "altcha.js"),
        *("GET /forms/riverside ", "POST /forms/riverside ", "challenge"),
    ):
        assert loaded in run.stdout
