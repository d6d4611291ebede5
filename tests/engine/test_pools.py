"""Pools of numbers on the real engine: ordered, handed out, grown, shrunk, found again, and never ordered twice."""

from __future__ import annotations

from typing import Any

import pytest

from chimeform.errors import StalePlan
from chimeform.iam.needs import Command
from chimeform.planned import RefusedPlan
from tests import workspaces
from tests.engine.engine import Engine
from tests.engine.stage import Stage
from tests.sandbox.voice_stage import make_client

STAFF = workspaces.people(4, "corp.example")


def pool(count: int, product: str = "business-calling", **search: str) -> dict[str, Any]:
    return {"product": product, "search": search or {"area_code": "206"}, "count": count}


def corp(*takers: str, pools: dict[str, Any], **users: Any) -> dict[str, Any]:
    """The account with everybody in it, some of whom take a number from the pool `west`."""
    people = {email: {"phone": {"pool": "west"}} if email in takers else {} for email in STAFF}
    return {"accounts": {"corp": {"name": "Corp", "users": people}}, "phone_pools": pools}


@pytest.fixture(autouse=True)
def staff(stage: Stage) -> None:
    stage.enterprise("Corp", "corp.example", STAFF)


def phones(stage: Stage) -> dict[str, str]:
    """Who has which number."""
    held = {email: user.get("PrimaryProvisionedNumber") for email, user in stage.users("Corp").items()}
    return {email: number for email, number in held.items() if number}


def in_use(stage: Stage) -> list[str]:
    return sorted(name for name, one in stage.numbers().items() if one["Status"] in ("Assigned", "Unassigned"))


def test_a_pool_is_searched_ordered_recorded_and_handed_out(engine: Engine, stage: Stage):
    engine.write(corp(*STAFF[:2], pools={"west": pool(3)}))
    applied = engine.applied()
    assert applied.writes() == {"CreatePhoneNumberOrder": 1, "AssociatePhoneNumberWithUser": 2}
    assert in_use(stage) == ["+12065550100", "+12065550101", "+12065550102"]
    assert phones(stage) == dict(zip(STAFF[:2], in_use(stage), strict=False))
    recorded = engine.recorded().resources
    assert [one.values["pool"] for one in recorded.values() if one.kind == "phone_number"] == ["west"] * 3


def test_somebody_keeps_her_number_and_who_leaves_frees_hers(engine: Engine, stage: Stage):
    engine.write(corp(*STAFF[:2], pools={"west": pool(2)}))
    engine.applied()
    first, second = (phones(stage)[email] for email in STAFF[:2])
    engine.write(corp(STAFF[1], STAFF[2], pools={"west": pool(2)}))
    assert engine.applied().writes() == {"DisassociatePhoneNumberFromUser": 1, "AssociatePhoneNumberWithUser": 1}
    assert phones(stage) == {STAFF[1]: second, STAFF[2]: first}


def test_a_pool_that_shrinks_gives_back_what_nobody_has_and_takes_it_back_as_it_grows(engine: Engine, stage: Stage):
    engine.write(corp(STAFF[0], pools={"west": pool(4)}))
    engine.applied()
    engine.write(corp(STAFF[0], pools={"west": pool(2)}))
    assert engine.applied().writes() == {"BatchDeletePhoneNumber": 1}
    assert in_use(stage) == ["+12065550100", "+12065550101"]
    engine.write(corp(STAFF[0], pools={"west": pool(5)}))
    assert engine.applied().writes() == {"RestorePhoneNumber": 2, "CreatePhoneNumberOrder": 1}
    assert len(in_use(stage)) == 5
    assert set(stage.times_ordered().values()) == {1}


def test_after_seven_days_there_is_nothing_to_take_back(engine: Engine, stage: Stage):
    engine.write({"phone_pools": {"west": pool(2)}})
    engine.applied()
    engine.write({"phone_pools": {"west": pool(1)}})
    engine.applied()
    engine.sandbox.post("clock", {"advance_seconds": 8 * 86400})
    engine.write({"phone_pools": {"west": pool(2)}})
    assert engine.applied().writes() == {"CreatePhoneNumberOrder": 1}


def test_an_assigned_number_is_never_given_back_silently(engine: Engine, stage: Stage):
    engine.write(corp(pools={"west": pool(2)}))
    engine.applied()
    account = stage.account_id("Corp")
    for email, number in zip(STAFF, in_use(stage), strict=False):
        user = stage.users("Corp")[email]["UserId"]
        stage.chime.associate_phone_number_with_user(AccountId=account, UserId=user, E164PhoneNumber=number)
    engine.write(corp(pools={"west": pool(1)}))
    (refusal,) = engine.plan().refusals
    assert refusal.code == "CF-NUM-054"
    assert STAFF[0] in refusal.why and "+12065550100" in refusal.why
    with pytest.raises(RefusedPlan):
        engine.app().apply()
    assert len(in_use(stage)) == 2


def test_who_stops_taking_and_the_number_go_in_one_apply(engine: Engine, stage: Stage):
    engine.write(corp(*STAFF[:2], pools={"west": pool(2)}))
    engine.applied()
    engine.write(corp(STAFF[1], pools={"west": pool(1)}))
    applied = engine.applied()
    assert applied.writes() == {"DisassociatePhoneNumberFromUser": 1, "BatchDeletePhoneNumber": 1}
    assert list(phones(stage)) == [STAFF[1]]


def test_with_the_ledger_lost_everybody_keeps_hers_and_nothing_is_ordered(engine: Engine, stage: Stage):
    blocks = corp(*STAFF[1:3], pools={"west": pool(4)})
    engine.write(blocks)
    engine.applied()
    before, known = phones(stage), engine.recorded().resources
    engine.ledger_path.unlink()
    applied = engine.applied()
    assert applied.writes() == {}
    assert set(applied.actions().values()) == {"adopt"}
    assert phones(stage) == before
    assert {address: one.values for address, one in engine.recorded().resources.items()} == {
        address: one.values for address, one in known.items()
    }


def test_a_lost_answer_of_an_order_is_looked_up_and_nothing_is_ordered_twice(engine: Engine, stage: Stage):
    engine.write(corp(*STAFF[:2], pools={"west": pool(60)}))
    engine.sandbox.add_faults({"operation": "CreatePhoneNumberOrder", "kind": "drop_response", "times": 2})
    applied = engine.applied()
    assert applied.writes()["CreatePhoneNumberOrder"] == 2
    assert set(stage.times_ordered().values()) == {1}
    assert len(in_use(stage)) == 60


def test_drift_is_told_of_the_numbers_of_a_pool(engine: Engine, stage: Stage):
    engine.write(corp(STAFF[0], pools={"west": pool(2)}))
    engine.applied()
    stage.chime.delete_phone_number(PhoneNumberId="+12065550101")
    (gone,) = engine.drift().objects
    assert (gone.address, gone.happened.value) == ('phone_numbers["+12065550101"]', "retired")
    assert engine.applied().writes() == {"RestorePhoneNumber": 1}


def test_what_cannot_be_had_is_said_and_the_rest_is_done(engine: Engine, stage: Stage):
    stage.settings(numbers_per_series=3)
    engine.write({"phone_pools": {"west": pool(5)}})
    plan = engine.plan()
    assert [(one.address, one.code) for one in plan.unread] == [("phone_pools.west", "CF-NUM-053")]
    assert "2 of 5 numbers" in plan.unread[0].reason and "area code 206" in plan.unread[0].reason
    engine.applied(is_settled=False)
    assert len(in_use(stage)) == 3


def test_a_number_that_could_not_be_had_is_replaced_and_never_ordered_again(engine: Engine, stage: Stage):
    stage.settings(order_seconds=3600)
    engine.write({"phone_pools": {"west": pool(3)}})
    engine.applied()
    (order,) = stage.chime.list_phone_number_orders()["PhoneNumberOrders"]
    engine.sandbox.post(f"carrier/orders/{order['PhoneNumberOrderId']}", {"status": "Partial"})
    plan = engine.plan()
    assert {(change.address, change.action.value, change.reason) for change in plan.changes} == {
        ('phone_numbers["+12065550102"]', "forget", "its order failed"),
        ('phone_numbers["+12065550103"]', "create", "is new in the files"),
    }
    engine.applied()
    assert set(stage.times_ordered().values()) == {1}


def test_people_of_two_pools_change_places(engine: Engine, stage: Stage):
    def placed(first: str, second: str) -> dict[str, Any]:
        users = {STAFF[0]: {"phone": {"pool": first}}, STAFF[1]: {"phone": {"pool": second}}}
        pools = {"west": pool(1), "east": pool(1, area_code="212")}
        return {"accounts": {"corp": {"name": "Corp", "users": users}}, "phone_pools": pools}

    engine.write(placed("west", "east"))
    engine.applied()
    engine.write(placed("east", "west"))
    assert engine.applied().writes() == {"DisassociatePhoneNumberFromUser": 2, "AssociatePhoneNumberWithUser": 2}
    assert phones(stage) == {STAFF[0]: "+12125550100", STAFF[1]: "+12065550100"}


def test_a_target_reaches_the_numbers_of_a_pool(engine: Engine, stage: Stage):
    engine.write({"phone_pools": {"west": pool(2), "east": pool(2, area_code="212")}})
    engine.applied(targets=("phone_pools.west",))
    assert in_use(stage) == ["+12065550100", "+12065550101"]
    engine.applied(excludes=("phone_pools.west",))
    assert len(in_use(stage)) == 4


def test_a_pool_that_is_renamed_keeps_its_numbers(engine: Engine, stage: Stage):
    engine.write(corp(STAFF[0], pools={"west": pool(2)}))
    engine.applied()
    blocks = {"phone_pools": {"pacific": pool(2)}, "moved": [{"from": "phone_pools.west", "to": "phone_pools.pacific"}]}
    users: dict[str, Any] = {email: {} for email in STAFF} | {STAFF[0]: {"phone": {"pool": "pacific"}}}
    engine.write({"accounts": {"corp": {"name": "Corp", "users": users}}, **blocks})
    assert engine.applied().writes() == {}
    pools = {one.values.get("pool") for one in engine.recorded().resources.values() if one.kind == "phone_number"}
    assert pools == {"pacific"}


def test_a_pool_that_is_released_leaves_its_numbers_as_they_are(engine: Engine, stage: Stage):
    engine.write({"phone_pools": {"west": pool(2)}})
    engine.applied()
    engine.write({"removed": [{"address": "phone_pools.west", "destroy": False}]})
    assert engine.applied().writes() == {}
    assert engine.recorded().resources == {}
    assert len(in_use(stage)) == 2


def test_numbers_with_blocks_of_their_own_become_a_pool_and_nothing_is_ordered(engine: Engine, stage: Stage):
    engine.write({"phone_numbers": {number: workspaces.number() for number in workspaces.NUMBERS[:2]}})
    engine.applied()
    engine.write({"phone_pools": {"west": pool(2)}})
    assert engine.applied().writes() == {}
    # of another city: nothing in the number tells, so its block says where it belongs
    named = {number: workspaces.number(pool="seattle") for number in workspaces.NUMBERS[:2]}
    engine.write({"phone_numbers": named, "phone_pools": {"seattle": pool(2, city="Seattle", state="WA")}})
    assert engine.applied().writes() == {}


def test_people_get_numbers_of_their_pool_while_it_is_being_ordered(engine: Engine, stage: Stage):
    stage.settings(order_seconds=10)
    engine.write(corp(*STAFF[:2], pools={"west": pool(2)}))
    first = engine.applied()
    assert first.writes() == {"CreatePhoneNumberOrder": 1}
    assert {gate.name for gate in first.summary.gates} == {"ordered"}
    stage.sandbox.advance(11)
    assert engine.applied().writes() == {"AssociatePhoneNumberWithUser": 2}


def test_a_saved_plan_is_stale_once_somebody_has_a_number_that_it_names(engine: Engine, stage: Stage):
    engine.write({"phone_pools": {"west": pool(2)}})
    plan = engine.plan()
    assert {step.item for step in plan.steps} == {"+12065550100", "+12065550101"}
    stage.settings(unavailable_numbers=["+12065550100"])
    with pytest.raises(StalePlan):
        engine.app().apply(saved=plan)
    engine.applied(saved=engine.plan())
    assert in_use(stage) == ["+12065550101", "+12065550102"]


def test_a_search_that_is_not_allowed_is_told_of_the_pool(engine: Engine, stage: Stage):
    engine.sandbox.post("iam", {"deny": ["chime:SearchAvailablePhoneNumbers"]})
    engine.write({"phone_pools": {"west": pool(2)}})
    (unread,) = engine.plan().unread
    assert (unread.address, unread.code) == ("phone_pools.west", "CF-AWS-403")
    assert unread.reason.startswith("2 of 2 numbers: ")


@pytest.mark.parametrize("is_applied", [False, True])
def test_an_inventory_that_cannot_be_read_is_not_empty(engine: Engine, stage: Stage, *, is_applied: bool):
    engine.write(corp(STAFF[0], pools={"west": pool(2)}))
    if is_applied:
        engine.applied()
    engine.sandbox.post("iam", {"deny": ["chime:ListPhoneNumbers"]})
    engine.write(corp(*STAFF[:2], pools={"west": pool(3)}))
    plan = engine.plan()
    assert {one.address for one in plan.unread} >= {"phone_pools.west", "phone_numbers"}
    assert plan.steps == (), "nothing is bought and nothing handed out"


def test_what_a_pool_needs_of_aws_is_what_is_granted(engine: Engine, stage: Stage):
    def actions() -> set[str]:
        policy, _ = engine.app().iam_policy(Command.APPLY)
        return {action for statement in policy.statements for action in statement.actions}

    def applied_with_it() -> None:
        for document in engine.app().iam_policy(Command.APPLY)[0].documents:
            engine.sandbox.post("iam", {"policy": document})
        engine.applied(is_settled=False)
        engine.sandbox.delete("iam")

    engine.write(corp(STAFF[0], pools={"west": pool(3)}))
    assert {"chime:SearchAvailablePhoneNumbers", "chime:CreatePhoneNumberOrder"} <= actions()
    assert "chime:BatchDeletePhoneNumber" not in actions()
    applied_with_it()
    assert "chime:BatchDeletePhoneNumber" not in actions(), "nothing is to be given back"
    engine.write(corp(STAFF[0], pools={"west": pool(2)}))
    assert "chime:BatchDeletePhoneNumber" in actions()
    applied_with_it()
    assert len(in_use(stage)) == 2


def test_numbers_abroad_and_toll_free_ones(engine: Engine, stage: Stage):
    pools = {
        "free": pool(2, "voice-connector", toll_free_prefix="844"),
        "ca": pool(3, "sip-media-application", country="CA", type="local"),
    }
    engine.write({"phone_pools": pools})
    assert engine.applied().writes() == {"CreatePhoneNumberOrder": 2}
    engine.ledger_path.unlink()
    assert engine.applied().writes() == {}


def test_the_number_that_somebody_is_given_by_hand_stays_hers(engine: Engine, stage: Stage):
    engine.write(corp(STAFF[0], pools={"west": pool(2)}))
    engine.applied()
    account, user = stage.account_id("Corp"), stage.users("Corp")[STAFF[0]]["UserId"]
    stage.chime.associate_phone_number_with_user(AccountId=account, UserId=user, E164PhoneNumber="+12065550101")
    assert [one.happened.value for one in engine.drift().objects] == ["changed"]
    assert engine.applied().writes() == {}
    assert phones(stage) == {STAFF[0]: "+12065550101"}


def test_the_quota_of_numbers_is_told(engine: Engine, stage: Stage):
    engine.write({"phone_pools": {"west": pool(2)}})
    engine.applied()
    engine.write({"phone_pools": {"west": pool(1)}})
    engine.applied()
    stage.settings(phone_number_quota=1)
    engine.write({"phone_pools": {"west": pool(2)}})
    (failure,) = engine.applied(ends="failed").failures().values()
    assert "may hold 1 phone numbers" in failure.summary


def test_two_thousand_numbers_are_forty_orders_and_an_empty_plan_is_pages(engine: Engine, stage: Stage):
    areas = ("206", "212", "312", "415")
    engine.write({"phone_pools": {f"a{code}": pool(500, "voice-connector", area_code=code) for code in areas}})
    assert engine.applied(is_settled=False).writes() == {"CreatePhoneNumberOrder": 40}
    before = engine.sandbox.calls()
    assert engine.plan().is_empty
    after = engine.sandbox.calls()
    read = {name: count - before.get(name, 0) for name, count in after.items() if count > before.get(name, 0)}
    assert read == {"ListPhoneNumbers": 21, "ListPhoneNumberOrders": 1}


def test_the_numbers_of_a_pool_follow_its_product_and_its_calling_name(engine: Engine, stage: Stage):
    engine.write({"phone_pools": {"west": pool(3, "voice-connector")}})
    engine.applied()
    engine.write({"phone_pools": {"west": {**pool(3), "calling_name": "Acme West"}}})
    assert engine.applied().writes() == {"BatchUpdatePhoneNumber": 2}
    assert {one["ProductType"] for one in stage.numbers().values()} == {"BusinessCalling"}
    assert {one["CallingName"] for one in stage.numbers().values()} == {"Acme West"}


def test_the_product_of_a_number_that_somebody_has_cannot_follow(engine: Engine, stage: Stage):
    engine.write(corp(STAFF[0], pools={"west": pool(2)}))
    engine.applied()
    engine.write(corp(pools={"west": pool(2, "voice-connector")}))
    assert [(one.code, one.address) for one in engine.plan().refusals] == [
        ("CF-NUM-021", 'phone_numbers["+12065550100"]')
    ]


def test_a_trunk_that_uses_a_number_keeps_it_when_the_ledger_is_lost(engine: Engine, stage: Stage):
    engine.write({"phone_pools": {"trunks": pool(2, "voice-connector")}})
    engine.applied()
    voice = make_client(engine.sandbox.url, "us-east-1")
    connector = voice.create_voice_connector(Name="Trunk", RequireEncryption=True)["VoiceConnector"]["VoiceConnectorId"]
    voice.associate_phone_numbers_with_voice_connector(
        VoiceConnectorId=connector, E164PhoneNumbers=["+12065550100"], ForceAssociate=False
    )
    engine.ledger_path.unlink()
    assert engine.applied().writes() == {}
    engine.write({"phone_pools": {"trunks": pool(1, "voice-connector")}})
    assert engine.applied().writes() == {"BatchDeletePhoneNumber": 1}
    engine.write({"phone_pools": {"trunks": pool(0, "voice-connector")}})
    (refusal,) = engine.plan().refusals
    assert f"VoiceConnectorId {connector}" in refusal.why


def test_a_number_that_could_not_be_had_is_in_no_export(engine: Engine, stage: Stage):
    stage.settings(unavailable_numbers=["+12065550100"])
    stage.chime.create_phone_number_order(
        ProductType="BusinessCalling", E164PhoneNumbers=["+12065550100", "+12065550101"]
    )
    organisation, _ = engine.app().discover()
    assert [one.address.name for one in organisation.found if one.kind.kind == "phone_number"] == ["+12065550101"]
