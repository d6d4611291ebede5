"""`chimeform plan`: exit codes, the saved file, what is said to programs, and what is left out."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from markupsafe import escape

from chimeform.cli.plan import CHANGES, REFUSED
from tests.cli.acme import ENTERPRISE, WORKSPACE
from tests.cli.program import Program
from tests.golden import check_golden
from tests.sandbox_process import SandboxProcess

GOLDEN = Path(__file__).parent / "golden" / "plan"
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "plan.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def acme(chimeform: Program) -> Program:
    chimeform.write("chimeform.yaml", WORKSPACE)
    return chimeform


def make_enterprise(sandbox: SandboxProcess) -> str:
    """An account that exists already and has a claimed domain; its id."""
    account = sandbox.client().create_account(Name="Acme Corporation")["Account"]["AccountId"]
    sandbox.post(f"console/accounts/{account}/domains", {"domain": "acme.example", "verified": True})
    return str(account)


def test_a_first_plan(acme: Program) -> None:
    ran = acme("plan")
    assert (ran.code, ran.err) == (0, "")
    check_golden(GOLDEN / "first.txt", ran.out)


def test_changes_have_an_exit_code_of_their_own_on_request(acme: Program) -> None:
    assert acme("plan", "--detailed-exitcode").code == CHANGES
    assert acme("apply", "-y").code == 0
    again = acme("plan", "--detailed-exitcode")
    assert again.code == 0, "what waits is nothing to do"
    assert "No changes now" in again.out


def test_planning_changes_nothing(acme: Program, sandbox: SandboxProcess) -> None:
    assert acme("plan", "--out", "plan.json").code == 0
    calls = sandbox.calls()
    assert calls, "it looked"
    assert all(operation.startswith(("Get", "List")) for operation in calls)


def test_the_saved_plan_is_private_whole_and_as_its_schema_says(acme: Program) -> None:
    ran = acme("plan", "--out", "plan.json")
    assert ran.code == 0
    assert "chimeform apply plan.json" in ran.err
    saved = acme.root / "plan.json"
    assert saved.stat().st_mode & 0o777 == 0o600
    jsonschema.validate(json.loads(saved.read_text()), SCHEMA)
    assert sorted(file.name for file in acme.root.iterdir()) == ["chimeform.yaml", "plan.json"], "nothing else is left"


def test_a_saved_plan_replaces_one_that_others_could_read(acme: Program) -> None:
    acme.write("plan.json", "old")
    (acme.root / "plan.json").chmod(0o644)
    acme("plan", "--out", "plan.json")
    assert (acme.root / "plan.json").stat().st_mode & 0o777 == 0o600


def test_json_is_the_plan_itself(acme: Program) -> None:
    ran = acme("plan", "--format", "json", "--out", "plan.json")
    jsonschema.validate(ran.json(), SCHEMA)
    assert ran.out == (acme.root / "plan.json").read_text()


def test_the_page_shows_the_same_plan(acme: Program) -> None:
    ran = acme("plan", "--format", "html")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("<!doctype html>\n")
    for change in acme("plan", "--format", "json").json()["changes"]:
        assert escape(change["address"]) in ran.out


def test_a_refusal_is_shown_with_its_way_out(chimeform: Program, sandbox: SandboxProcess) -> None:
    make_enterprise(sandbox)
    chimeform.write("chimeform.yaml", ENTERPRISE)
    refused = chimeform("plan")
    assert refused.code == REFUSED
    assert "refused[CF-GRD-005]: accounts.acme.retention: " in refused.out
    assert "--accept chat-deletion" in refused.out
    assert chimeform("plan", "--accept", "chat-deletion").code == 0


def test_what_cannot_be_read_is_told_and_the_rest_is_planned(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.client().create_account(Name="Acme Corporation")
    sandbox.add_faults({"operation": "ListUsers", "kind": "error"})
    ran = acme("plan", "--detailed-exitcode")
    assert ran.code == 1
    assert "Not read" in ran.out
    assert '? accounts.acme.users["jane@acme.example"]' in ran.out
    assert "~ update  accounts.acme.meetings" in ran.out


def test_a_target_brings_what_it_needs_and_names_what_is_left(acme: Program) -> None:
    ran = acme("plan", "--target", 'accounts.acme.users["jane*"]')
    assert ran.code == 0
    assert "accounts.acme  is new in the files  (needed by what --target names)" in ran.out
    assert 'phone_numbers["+12065550100"]  is new in the files  (needed by what --target names)' in ran.out
    left = ran.out.partition("Left out")[2]
    assert 'accounts.acme.users["omar@acme.example"]' in left
    assert "accounts.acme.meetings" in left


def test_excluding_leaves_out_what_needs_it(acme: Program) -> None:
    ran = acme("plan", "--exclude", "phone_numbers")
    left = ran.out.partition("Left out")[2]
    assert 'accounts.acme.users["jane@acme.example"]  (needs something that is excluded)' in left


@pytest.mark.parametrize("option", ["--target", "--exclude"])
@pytest.mark.parametrize("command", [["plan"], ["apply", "-y"]])
def test_a_selection_that_fits_nothing_is_misspelt(
    acme: Program, sandbox: SandboxProcess, command: list[str], option: str
) -> None:
    ran = acme(*command, option, "accounts.acme.meeting")
    assert ran.code == 1
    assert "error[CF-USE-012]" in ran.err
    assert "did you mean accounts.acme.meetings?" in ran.err
    assert all(operation.startswith(("Get", "List")) for operation in sandbox.calls())


def test_destroying_can_be_planned(acme: Program) -> None:
    acme("apply", "-y")
    ran = acme("plan", "--destroy")
    assert ran.code == REFUSED
    assert "Plan to destroy acme" in ran.out
    assert acme("plan", "--destroy", "--accept", "*").code == 0


def test_drift_is_told_at_the_field(acme: Program, sandbox: SandboxProcess) -> None:
    acme("apply", "-y")
    client = sandbox.client()
    account = client.list_accounts()["Accounts"][0]["AccountId"]
    client.update_account_settings(AccountId=account, AccountSettings={"EnableDialOut": False})
    assert "call_me:  false → true  (changed there since the last apply)" in acme("plan").out


def test_unmanaged_objects_are_counted_and_named_on_request(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.client().create_account(Name="Somebody Else")
    assert "Unmanaged  1 account that no file names" in acme("plan").out
    assert "Somebody Else" not in acme("plan").out
    assert "Somebody Else" in acme("plan", "-v").out


def test_colours_and_signs_of_life_are_for_terminals(acme: Program) -> None:
    shown = acme.on_terminal("plan").end()
    assert shown.code == 0
    assert "\x1b[32m+ create" in shown.out
    assert "\x1b[?25l" in shown.out, "the cursor is hidden while something moves"


@pytest.mark.parametrize("how", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_color_is_respected(acme: Program, how: dict[str, str]) -> None:
    for shown in (acme.on_terminal("plan", **how).end(), acme.on_terminal("plan", "--no-color").end()):
        assert "+ create" in shown.out
        assert "\x1b[32m" not in shown.out


def test_a_build_server_sees_a_still_picture(acme: Program) -> None:
    shown = acme.on_terminal("plan", CI="true").end()
    assert shown.code == 0
    assert "\x1b[?25l" not in shown.out


def test_an_output_without_the_symbols_gets_plain_ones(acme: Program) -> None:
    acme("apply", "-y")
    acme.write("chimeform.yaml", WORKSPACE.replace("call_me: true", "call_me: false"))
    ran = acme("plan", PYTHONIOENCODING="ascii")
    assert "call_me:  true -> false" in ran.out
    assert ran.out.isascii()


def test_a_service_that_is_away_is_one_sentence(offline: Program) -> None:
    offline.write("chimeform.yaml", WORKSPACE)
    ran = offline("plan")
    assert ran.code == 1
    assert "cannot be reached" in ran.all
    assert "Traceback" not in ran.all


def test_live_names_cannot_reach_the_terminal(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.client().create_account(Name="Evil\x1b[2J\u202eAccount")
    assert r"Evil\x1b[2J\u202eAccount" in acme("plan", "-v").out
