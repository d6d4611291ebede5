"""Credentials that may do less than the workspace needs: each refusal names the action that is missing."""

from __future__ import annotations

import pytest

from chimeform.errors import ServiceError
from tests import workspaces
from tests.engine.engine import Engine
from tests.engine.stage import Stage


def deny(engine: Engine, *actions: str) -> None:
    engine.sandbox.post("iam", {"deny": list(actions)})


READS = {
    "chime:ListUsers": "user",
    "chime:ListBots": "bot",
    "chime:GetRetentionSettings": "retention",
    "chime:GetAccountSettings": "meetings",
    "chime:ListPhoneNumbers": "phone_number",
    "chime:ListPhoneNumberOrders": "phone_number",
    "chime:GetPhoneNumberSettings": "calling_name",
    "chime:GetGlobalSettings": "call_detail_records",
    "chime:GetEventsConfiguration": "bot",
}


def test_a_read_that_is_denied_leaves_its_own_objects_undecided(engine: Engine, stage: Stage):
    """Everything is drifted or undeclared, and about what cannot be read nothing is decided all the same."""
    stage.corp()
    engine.write(workspaces.company())
    engine.applied()
    engine.write({"accounts": {"corp": {"name": "Corp", "default_license": "basic"}}})
    recorded = engine.recorded().resources
    for action, kind in READS.items():
        deny(engine, action)
        plan = engine.plan()
        unread = {one.address: one for one in plan.unread}
        expected = {str(one.address) for one in recorded.values() if one.kind == kind}
        if action == "chime:GetEventsConfiguration":
            expected = {"accounts.corp.bots.helpdesk"}
        assert unread.keys() == expected, action
        for one in unread.values():
            assert action in one.do
            assert one.code == "CF-AWS-403"
        assert unread.keys().isdisjoint({change.address for change in plan.changes})
        assert unread.keys().isdisjoint({step.address for step in plan.steps})
        assert plan.steps, "the rest goes on"


def test_an_account_list_that_is_denied_leaves_everything_in_the_accounts_undecided(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    engine.applied()
    deny(engine, "chime:ListAccounts")
    before = engine.recorded()
    applied = engine.applied(is_settled=False)
    unread = {one.address: one.code for one in applied.plan.unread}
    assert {address for address in map(str, before.resources) if address.startswith("accounts.")} == unread.keys()
    assert {code for address, code in unread.items() if address.count(".") == 1} == {"CF-AWS-403"}
    assert applied.writes() == {}
    assert engine.recorded().resources == before.resources


def test_a_claimed_collection_that_cannot_be_listed_is_not_taken_for_empty(engine: Engine, stage: Stage):
    stage.enterprise("Corp", "corp.example", ["user0@corp.example"])
    engine.write({"accounts": {"corp": {"name": "Corp", "authoritative": ["users"]}}})
    deny(engine, "chime:ListUsers")
    plan = engine.plan()
    assert [(one.address, one.code) for one in plan.unread] == [("accounts.corp.users", "CF-AWS-403")]


def test_a_write_that_is_denied_fails_its_step_and_names_the_action(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    denied = ("CreateBot", "BatchUpdateUser", "InviteUsers", "PutRetentionSettings", "UpdateGlobalSettings")
    deny(engine, *(f"chime:{name}" for name in denied))
    applied = engine.applied(ends="failed")
    failures = applied.failures()
    assert {failure.operation for failure in failures.values()} == set(denied)
    for failure in failures.values():
        assert f"chime:{failure.operation}" in failure.do
        assert failure.code == "CF-AWS-403"
        assert failure.request_id
    assert applied.looks() == {}, "a refused call did not happen"
    assert {"CreateAccount", "CreatePhoneNumberOrder", "AssociatePhoneNumberWithUser"} <= applied.writes().keys()
    engine.sandbox.delete("iam")
    assert set(denied) <= engine.applied().writes().keys()


def test_credentials_of_another_aws_account_touch_nothing(engine: Engine, stage: Stage):
    engine.write({"aws": {"expected_account": "999988887777"}, **workspaces.company()})
    with pytest.raises(Exception, match="999988887777") as caught:
        engine.app().apply()
    assert getattr(caught.value, "exit_code", None) == 4
    assert engine.sandbox.calls() == {}


def test_nothing_at_all_is_allowed(engine: Engine, stage: Stage):
    engine.write(workspaces.company())
    engine.sandbox.post("iam", {"allow": []})
    try:
        plan = engine.plan()
    except ServiceError as error:
        pytest.fail(f"a refused read is no error of the plan: {error}")
    assert plan.steps == ()
    assert {one.address for one in plan.unread} == {str(address) for address in engine.app().load().declarations}
