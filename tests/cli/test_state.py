"""`chimeform state`: what the ledger holds, and corrections of it that lose nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.program import Program
from tests.sandbox_process import SandboxProcess

JANE, OMAR = 'accounts.acme.users["jane@acme.example"]', 'accounts.acme.users["omar@acme.example"]'
FILES: dict[str, Any] = {
    "chimeform": 1,
    "workspace": "acme",
    "accounts": {
        "acme": {
            "name": "Acme",
            "meetings": {"call_me": True},
            "users": {"jane@acme.example": {"license": "basic"}, "omar@acme.example": {}},
        }
    },
    "phone_numbers": {
        "+12065550100": {"product": "business-calling", "lifecycle": {"prevent_destroy": True}},
    },
}


@pytest.fixture
def applied(chimeform: Program, sandbox: SandboxProcess) -> Program:
    sandbox.post("settings", {"order_seconds": 0})
    write(chimeform, FILES)
    assert chimeform("apply", "--yes").code == 0
    return chimeform


def write(program: Program, files: dict[str, Any]) -> None:
    program.write("chimeform.yaml", json.dumps(files))


def addresses(program: Program, *pattern: str) -> list[str]:
    return [one["address"] for one in program("state", "list", *pattern, "--format", "json").json()]


def test_list_holds_everything_in_order(applied: Program) -> None:
    everything = ["accounts.acme", "accounts.acme.meetings", JANE, OMAR, 'phone_numbers["+12065550100"]']
    assert addresses(applied) == everything
    assert addresses(applied, "accounts.*.users") == [JANE, OMAR]
    lines = applied("state", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == everything
    assert lines[-1].split()[1:] == ["+12065550100", "protected"]


def test_list_of_nothing(offline: Program) -> None:
    write(offline, FILES)
    assert offline("state", "list").out == "The ledger is empty.\n"
    assert offline("state", "history").out == "Nothing has been applied yet.\n"
    assert not (offline.root / ".chimeform").exists(), "looking leaves no trace"


def test_show_says_what_was_applied_and_what_it_waits_for(applied: Program, sandbox: SandboxProcess) -> None:
    (account,) = sandbox.client().list_accounts()["Accounts"]
    shown = applied("state", "show", "accounts.acme", "--format", "json").json()
    assert shown["id"] == account["AccountId"]
    assert shown["values"] == {"name": "Acme"}
    jane = applied("state", "show", JANE, "--format", "json").json()
    assert [gate["id"] for gate in jane["gates"]] == [f"{JANE}~accepted"]
    text = applied("state", "show", JANE).out
    assert "waits since" in text
    assert "email: jane@acme.example" in text


def test_names_do_not_act_on_the_terminal(chimeform: Program, sandbox: SandboxProcess) -> None:
    account = sandbox.client().create_account(Name="acme")["Account"]["AccountId"]
    sandbox.post(f"console/accounts/{account}/domains", {"domain": "acme.example", "verified": True})
    rooms = {"rooms": {"\x1b[2Jsales": {"name": "Sales\x1b[2J\n  protected"}}}
    write(chimeform, {"chimeform": 1, "workspace": "acme", "accounts": {"acme": {"name": "acme", **rooms}}})
    assert chimeform("apply", "--yes").code == 0
    (sales,) = addresses(chimeform, "accounts.acme.rooms.*")
    for command in (("list",), ("show", sales), ("history",), ("mv", sales, "accounts.acme.rooms.sales")):
        ran = chimeform("state", *command)
        assert ran.code == 0
        assert "\x1b" not in ran.out
        assert "  protected" not in ran.out.splitlines()


def test_diff_says_what_is_live_and_not_as_it_is_recorded(applied: Program, sandbox: SandboxProcess) -> None:
    """Also of what the files do not name any more; and what they have edited is none of it."""
    write(applied, {**FILES, "accounts": {"acme": {"name": "Edited here"}}})
    assert (applied("state", "diff").code, applied("state", "diff").out) == (
        0,
        "What is live is as the ledger has it.\n",
    )
    chime = sandbox.client()
    (account,) = chime.list_accounts()["Accounts"]
    where = account["AccountId"]
    chime.update_account(AccountId=where, Name="Acme Two")
    chime.update_account_settings(AccountId=where, AccountSettings={"EnableDialOut": False})
    omar = chime.list_users(AccountId=where, UserEmail="omar@acme.example")["Users"][0]["UserId"]
    chime.batch_suspend_user(AccountId=where, UserIdList=[omar])
    chime.delete_phone_number(PhoneNumberId="+12065550100")
    ran = applied("state", "diff")
    assert ran.code == 2
    assert ran.out.splitlines() == [
        "accounts.acme",
        "  name: Acme → Acme Two",
        "accounts.acme.meetings",
        "  call_me: true → false",
        f"{OMAR}  is gone",
        'phone_numbers["+12065550100"]  is gone: moved to the deletion queue, and gone after 7 days',
    ]
    told = applied("state", "diff", "accounts.acme.meetings", "--format", "json").json()
    assert told[0]["fields"] == [{"name": "call_me", "recorded": True, "live": False}]
    sandbox.post("iam", {"deny": ["chime:ListAccounts"]})
    assert "accounts.acme  could not be read: " in applied("state", "diff").out
    sandbox.delete("iam")


def test_history_says_who_did_what(applied: Program) -> None:
    (run,) = applied("state", "history", "--format", "json").json()
    assert (run["operation"], run["result"]) == ("apply", "done")
    assert run["who"]
    assert applied("state", "mv", "accounts.acme", "accounts.new").code == 0
    assert [one["operation"] for one in applied("state", "history", "--format", "json").json()] == ["state mv", "apply"]
    (newest,) = applied("state", "history", "--limit", "1", "--format", "json").json()
    assert newest["operation"] == "state mv"


def test_mv_takes_everything_within_along(applied: Program) -> None:
    """After the files follow the move, there is nothing to do: nothing live was touched, and nothing was lost."""
    moved = applied("state", "mv", "accounts.acme", "accounts.new", "--format", "json").json()["moved"]
    assert [pair["from"] for pair in moved] == ["accounts.acme", "accounts.acme.meetings", JANE, OMAR]
    write(applied, {**FILES, "accounts": {"new": FILES["accounts"]["acme"]}})
    assert applied("plan", "--detailed-exitcode").code == 0
    jane = applied("state", "show", JANE.replace("acme.users", "new.users"), "--format", "json").json()
    assert len(jane["gates"]) == 1, "how long it has been waiting is not forgotten"


def test_rm_forgets_and_the_next_plan_finds_it_again(applied: Program, sandbox: SandboxProcess) -> None:
    assert applied("state", "rm", "accounts.acme").code == 0
    assert addresses(applied) == ['phone_numbers["+12065550100"]']
    before = sandbox.calls()
    plan = applied("plan", "--format", "json").json()
    assert {change["action"] for change in plan["changes"]} <= {"adopt", "wait"}
    assert applied("apply", "--yes").code == 0
    assert JANE in addresses(applied)
    created = {name for name, count in sandbox.calls().items() if count > before.get(name, 0)}
    assert not created & {"CreateAccount", "InviteUsers"}


def everything(program: Program) -> Any:
    from chimeform.app import App, Request
    from chimeform.cli.surroundings import real_surroundings

    app = App(Request(program.root), real_surroundings())
    with app.ledger(app.load()) as ledger:
        recorded = ledger.read()
    return recorded.resources, recorded.gates


def test_undo_brings_back_exactly_what_was_there(applied: Program) -> None:
    before = everything(applied)
    for correction in (["rm", "accounts.acme"], ["mv", "accounts.acme", "accounts.new"]):
        assert applied("state", *correction).code == 0
        after = everything(applied)
        told = applied("state", "undo", "--format", "json").json()
        assert told["undone"]["operation"] == f"state {correction[0]}"
        assert everything(applied) == before
        assert applied("state", "undo").code == 0, "an undo is a correction too"
        assert everything(applied) == after
        assert applied("state", "undo").code == 0
    assert everything(applied) == before
    assert applied("plan", "--detailed-exitcode").code == 0


def test_an_import_can_be_taken_back(applied: Program, sandbox: SandboxProcess) -> None:
    other = sandbox.client().create_account(Name="Other")["Account"]["AccountId"]
    before = everything(applied)
    assert applied("import", "accounts.acme", other).code == 0
    assert other in applied("state", "list", "accounts.acme").out
    assert applied("state", "undo").out.startswith("taken back  import of ")
    assert everything(applied) == before


def test_what_was_applied_is_not_undone(applied: Program) -> None:
    ran = applied("state", "undo")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err.startswith("error[CF-STA-006]: ")
    assert "'apply'" in ran.err


def test_what_was_written_since_is_not_undone_along(applied: Program) -> None:
    from chimeform.app import App, Request
    from chimeform.cli.surroundings import real_surroundings
    from chimeform.ledger.base import Amendment

    assert applied("state", "rm", JANE).code == 0
    app = App(Request(applied.root), real_surroundings())
    with app.ledger(app.load()) as ledger:
        ledger.commit(Amendment())
    ran = applied("state", "undo")
    assert ran.code == 4
    assert ran.err.startswith("error[CF-STA-007]: ")
    assert JANE not in addresses(applied)


IMPOSSIBLE: list[tuple[list[str], int, str, str]] = [
    (["show", "accounts.acmee"], 1, "CF-STA-001", "'accounts.acme'"),
    (["mv", "accounts.other", "accounts.x"], 1, "CF-STA-001", "accounts.other"),
    (["rm", "accounts.acme.bots.x"], 1, "CF-STA-001", "accounts.acme.bots.x"),
    (["mv", "accounts.acme", 'phone_numbers["+12065550199"]'], 1, "CF-STA-002", "accounts.NAME"),
    (["mv", JANE, OMAR], 1, "CF-STA-003", "state rm"),
    (["mv", "accounts.acme", "accounts.acme"], 1, "CF-STA-003", "accounts.acme"),
    (["rm", "phone_numbers"], 1, "CF-STA-001", "phone_numbers"),
    (["rm", 'phone_numbers["+12065550100"]'], 4, "CF-STA-005", "removed: "),
    (["unlock", "abc"], 1, "CF-LED-011", "not locked"),
    (["show", "accounts..acme"], 1, "CF-USE-003", "is not an address"),
]


def test_what_cannot_be_is_refused_and_changes_nothing(applied: Program) -> None:
    before = addresses(applied)
    for arguments, exit_code, code, words in IMPOSSIBLE:
        ran = applied("state", *arguments)
        assert (ran.code, ran.out) == (exit_code, "")
        assert ran.err.startswith(f"error[{code}]: ")
        assert words in ran.err
    assert addresses(applied) == before


def test_a_run_that_was_cut_short_is_settled_first(applied: Program) -> None:
    from chimeform.address import Address
    from chimeform.app import App, Request
    from chimeform.cli.surroundings import real_surroundings
    from chimeform.journal import PlannedEffect
    from chimeform.ledger.base import LockInfo

    app = App(Request(applied.root), real_surroundings())
    with app.ledger(app.load()) as ledger, ledger.lock(LockInfo("l", "jane", "apply", "2026-01-01T00:00:00Z", "here")):
        effect = PlannedEffect("s", Address.parse("accounts.acme"), kind="account", action="update", exists=True)
        ledger.append("run", "UpdateAccount", "2026-01-01T00:00:00Z", [effect])
    for arguments in (["mv", "accounts.acme", "accounts.new"], ["rm", "accounts.acme"]):
        ran = applied("state", *arguments)
        assert ran.code == 4
        assert ran.err.startswith("error[CF-STA-004]: ")
    assert "accounts.acme" in addresses(applied)


def test_unlock_breaks_the_lock_that_the_error_names(applied: Program) -> None:
    from chimeform.app import App, Request
    from chimeform.cli.surroundings import real_surroundings
    from chimeform.ledger.base import LockInfo

    app = App(Request(applied.root), real_surroundings())
    lock = LockInfo("lock-7", "jane", "apply", "2026-01-01T00:00:00+00:00", "elsewhere")
    with app.ledger(app.load()) as ledger, ledger.lock(lock):
        refused = applied("state", "rm", JANE)
        assert refused.code == 1
        assert "lock-7" in refused.err
        told = applied("state", "unlock", "lock-7")
        assert told.code == 0
        assert "jane" in told.out
        assert applied("state", "rm", JANE).code == 0
    assert JANE not in addresses(applied)
