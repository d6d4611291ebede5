"""`chimeform pending`: what waits, the steps, and gates that are seen by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.acme import PEOPLE, WORKSPACE
from tests.cli.program import Program
from tests.golden import check_golden
from tests.sandbox_process import SandboxProcess

GOLDEN = Path(__file__).parent / "golden" / "pending"
JANE = 'accounts.acme.users["jane@acme.example"]'


@pytest.fixture
def acme(chimeform: Program) -> Program:
    """Applied, so that people are invited and a number is ordered."""
    chimeform.write("chimeform.yaml", WORKSPACE)
    assert chimeform("apply", "-y").code == 0
    return chimeform


def test_everybodys_turn_is_in_the_table(acme: Program) -> None:
    ran = acme("pending")
    assert (ran.code, ran.err) == (0, "")
    heading, *rows = ran.out.splitlines()
    assert heading.split("  ")[0] == "WHAT"
    (jane,) = [row for row in rows if row.startswith(JANE)]
    assert "the invited person" in jane
    assert jane.endswith("ListUsers")
    assert acme("pending", "list").out == ran.out


def test_programs_get_the_same(acme: Program) -> None:
    gates = acme("pending", "--format", "json").json()["gates"]
    (jane,) = [gate for gate in gates if gate["address"] == JANE]
    assert jane["who"] == "invitee"
    assert jane["since"] < jane["due"]
    assert jane["overdue"] is False
    assert jane["noticed_by"] == ["ListUsers"]


def test_what_is_overdue_is_first_and_says_so(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.advance(30 * 24 * 3600)
    ran = acme("pending")
    assert "overdue" in ran.out.splitlines()[1]
    (row, *_) = acme("pending", "--format", "markdown").out.splitlines()[2:]
    assert ", **overdue** |" in row
    assert "jane@acme.example" in row
    assert r"users\[" in row, "what somebody has named is no markup"


def test_nothing_waits(chimeform: Program) -> None:
    chimeform.write("chimeform.yaml", "chimeform: 1\nworkspace: acme\n")
    assert chimeform("pending").out == "Nothing waits.\n"


def test_steps_come_with_exact_values(acme: Program, sandbox: SandboxProcess) -> None:
    ran = acme("pending", "show", JANE)
    assert ran.code == 0
    account = sandbox.client().list_accounts()["Accounts"][0]["AccountId"]
    ids = {user["PrimaryEmail"]: user["UserId"] for user in sandbox.client().list_users(AccountId=account)["Users"]}
    assert ids["jane@acme.example"] in ran.out
    assert "  1. " in ran.out
    assert "omar" not in ran.out
    gates = acme("pending", "show", JANE, "--format", "json").json()["gates"]
    gate, of_number = sorted(gates, key=lambda one: str(one["address"]))
    assert of_number["address"] == 'phone_numbers["+12065550100"]', "it holds the assignment to her"
    assert gate["facts"] == {"id": ids["jane@acme.example"], "email": "jane@acme.example"}


def test_a_gate_is_found_by_what_it_holds(chimeform: Program) -> None:
    text = WORKSPACE.replace("    meetings:", "    retention: {rooms: 1 year}\n    meetings:")
    chimeform.write("chimeform.yaml", text)
    ran = chimeform("pending", "show", "accounts.acme.retention")
    assert ran.code == 0
    assert "accounts.acme\nwaits for an administrator" in ran.out


def test_a_gate_that_was_opened_by_hand_is_seen(acme: Program, sandbox: SandboxProcess) -> None:
    closed = acme("pending", "done", JANE)
    assert closed.code == 1
    assert "still waits: the person accepts the invitation" in closed.out
    for email in PEOPLE:
        sandbox.post("people/accept", {"email": email})
    sandbox.advance(60)  # the number is there
    done = acme("pending", "done", JANE)
    assert (done.code, done.err) == (0, "")
    assert "waits for nothing any more" in done.out
    assert acme("pending", "done", JANE, "--format", "json").json() == {
        "open": True,
        "confirmed": [],
        "gates": [],
    }


def test_what_cannot_be_seen_is_not_called_open(acme: Program, sandbox: SandboxProcess) -> None:
    sandbox.add_faults({"operation": "ListUsers", "kind": "error"})
    ran = acme("pending", "done", JANE)
    assert ran.code == 1
    assert "error[CF-OBS-005]" in ran.err
    listed = acme("pending")
    assert listed.code == 1
    assert "could not be read" in listed.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "accounts.acme.meetings"], "CF-USE-010"),
        (["show", "accounts.acmee"], "CF-USE-011"),
        (["done", "accounts.acmee"], "CF-USE-011"),
        (["done", JANE, "status=done"], "CF-USE-009"),
    ],
)
def test_questions_without_an_answer(acme: Program, arguments: list[str], code: str) -> None:
    ran = acme("pending", *arguments)
    assert ran.code == 1
    assert f"error[{code}]" in ran.err


CASES_FOR_SUPPORT = """\
chimeform: 1
workspace: acme
phone_numbers:
  "+493025550100":
    product: sip-media-application
    holder: {business: Acme GmbH}
    address: {street: Unter den Linden 1, postal_code: "10117", city: Berlin, country: DE}
  "+12065550170": {product: voice-connector}
  "+492215550100": {product: sip-media-application}
phone_ports:
  northwest:
    numbers: ["+12065550170"]
    product: voice-connector
    billing_number: "+12065550170"
    billing_number_after: replaced
    new_billing_number: "+12065550171"
    authorised_person: Jane Doe
    pin: {secretsmanager: acme/northwest-pin}
    customer_name: Acme Corporation
    contact: {language: German, by: phone}
    documents: [letter-of-agency]
  cologne:
    numbers: ["+492215550100"]
    product: sip-media-application
    service_address: {street: Domplatz 1, postal_code: "50667", city: Cologne, country: DE}
  leaving: {direction: out, numbers: ["+12065550172"]}
"""


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("number-abroad", 'phone_numbers["+493025550100"]'),
        ("port-in", "phone_ports.northwest"),
        ("port-in-abroad", "phone_ports.cologne"),
        ("port-out", "phone_ports.leaving"),
    ],
)
def test_a_case_for_support_is_there_to_be_copied(chimeform: Program, name: str, address: str) -> None:
    chimeform.write("chimeform.yaml", CASES_FOR_SUPPORT)
    ran = chimeform("pending", "show", address)
    assert ran.code == 0, ran.all
    check_golden(GOLDEN / f"{name}.txt", ran.out)
