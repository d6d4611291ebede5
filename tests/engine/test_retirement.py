"""Taking things away: in order, seen before, and with nothing left behind that others need."""

from __future__ import annotations

from typing import Any

import pytest

from tests import workspaces
from tests.engine.engine import Engine
from tests.engine.stage import Stage

NUMBER = workspaces.NUMBERS[0]
JANE, OMAR = workspaces.people(2, "corp.example")


def corp(users: dict[str, Any], *, numbers: tuple[str, ...] = (NUMBER,)) -> dict[str, Any]:
    return {
        "accounts": {"corp": {"name": "Corp", "users": users}},
        "phone_numbers": {name: workspaces.number() for name in numbers},
    }


def holders(stage: Stage) -> dict[str, str]:
    users = stage.users("Corp").items()
    return {email: user["PrimaryProvisionedNumber"] for email, user in users if user.get("PrimaryProvisionedNumber")}


@pytest.fixture
def with_phone(engine: Engine, stage: Stage) -> Engine:
    """Jane has the number."""
    stage.enterprise("Corp", "corp.example", [JANE, OMAR])
    engine.write(corp({JANE: {"phone": NUMBER}, OMAR: {}}))
    engine.applied()
    return engine


def test_the_number_of_somebody_who_leaves_goes_to_somebody_else(with_phone: Engine, stage: Stage):
    with_phone.write(corp({OMAR: {"phone": NUMBER}}))
    assert with_phone.applied().writes() == {
        "DisassociatePhoneNumberFromUser": 1,
        "AssociatePhoneNumberWithUser": 1,
        "BatchSuspendUser": 1,
    }
    assert holders(stage) == {OMAR: NUMBER}


def test_somebody_and_the_number_leave_together(with_phone: Engine, stage: Stage):
    with_phone.write(corp({OMAR: {}}, numbers=()))
    with_phone.applied()
    assert stage.numbers()[NUMBER]["Status"] == "DeleteInProgress"
    assert stage.users("Corp")[JANE]["UserRegistrationStatus"] == "Suspended"


@pytest.mark.parametrize("by_us", [True, False])
def test_somebody_who_is_suspended_already_gives_the_number_back(with_phone: Engine, stage: Stage, by_us: bool):
    if by_us:
        with_phone.write(corp({JANE: {"phone": NUMBER, "suspended": True}, OMAR: {}}))
        with_phone.applied()
    else:
        jane = stage.users("Corp")[JANE]["UserId"]
        stage.chime.batch_suspend_user(AccountId=stage.account_id("Corp"), UserIdList=[jane])
    with_phone.write(corp({OMAR: {"phone": NUMBER}}))
    applied = with_phone.applied()
    assert applied.writes() == {"DisassociatePhoneNumberFromUser": 1, "AssociatePhoneNumberWithUser": 1}
    assert holders(stage) == {OMAR: NUMBER}


@pytest.mark.parametrize("kind", ["error", "drop_response"])
def test_a_retirement_of_several_calls_looks_at_each_of_them(with_phone: Engine, stage: Stage, kind: str):
    """The first call fails inside the service, or its answer is lost: the second must not take it for done unseen."""
    with_phone.sandbox.add_faults({"operation": "DisassociatePhoneNumberFromUser", "kind": kind, "times": 1})
    with_phone.write(corp({OMAR: {"phone": NUMBER}}))
    applied = with_phone.applied()
    assert set(applied.looks().values()) == {kind == "drop_response"}
    assert holders(stage) == {OMAR: NUMBER}


def test_settings_are_turned_off_and_the_rest_left_alone(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    engine.applied()
    blocks = workspaces.company()
    del blocks["settings"]["call_detail_records"], blocks["accounts"]["corp"]["retention"]
    del blocks["accounts"]["branch"]["meetings"]
    engine.write(blocks)
    applied = engine.applied()
    assert applied.writes() == {"PutRetentionSettings": 1, "UpdateGlobalSettings": 1}
    assert applied.actions()["accounts.branch.meetings"] == "forget"


def test_a_destroy_leaves_nothing_behind_that_can_be_taken_away(engine: Engine, stage: Stage):
    stage.bucket()
    engine.write(
        {
            "accounts": {"branch": workspaces.team("Branch", workspaces.people(3), meetings={"call_me": True})},
            "phone_numbers": {NUMBER: workspaces.number(calling_name="Acme")},
            "settings": {"call_detail_records": {"bucket": "acme-cdr"}},
        }
    )
    engine.applied()
    applied = engine.applied(purpose="destroy")
    assert stage.accounts() == []
    assert stage.numbers()[NUMBER]["Status"] == "DeleteInProgress"
    assert engine.recorded().resources == {}
    # the number and the setting are in no account: what becomes of them waits for nothing here
    in_order = [name for name in applied.writes() if name not in ("BatchDeletePhoneNumber", "UpdateGlobalSettings")]
    assert in_order == ["BatchSuspendUser", "DeleteAccount"]
    assert engine.plan(purpose="destroy").is_empty


def test_a_team_account_with_a_stranger_in_it_is_not_deleted(engine: Engine, stage: Stage):
    engine.write({"accounts": {"branch": workspaces.team("Branch", workspaces.people(1))}})
    engine.applied()
    stage.chime.invite_users(AccountId=stage.account_id("Branch"), UserEmailList=["stranger@other.example"])
    engine.write({})
    plan = engine.plan()
    assert [refusal.code for refusal in plan.refusals] == ["CF-ACC-002"]
    assert "stranger@other.example" in plan.refusals[0].summary


def test_an_authoritative_collection_loses_its_strangers_and_no_other_does(engine: Engine, stage: Stage):
    blocks: dict[str, Any] = {"accounts": {"branch": workspaces.team("Branch", workspaces.people(1))}}
    engine.write(blocks)
    engine.applied()
    stage.chime.invite_users(AccountId=stage.account_id("Branch"), UserEmailList=["stranger@other.example"])
    applied = engine.applied()
    assert applied.writes() == {}
    assert [one.address for one in applied.plan.unmanaged] == ['accounts.branch.users["stranger@other.example"]']
    blocks["accounts"]["branch"]["authoritative"] = ["users"]
    engine.write(blocks)
    assert engine.applied().writes() == {"BatchSuspendUser": 1}
    assert sorted(stage.users("Branch")) == workspaces.people(1)
