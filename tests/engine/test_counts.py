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
