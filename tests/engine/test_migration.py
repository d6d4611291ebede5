"""People who move from one Team account to another: invited there, waited for, and only then removed here."""

from __future__ import annotations

from typing import Any

import pytest

from chimeform.errors import Refused
from chimeform.plan import Action, Plan
from tests import workspaces
from tests.engine.engine import Engine
from tests.engine.stage import Stage

JANE, OMAR, MARY = "jane@home.example", "omar@home.example", "mary@home.example"
NUMBER = workspaces.NUMBERS[0]


def address(account: str, email: str) -> str:
    return f'accounts.{account}.users["{email}"]'


def move(email: str) -> dict[str, str]:
    return {"from": address("old", email), "to": address("new", email)}


ALL = {"from": "accounts.old.users", "to": "accounts.new.users"}


def teams(old: dict[str, Any] | None, new: dict[str, Any], *moved: dict[str, str], **blocks: Any) -> dict[str, Any]:
    """Two Team accounts; `old` is None where the files do not have the old one any more."""
    accounts = {"new": {"name": "New", "users": new}}
    accounts |= {} if old is None else {"old": {"name": "Old", "users": old}}
    numbers = {"phone_numbers": {NUMBER: workspaces.number()}}
    return {"accounts": accounts, **numbers, **({"moved": list(moved)} if moved else {}), **blocks}


@pytest.fixture
def at_home(engine: Engine, stage: Stage) -> Engine:
    """Jane, with a number, and Omar are members of the old account; who joins another one is not taken out of it."""
    stage.settings(joining_leaves=False)
    engine.write(teams({JANE: {"license": "pro", "phone": NUMBER}, OMAR: {}}, {}))
    engine.applied()
    stage.accept(JANE, OMAR)
    engine.applied()
    assert stage.numbers()[NUMBER]["Status"] == "Assigned"
    return engine


def actions(plan: Plan) -> dict[str, tuple[Action, Action]]:
    """What is done now, and what is meant, by address."""
    return {change.address: (change.action, change.intended) for change in plan.changes}


def test_a_person_is_invited_waited_for_and_removed_in_that_order(at_home: Engine, stage: Stage):
    at_home.write(teams({OMAR: {}}, {JANE: {"license": "basic", "phone": NUMBER}}, move(JANE)))
    plan = at_home.plan()
    assert actions(plan) == {
        address("new", JANE): (Action.CREATE, Action.CREATE),
        address("old", JANE): (Action.WAIT, Action.RETIRE),
    }
    reasons = {change.address: change.reason for change in plan.changes}
    assert reasons[address("old", JANE)] == f"moves to {address('new', JANE)}"
    assert reasons[address("new", JANE)] == f"moves here from {address('old', JANE)}"
    (gate,) = plan.gates
    assert (gate.who, gate.id) == ("invitee", f"{address('new', JANE)}~accepted")
    assert set(gate.holds) == {address("new", JANE), address("old", JANE)}
    assert "migration" in [one.name for _, one in plan.consequences()]

    assert at_home.applied().writes() == {"InviteUsers": 1}
    assert JANE in stage.users("Old"), "nobody is removed before she has accepted"
    assert at_home.applied().writes() == {}, "and no apply in between changes that"

    stage.accept(JANE)
    applied = at_home.applied()
    assert applied.writes() == {
        "DisassociatePhoneNumberFromUser": 1,
        "BatchSuspendUser": 1,
        "AssociatePhoneNumberWithUser": 1,
        "BatchUpdateUser": 1,
    }
    order = [one["operation"] for one in applied.log]
    assert order.index("DisassociatePhoneNumberFromUser") < order.index("AssociatePhoneNumberWithUser")
    assert JANE not in stage.users("Old")
    there = stage.users("New")[JANE]
    assert (there["LicenseType"], there["PrimaryProvisionedNumber"]) == ("Basic", NUMBER)
    at_home.write(teams({OMAR: {}}, {JANE: {"license": "basic", "phone": NUMBER}}))
    assert at_home.check_settled().changes == (), "the entry has done its work and may go"


def test_the_wait_can_be_waited_for(at_home: Engine, stage: Stage):
    at_home.write(teams({OMAR: {}}, {JANE: {}}, move(JANE)))

    def accepts(event: Any) -> None:
        if event.kind == "waiting" and JANE in stage.users("New"):
            stage.accept(JANE)

    applied = at_home.applied(on=accepts, wait_seconds=5)
    order = [one["operation"] for one in applied.log if one["operation"] in applied.writes()]
    assert order == ["InviteUsers", "DisassociatePhoneNumberFromUser", "BatchSuspendUser"]


def test_a_whole_account_moves_and_is_then_deleted(at_home: Engine, stage: Stage):
    """Of the old account only the move is left in the files."""
    at_home.write(teams(None, {JANE: {}, OMAR: {}}, ALL))
    plan = at_home.plan()
    waiting = {one for one, (action, _) in actions(plan).items() if action is Action.WAIT}
    assert waiting == {"accounts.old", address("old", JANE), address("old", OMAR)}
    assert at_home.applied().writes() == {"InviteUsers": 1}
    stage.accept(JANE)
    assert at_home.applied().writes() == {"DisassociatePhoneNumberFromUser": 1, "BatchSuspendUser": 1}
    assert list(stage.users("Old")) == [OMAR]
    stage.accept(OMAR)
    assert at_home.applied().writes() == {"BatchSuspendUser": 1, "DeleteAccount": 1}
    assert [one["Name"] for one in stage.accounts()] == ["New"]


def test_of_a_collection_who_is_not_declared_there_leaves_as_usual(at_home: Engine, stage: Stage):
    at_home.write(teams({}, {JANE: {}}, ALL))
    assert actions(at_home.plan())[address("old", OMAR)] == (Action.RETIRE, Action.RETIRE)
    assert at_home.applied().writes() == {"InviteUsers": 1, "BatchSuspendUser": 1}
    assert list(stage.users("Old")) == [JANE]


def test_who_has_left_the_old_account_by_joining_the_new_one_is_no_drift(at_home: Engine, stage: Stage):
    """Whether the service takes people out of their old account is not documented; both ways end alike."""
    stage.settings(joining_leaves=True)
    at_home.write(teams({OMAR: {}}, {JANE: {"phone": NUMBER}}, move(JANE)))
    at_home.applied()
    stage.accept(JANE)
    assert at_home.drift(since="last-apply").objects == ()
    applied = at_home.applied()
    assert applied.writes() == {"AssociatePhoneNumberWithUser": 1}
    assert actions(applied.plan)[address("old", JANE)][0] is Action.FORGET


def test_a_lost_ledger_does_not_strand_anybody(at_home: Engine, stage: Stage):
    at_home.write(teams({OMAR: {}}, {JANE: {}}, move(JANE)))
    at_home.applied()
    stage.accept(JANE)
    at_home.ledger_path.unlink()
    applied = at_home.applied()
    assert applied.writes() == {"DisassociatePhoneNumberFromUser": 1, "BatchSuspendUser": 1}
    assert list(stage.users("Old")) == [OMAR]


def test_nobody_is_removed_when_the_new_account_cannot_be_read(at_home: Engine, stage: Stage):
    at_home.write(teams({OMAR: {}}, {JANE: {}}, move(JANE)))
    at_home.applied()
    stage.accept(JANE)
    stage.sandbox.add_faults({"operation": "ListUsers", "kind": "error", "rate": 1.0, "times": 1000})
    plan = at_home.plan()
    assert plan.steps == ()
    assert {one.address for one in plan.unread} >= {address("new", JANE), address("old", JANE)}


def test_a_failed_invitation_holds_the_removal(at_home: Engine, stage: Stage):
    stage.enterprise("Rival", "home.example")
    at_home.write(teams({OMAR: {}}, {JANE: {}}, move(JANE)))
    at_home.applied(ends="failed")
    assert JANE in stage.users("Old")


def test_leaving_out_the_invitation_leaves_out_the_removal(at_home: Engine, stage: Stage):
    at_home.write(teams({OMAR: {}}, {JANE: {}}, move(JANE)))
    plan = at_home.plan(excludes=("accounts.new",))
    assert (plan.steps, set(plan.left_out)) == ((), {address("new", JANE), address("old", JANE)})
    assert {step.operation for step in at_home.plan(targets=(address("old", JANE),)).steps} >= {"InviteUsers"}


def test_a_move_is_no_loss_to_thresholds_and_protection(at_home: Engine, stage: Stage):
    protected = {"lifecycle": {"prevent_destroy": True}}
    people = {JANE: protected, OMAR: protected}
    at_home.write(teams(people, {}))
    at_home.applied()
    guardrails = {"max_deletes": 0, "max_delete_percent": 0}
    at_home.write(teams({}, people, ALL, guardrails=guardrails))
    at_home.applied()
    stage.accept(JANE, OMAR)
    assert at_home.applied().writes()["BatchSuspendUser"] == 1
    at_home.write(teams({}, {}, guardrails={}))
    with pytest.raises(Refused):
        at_home.applied()
    assert {one.code for one in at_home.plan().refusals} == {"CF-GRD-001"}, "the protection has moved along"


def test_who_is_a_member_there_already_is_removed_here_at_once(at_home: Engine, stage: Stage):
    stage.chime.invite_users(AccountId=stage.account_id("New"), UserEmailList=[JANE])
    stage.accept(JANE)
    at_home.write(teams({OMAR: {}}, {JANE: {"phone": NUMBER}}, move(JANE)))
    applied = at_home.applied()
    assert applied.writes() == {
        "DisassociatePhoneNumberFromUser": 1,
        "BatchSuspendUser": 1,
        "AssociatePhoneNumberWithUser": 1,
    }
    assert stage.users("New")[JANE]["PrimaryProvisionedNumber"] == NUMBER


def test_the_new_account_may_be_made_in_the_same_apply(at_home: Engine, stage: Stage):
    blocks = teams({OMAR: {}}, {})
    blocks["accounts"]["third"] = {"name": "Third", "users": {JANE: {}}}
    at_home.write({**blocks, "moved": [{"from": address("old", JANE), "to": address("third", JANE)}]})
    assert at_home.applied().writes() == {"CreateAccount": 1, "InviteUsers": 1}
    assert JANE in stage.users("Old")
    stage.accept(JANE)
    assert at_home.applied().writes() == {"DisassociatePhoneNumberFromUser": 1, "BatchSuspendUser": 1}


def test_into_an_enterprise_account_the_person_has_to_register(at_home: Engine, stage: Stage):
    stage.enterprise("Corp", "home.example")
    blocks = teams({OMAR: {}}, {})
    blocks["accounts"]["corp"] = {"name": "Corp", "users": {JANE: {"license": "basic"}}}
    at_home.write({**blocks, "moved": [{"from": address("old", JANE), "to": address("corp", JANE)}]})
    assert at_home.applied().writes() == {}
    (gate,) = at_home.plan().gates
    assert (gate.name, address("old", JANE) in gate.holds) == ("registered", True)
    stage.sandbox.post("people/register", {"email": JANE})
    applied = at_home.applied()
    assert applied.writes() == {"DisassociatePhoneNumberFromUser": 1, "BatchSuspendUser": 1, "BatchUpdateUser": 1}
    assert list(stage.users("Old")) == [OMAR]


def test_a_run_that_is_stopped_in_the_middle_goes_on_where_it_was(at_home: Engine, stage: Stage):
    """The number is taken from her, and then the service stops answering: the next apply gives it to her there."""
    at_home.write(teams({OMAR: {}}, {JANE: {"phone": NUMBER}}, move(JANE)))
    at_home.applied()
    stage.accept(JANE)
    stage.sandbox.add_faults({"operation": "BatchSuspendUser", "kind": "error", "rate": 1.0, "times": 100})
    at_home.applied(ends="failed")
    assert JANE in stage.users("Old")
    stage.sandbox.delete("faults")
    assert at_home.applied().writes() == {"BatchSuspendUser": 1}
    assert stage.users("New")[JANE]["PrimaryProvisionedNumber"] == NUMBER


def test_to_destroy_everything_is_no_move(at_home: Engine, stage: Stage):
    at_home.write(teams({OMAR: {}}, {JANE: {}}, move(JANE)))
    at_home.applied(purpose="destroy")
    assert stage.accounts() == []
