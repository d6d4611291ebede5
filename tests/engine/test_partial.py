"""Batches of which a part fails inside a success: each item stands for itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests import workspaces
from tests.engine.engine import Engine
from tests.engine.stage import Stage


def partial(operation: str, rate: float = 0.5, code: str = "ServiceFailure") -> dict[str, Any]:
    return {"operation": operation, "kind": "partial", "rate": rate, "code": code}


def crowd() -> dict[str, Any]:
    """30 people in a Team account, 30 in an Enterprise account whose licences change, 30 numbers."""
    numbers = workspaces.NUMBERS[:30]
    staff = {email: {"license": "basic"} for email in workspaces.people(30, "corp.example")}
    return {
        "accounts": {
            "branch": workspaces.team("Branch", workspaces.people(30)),
            "corp": {"name": "Corp", "users": staff},
        },
        "phone_numbers": {name: workspaces.number(calling_name="Acme Sales") for name in numbers},
    }


def begin(engine: Engine, stage: Stage, blocks: dict[str, Any]) -> None:
    stage.enterprise("Corp", "corp.example", workspaces.people(30, "corp.example"))
    engine.write(blocks)


@pytest.mark.parametrize("operation", ["InviteUsers", "BatchUpdateUser", "BatchUpdatePhoneNumber"])
def test_failed_items_fail_by_themselves_and_the_next_run_does_only_them(engine: Engine, stage: Stage, operation: str):
    begin(engine, stage, crowd())
    engine.sandbox.add_faults(partial(operation))
    applied = engine.applied(ends="failed")
    failed = applied.failures()
    assert 5 < len(failed) < 25
    for address, failure in failed.items():
        assert failure.summary.startswith(f"{address}: {operation}")
        assert failure.do
    assert applied.writes()[operation] == (2 if operation == "BatchUpdateUser" else 1), "the failed are not repeated"
    assert len(applied.summary.failed) == len(failed)
    assert engine.recorded().open_intents == ()
    engine.sandbox.delete("faults")
    rest = engine.applied()
    steps = {step.address for step in rest.plan.steps if step.operation == operation}
    assert steps == failed.keys()
    assert rest.writes() == {operation: 1}


@pytest.mark.parametrize("operation", ["BatchSuspendUser", "BatchDeletePhoneNumber"])
def test_retirements_that_fail_are_tried_again(engine: Engine, stage: Stage, operation: str):
    begin(engine, stage, crowd())
    engine.applied()
    blocks = crowd()
    blocks["accounts"]["branch"]["users"] = {}
    blocks["phone_numbers"] = {}
    engine.write(blocks)
    engine.sandbox.add_faults(partial(operation))
    failed = engine.applied(ends="failed").failures()
    assert failed.keys() <= {str(address) for address in engine.recorded().resources}
    engine.sandbox.delete("faults")
    rest = engine.applied()
    assert {change.address for change in rest.plan.changes} == failed.keys()
    assert rest.writes() == {operation: 1}


def test_everything_after_a_failed_item_is_not_reached_and_nothing_else(engine: Engine, stage: Stage):
    """Two people swap their numbers, and one does not let go of hers."""
    numbers = workspaces.NUMBERS[:2]
    stage.enterprise("Corp", "corp.example", workspaces.people(2, "corp.example"))
    staff = {email: {"phone": name} for email, name in zip(workspaces.people(2, "corp.example"), numbers, strict=True)}
    engine.write(
        {
            "accounts": {"corp": {"name": "Corp", "users": staff}},
            "phone_numbers": {name: workspaces.number() for name in numbers},
        }
    )
    engine.applied()
    swapped = dict(zip(workspaces.people(2, "corp.example"), reversed(numbers), strict=True))
    engine.write(
        {
            "accounts": {
                "corp": {"name": "Corp", "users": {email: {"phone": name} for email, name in swapped.items()}}
            },
            "phone_numbers": {name: workspaces.number() for name in numbers},
        }
    )
    engine.sandbox.add_faults(
        {
            "operation": "DisassociatePhoneNumberFromUser",
            "kind": "error",
            "error": "ForbiddenException",
            "times": 1,
        }
    )
    applied = engine.applied(ends="failed")
    assert len(applied.summary.failed) == 1
    assert {step.rpartition("#")[2] for step in applied.summary.not_reached} == {"AssociatePhoneNumberWithUser"}
    engine.applied()
    held = {email: user.get("PrimaryProvisionedNumber") for email, user in stage.users("Corp").items()}
    assert held == swapped
