"""Calls that take effect while their answer is lost: the engine looks before it repeats anything."""

from __future__ import annotations

import copy
from typing import Any

from tests import workspaces
from tests.engine.engine import Applied, Engine
from tests.engine.stage import Stage

CREATES = (
    "AssociatePhoneNumberWithUser",
    "BatchSuspendUser",
    "BatchUpdatePhoneNumber",
    "BatchUpdateUser",
    "CreateAccount",
    "CreateBot",
    "CreatePhoneNumberOrder",
    "InviteUsers",
    "PutEventsConfiguration",
    "PutRetentionSettings",
    "UpdateAccount",
    "UpdateAccountSettings",
    "UpdateBot",
    "UpdateGlobalSettings",
    "UpdatePhoneNumberSettings",
)


def drop(operation: str, **fault: Any) -> dict[str, Any]:
    return {"operation": operation, "kind": "drop_response", **fault}


def begin(engine: Engine, stage: Stage) -> None:
    """A company that is yet to be brought about, in a world where only its Enterprise account exists."""
    engine.sandbox.reset()
    stage.settings(order_seconds=0, calling_name_seconds=0)
    stage.corp()
    stage.bucket("acme-records")
    engine.ledger_path.unlink(missing_ok=True)
    engine.write(workspaces.company())


def check_looked(applied: Applied, operation: str) -> None:
    assert any(step.rpartition("#")[2].startswith(operation) and found for step, found in applied.looks().items())


def test_any_answer_of_a_first_apply_may_be_lost(engine: Engine, stage: Stage):
    begin(engine, stage)
    usual = engine.applied().writes()
    assert usual.keys() == set(CREATES)
    for operation in CREATES:
        begin(engine, stage)
        engine.sandbox.add_faults(drop(operation, times=1))
        applied = engine.applied()
        check_looked(applied, operation)
        assert applied.writes() == usual, operation


def test_all_answers_may_be_lost_at_once(engine: Engine, stage: Stage):
    begin(engine, stage)
    engine.sandbox.add_faults(*(drop(operation) for operation in CREATES))
    applied = engine.applied()
    assert len(applied.looks()) == len(applied.summary.done)
    assert all(applied.looks().values())


def changed() -> dict[str, Any]:
    """The company a year later: from there and back again takes every operation that changes or retires something."""
    blocks = copy.deepcopy(workspaces.company())
    corp, branch = blocks["accounts"]["corp"], blocks["accounts"]["branch"]
    corp["users"] = {
        "user0@corp.example": {"license": "pro", "phone": workspaces.NUMBERS[0]},
        "user1@corp.example": {},
        "user2@corp.example": {"suspended": False},
    }
    corp["bots"]["helpdesk"]["disabled"] = True
    del corp["bots"]["helpdesk"]["events"]
    corp["bots"]["sales"]["disabled"] = False
    corp["retention"] = {"rooms": "2 years"}
    branch["name"] = "Branch Office"
    branch["meetings"]["call_me"] = False
    del blocks["phone_numbers"][workspaces.NUMBERS[2]]
    blocks["phone_numbers"][workspaces.NUMBERS[0]] = workspaces.number()
    blocks["settings"]["call_detail_records"]["bucket"] = "acme-records"
    return blocks


def test_any_answer_of_a_later_apply_may_be_lost(engine: Engine, stage: Stage):
    """There and back again, once for each operation; each way takes its usual calls and no more."""
    begin(engine, stage)
    engine.applied()
    ways = (changed(), workspaces.company())
    usual = []
    for blocks in ways:
        engine.write(blocks)
        usual.append(engine.applied().writes())
    there, back = usual
    assert {"BatchDeletePhoneNumber", "BatchUnsuspendUser", "DeleteEventsConfiguration"} <= there.keys()
    assert {"DisassociatePhoneNumberFromUser", "RestorePhoneNumber", "BatchSuspendUser"} <= back.keys()
    for operation in sorted(there.keys() | back.keys()):
        for blocks, expected in zip(ways, usual, strict=True):
            engine.sandbox.delete("faults")
            engine.write(blocks)
            if operation in expected:
                engine.sandbox.add_faults(drop(operation, times=1))
            applied = engine.applied()
            assert applied.writes() == expected, operation
            if operation in expected:
                check_looked(applied, operation)


def test_a_lost_retirement_of_an_account_is_seen(engine: Engine, stage: Stage):
    engine.write({"accounts": {"branch": {"name": "Branch"}}})
    engine.applied()
    engine.write({})
    engine.sandbox.add_faults(drop("DeleteAccount", times=1))
    applied = engine.applied()
    assert applied.writes() == {"DeleteAccount": 1}
    check_looked(applied, "DeleteAccount")
    assert engine.recorded().resources == {}


def test_answers_lost_at_random_duplicate_nothing(engine: Engine, stage: Stage):
    """Reads and writes alike, whatever the dice say."""
    for _ in range(6):
        begin(engine, stage)
        engine.sandbox.add_faults(drop("*", rate=0.15))
        engine.applied()
        engine.sandbox.delete("faults")
        assert sorted(one["Name"] for one in stage.accounts()) == ["Branch", "Corp"]
        assert sorted(stage.users("Branch")) == workspaces.people(4, "branch.example")
        assert stage.bot_names("Corp") == ["HelpDesk", "Sales"]
        assert set(stage.times_ordered().values()) == {1}
        calls = engine.sandbox.calls()
        assert (calls["InviteUsers"], calls["CreatePhoneNumberOrder"], calls["CreateBot"]) == (1, 1, 2)


def test_an_outcome_that_cannot_be_looked_up_is_reported_as_unknown_and_settled_by_the_next_run(
    engine: Engine, stage: Stage
):
    engine.write({"accounts": {"branch": {"name": "Branch"}}})
    engine.plan()

    def deny(event: Any) -> None:
        if event.kind == "call_started":
            engine.sandbox.post("iam", {"deny": ["chime:ListAccounts"]})

    engine.sandbox.add_faults(drop("CreateAccount", times=1))
    applied = engine.applied(ends="failed", on=deny)
    (failure,) = applied.failures().values()
    assert "look" in failure.do
    assert [one.operation for one in engine.recorded().open_intents] == ["CreateAccount"]
    engine.sandbox.delete("iam")
    applied = engine.applied()
    assert applied.actions() == {"accounts.branch": "adopt"}
    assert applied.writes() == {}
    assert engine.recorded().open_intents == ()
