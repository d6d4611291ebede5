"""`chimeform do`: done once, agreed to, in the history; and no PIN or token anywhere but where it was asked for."""

from __future__ import annotations

import json
import signal
import stat
from pathlib import Path
from typing import Any

import pytest

from chimeform.ledger.base import LockInfo
from chimeform.ledger.sqlite import SqliteLedger
from tests.cli.program import Program
from tests.engine.engine import now
from tests.golden import check_golden
from tests.sandbox_process import SandboxProcess

GOLDEN = Path(__file__).parent / "golden" / "do"
PEOPLE = ("jane@acme.example", "lee@acme.example", "omar@sales.acme.example", "rita@sales.acme.example")
JANE = 'accounts.acme.users["jane@acme.example"]'
BOT = "accounts.acme.bots.helpdesk"
SECRET = "chime/helpdesk"
WORKSPACE = """\
chimeform: 1
workspace: acme
aws: {requests_per_second: 1000}
accounts:
  acme:
    name: Acme Corporation
    users: {jane@acme.example: {}}
    bots:
      helpdesk:
        display_name: HelpDesk
        domain: acme.example
        security_token: {store: {secretsmanager: chime/helpdesk}}
      plain: {display_name: Plain, domain: acme.example}
  partners:
    name: Partners
    users: {kim@x.example: {}, lee@x.example: {}}
"""


@pytest.fixture
def acme(chimeform: Program, sandbox: SandboxProcess) -> Program:
    """An Enterprise account with more people than the files name, and a Team account with two who are invited."""
    chime = sandbox.client()
    account = chime.create_account(Name="Acme Corporation")["Account"]["AccountId"]
    for domain in ("acme.example", "sales.acme.example"):
        sandbox.post(f"console/accounts/{account}/domains", {"domain": domain, "verified": True})
    for person in PEOPLE:
        sandbox.post("people/register", {"email": person})
    chimeform.write("chimeform.yaml", WORKSPACE)
    assert chimeform("apply", "-y").code == 0
    sandbox.post("people/accept", {"email": "lee@x.example"})
    return chimeform


def users(sandbox: SandboxProcess, account: str = "Acme Corporation") -> dict[str, dict[str, Any]]:
    chime = sandbox.client()
    (found,) = [one["AccountId"] for one in chime.list_accounts()["Accounts"] if one["Name"] == account]
    return {one["PrimaryEmail"]: one for one in chime.list_users(AccountId=found)["Users"]}


def pin(sandbox: SandboxProcess, person: str = "jane@acme.example") -> str:
    return str(users(sandbox)[person]["PersonalPIN"])


def token(sandbox: SandboxProcess) -> str:
    chime = sandbox.client()
    accounts = {one["Name"]: one["AccountId"] for one in chime.list_accounts()["Accounts"]}
    bots = chime.list_bots(AccountId=accounts["Acme Corporation"])["Bots"]
    return str(next(one["SecurityToken"] for one in bots if one["DisplayName"].startswith("HelpDesk")))


def stored(sandbox: SandboxProcess) -> str:
    return str(sandbox.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"])


def sent(sandbox: SandboxProcess, operation: str) -> int:
    return sandbox.calls().get(operation, 0)


# ---------------------------------------------------------------- agreed to


def test_a_person_is_asked_with_what_it_means(acme: Program, sandbox: SandboxProcess) -> None:
    before = pin(sandbox)
    ran = acme.on_terminal("do", "reset-pin", JANE).until("yes: ").type("yes\n").end()
    assert ran.code == 0
    assert "every meeting that was scheduled with the old PIN" in ran.out
    assert "has a new PIN" in ran.out
    assert pin(sandbox) != before
    assert pin(sandbox) not in ran.out


def test_no_is_no(acme: Program, sandbox: SandboxProcess) -> None:
    ran = acme.on_terminal("do", "reset-pin", JANE).until("yes: ").type("y\n").end()
    assert (ran.code, "CF-USE-008" in ran.out) == (1, True)
    assert sent(sandbox, "ResetPersonalPIN") == 0


def test_without_anybody_to_ask_nothing_is_done(acme: Program, sandbox: SandboxProcess) -> None:
    ran = acme("do", "reset-pin", JANE)
    assert ran.code == 1
    assert ran.err.startswith("error[CF-USE-006]: ")
    assert sent(sandbox, "ResetPersonalPIN") == 0


def test_what_cannot_be_taken_back_needs_consent_by_name(acme: Program, sandbox: SandboxProcess) -> None:
    arguments = ("do", "redact", "accounts.acme", "--conversation", "c-1", "--message", "m-1", "--yes")
    refused = acme(*arguments)
    assert refused.code == 4
    check_golden(GOLDEN / "refused.txt", refused.err)
    assert sent(sandbox, "RedactConversationMessage") == 0
    assert acme(*arguments, "--accept", "message-redaction").code == 0
    assert sent(sandbox, "RedactConversationMessage") == 1


def test_a_room_goes_by_its_id_or_its_address(acme: Program, sandbox: SandboxProcess) -> None:
    acme.write(
        "chimeform.yaml", WORKSPACE.replace("    users: {jane", "    rooms: {war: {name: War}}\n    users: {jane")
    )
    assert acme("apply", "-y").code == 0
    for room in ("accounts.acme.rooms.war", "no-such-room"):
        ran = acme("do", "redact", "accounts.acme", "--room", room, "--message", "m", "--accept", "*", "--yes")
        assert ran.code == (0 if room.startswith("accounts") else 1), ran.all
    assert acme("state", "history", "--format", "json").json()[1]["about"] == [
        "accounts.acme (room accounts.acme.rooms.war, message m)"
    ]


def test_the_ledger_is_locked_meanwhile(acme: Program, sandbox: SandboxProcess) -> None:
    ledger = SqliteLedger(acme.root / ".chimeform" / "default.db", clock=now, new_id=lambda: "x")
    with ledger.lock(LockInfo("l-1", "omar", "apply", "2027-01-31T12:00:00Z", "elsewhere/1")):
        ran = acme("do", "logout", JANE, "--yes")
    ledger.close()
    assert (ran.code, "CF-LED-002" in ran.err) == (1, True)
    assert sent(sandbox, "LogoutUser") == 0


# ---------------------------------------------------------------- for whom


def test_a_glob_means_whom_no_file_names_too(acme: Program, sandbox: SandboxProcess) -> None:
    ran = acme("do", "logout", 'accounts.acme.users["*@sales.acme.example"]', "--yes")
    assert ran.code == 0
    check_golden(GOLDEN / "logout.txt", ran.out)
    assert sent(sandbox, "LogoutUser") == 2


def test_excluded_is_excluded(acme: Program, sandbox: SandboxProcess) -> None:
    everybody = 'accounts.acme.users["*"]'
    ran = acme("do", "logout", everybody, "--exclude", 'accounts.acme.users["*@sales.*"]', "--yes", "--format", "json")
    assert [one["address"] for one in ran.json()["done"]] == [f'accounts.acme.users["{one}"]' for one in PEOPLE[:2]]


def test_only_those_whose_invitation_is_pending_are_invited_again(acme: Program, sandbox: SandboxProcess) -> None:
    before = sent(sandbox, "InviteUsers")
    told = acme("do", "resend-invitation", 'accounts.partners.users["*"]', "--yes", "--format", "json").json()
    assert [one["address"] for one in told["done"]] == ['accounts.partners.users["kim@x.example"]']
    assert [one["address"] for one in told["skipped"]] == ['accounts.partners.users["lee@x.example"]']
    assert sent(sandbox, "InviteUsers") == before + 1
    sandbox.post("people/accept", {"email": "kim@x.example"})
    nobody = acme("do", "resend-invitation", 'accounts.partners.users["*"]', "--yes")
    assert (nobody.code, "Nothing to do" in nobody.out) == (0, True)


SENSELESS = [
    ("CF-DO-001", "logout", "accounts.acme.bots.helpdesk"),
    ("CF-DO-002", "logout", 'accounts.acme.users["jna@acme.example"]'),
    ("CF-DO-002", "logout", 'accounts.nobody.users["*"]'),
    ("CF-DO-004", "reset-pin", 'accounts.partners.users["kim@x.example"]'),
    ("CF-DO-005", "resend-invitation", 'accounts.partners.users["lee@x.example"]'),
    ("CF-DO-005", "resend-invitation", JANE),
    ("CF-DO-006", "rotate-token", "accounts.acme.bots.plain"),
    ("CF-DO-007", "redact", "accounts.partners", "--room", "r", "--message", "m"),
    ("CF-DO-009", "redact", "accounts.acme", "--message", "m"),
    ("CF-DO-009", "redact", "accounts.acme", "--room", "r", "--conversation", "c", "--message", "m"),
    ("CF-USE-003", "logout", "not an address"),
    ("CF-DO-008", "search-numbers"),
    ("CF-DO-008", "search-numbers", "--city", "Seattle"),
    ("CF-DO-008", "search-numbers", "--country", "DE"),
    ("CF-DO-008", "search-numbers", "--country", "DE", "--area-code", "206"),
    ("CF-USE-002", "reset-pni", JANE),
]


def test_what_makes_no_sense_is_told_and_not_done(acme: Program, sandbox: SandboxProcess) -> None:
    before = sandbox.calls()
    told = []
    for code, *arguments in SENSELESS:
        ran = acme("do", *arguments)
        assert (ran.code, ran.err[6 : 7 + len(code)]) == (1, f"{code}]"), ran.all
        told.append(f"$ chimeform do {' '.join(arguments)}\n{ran.err}")
    check_golden(GOLDEN / "senseless.txt", "\n".join(told))
    made = {name for name, count in sandbox.calls().items() if count > before.get(name, 0)}
    assert all(name.startswith(("List", "Get")) for name in made)


def test_somebody_who_is_declared_and_not_there(acme: Program, sandbox: SandboxProcess) -> None:
    acme.write("chimeform.yaml", WORKSPACE.replace("{jane@acme.example: {}}", "{new@acme.example: {}}"))
    ran = acme("do", "logout", 'accounts.acme.users["new@acme.example"]', "--yes")
    assert (ran.code, ran.err[:16]) == (1, "error[CF-DO-003]")


# ---------------------------------------------------------------- credentials


def test_a_pin_goes_to_a_file_that_only_its_owner_can_read(acme: Program, sandbox: SandboxProcess) -> None:
    ran = acme("do", "reset-pin", 'accounts.acme.users["*@acme.example"]', "--pin-to", "pins.csv", "--yes")
    assert ran.code == 0
    file = acme.root / "pins.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    rows = sorted(file.read_text().splitlines()[1:])
    assert rows == sorted(
        f'"accounts.acme.users[""{one}""]",{pin(sandbox, one)}' for one in PEOPLE if one.endswith("@acme.example")
    )
    assert pin(sandbox) not in ran.all
    again = acme("do", "reset-pin", JANE, "--pin-to", "pins.csv", "--yes")
    assert (again.code, again.err[:16]) == (1, "error[CF-DO-012]")
    assert sorted(file.read_text().splitlines()[1:]) == rows


def test_a_file_for_nothing_is_not_left_behind(acme: Program) -> None:
    assert acme("do", "reset-pin", JANE, "--pin-to", "pins.csv").code == 1
    assert not (acme.root / "pins.csv").exists()


def test_a_pin_is_shown_on_a_terminal_and_into_no_pipe(acme: Program, sandbox: SandboxProcess) -> None:
    ran = acme.on_terminal("do", "reset-pin", JANE, "--show-pin", "--yes").end()
    assert pin(sandbox) in ran.out
    piped = acme("do", "reset-pin", JANE, "--show-pin", "--yes")
    assert (piped.code, piped.err[:16]) == (1, "error[CF-DO-011]")
    assert sent(sandbox, "ResetPersonalPIN") == 1


def test_a_new_token_is_in_the_store_and_nowhere_else(acme: Program, sandbox: SandboxProcess) -> None:
    before = stored(sandbox)
    ran = acme("do", "rotate-token", BOT, "--yes", "-v")
    assert ran.code == 0
    assert stored(sandbox) == token(sandbox) != before
    assert token(sandbox) not in ran.all
    assert acme("plan", "--detailed-exitcode").code == 0


# ---------------------------------------------------------------- what is remembered


def test_the_history_says_who_did_what_to_whom(acme: Program, sandbox: SandboxProcess) -> None:
    assert acme("do", "reset-pin", JANE, "--yes").code == 0
    message = ("--conversation", "c-1", "--message", "m-1", "--accept", "*", "--yes")
    assert acme("do", "redact", "accounts.acme", *message).code == 0
    ran = acme("state", "history", "--format", "json")
    redact, reset = ran.json()[:2]
    assert (reset["operation"], reset["result"], reset["about"]) == ("do reset-pin", "done", [JANE])
    assert redact["about"] == ["accounts.acme (conversation c-1, message m-1)"]
    assert reset["who"] and reset["counts"]["done"] == 1
    text = acme("state", "history").out
    assert JANE in text
    ledger = (acme.root / ".chimeform" / "default.db").read_bytes()
    assert pin(sandbox).encode() not in ledger
    assert pin(sandbox) not in ran.out + text


def test_a_lost_answer_is_told_plainly(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.add_faults({"operation": "ResetPersonalPIN", "kind": "drop_response", "times": 1})
    ran = acme("do", "reset-pin", JANE, "--yes", "--format", "json")
    assert ran.code == 1
    (failed,) = ran.json()["failed"]
    assert failed["code"] == "CF-DO-010"
    assert "may have happened" in failed["summary"]
    assert acme("plan", "--detailed-exitcode").code == 0


def test_signing_out_is_tried_again_where_the_answer_was_lost(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.add_faults({"operation": "LogoutUser", "kind": "drop_response", "times": 1})
    assert acme("do", "logout", JANE, "--yes").code == 0
    assert sent(sandbox, "LogoutUser") == 2


def test_a_rotation_heals_itself_where_the_answer_was_lost(acme: Program, sandbox: SandboxProcess) -> None:
    before = stored(sandbox)
    sandbox.add_faults({"operation": "RegenerateSecurityToken", "kind": "drop_response", "times": 1})
    assert acme("do", "rotate-token", BOT, "--yes").code == 0
    assert stored(sandbox) == token(sandbox) != before


def test_one_failure_is_its_own(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.add_faults({"operation": "LogoutUser", "kind": "error", "times": 3})
    ran = acme("do", "logout", 'accounts.acme.users["*"]', "--yes", "--parallelism", "1", "--format", "json")
    told = ran.json()
    assert ran.code == 1
    assert (len(told["done"]), len(told["failed"])) == (3, 1)
    assert acme("state", "history", "--format", "json").json()[0]["result"] == "failed"


def test_ctrl_c_finishes_what_is_in_flight_and_says_who_was_not_reached(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.add_faults({"operation": "LogoutUser", "kind": "latency", "latency_ms": 500})
    everybody = ("do", "logout", 'accounts.acme.users["*"]', "--yes", "--parallelism", "1", "--format", "json")
    with acme.start(*everybody) as process:
        while not sent(sandbox, "LogoutUser"):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    told = json.loads(out)
    assert process.returncode == 130
    assert len(told["done"]) + len(told["not_reached"]) == len(PEOPLE)
    assert len(told["done"]) == sent(sandbox, "LogoutUser") < len(PEOPLE)
    assert acme("state", "history", "--format", "json").json()[0]["result"] == "interrupted"


def test_what_a_killed_run_had_begun_is_told_by_the_next(acme: Program) -> None:
    from chimeform.address import Address
    from chimeform.journal import PlannedEffect

    ledger = SqliteLedger(acme.root / ".chimeform" / "default.db", clock=now, new_id=lambda: "x")
    effect = PlannedEffect(f"reset-pin {JANE}", Address.parse(JANE), "user", "do", exists=True)
    ledger.append("killed", "ResetPersonalPIN", "2027-01-31T12:00:00Z", [effect])
    ledger.close()
    assert acme("apply", "-y").code == 0
    ran = acme("do", "logout", JANE, "--yes")
    assert f"not known whether it happened: reset-pin {JANE}, begun at 2027-01-31" in ran.out
    assert "not known" not in acme("do", "logout", JANE, "--yes").out


# ---------------------------------------------------------------- what AWS has to allow


MESSAGE = ("--room", "{room}", "--message", "m-1", "--accept", "*")


def test_the_policy_of_an_operation_is_enough_and_has_nothing_of_the_others(
    acme: Program, sandbox: SandboxProcess
) -> None:
    chime = sandbox.client()
    (account,) = [one["AccountId"] for one in chime.list_accounts()["Accounts"] if one["Name"] == "Acme Corporation"]
    room = chime.create_room(AccountId=account, Name="Incidents")["Room"]["RoomId"]
    for name, *arguments in (
        ("logout", JANE),
        ("reset-pin", JANE),
        ("resend-invitation", 'accounts.partners.users["kim@x.example"]'),
        ("rotate-token", BOT),
        ("redact", "accounts.acme", *(part.format(room=room) for part in MESSAGE)),
    ):
        policy = acme("iam-policy", "--for", f"do {name}", "--format", "json").json()
        sandbox.post("iam", {"policy": policy})
        assert acme("do", name, *arguments, "--yes").code == 0, name
        other = ("do", "logout" if name != "logout" else "reset-pin", JANE, "--yes", "--format", "json")
        assert acme(*other).code == 1
        sandbox.delete("iam")
    policy = acme("iam-policy", "--for", "do search-numbers", "--format", "json").json()
    assert [one["Action"] for one in policy["Statement"]] == [["chime:SearchAvailablePhoneNumbers"]]


# ---------------------------------------------------------------- looking


def test_numbers_are_looked_for(acme: Program) -> None:
    ran = acme("do", "search-numbers", "--area-code", "206", "--limit", "3")
    assert ran.code == 0
    assert [line[:5] for line in ran.out.split()] == ["+1206"] * 3
    told = json.loads(acme("do", "search-numbers", "--toll-free-prefix", "844", "--format", "json").out)
    assert {number[:5] for number in told["items"]} == {"+1844"}
    abroad = acme("do", "search-numbers", "--country", "DE", "--type", "toll-free", "--limit", "1")
    assert abroad.out.startswith("+49")
    assert "Nothing" in acme("do", "search-numbers", "--toll-free-prefix", "800").out
