"""`chimeform drift` on a service that others change too: what it says, in every format, and how it ends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.cli.acme import WORKSPACE
from tests.cli.program import Program
from tests.golden import check_golden
from tests.report.sarif_structure import LOG
from tests.sandbox_process import SandboxProcess

GOLDEN = Path(__file__).parent / "golden" / "drift"
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "drift.schema.json").read_text(encoding="utf-8"))
DRIFT = 2
DAY = 24 * 3600
COMPANY = """\
chimeform: 1
workspace: acme
aws: {requests_per_second: 1000}
accounts:
  acme:
    name: Acme Corporation
    default_license: pro
    authoritative: [users]
    meetings: {call_me: true}
    retention: {rooms: 1 year, lifecycle: {accept: [chat-deletion]}}
    users:
      jane@acme.example: {}
      omar@acme.example: {license: basic}
phone_numbers:
  "+12065550100": {product: business-calling}
"""
MEETINGS, RETENTION = "accounts.acme.meetings", "accounts.acme.retention"
OMAR, EVE = 'accounts.acme.users["omar@acme.example"]', 'accounts.acme.users["eve@acme.example"]'
NUMBER = 'phone_numbers["+12065550100"]'


@pytest.fixture
def acme(chimeform: Program, sandbox: SandboxProcess) -> Program:
    """Applied to an account that was Enterprise already, so that nothing waits."""
    sandbox.post("settings", {"order_seconds": 0, "calling_name_seconds": 0})
    account = sandbox.client().create_account(Name="Acme Corporation")["Account"]["AccountId"]
    sandbox.post(f"console/accounts/{account}/domains", {"domain": "acme.example", "verified": True})
    for name in ("jane", "omar"):
        sandbox.post("people/register", {"email": f"{name}@acme.example"})
    chimeform.write("chimeform.yaml", COMPANY)
    applied = chimeform("apply", "-y", "--detailed-exitcode")
    assert applied.code == 0, applied.all
    return chimeform


def account_id(sandbox: SandboxProcess) -> str:
    return str(sandbox.client().list_accounts()["Accounts"][0]["AccountId"])


def others_act(sandbox: SandboxProcess) -> None:
    """A setting, a licence and a period are changed, a number is deleted, and somebody registers unasked."""
    client, account = sandbox.client(), account_id(sandbox)
    client.update_account_settings(AccountId=account, AccountSettings={"EnableDialOut": False})
    users = {user["PrimaryEmail"]: user["UserId"] for user in client.list_users(AccountId=account)["Users"]}
    asked = [{"UserId": users["omar@acme.example"], "LicenseType": "Pro"}]
    client.batch_update_user(AccountId=account, UpdateUserRequestItems=asked)
    rooms = {"RoomRetentionSettings": {"RetentionDays": 7}}
    client.put_retention_settings(AccountId=account, RetentionSettings=rooms)
    client.delete_phone_number(PhoneNumberId="+12065550100")
    sandbox.post("people/register", {"email": "eve@acme.example"})


HAPPENED = {
    (MEETINGS, "changed"): "call_me",
    (RETENTION, "changed"): "rooms",
    (OMAR, "changed"): "license",
    (EVE, "unmanaged"): None,
    (NUMBER, "retired"): None,
}


def undated(text: str) -> str:
    return re.sub(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2} UTC)?", "DATE", text)


def happened(told: Any) -> dict[tuple[str, str], str | None]:
    return {
        (one["address"], one["happened"]): one["fields"][0]["name"] if one["fields"] else None
        for one in told["objects"]
    }


def test_what_was_just_applied_has_not_drifted(acme: Program, sandbox: SandboxProcess) -> None:
    before = sandbox.calls()
    ran = acme("drift")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("\nNo drift: everything is there as it was applied.\n")
    made = {name for name, count in sandbox.calls().items() if count > before.get(name, 0)}
    assert all(name.startswith(("Get", "List")) for name in made), "it only reads"
    assert acme("drift", "--format", "github").out == ""
    suite = ElementTree.fromstring(acme("drift", "--format", "junit").out)
    assert (suite.get("tests"), suite.get("failures")) == ("6", "0")


def test_what_others_did_in_every_format(acme: Program, sandbox: SandboxProcess) -> None:
    others_act(sandbox)
    ran = acme("drift")
    assert (ran.code, ran.err) == (DRIFT, "")
    check_golden(GOLDEN / "others.txt", undated(ran.out))

    told = acme("drift", "--format", "json").json()
    jsonschema.validate(told, SCHEMA)
    assert happened(told) == HAPPENED
    assert told["is_attributed"] is True
    assert acme("drift", "--no-who", "--format", "json").json()["is_attributed"] is False

    markdown = acme("drift", "--format", "markdown")
    assert markdown.code == DRIFT
    check_golden(GOLDEN / "others.md", undated(markdown.out))

    log = acme("drift", "--format", "sarif")
    assert log.code == DRIFT
    jsonschema.validate(log.json(), LOG)
    lines = (acme.root / "chimeform.yaml").read_text(encoding="utf-8").splitlines()
    marked = {}
    for result in log.json()["runs"][0]["results"]:
        (place,) = result["locations"]
        region = place["physicalLocation"]["region"]
        line = lines[region["startLine"] - 1]
        marked[place["logicalLocations"][0]["fullyQualifiedName"]] = (
            result["level"],
            line[region["startColumn"] - 1 : region["endColumn"] - 1],
        )
    assert marked == {
        f"{MEETINGS}.call_me": ("note", "true"),
        f"{RETENTION}.rooms": ("error", "1 year"),
        f"{OMAR}.license": ("note", "basic"),
        EVE: ("warning", "acme"),
        NUMBER: ("error", '"+12065550100"'),
    }

    annotated = acme("drift", "--format", "github")
    check_golden(GOLDEN / "others.github", undated(annotated.out))
    suite = ElementTree.fromstring(acme("drift", "--format", "junit").out)
    failed = {case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None}
    assert failed == {address for address, _ in HAPPENED}


def test_edits_of_the_files_are_no_drift(acme: Program, sandbox: SandboxProcess) -> None:
    edited = COMPANY.replace("Acme Corporation", "Acme Two").replace("license: basic", "license: pro")
    acme.write("chimeform.yaml", edited.replace("      jane@acme.example: {}\n", "      mei@acme.example: {}\n"))
    ran = acme("drift")
    assert ran.code == 0
    check_golden(GOLDEN / "edits.txt", undated(ran.out))
    assert "Not applied yet" not in acme("drift", "--since", "last-apply").out
    others_act(sandbox)
    told = acme("drift", "--format", "json").json()
    assert happened(told) == HAPPENED, "and the files hide none"
    (omar,) = [one for one in told["objects"] if one["address"] == OMAR]
    assert [(each["applied"], each["live"], each["files"]) for each in omar["fields"]] == [
        ("basic", "pro", "as it is there")
    ]


def test_since_the_last_apply_only_what_differs_from_it(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.client().create_account(Name="Somebody Else")
    whole = acme("drift")
    assert (whole.code, "1 account that no file names" in whole.out) == (0, True)
    assert "no file names" not in acme("drift", "--since", "last-apply").out
    others_act(sandbox)
    told = acme("drift", "--since", "last-apply", "--format", "json").json()
    assert (happened(told), told["since"], told["unmanaged"], told["edits"]) == (HAPPENED, "last-apply", [], [])
    assert acme("drift", "--since", "last-apply").code == DRIFT


def test_an_apply_settles_it(acme: Program, sandbox: SandboxProcess) -> None:
    others_act(sandbox)
    assert acme("apply", "-y").code == 0
    ran = acme("drift")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "No drift: everything is there as it was applied.")


def test_a_part_of_it(acme: Program, sandbox: SandboxProcess) -> None:
    others_act(sandbox)
    told = acme("drift", "--target", "accounts.acme.users", "--exclude", EVE, "--format", "json").json()
    assert happened(told) == {(OMAR, "changed"): "license"}
    assert acme("drift", "--target", 'accounts.acme.users["jane@acme.example"]').code == 0
    assert "error[CF-USE-012]" in acme("drift", "--target", "accounts.acmee").err


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif", "junit", "github"])
def test_what_cannot_be_read_is_never_no_drift(acme: Program, sandbox: SandboxProcess, form: str) -> None:
    sandbox.add_faults({"operation": "ListUsers", "kind": "error"})
    ran = acme("drift", "--format", form)
    assert ran.code == 1
    assert "CF-OBS-001" in ran.out
    assert "everything is there" not in ran.out


def test_an_account_that_is_gone_takes_everything_along(acme: Program, sandbox: SandboxProcess) -> None:
    client, account = sandbox.client(), account_id(sandbox)
    sandbox.delete(f"console/accounts/{account}/domains/acme.example")
    for user in client.list_users(AccountId=account)["Users"]:
        client.batch_suspend_user(AccountId=account, UserIdList=[user["UserId"]])
    client.delete_account(AccountId=account)
    ran = acme("drift")
    assert ran.code == DRIFT
    check_golden(GOLDEN / "gone.txt", undated(ran.out))


def test_somebody_who_is_late_is_drift_and_one_who_is_not_is_none(chimeform: Program, sandbox: SandboxProcess) -> None:
    chimeform.write("chimeform.yaml", WORKSPACE)
    chimeform("apply", "-y")
    waiting = chimeform("drift")
    assert (waiting.code, "Waiting  (" in waiting.out) == (0, True)
    sandbox.advance(20 * DAY)
    late = chimeform("drift")
    assert late.code == DRIFT
    assert "Overdue  (" in late.out
    assert "2 gates overdue" in late.out
    assert chimeform("drift", "--since", "last-apply").code == 0, "they waited then already"
    skipped = [line for line in chimeform("drift", "--format", "github").out.splitlines() if "CF-DFT-007" in line]
    assert len(skipped) == 2


def test_an_account_that_is_no_enterprise_account_any_more(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.delete(f"console/accounts/{account_id(sandbox)}/domains/acme.example")
    for options in ([], ["--since", "last-apply"]):
        ran = acme("drift", *options)
        assert ran.code == DRIFT
        assert "Closed again" in ran.out
        assert "an administrator: the account becomes an Enterprise account" in ran.out


def test_after_destroying_nothing_has_drifted(chimeform: Program, sandbox: SandboxProcess) -> None:
    sandbox.post("settings", {"order_seconds": 0, "calling_name_seconds": 0})
    chimeform.write("chimeform.yaml", WORKSPACE)
    chimeform("apply", "-y")
    assert chimeform("destroy", "-y", "--accept", "*").code == 0
    ran = chimeform("drift", "--since", "last-apply")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "No drift: nothing has been applied yet.")


# ---------------------------------------------------------------- from outside of the workspace, and what is no drift


def test_files_are_called_as_they_are_where_the_program_was_started(acme: Program, sandbox: SandboxProcess) -> None:
    others_act(sandbox)
    outside = Program(acme.root.parent, sandbox.env())
    folder = acme.root.name
    for directory in (folder, str(acme.root)):
        told = outside("-C", directory, "drift", "--format", "github")
        assert f"file={folder}/chimeform.yaml,line=9," in told.out
    assert outside("-C", folder, "drift", "--format", "json").json()["objects"][0]["place"]["file"] == "chimeform.yaml"


BROKEN = "chimeform: 1\nworkspace: acme\nacounts: {}\naccounts: {acme: {name: Acme, retention: {rooms: 20 years}}}\n"


@pytest.mark.parametrize("command", ["validate", "drift"])
def test_a_broken_workspace_is_a_result(offline: Program, command: str) -> None:
    offline.write("chimeform.yaml", BROKEN)
    log = offline(command, "--format", "sarif", "--output", "log.sarif")
    assert (log.code, log.out) == (1, "")
    assert "error[CF-RET-001]" in log.err, "people are told too"
    written = json.loads((offline.root / "log.sarif").read_text(encoding="utf-8"))
    jsonschema.validate(written, LOG)
    (run,) = written["runs"]
    assert run["automationDetails"] == {"id": f"chimeform {command}/"}
    assert {
        one["ruleId"]: one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in run["results"]
    } == {
        "CF-DOC-010": 3,
        "CF-RET-001": 4,
    }
    annotated = offline(command, "--format", "github")
    assert annotated.code == 1
    assert [line.partition(",")[0] for line in annotated.out.splitlines()] == ["::error file=chimeform.yaml"] * 2
    assert annotated.err == ""
    suite = ElementTree.fromstring(offline(command, "--format", "junit").out)
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")


@pytest.mark.parametrize(
    ("form", "is_good"),
    [
        ("sarif", lambda out: json.loads(out)["runs"][0]["results"] == []),
        ("junit", lambda out: ElementTree.fromstring(out).get("failures") == "0"),
        ("github", lambda out: out == ""),
    ],
)
def test_a_good_workspace_has_nothing_to_show(offline: Program, form: str, is_good: Callable[[str], bool]) -> None:
    offline.write("chimeform.yaml", WORKSPACE)
    ran = offline("validate", "--format", form)
    assert (ran.code, ran.err) == (0, "")
    assert is_good(ran.out)


def test_a_warning_fails_nothing(offline: Program) -> None:
    offline.write("chimeform.yaml", WORKSPACE)
    ran = offline("validate", "--var", "unused=1", "--format", "github")
    assert ran.code == 0
    assert ran.out.startswith("::warning title=CF-")


def test_a_service_that_is_away_is_no_empty_result(offline: Program) -> None:
    offline.write("chimeform.yaml", WORKSPACE)
    ran = offline("drift", "--format", "junit")
    assert ran.code == 1
    suite = ElementTree.fromstring(ran.out)
    assert int(suite.get("errors", "0")) > 0


def test_the_page_is_a_file_of_its_own(acme: Program, sandbox: SandboxProcess) -> None:
    others_act(sandbox)
    ran = acme("drift", "--format", "html", "--output", "drift.html")
    assert (ran.code, ran.all) == (DRIFT, "")
    told = (acme.root / "drift.html").read_text(encoding="utf-8")
    assert told.startswith("<!doctype html>\n")
    assert "who did it: test" in told
    for word in ("retired", "unmanaged", "1 year", "eve@acme.example"):
        assert word in told
