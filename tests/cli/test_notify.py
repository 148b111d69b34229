"""`frontdesk notify`, and what `status`, `show` and /readyz say of messages."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from frontdesk.cli import main
from frontdesk.monitoring.recipients import recipients
from tests.cli.conftest import Desk
from tests.receivers import Webhook, mail_server, webhook
from tests.support import FORM, Site, eventually, open_app


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as running:
        yield running


@pytest.fixture
def run(write_config: Callable[..., Path]) -> Callable[..., Result]:
    """Run a command with these `notify.urls`."""

    def command(urls: list[str], *arguments: str) -> Result:
        config = write_config(f"{FORM}\n[notify]\nurls = {urls}\n")
        return CliRunner().invoke(main, ["--config", str(config), *arguments])

    return command


def test_everybody_takes_it(run: Callable[..., Result], hook: Webhook) -> None:
    with mail_server() as mailbox:
        tried = run([hook.url, mailbox.url], "notify", "--json")
        assert tried.exit_code == 0, tried.output
        assert [json.loads(line) for line in tried.stdout.splitlines()] == [
            {
                "subject": f"notify.urls[{number}]",
                "well": True,
                "message": f"{scheme} to 127.0.0.1: took a test message",
            }
            for number, scheme in enumerate(("json", "mailto"))
        ]
        assert hook.titles == [mailbox.mails[0]["Subject"]] == ["Frontdesk: a test"]


def test_one_does_not_take_it(run: Callable[..., Result], hook: Webhook) -> None:
    hook.status = 403
    with mail_server() as mailbox:
        urls = [mailbox.url, hook.url]
        tried = run(urls, "notify")
        assert tried.exit_code == 1
        assert "MEND  notify.urls[1]  json to 127.0.0.1: answered 403" in tried.stdout
        assert len(mailbox.mails) == 1
    assert "s3cret" not in tried.output
    told = run(urls, "status", "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["problems"] == ["notify.urls[1] took no message: answered 403"]
    hook.status = 200
    assert run([hook.url, hook.url + "&other=1"], "notify").exit_code == 0
    assert run(urls, "status").exit_code == 0, "the last one was taken"


def test_it_can_be_tried_while_nothing_can_be_written_down(
    run: Callable[..., Result], hook: Webhook, tmp_path: Path
) -> None:
    (tmp_path / "var").write_text("in the way of the folder")
    assert run([hook.url], "notify").exit_code == 0
    assert hook.titles == ["Frontdesk: a test"]


def test_nobody_is_to_be_told(run: Callable[..., Result]) -> None:
    tried = run([], "notify")
    assert tried.exit_code == 2
    assert "notify.urls" in tried.stderr


@pytest.mark.parametrize("command", ["status", "notify", "check"])
def test_a_url_that_leads_nowhere_is_a_mistake_of_the_configuration(
    run: Callable[..., Result], command: str
) -> None:
    refused = run(["json://127.0.0.1/fine", "slack://hunter2"], command)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("notify.urls[1]: no Apprise URL of a service called 'slack'")
    assert "hunter2" not in refused.output


def test_a_running_site_tells_and_says_so(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str, hook: Webhook
) -> None:
    config = write_config(f'{FORM}\n[notify]\nurls = ["{hook.url}"]\nbundle = "0 s"\n')
    desk = Desk(config, serve(open_app(config)), crm)
    held = desk.enquire("held", link="https://spam.example")
    eventually(lambda: hook.titles == ["Frontdesk: 1 lead held"])
    assert "s3cret" not in repr(desk.site.app.extensions["frontdesk"].settings)

    def notified() -> list[dict[str, object]]:
        shown = json.loads(desk.run("show", held, "--json").stdout)["events"]
        return [event for event in shown if event["event"] == "notified"]

    (line,) = eventually(notified)
    (one,) = recipients(desk.site.app.extensions["frontdesk"].settings)
    assert (line["receiver"], line["what"]) == (one.identity, [f"held:{held}"])
    assert "notified   receiver=notify.urls[0]" in desk.run("show", held[:8]).stdout
    elsewhere = write_config(f'{FORM}\n[notify]\nurls = ["json://127.0.0.1/", "{hook.url}"]\n')
    assert "receiver=notify.urls[1]" in desk.run("show", held[:8]).stdout
    elsewhere.write_text(elsewhere.read_text().replace(hook.url, "json://localhost/"))
    assert "receiver=an earlier entry of notify.urls" in desk.run("show", held[:8]).stdout
    eventually(lambda: desk.site.get("/readyz").json().get("warnings") == ["held"])

    hook.status = 500
    desk.fault(fault="status", status=400)
    desk.enquire("failed")
    eventually(lambda: "notify" in desk.site.get("/readyz").json().get("warnings", ()))
