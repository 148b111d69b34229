"""`make size` weighs all that a browser loads, and fails over a limit."""

import shutil

import pytest

from bench import size


def test_a_limit_is_kept_up_to_its_last_byte() -> None:
    measured = {"page": {"a.js": 600, "b.css": 400}, "loader": {"c.js": 10}}
    text, broken = size.report(measured, {"page": 1_000, "loader": 10})
    assert broken == 0
    assert "page: 1,000 bytes, of 1,000" in text
    text, broken = size.report(measured, {"page": 999, "loader": 9})
    assert broken == 2
    assert text.count("TOO MUCH") == 2


def test_the_command_fails_over_a_limit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(size, "measure", lambda: {"page": {"a.js": 600}})
    for limit, status in ((599, 1), (600, 0)):
        monkeypatch.setitem(size.LIMITS, "page", limit)
        for other in {*size.LIMITS} - {"page"}:
            monkeypatch.delitem(size.LIMITS, other)
        with pytest.raises(SystemExit) as ended:
            size.main()
        assert ended.value.code == status
        assert "a.js" in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_everything_is_weighed_that_a_browser_loads() -> None:
    """Also what is loaded late: at the first focus, and when the form is sent."""
    measured = size.measure()
    page = {name.rpartition("/")[2] for name in measured["form page"]}
    assert page >= {"riverside", "form.css", "form.js", "frame.js", "altcha.js", "icon.svg"}
    assert page >= {"challenge", "thanks"}
    assert all(measured["form page"].values())
    assert "GET /frontdesk.js" in measured["frontdesk.js"]
    assert set(measured) == set(size.LIMITS)
