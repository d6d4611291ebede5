"""Settings that only the console has: a gate in place of a step, and a person's word in place of a live value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from chimeform.address import Address
from chimeform.confirming import check_told, confirmation
from chimeform.errors import Refused, UsageError
from chimeform.plan import Action, Cause, Plan, PlannedGate
from chimeform.recorded import Confirmation, Recorded, RecordedGate
from tests.planning.building import ACCOUNT, TEAM, desired, live, plan_of, recorded

MEETINGS = f"{ACCOUNT}.meetings"
TOLD = Confirmation("jane", "2026-03-01T12:00:00+00:00")


class Seen:
    """A plan with what it was made from, as `chimeform.confirming` wants it."""

    def __init__(self, plan: Plan, record: Recorded, world: Any) -> None:
        self.plan, self.recorded, self.live = plan, record, world


def plan(meetings: Mapping[str, Any], *, record: Mapping[str, Any] | None = None, seen: Mapping[str, Any]) -> Plan:
    known = {ACCOUNT: {"name": "Acme"}, **({MEETINGS: record} if record is not None else {})}
    return plan_of(
        desired({ACCOUNT: {"name": "Acme"}, MEETINGS: meetings}),
        recorded(known),
        live({ACCOUNT: TEAM, MEETINGS: {"id": None, **seen}}),
    )


def test_what_nobody_confirmed_waits_for_a_person_and_keeps_nothing_else_from_being_done():
    found = plan({"call_me": True, "regions": ["us-west-2", "eu-west-1"]}, seen={"call_me": False})
    assert [step.operation for step in found.runnable] == ["UpdateAccountSettings"]
    (gate,) = found.gates
    assert (gate.who, gate.confirms, gate.holds) == (
        "operator",
        {"regions": ["eu-west-1", "us-west-2"]},
        (MEETINGS,),
    )
    assert any("eu-west-1, us-west-2" in step for step in gate.steps), "the exact values"
    assert any("Accounts, then Acme" in step for step in gate.steps), "the exact place"
    (change,) = (one for one in found.changes if one.address == MEETINGS)
    assert change.action is Action.UPDATE
    assert change.settled == {}, "neither what a step brings about nor what nobody confirmed is settled"


def test_alone_it_is_nothing_that_an_apply_could_do():
    found = plan({"regions": ["us-east-1"]}, record={}, seen={})
    assert [change.action for change in found.changes] == [Action.WAIT]
    assert found.is_empty
    assert found.changes[0].fields[0].before_text == "(not confirmed)"


def test_what_was_confirmed_is_not_asked_again():
    values = {"regions": ["us-east-1"], "slack_sign_in": False}
    found = plan(values, record=values, seen=values)
    assert (found.changes, found.gates) == ((), ())


def test_a_changed_declaration_asks_anew_and_only_for_what_changed():
    before = {"regions": ["us-east-1"], "slack_sign_in": False}
    found = plan({**before, "regions": "all"}, record=before, seen=before)
    (gate,) = found.gates
    assert (gate.name, gate.confirms) == ("regions", {"regions": "all"})
    assert any("all available Regions" in step for step in gate.steps)
    (field,) = found.changes[0].fields
    assert (field.cause, field.before_text) == (Cause.OURS, "us-east-1")


def test_the_order_of_regions_is_no_change():
    values = {"regions": ["eu-west-1", "us-east-1"]}
    assert plan({"regions": ["us-east-1", "eu-west-1", "us-east-1"]}, record=values, seen=values).gates == ()


def test_a_setting_without_a_value_is_not_declared():
    assert plan({"regions": None, "slack_sign_in": None}, record={}, seen={}).gates == ()


def test_a_setting_that_is_ignored_is_not_asked_for():
    assert plan({"regions": "all", "lifecycle": {"ignore": ["regions"]}}, record={}, seen={}).gates == ()


# ---------------------------------------------------------------- confirming


def seen(meetings: Mapping[str, Any], world: Mapping[str, Any]) -> Seen:
    record = recorded({ACCOUNT: {"name": "Acme"}, MEETINGS: {"call_me": True}})
    other = RecordedGate("other~gate", Address.parse(ACCOUNT), "2026-01-01")
    waiting = RecordedGate(f"{MEETINGS}~regions", Address.parse(MEETINGS), "2026-01-01")
    record = Recorded("lineage", 7, record.resources, {one.id: one for one in (other, waiting)})
    around = live(world)
    return Seen(plan_of(desired({ACCOUNT: {"name": "Acme"}, MEETINGS: meetings}), record, around), record, around)


def gates_of(found: Seen, *names: str) -> list[PlannedGate]:
    return [gate for gate in found.plan.gates if gate.name in names]


HERE = {ACCOUNT: TEAM, MEETINGS: {"id": None, "call_me": True}}


def test_a_confirmation_is_kept_with_who_and_when_beside_what_is_known_already():
    found = seen({"call_me": True, "regions": ["us-east-1"], "slack_sign_in": True}, HERE)
    amendment = confirmation(found, gates_of(found, "regions"), TOLD)
    (record,) = amendment.put
    assert record.values == {"call_me": True, "regions": ["us-east-1"]}
    assert record.confirmed == {"regions": TOLD}
    assert amendment.gates is not None
    assert [gate.id for gate in amendment.gates] == ["other~gate"], "it waits no longer"


def test_two_settings_of_one_resource_are_confirmed_together():
    found = seen({"regions": "all", "slack_sign_in": True}, HERE)
    (record,) = confirmation(found, gates_of(found, "regions", "slack_sign_in"), TOLD).put
    assert record.confirmed.keys() == {"regions", "slack_sign_in"}
    assert record.values == {"call_me": True, "regions": "all", "slack_sign_in": True}


def test_nobody_has_set_anything_in_an_account_that_does_not_exist():
    found = seen({"regions": "all"}, {ACCOUNT: None, MEETINGS: None})
    with pytest.raises(Refused) as refused:
        confirmation(found, gates_of(found, "regions"), TOLD)
    assert refused.value.code == "CF-CNF-001"


@pytest.mark.parametrize("said", ["us-east-1,eu-west-1", "eu-west-1, us-east-1"])
def test_what_is_said_to_be_set_has_to_be_what_is_declared(said: str):
    found = seen({"regions": ["us-east-1", "eu-west-1"]}, HERE)
    check_told(gates_of(found, "regions"), {"regions": said})
    with pytest.raises(UsageError) as refused:
        check_told(gates_of(found, "regions"), {"regions": "us-east-1"})
    assert refused.value.code == "CF-CNF-003"
    with pytest.raises(UsageError) as unknown:
        check_told(gates_of(found, "regions"), {"region": said})
    assert unknown.value.code == "CF-USE-009"
