"""`check` and `verify`."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import requests
from click.testing import CliRunner

from frontdesk.cli import main
from tests.cli.conftest import Desk
from tests.support import FORM, eventually, leads


def test_check_is_content_with_what_is_right(desk: Desk) -> None:
    result = desk.run("check")
    assert result.exit_code == 0, result.output
    assert "login accepted" in result.stdout
    assert "consent 2: Data processing" in result.stdout


def test_check_shows_the_forms_that_have_a_file_each(
    write_config: Callable[..., Path], desk: Desk
) -> None:
    config = write_config(**{"data_dir =": 'forms_dir = "forms.d"\ndata_dir ='})
    folder = config.parent / "forms.d"
    folder.mkdir()
    hill = FORM.replace("[forms.riverside]", "").replace("forms.riverside.", "")
    for number in range(22):
        (folder / f"hill-{number:02}.toml").write_text(hill, encoding="utf-8")
    (folder / "hill-00.toml~").write_text("what stood there before", encoding="utf-8")
    result = CliRunner().invoke(main, ["--config", str(config), "check", "--json"])
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in result.stdout.splitlines()]
    names = ", ".join(f"hill-{number:02}.toml" for number in range(20))
    assert [each["message"] for each in found if each["subject"] == "forms"] == [
        f"{folder}: {names} and 2 more",
        f"{folder}: hill-00.toml~ passed over: a form's file ends in .toml",
    ]
    (folder / "hill-21.toml").write_text(hill + "colour = 1\n", encoding="utf-8")
    (folder / "Hill.toml").write_text(hill, encoding="utf-8")
    result = CliRunner().invoke(main, ["--config", str(config), "check"])
    assert result.exit_code == 2
    assert [line.split(": ")[0] for line in result.stderr.splitlines()] == [
        f"{folder}/Hill.toml",
        f"{folder}/hill-21.toml",
    ]


def test_check_names_templates_with_errors(write_config: Callable[..., Path], desk: Desk) -> None:
    config = write_config(**{"data_dir =": 'templates_dir = "own"\ndata_dir ='})
    folder = config.parent / "own"
    (folder / "frontdesk").mkdir(parents=True)

    def said() -> tuple[int, list[tuple[bool, str]]]:
        result = CliRunner().invoke(main, ["--config", str(config), "check", "--json"])
        found = [json.loads(line) for line in result.stdout.splitlines()]
        ours = [each for each in found if each["subject"] == "templates"]
        return result.exit_code, [(each["well"], each["message"]) for each in ours]

    assert said() == (1, [(False, f"{folder}: no template in frontdesk/ or frontdesk_mail/")])
    (folder / "frontdesk_mail").mkdir()
    letter = folder / "frontdesk_mail/enquiry.txt"
    letter.write_text("Subject: New\n\nHello", encoding="utf-8")
    assert said() == (0, [(True, f"{folder}: frontdesk_mail/enquiry.txt")])
    letter.write_text("Subject: New\n\n{% if %}", encoding="utf-8")
    status, found = said()
    assert status == 1
    ((fine, text),) = found
    assert not fine
    assert text.startswith(f"{letter}, line 3: Expected an expression")
    assert text.endswith("; no letter is made of it until it is mended")
    letter.unlink()
    (folder / "frontdesk/thanks.html").write_text("<p>Thanks</p>", encoding="utf-8")
    (folder / "frontdesk/logo.html").write_text("<b>Us</b>", encoding="utf-8")
    alone = "no built-in one has this name; it is there only for others that include it"
    well = [
        (True, f"{folder}/frontdesk/logo.html: {alone}"),
        (True, f"{folder}: frontdesk/logo.html, frontdesk/thanks.html"),
    ]
    assert said() == (0, well)
    (folder / "frontdesk/form.html").write_text("<p>\n{% endif %}", encoding="utf-8")
    status, found = said()
    assert status == 1
    assert found[0][1].startswith(f"{folder}/frontdesk/form.html, line 2: Encountered unknown tag")
    assert not found[0][0]
    assert found[1:] == well


def test_check_points_out_what_realpad_recommends(
    write_config: Callable[..., Path], desk: Desk
) -> None:
    assert "note:" not in desk.run("check").stdout
    config = write_config(FORM.replace("project = 1234\n", "").replace("referral = 77\n", ""))
    result = CliRunner().invoke(main, ["--config", str(config), "check", "--json"])
    assert result.exit_code == 0, "nothing is wrong"
    said = [json.loads(line)["message"] for line in result.stdout.splitlines()]
    missing = [text.partition(", ")[0] for text in said if text.startswith("note: forms.riverside")]
    assert missing == [
        "note: forms.riverside.realpad has no referral",
        "note: forms.riverside.realpad has no project",
    ]


def test_check_finds_a_consent_that_the_crm_does_not_know(
    write_config: Callable[..., Path],
) -> None:
    config = write_config(FORM.replace("id = 1", "id = 9"))
    result = CliRunner().invoke(main, ["--config", str(config), "check", "--json"])
    assert result.exit_code == 1
    findings = [json.loads(line) for line in result.stdout.splitlines()]
    wrong = [finding["message"] for finding in findings if not finding["well"]]
    assert wrong == ["forms.riverside: consent 9: Realpad has no such id"]


def test_check_finds_wrong_credentials_and_tells_no_secret(
    write_config: Callable[..., Path],
) -> None:
    config = write_config(**{'password = "sandbox"': 'password = "not-the-password"'})
    result = CliRunner().invoke(main, ["--config", str(config), "check"])
    assert result.exit_code == 1
    assert "401" in result.stdout
    assert "not-the-password" not in result.output


def test_only_a_person_opens_a_closed_account(desk: Desk) -> None:
    desk.fault(fault="status", status=401)
    desk.enquire("failed")
    desk.fault(fault="status", status=401, endpoint="list-leads")
    waiting = desk.site.enquire(first_name="Petr", email="petr@example.com").json()["id"]
    refused = desk.run("check")
    assert refused.exit_code == 1
    assert re.search(r"closed since .* UTC \(create-lead answered 401\); nothing", refused.stdout)
    taken = desk.run("check")
    assert taken.exit_code == 1
    assert "if that is mended, `frontdesk check --open` opens it" in taken.stdout
    assert leads(desk.crm) == []
    opened = desk.run("check", "--open")
    assert opened.exit_code == 0, opened.output
    assert "is open again" in opened.stdout
    stored = eventually(lambda: leads(desk.crm))
    assert stored[0]["parameters"]["name"] == "Petr"
    assert any(r["submission"]["id"] == waiting for r in desk.records())
    assert "closed" not in desk.run("check", "--open").stdout


def test_an_account_that_is_refused_stays_closed(desk: Desk) -> None:
    desk.fault(fault="status", status=401)
    desk.enquire("failed")
    desk.fault(fault="status", status=401, endpoint="list-leads")
    assert desk.run("check", "--open").exit_code == 1
    accounts = json.loads(desk.run("status", "--json").stdout)["accounts"]
    assert [account["condition"] for account in accounts] == ["closed"]


def test_configuration_errors_come_all_at_once_without_a_traceback(tmp_path: Path) -> None:
    config = tmp_path / "frontdesk.toml"
    config.write_text('secret_key = "${NOT_SET_ANYWHERE}"\ncolour = "red"\n[captcha]\n')
    result = CliRunner().invoke(main, ["--config", str(config), "check"])
    assert result.exit_code == 2
    assert "secret_key: the environment variable NOT_SET_ANYWHERE is not set" in result.stderr
    assert "colour: unknown key" in result.stderr
    assert "captcha.provider: is missing" in result.stderr
    assert "Traceback" not in result.output


def test_verify_agrees_when_all_is_there(desk: Desk) -> None:
    desk.enquire("delivered")
    desk.enquire("delivered", first_name="Petr", email="petr@example.com", phone=None)
    result = desk.run("verify")
    assert result.exit_code == 0, result.output
    assert "2 in the CRM's list, 2 in the journal" in result.stdout


def test_verify_names_what_is_missing_on_either_side(desk: Desk) -> None:
    mine = desk.enquire("delivered")
    requests.delete(f"{desk.crm}/_sandbox/leads", timeout=30)
    theirs = {"login": "sandbox", "password": "sandbox", "name": "A", "surname": "B"}
    requests.post(
        f"{desk.crm}/ws/v10/create-lead", data={**theirs, "email": "a@example.com"}, timeout=10
    )
    result = desk.run("verify")
    assert result.exit_code == 1
    assert mine in result.stdout
    assert "is not in the journal" in result.stdout


def test_verify_names_some_of_many_entries_and_all_to_programs(desk: Desk) -> None:
    desk.enquire("delivered")
    account = {"login": "sandbox", "password": "sandbox"}
    (entry,) = requests.post(f"{desk.crm}/ws/v10/list-leads", data=account, timeout=30).json()
    else_ = {**entry, "customer_name": "Somebody Else"}
    foreign = [{**else_, "inquiry_id": n, "customer_id": n} for n in range(1, 251)]
    listed = {"fault": "status", "status": 200, "endpoint": "list-leads", "times": None}
    desk.fault(**listed, body=json.dumps(foreign), content_type="application/json")
    told = desk.run("verify").stdout
    assert told.count(" is not in the journal") == 100
    every = desk.run("verify", "--json").stdout.count(" is not in the journal")
    assert f"and {every - 100} more that are not in the journal; --json names them all" in told
    assert every >= 249, "one of them may be what became of ours"
