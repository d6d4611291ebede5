"""`chimeform import`: a live object comes under an address, and nothing live is changed."""

from __future__ import annotations

import pytest

from tests.cli.program import Program
from tests.sandbox_process import SandboxProcess

FILES = """
chimeform: 1
workspace: acme
accounts:
  acme: {name: Acme, default_license: basic, meetings: {call_me: true}}
  other: {name: Other}
"""


@pytest.fixture
def live(chimeform: Program, sandbox: SandboxProcess) -> str:
    """The id of one of two accounts of the same name."""
    chimeform.write("chimeform.yaml", FILES)
    client = sandbox.client()
    client.create_account(Name="Acme")
    wanted: str = client.create_account(Name="Acme")["Account"]["AccountId"]
    return wanted


def test_it_says_which_of_two_is_meant(chimeform: Program, sandbox: SandboxProcess, live: str) -> None:
    ambiguous = chimeform("plan", "--format", "json").json()
    assert next(one["address"] for one in ambiguous["unread"]) == "accounts.acme"
    before = sandbox.calls()
    assert chimeform("import", "accounts.acme", live).code == 0
    assert all(
        name.startswith(("List", "Get")) for name, count in sandbox.calls().items() if count > before.get(name, 0)
    )
    shown = chimeform("state", "show", "accounts.acme", "--format", "json").json()
    assert shown["id"] == live
    (change,) = [
        one for one in chimeform("plan", "--format", "json").json()["changes"] if one["address"] == "accounts.acme"
    ]
    assert (change["action"], change["id"]) == ("update", live)


def test_json(chimeform: Program, live: str) -> None:
    told = chimeform("import", "accounts.acme", live, "--format", "json").json()
    assert (told["address"], told["kind"], told["id"]) == ("accounts.acme", "account", live)


@pytest.mark.parametrize(
    ("address", "object_id", "code"),
    [
        ("accounts.nobody", "x", "CF-IMP-001"),
        ("accounts.acme.meetings", "x", "CF-IMP-002"),
        ("accounts.acme", "no-such-id", "CF-OBS-004"),
        ("accounts..acme", "x", "CF-USE-003"),
    ],
)
def test_what_cannot_be_is_told(chimeform: Program, live: str, address: str, object_id: str, code: str) -> None:
    ran = chimeform("import", address, object_id)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"error[{code}]: ")
    assert chimeform("state", "list").out == "The ledger is empty.\n"


def test_one_object_has_one_address(chimeform: Program, live: str) -> None:
    assert chimeform("import", "accounts.acme", live).code == 0
    ran = chimeform("import", "accounts.other", live)
    assert ran.code == 1
    assert ran.err.startswith("error[CF-IMP-003]: ")
