"""The whole flow on every kind: create, drift, put right, retire, come back."""

from __future__ import annotations

from chimeform.plan import Cause
from tests import workspaces
from tests.engine.engine import Engine
from tests.engine.stage import Stage


def test_a_company_is_brought_about_with_the_fewest_calls(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company(60, numbers=60))
    applied = engine.applied()
    assert applied.writes() == {
        "AssociatePhoneNumberWithUser": 1,
        "BatchSuspendUser": 1,
        "BatchUpdatePhoneNumber": 1,
        "BatchUpdateUser": 1,
        "CreateAccount": 1,
        "CreateBot": 2,
        "CreatePhoneNumberOrder": 2,
        "InviteUsers": 2,
        "PutEventsConfiguration": 1,
        "PutRetentionSettings": 1,
        "UpdateAccount": 1,
        "UpdateAccountSettings": 1,
        "UpdateBot": 1,
        "UpdateGlobalSettings": 1,
        "UpdatePhoneNumberSettings": 1,
    }
    assert sum(applied.plan.writes.values()) <= sum(applied.writes().values())


def test_what_somebody_changes_is_seen_and_put_right(engine: Engine, stage: Stage):
    corp = stage.corp()
    engine.write(workspaces.company())
    engine.applied()
    user = stage.users("Corp")["user0@corp.example"]["UserId"]
    stage.chime.batch_update_user(AccountId=corp, UpdateUserRequestItems=[{"UserId": user, "LicenseType": "Pro"}])
    shorter = {"RoomRetentionSettings": {"RetentionDays": 9}}
    stage.chime.put_retention_settings(AccountId=corp, RetentionSettings=shorter)
    applied = engine.applied()
    assert applied.actions() == {
        "accounts.corp.retention": "update",
        'accounts.corp.users["user0@corp.example"]': "update",
    }
    assert {field.cause for change in applied.plan.changes for field in change.fields} == {Cause.THEIRS}
    assert applied.writes() == {"BatchUpdateUser": 1, "PutRetentionSettings": 1}


def test_a_former_address_is_followed_once_and_may_stay_in_the_files(engine: Engine):
    branch = workspaces.team("Branch", workspaces.people(2, "branch.example"), meetings={"call_me": True})
    engine.write({"accounts": {"old": branch}})
    engine.applied()
    engine.applied()  # by now the record knows what the service calls the people who were invited
    before = engine.recorded().resources
    engine.write({"accounts": {"new": {**branch, "lifecycle": {"previously": ["accounts.older", "accounts.old"]}}}})
    applied = engine.applied()
    assert set(applied.actions().values()) == {"adopt"}
    assert applied.writes() == {}
    after = engine.recorded().resources
    assert sorted(str(one).replace(".new", ".old") for one in after) == sorted(map(str, before))
    assert {one.id for one in after.values()} == {one.id for one in before.values()}
