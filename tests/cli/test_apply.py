"""`chimeform apply` and `destroy`: who is asked, what is done, what is said, and how it is interrupted."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.cli.acme import ENTERPRISE, PEOPLE, WORKSPACE
from tests.cli.program import Program, wait_for_line
from tests.golden import check_golden
from tests.sandbox_process import SandboxProcess

GOLDEN = Path(__file__).parent / "golden" / "apply"
GATED, REFUSED, INTERRUPTED = 3, 4, 130


@pytest.fixture
def acme(chimeform: Program) -> Program:
    chimeform.write("chimeform.yaml", WORKSPACE)
    return chimeform


def writes(sandbox: SandboxProcess) -> list[str]:
    return [operation for operation in sandbox.calls() if not operation.startswith(("Get", "List"))]


def converges(program: Program) -> bool:
    """An apply goes on from wherever things are, and then there is nothing to do."""
    return program("apply", "-y").code == 0 and program("plan", "--detailed-exitcode").code == 0


# ---------------------------------------------------------------- who is asked


def test_without_a_terminal_and_without_consent_nothing_is_done(acme: Program, sandbox: SandboxProcess) -> None:
    ran = acme("apply", stdin="yes\n")
    assert ran.code == 1
    assert "+ create  accounts.acme" in ran.out, "the plan is shown first"
    assert "error[CF-USE-006]" in ran.err
    assert "--auto-approve" in ran.err
    assert writes(sandbox) == []


@pytest.mark.parametrize("consent", ["--auto-approve", "--yes", "-y"])
def test_consent_can_be_given_beforehand(acme: Program, consent: str) -> None:
    assert acme("apply", consent).code == 0


def test_yes_on_a_terminal_is_a_yes(acme: Program) -> None:
    ran = acme.on_terminal("apply").until("taken for a yes: ").type("yes\n").end()
    assert ran.code == 0
    assert "Done: " in ran.out


@pytest.mark.parametrize("answer", ["no\n", "y\n", "\n", "YES\n", "\x04"])
def test_anything_else_is_a_no(acme: Program, sandbox: SandboxProcess, answer: str) -> None:
    ran = acme.on_terminal("apply").until("taken for a yes: ").type(answer).end()
    assert ran.code == 1
    assert "nothing was done" in ran.out
    assert writes(sandbox) == []


def test_a_build_server_is_not_asked(acme: Program) -> None:
    ran = acme.on_terminal("apply", CI="true").end()
    assert ran.code == 1
    assert "CF-USE-006" in ran.out


def test_ctrl_c_at_the_question_leaves_nothing_behind(acme: Program, sandbox: SandboxProcess) -> None:
    ran = acme.on_terminal("apply").until("taken for a yes: ").press_ctrl_c().end()
    assert ran.code == INTERRUPTED
    assert writes(sandbox) == []
    assert acme("apply", "-y").code == 0, "the lock is free"


def test_nobody_is_asked_when_there_is_nothing_to_do(acme: Program) -> None:
    acme("apply", "-y")
    ran = acme.on_terminal("apply").end()
    assert ran.code == 0
    assert "taken for a yes" not in ran.out


# ---------------------------------------------------------------- what is done and said


def test_what_an_apply_says(acme: Program) -> None:
    ran = acme("apply", "-y", "--parallelism", "1")
    assert (ran.code, ran.err) == (0, "")
    told = ran.out[ran.out.index("API calls will change") :].splitlines()[2:]
    check_golden(GOLDEN / "first.txt", "\n".join([*sorted(told[:6]), *told[6:], ""]))


def test_gates_have_an_exit_code_of_their_own_on_request(acme: Program, sandbox: SandboxProcess) -> None:
    assert acme("apply", "-y", "--detailed-exitcode").code == GATED
    for email in PEOPLE:
        sandbox.post("people/accept", {"email": email})
    sandbox.advance(4000)
    assert acme("apply", "-y", "--detailed-exitcode").code == 0
    assert acme("plan", "--detailed-exitcode").code == 0


def test_waiting_goes_on_when_a_gate_opens(acme: Program, sandbox: SandboxProcess) -> None:
    acme("apply", "-y")
    sandbox.advance(4000)
    with acme.start("apply", "-y", "--wait", "1h", "--format", "json") as process:
        wait_for_line(process, '"event":"waiting"')
        for email in PEOPLE:
            sandbox.post("people/accept", {"email": email})
        last = wait_for_line(process, '"event":"run_ended"')
    assert process.returncode == 0
    assert json.loads(last)["gated"] == 0


def test_programs_get_one_event_a_line(acme: Program) -> None:
    events = acme("apply", "-y", "--format", "json").events()
    assert [events[0]["event"], events[1]["event"], events[-1]["event"]] == ["planned", "run_started", "run_ended"]
    assert events[0]["changes"] == {"create": 4, "update": 2}
    done = [event["address"] for event in events if event["event"] == "step_done"]
    assert sorted(set(done)) == sorted(
        ["accounts.acme", "accounts.acme.meetings", 'phone_numbers["+12065550100"]', "settings.calling_name"]
        + [f'accounts.acme.users["{email}"]' for email in PEOPLE]
    )
    assert events[-1]["result"] == "done"


def test_events_can_go_to_a_file(acme: Program) -> None:
    ran = acme("apply", "-y", "--format", "json", "--output", "events.jsonl")
    assert (ran.code, ran.out) == (0, "")
    lines = (acme.root / "events.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["event"] == "run_ended"


def test_an_error_is_the_last_event(acme: Program) -> None:
    assert [event["event"] for event in acme("apply", "--format", "json").events()] == ["planned", "error"]
    acme.write("chimeform.yaml", "chimeform: 1\n")
    (told,) = acme("apply", "-y", "--format", "json").events()
    assert told["event"] == "error"
    assert told["diagnostics"]


def test_a_failed_call_says_why_what_to_do_and_its_request_id(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.add_faults({"operation": "InviteUsers", "kind": "error", "times": 50})
    ran = acme("apply", "-y")
    assert ran.code == 1
    end = ran.out[ran.out.index("\nFailed") :]
    assert 'accounts.acme.users["jane@acme.example"]: InviteUsers: ' in end
    assert "do:  " in end
    assert "request id: " in end
    assert "Not reached" in end
    assert "because InviteUsers of" in end
    assert "Next: " in end
    sandbox.delete("faults")
    assert converges(acme)


def test_unread_objects_are_left_and_the_rest_is_done(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.client().create_account(Name="Acme Corporation")
    sandbox.add_faults({"operation": "ListUsers", "kind": "error"})
    ran = acme("apply", "-y")
    assert ran.code == 1
    assert "Not read" in ran.out
    assert "~ updated   accounts.acme.meetings" in ran.out
    assert "InviteUsers" not in sandbox.calls()


def test_a_refused_plan_is_shown_and_not_done(chimeform: Program, sandbox: SandboxProcess) -> None:
    account = sandbox.client().create_account(Name="Acme Corporation")["Account"]["AccountId"]
    sandbox.post(f"console/accounts/{account}/domains", {"domain": "acme.example", "verified": True})
    before = writes(sandbox)
    chimeform.write("chimeform.yaml", ENTERPRISE)
    ran = chimeform("apply", "-y")
    assert ran.code == REFUSED
    assert "refused[CF-GRD-005]" in ran.out
    assert "error[CF-GRD-000]" in ran.err
    assert writes(sandbox) == before
    assert chimeform("apply", "-y", "--accept", "chat-*").code == 0


def test_nobody_reads_on_and_the_work_is_done_all_the_same(acme: Program) -> None:
    with acme.start("apply", "-y") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(60) == 0
    assert acme("plan", "--detailed-exitcode").code == 0


# ---------------------------------------------------------------- saved plans


def test_a_saved_plan_is_done_without_a_question(acme: Program) -> None:
    acme("plan", "--out", "plan.json")
    ran = acme("apply", "plan.json")
    assert ran.code == 0, ran.all
    assert "Done: " in ran.out
    assert "Plan for" not in ran.out, "it was seen when it was saved"


def test_a_saved_plan_knows_its_environment(chimeform: Program) -> None:
    chimeform.write("chimeform.yaml", f"{WORKSPACE}environments: {{lab: {{}}, prod: {{}}}}\n")
    chimeform("plan", "--env", "lab", "--out", "plan.json")
    assert chimeform("apply", "plan.json").code == 0
    stale = chimeform("apply", "plan.json", "--env", "prod")
    assert stale.code == REFUSED
    assert "acme/lab" in stale.err


def test_a_stale_plan_is_refused_with_the_fact_that_moved(acme: Program) -> None:
    acme("plan", "--out", "plan.json")
    acme.write("chimeform.yaml", WORKSPACE + "# another comment\n")
    ran = acme("apply", "plan.json")
    assert ran.code == REFUSED
    assert "error[CF-PLN-001]: the saved plan is stale: chimeform.yaml is another one now" in ran.err


@pytest.mark.parametrize(
    ("content", "code"), [(b"{", "CF-PLN-002"), (b"\xff", "CF-PLN-002"), (b'{"format": 99}', "CF-PLN-002")]
)
def test_what_is_no_plan_is_refused(acme: Program, content: bytes, code: str) -> None:
    (acme.root / "plan.json").write_bytes(content)
    ran = acme("apply", "plan.json")
    assert ran.code == REFUSED
    assert f"error[{code}]" in ran.err


def test_an_edited_plan_is_refused(acme: Program) -> None:
    acme("plan", "--out", "plan.json")
    text = (acme.root / "plan.json").read_text()
    acme.write("plan.json", text.replace("Acme Corporation", "Evil Corporation"))
    assert "error[CF-PLN-003]" in acme("apply", "plan.json").err


def test_a_saved_plan_has_its_targets_already(acme: Program) -> None:
    acme("plan", "--out", "plan.json")
    ran = acme("apply", "plan.json", "--target", "settings")
    assert ran.code == 1
    assert "error[CF-USE-007]" in ran.err


# ---------------------------------------------------------------- interruptions


def slow(sandbox: SandboxProcess, operation: str) -> None:
    sandbox.add_faults({"operation": operation, "kind": "latency", "latency_ms": 1500})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_finishes_what_is_in_flight(acme: Program, sandbox: SandboxProcess, number: int) -> None:
    slow(sandbox, "CreateAccount")
    with acme.start("apply", "-y", "--format", "json") as process:
        wait_for_line(process, '"event":"call_started","operation":"CreateAccount"')
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    events = [json.loads(line) for line in out.splitlines()]
    assert process.returncode == INTERRUPTED
    assert "finishing what is in flight" in err
    assert "accounts.acme" in [event["address"] for event in events if event["event"] == "step_done"]
    assert any(event["event"] == "step_not_reached" for event in events)
    assert events[-1]["result"] == "interrupted"
    assert "InviteUsers" not in sandbox.calls()
    sandbox.delete("faults")
    assert converges(acme)
    assert sandbox.calls()["CreateAccount"] == 1


def test_the_second_signal_ends_at_once_and_the_next_run_sorts_it_out(acme: Program, sandbox: SandboxProcess) -> None:
    slow(sandbox, "CreateAccount")
    with acme.start("apply", "-y", "--format", "json") as process:
        wait_for_line(process, '"event":"call_started","operation":"CreateAccount"')
        process.send_signal(signal.SIGINT)
        wait_for_line(process, "finishing", err=True)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert "run_ended" not in out
    sandbox.delete("faults")
    assert converges(acme)
    accounts = sandbox.client().list_accounts()["Accounts"]
    assert len(accounts) == 1, "nothing is done twice"


def test_ctrl_c_on_a_terminal(acme: Program, sandbox: SandboxProcess) -> None:
    slow(sandbox, "CreateAccount")
    ran = acme.on_terminal("apply", "-y").until("0/6").press_ctrl_c().end()
    assert ran.code == INTERRUPTED
    assert "Interrupted: " in ran.out
    assert ran.out.rfind("\x1b[?25h") > ran.out.rfind("\x1b[?25l"), "the cursor is visible again"


def test_a_signal_while_reading_ends_at_once(acme: Program, sandbox: SandboxProcess) -> None:
    slow(sandbox, "ListAccounts")
    with acme.start("apply", "-y") as process:
        while "ListAccounts" not in sandbox.calls():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert "interrupted" in err
    assert "Traceback" not in err
    assert writes(sandbox) == []


# ---------------------------------------------------------------- destroy


def test_destroying_needs_consent_to_what_cannot_be_undone(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.post("settings", {"order_seconds": 0})
    acme("apply", "-y")
    before = writes(sandbox)
    assert acme("destroy", "-y").code == REFUSED
    assert writes(sandbox) == before
    ran = acme("destroy", "-y", "--accept", "account-deletion", "--accept", "number-release")
    assert ran.code == 0, ran.all
    assert "retired" in ran.out
    assert sandbox.client().list_accounts()["Accounts"] == []
    assert "Nothing to destroy" in acme("plan", "--destroy").out


def test_destroying_asks_in_its_own_words(acme: Program) -> None:
    acme("apply", "-y")
    ran = acme.on_terminal("destroy", "--accept", "*").until("Destroy all this in acme?").type("no\n").end()
    assert ran.code == 1


# ---------------------------------------------------------------- secrets


def test_a_bots_token_appears_nowhere(chimeform: Program, sandbox: SandboxProcess) -> None:
    client = sandbox.client()
    account = client.create_account(Name="Acme Corporation")["Account"]["AccountId"]
    sandbox.post(f"console/accounts/{account}/domains", {"domain": "acme.example", "verified": True})
    chimeform.write("chimeform.yaml", ENTERPRISE)
    consent = ("--accept", "*")
    runs = [
        chimeform("plan", "--out", "plan.json", *consent),
        chimeform("apply", "-y", "--format", "json", *consent),
        chimeform("plan", "-v"),
        chimeform("plan", "--destroy", "-v", "--out", "destroy.json", *consent),
        chimeform("pending", "--format", "json"),
    ]
    tokens = [bot["SecurityToken"] for bot in client.list_bots(AccountId=account)["Bots"]]
    client.update_bot(AccountId=account, BotId=client.list_bots(AccountId=account)["Bots"][0]["BotId"], Disabled=True)
    runs.append(chimeform("apply", "-y", "-v", *consent))
    assert [run.code for run in runs] == [0] * len(runs), runs[-1].all
    runs.append(chimeform("destroy", "-y", "-v", *consent))
    assert tokens and all(len(token) > 10 for token in tokens)
    files = {file: file.read_bytes() for file in chimeform.root.rglob("*") if file.is_file()}
    assert any(file.suffix == ".db" for file in files)
    for token in tokens:
        assert [run.all for run in runs if token in run.all] == []
        assert [file for file, content in files.items() if token.encode() in content] == []
