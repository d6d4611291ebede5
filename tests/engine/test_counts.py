"""How many calls it takes: reads by the page, writes by the batch, nothing by the object."""

from __future__ import annotations

import pytest

from tests import workspaces
from tests.engine.engine import Engine
from tests.engine.stage import Stage

USERS_A_PAGE, NUMBERS_A_PAGE = 200, 99


def reads(engine: Engine) -> dict[str, int]:
    """What planning reads, as the sandbox counts it and as the plan says."""
    before = engine.sandbox.calls()
    plan = engine.plan()
    after = engine.sandbox.calls()
    received = {name: count - before.get(name, 0) for name, count in after.items() if count > before.get(name, 0)}
    elsewhere = {"DescribeBucket"}  # asked of Amazon S3, which the sandbox does not count
    assert {name: count for name, count in plan.reads.items() if name not in elsewhere} == received
    return received


@pytest.mark.parametrize("people", [1, 200, 201, 450])
def test_people_are_read_by_the_page(engine: Engine, stage: Stage, people: int):
    engine.write({"accounts": {"branch": workspaces.team("Branch", workspaces.people(people))}})
    applied = engine.applied()
    assert applied.writes() == {"CreateAccount": 1, "InviteUsers": -(-people // 50)}
    assert applied.plan.writes == applied.writes()
    assert reads(engine) == {"ListAccounts": 1, "ListUsers": -(-people // USERS_A_PAGE)}


def test_a_company_is_read_with_one_call_a_scope_and_one_for_each_declared_detail(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company(60, numbers=60))
    engine.applied()
    assert reads(engine) == {
        "GetAccountSettings": 1,
        "GetEventsConfiguration": 1,
        "GetGlobalSettings": 1,
        "GetPhoneNumberSettings": 1,
        "GetRetentionSettings": 1,
        "ListAccounts": 1,
        "ListBots": 1,
        "ListPhoneNumberOrders": 1,
        "ListPhoneNumbers": 1,
        "ListUsers": 2,
    }


def test_nothing_is_read_that_nobody_declared(engine: Engine, stage: Stage):
    stage.corp()
    engine.write({"accounts": {"corp": {"name": "Corp"}}})
    assert reads(engine) == {"ListAccounts": 1}
    engine.write({"settings": {"calling_name": "Acme"}})
    assert reads(engine) == {"GetPhoneNumberSettings": 1}
    engine.write({})
    assert reads(engine) == {}


@pytest.mark.parametrize(("operation", "size"), [("BatchUpdateUser", 20), ("BatchSuspendUser", 50)])
def test_people_are_changed_by_the_batch(engine: Engine, stage: Stage, operation: str, size: int):
    emails = workspaces.people(101, "corp.example")
    stage.enterprise("Corp", "corp.example", emails)
    value = {"license": "basic"} if operation == "BatchUpdateUser" else {"suspended": True}
    engine.write({"accounts": {"corp": {"name": "Corp", "users": dict.fromkeys(emails, value)}}})
    assert engine.applied().writes() == {operation: -(-101 // size)}


def test_numbers_are_ordered_named_given_back_and_taken_back_by_the_batch(engine: Engine, stage: Stage):
    numbers = [f"+1206555{place:04}" for place in range(120)]
    blocks = {"phone_numbers": {name: workspaces.number(calling_name="Acme Sales") for name in numbers}}
    engine.write(blocks)
    assert engine.applied().writes() == {"CreatePhoneNumberOrder": 3, "BatchUpdatePhoneNumber": 3}
    assert reads(engine)["ListPhoneNumbers"] == 2
    engine.write({})
    assert engine.applied().writes() == {"BatchDeletePhoneNumber": 3}
    engine.write(blocks)
    assert engine.applied().writes() == {"RestorePhoneNumber": 120}, "the service has no batch for it"


def test_steps_that_become_ready_one_after_the_other_still_share_a_batch(engine: Engine, stage: Stage):
    """Two numbers can be named at once, the third only when it is back from the deletion queue: one call names all."""
    numbers = workspaces.NUMBERS[:3]
    engine.write({"phone_numbers": {name: workspaces.number() for name in numbers}})
    engine.applied()
    stage.chime.delete_phone_number(PhoneNumberId=numbers[2])
    engine.write({"phone_numbers": {name: workspaces.number(calling_name="Acme Sales") for name in numbers}})
    assert engine.applied().writes() == {"RestorePhoneNumber": 1, "BatchUpdatePhoneNumber": 1}


def test_a_licence_change_of_ten_thousand_is_five_hundred_calls_and_a_suspension_of_a_thousand_is_twenty(
    engine: Engine, stage: Stage
):
    """Whole, on the wire; once, because it takes its seconds. What holds after every apply is tested with fewer."""
    stage.sandbox.post("seed", {"accounts": 1, "users": 10_000})
    (account,) = stage.accounts()
    emails = [user["PrimaryEmail"] for user in stage.users(account["Name"]).values()]
    before = engine.sandbox.calls()
    rows = [f"{email},basic,{'true' if place < 1000 else ''}\n" for place, email in enumerate(emails)]
    engine.write({"accounts": {"big": {"name": account["Name"], "users": {"from": "people.csv"}}}})
    (engine.root / "people.csv").write_text("email,license,suspended\n" + "".join(rows), encoding="utf-8")
    planned, summary = engine.app().apply()
    assert summary is not None and not summary.failed
    after = engine.sandbox.calls()
    made = {name: count - before.get(name, 0) for name, count in after.items() if count > before.get(name, 0)}
    assert made == {"ListAccounts": 1, "ListUsers": 50, "BatchUpdateUser": 500, "BatchSuspendUser": 20}
    assert planned.plan.writes == {"BatchUpdateUser": 500, "BatchSuspendUser": 20}
