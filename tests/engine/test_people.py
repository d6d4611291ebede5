"""People in all their forms: what they may do with a number, and the profiles of shared devices."""

from __future__ import annotations

from typing import Any

from chimeform.plan import Plan
from tests import workspaces
from tests.engine.engine import Engine
from tests.engine.stage import Stage

NUMBER, OTHER = workspaces.NUMBERS[:2]
JANE, OMAR = "jane@corp.example", "omar@corp.example"
EVERYTHING = {"inbound": True, "outbound": True, "sms": True}


def corp(users: dict[str, Any], *numbers: str) -> dict[str, Any]:
    found = {"accounts": {"corp": {"name": "Corp", "users": users}}}
    return {**found, "phone_numbers": {name: workspaces.number() for name in numbers}}


def allowed(stage: Stage, email: str, account: str = "Corp") -> list[bool]:
    """Inbound, outbound, SMS."""
    user = stage.users(account)[email]
    found = stage.chime.get_user_settings(AccountId=user["AccountId"], UserId=user["UserId"])["UserSettings"]
    return [found["Telephony"][name] for name in ("InboundCalling", "OutboundCalling", "SMS")]


def told(plan: Plan, email: str) -> list[str]:
    """The names of the consequences for a person."""
    return [one.name for change, one in plan.consequences() if f'"{email}"' in change.address]


# ---------------------------------------------------------------- telephony


def test_a_number_is_assigned_and_made_usable_in_one_apply(engine: Engine, stage: Stage):
    """The service switches everything off when a number is assigned, so the settings have to come after it."""
    stage.enterprise("Corp", "corp.example", [JANE])
    engine.write(corp({JANE: {"phone": NUMBER, "telephony": {"inbound": True, "outbound": True}}}, NUMBER))
    applied = engine.applied()
    assert applied.writes() == {
        "CreatePhoneNumberOrder": 1,
        "AssociatePhoneNumberWithUser": 1,
        "UpdateUserSettings": 1,
    }
    operations = [one["operation"] for one in applied.log]
    assert operations.index("AssociatePhoneNumberWithUser") < operations.index("UpdateUserSettings")
    assert allowed(stage, JANE) == [True, True, False]
    assert told(applied.plan, JANE) == ["sign-in-again", "sign-in-again"]


def test_another_number_switches_everything_off_and_the_same_apply_switches_it_on_again(engine: Engine, stage: Stage):
    stage.enterprise("Corp", "corp.example", [JANE])
    engine.write(corp({JANE: {"phone": NUMBER, "telephony": EVERYTHING}}, NUMBER, OTHER))
    engine.applied()
    engine.write(corp({JANE: {"phone": OTHER, "telephony": EVERYTHING}}, NUMBER, OTHER))
    applied = engine.applied()
    assert applied.writes() == {
        "DisassociatePhoneNumberFromUser": 1,
        "AssociatePhoneNumberWithUser": 1,
        "UpdateUserSettings": 1,
    }
    assert allowed(stage, JANE) == [True, True, True]
    reasons = {change.address.rpartition(".")[2]: change.reason for change in applied.plan.changes}
    assert reasons["telephony"] == "the change of phone puts it back"


def test_a_part_of_the_settings_leaves_the_others_as_they_are(engine: Engine, stage: Stage):
    account = stage.enterprise("Corp", "corp.example", [JANE])
    wire = {"InboundCalling": False, "OutboundCalling": True, "SMS": True}
    user = stage.users("Corp")[JANE]["UserId"]
    stage.chime.update_user_settings(AccountId=account, UserId=user, UserSettings={"Telephony": wire})
    engine.write(corp({JANE: {"telephony": {"inbound": True, "sms": False}}}))
    engine.applied()
    assert allowed(stage, JANE) == [True, True, False]
    engine.write(corp({JANE: {}}))
    assert engine.applied().writes() == {}, "what nobody declares is left as it is"


def test_a_number_without_settings_is_dead_and_the_plan_says_so(engine: Engine, stage: Stage):
    stage.enterprise("Corp", "corp.example", [JANE, OMAR])
    off = {"phone": OTHER, "telephony": {"inbound": False}}
    engine.write(corp({JANE: {"phone": NUMBER}, OMAR: off}, NUMBER, OTHER))
    plan = engine.plan()
    assert [told(plan, one) for one in (JANE, OMAR)] == [["sign-in-again", "dead-number"]] * 2


def test_settings_are_read_of_those_who_declare_them_and_written_one_by_one(engine: Engine, stage: Stage):
    people = workspaces.people(30, "corp.example")
    stage.enterprise("Corp", "corp.example", people)
    some: dict[str, Any] = {email: {"telephony": {"sms": True}} for email in people[:3]}
    engine.write(corp({**{email: {} for email in people}, **some}))
    applied = engine.applied()
    assert applied.writes() == {"UpdateUserSettings": 3}
    assert applied.plan.reads["GetUserSettings"] == 3
    engine.write(corp({email: {} for email in people}))
    assert engine.plan().reads["GetUserSettings"] == 3, "what is recorded is looked at once more"
    engine.applied()
    assert "GetUserSettings" not in engine.plan().reads


def test_settings_of_somebody_who_is_invited_wait_for_the_acceptance(engine: Engine, stage: Stage):
    invited = {JANE: {"phone": NUMBER, "telephony": EVERYTHING}}
    engine.write({**corp(invited, NUMBER), "accounts": {"branch": {"name": "Branch", "users": invited}}})
    applied = engine.applied()
    assert applied.writes() == {"CreateAccount": 1, "InviteUsers": 1, "CreatePhoneNumberOrder": 1}
    (gate,) = applied.summary.gates
    assert (gate.name, len(gate.holds)) == ("accepted", 2), "one wait holds her and her settings"
    stage.accept(JANE)
    assert engine.applied().writes() == {"AssociatePhoneNumberWithUser": 1, "UpdateUserSettings": 1}
    assert allowed(stage, JANE, "Branch") == [True, True, True]


def test_settings_changed_elsewhere_are_drift_and_put_right(engine: Engine, stage: Stage):
    account = stage.enterprise("Corp", "corp.example", [JANE])
    engine.write(corp({JANE: {"telephony": {"inbound": True}}}))
    engine.applied()
    wire = {"InboundCalling": False, "OutboundCalling": True, "SMS": False}
    user = stage.users("Corp")[JANE]["UserId"]
    stage.chime.update_user_settings(AccountId=account, UserId=user, UserSettings={"Telephony": wire})
    (found,) = engine.drift(authors=True).objects
    assert [(one.name, one.applied, one.live) for one in found.fields] == [("inbound", True, False)]
    assert found.fields[0].attribution is not None
    assert found.fields[0].attribution.event == "UpdateUserSettings"
    engine.applied()
    assert allowed(stage, JANE) == [True, True, False]


# ---------------------------------------------------------------- shared devices

SCREEN = "boardroom@corp.example"
DEVICE = {"type": "shared-device"}


def test_a_shared_device_is_made_at_once_in_accounts_of_each_type(engine: Engine, stage: Stage):
    stage.enterprise("Corp", "corp.example")
    team = {
        "name": "Branch",
        "default_license": "basic",
        "users": {"hall@branch.example": {**DEVICE, "license": "pro"}},
    }
    engine.write({"accounts": {**corp({SCREEN: DEVICE})["accounts"], "branch": team}})
    applied = engine.applied()
    assert applied.writes() == {"CreateAccount": 1, "UpdateAccount": 1, "CreateUser": 2}, "a device is born with pro"
    assert applied.summary.gates == (), "a device accepts nothing"
    for account, email in (("Corp", SCREEN), ("Branch", "hall@branch.example")):
        user = stage.users(account)[email]
        assert (user["UserType"], user["UserRegistrationStatus"]) == ("SharedDevice", "Registered")
    recorded = {address.name: one.id for address, one in engine.recorded().resources.items()}
    assert recorded[SCREEN] == stage.users("Corp")[SCREEN]["UserId"], "the answer gives its id"


def test_the_licence_of_a_device_in_a_team_account_follows_at_once(engine: Engine, stage: Stage):
    users = {"hall@branch.example": {**DEVICE, "license": "basic"}}
    engine.write({"accounts": {"branch": {"name": "Branch", "users": users}}})
    assert engine.applied().writes() == {"CreateAccount": 1, "CreateUser": 1, "BatchUpdateUser": 1}
    assert stage.users("Branch")["hall@branch.example"]["LicenseType"] == "Basic"


def test_a_device_that_is_there_is_taken_over_and_one_that_leaves_the_files_is_suspended(engine: Engine, stage: Stage):
    account = stage.enterprise("Corp", "corp.example")
    stage.chime.create_user(AccountId=account, Email=SCREEN, UserType="SharedDevice")
    engine.write(corp({SCREEN: DEVICE}))
    applied = engine.applied()
    assert (applied.writes(), list(applied.actions().values())) == ({}, ["adopt", "adopt"])
    engine.write(corp({}))
    assert engine.applied().writes() == {"BatchSuspendUser": 1}
    assert stage.users("Corp")[SCREEN]["UserRegistrationStatus"] == "Suspended"


def test_nobody_becomes_a_device(engine: Engine, stage: Stage):
    stage.enterprise("Corp", "corp.example", [JANE])
    engine.write(corp({JANE: DEVICE}))
    (refusal,) = engine.plan().refusals
    assert (refusal.code, refusal.guard) == ("CF-GRD-002", "fixed")


def test_a_lost_answer_to_the_making_of_a_device_makes_no_second_one(engine: Engine, stage: Stage):
    stage.enterprise("Corp", "corp.example")
    stage.sandbox.add_faults({"operation": "CreateUser", "kind": "drop_response", "rate": 1.0, "times": 1})
    engine.write(corp({SCREEN: DEVICE}))
    applied = engine.applied()
    assert applied.writes() == {"CreateUser": 1}
    assert list(applied.looks().values()) == [True]


def test_in_an_account_with_a_directory_a_device_is_made_and_not_ended(engine: Engine, stage: Stage):
    account = stage.enterprise("Corp", "corp.example")
    stage.sandbox.post(f"console/accounts/{account}/directory", {"directory_id": "d-1234567890"})
    engine.write(corp({SCREEN: DEVICE}))
    assert engine.applied().writes() == {"CreateUser": 1}
    engine.write(corp({}))
    assert [refusal.code for refusal in engine.plan().refusals] == ["CF-USR-008"]
