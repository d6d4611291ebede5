"""A run that is forked from a warm process is a start of the program: it says and does the same."""

from __future__ import annotations

import pytest

from chimeform.cli.main import COMMANDS
from tests.cli.acme import WORKSPACE
from tests.cli.program import Program
from tests.sandbox_process import SandboxProcess

APART = {"demo"}
"""Runs for long, and its tests start it as people do."""

RUNS: list[list[str]] = [
    ["init", "."],
    ["validate", "--format", "json"],
    ["plan", "--out", "next.plan", "--detailed-exitcode"],
    ["apply"],
    ["drift"],
    ["destroy", "--yes"],
    ["pending"],
    ["export", "--output", "."],
    ["import", "accounts.nobody", "12a3456b-7c89-012d-3456-78901e23fa45"],
    ["state", "list"],
    ["report", "calls"],
    ["policy", "list"],
    ["do", "search-numbers", "--area-code", "206"],
    ["bot", "check", "accounts.acme.bots.nobody"],
    ["graph"],
    ["iam-policy"],
    ["explain", "user"],
    ["schema"],
    ["sandbox", "accounts"],
]


def test_every_command_is_in_the_table() -> None:
    assert {run[0] for run in RUNS} | APART == COMMANDS.keys()


@pytest.fixture
def applied(chimeform: Program, sandbox: SandboxProcess) -> Program:
    sandbox.post("settings", {"order_seconds": 0, "calling_name_seconds": 0})
    assert chimeform("init", ".").code == 0
    chimeform.write("chimeform.yaml", WORKSPACE)
    assert chimeform("apply", "--yes").code == 0
    return chimeform


def test_warm_or_not_a_run_is_the_same(applied: Program) -> None:
    for arguments in RUNS:
        assert applied(*arguments) == applied.fresh(*arguments), arguments


def test_it_has_its_own_folder_environment_and_end(chimeform: Program) -> None:
    """One run after the other leaves nothing of itself in the next."""
    chimeform.write("chimeform.yaml", WORKSPACE)
    chimeform.write("there/chimeform.yaml", WORKSPACE.replace("workspace: acme", "workspace: 'ac me'"))
    assert chimeform("validate", "-C", "there").code == 1
    assert chimeform("plan", AWS_ENDPOINT_URL="http://127.0.0.1:9").code == 1
    assert chimeform("plan").code == chimeform("validate").code == 0
