"""Rules that are about time, with the service's clock moved instead of waited for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests import workspaces
from tests.engine.engine import Engine
from tests.engine.stage import Stage

DAY = 86_400
NUMBER = "+12065550100"
ADDRESS = f'phone_numbers["{NUMBER}"]'


def default_name(name: str) -> dict[str, Any]:
    return {"settings": {"calling_name": name}}


def number(**values: Any) -> dict[str, Any]:
    return {"phone_numbers": {NUMBER: {"product": "business-calling", **values}}}


def test_the_default_calling_name_waits_for_its_seven_days_and_says_until_when(engine: Engine, stage: Stage):
    engine.write(default_name("Acme"))
    engine.applied()
    engine.write(default_name("Acme Inc"))
    plan = engine.plan()
    assert plan.is_empty
    (gate,) = plan.gates
    assert (gate.who, gate.holds) == ("clock", ("settings.calling_name",))
    changed = stage.chime.get_phone_number_settings()["CallingNameUpdatedTimestamp"]
    assert gate.opens_at is not None
    assert datetime.fromisoformat(gate.opens_at) == changed + timedelta(days=7)
    assert [entry.at for entry in plan.calendar if entry.text.startswith("opens")] == [gate.opens_at]

    stage.sandbox.advance(6 * DAY)
    assert engine.plan().is_empty
    stage.sandbox.advance(DAY + 5)
    applied = engine.applied()
    assert applied.writes() == {"UpdatePhoneNumberSettings": 1}
    assert stage.chime.get_phone_number_settings()["CallingName"] == "Acme Inc"


def test_a_number_comes_back_from_the_queue_without_a_new_order(engine: Engine, stage: Stage):
    engine.write(number())
    engine.applied()
    engine.write({})
    engine.applied()
    stage.sandbox.advance(6 * DAY)
    engine.write(number(calling_name="Acme Sales"))
    applied = engine.applied()
    assert applied.actions() == {ADDRESS: "restore"}
    assert applied.writes() == {"RestorePhoneNumber": 1, "BatchUpdatePhoneNumber": 1}
    assert stage.times_ordered() == {NUMBER: 1}


def test_a_number_that_left_the_queue_has_to_be_ordered_again(engine: Engine, stage: Stage):
    engine.write(number())
    engine.applied()
    engine.write({})
    engine.applied()
    stage.sandbox.advance(7 * DAY + 5)
    engine.write(number())
    assert engine.applied().actions() == {ADDRESS: "create"}
    assert stage.times_ordered() == {NUMBER: 2}


def test_a_pending_calling_name_is_no_drift_and_holds_the_next_one_back(engine: Engine, stage: Stage):
    stage.settings(calling_name_seconds=3600)
    engine.write(number(calling_name="Acme Sales"))
    engine.applied()
    assert not engine.plan().changes
    engine.write(number(calling_name="Acme Help"))
    assert engine.plan().is_empty
    stage.sandbox.advance(3605)
    assert engine.applied().writes() == {"BatchUpdatePhoneNumber": 1}
    stage.sandbox.advance(3605)
    assert engine.plan().is_empty
    assert stage.numbers()[NUMBER]["CallingName"] == "Acme Help"


def test_an_order_that_takes_its_time_is_waited_for_in_the_next_apply(engine: Engine, stage: Stage):
    stage.settings(order_seconds=10)
    engine.write(number(calling_name="Acme Sales"))
    first = engine.applied()
    assert first.writes() == {"CreatePhoneNumberOrder": 1}
    assert [gate.name for gate in first.summary.gates] == ["ordered"]
    stage.sandbox.advance(11)
    assert engine.applied().writes() == {"BatchUpdatePhoneNumber": 1}


# ---------------------------------------------------------------- people for a while


def until(day: date, *people: str) -> dict[str, Any]:
    """An Enterprise account whose people are declared until a day."""
    users = {email: {"lifecycle": {"expires": day.isoformat()}} for email in people}
    return {"accounts": {"corp": {"name": "Corp", "users": users}}}


def test_somebody_expires_with_the_first_moment_of_the_day_by_the_service_s_clock(engine: Engine, stage: Stage):
    people = workspaces.people(3, "corp.example")
    stage.enterprise("Corp", "corp.example", people)
    now = datetime.now(UTC)
    day = (now + timedelta(days=31)).date()
    begins = datetime.combine(day, datetime.min.time(), UTC)
    engine.write(until(day, *people))
    assert engine.applied().plan.calendar == (), "more than thirty days ahead nobody needs to know"
    stage.sandbox.advance((begins - now).total_seconds() - DAY)
    (entry,) = engine.plan().calendar
    assert (entry.at, entry.address) == (begins.isoformat(), "accounts.corp.users")
    assert entry.text == "user0@corp.example and 2 more expire: the first apply from then on retires them"
    stage.sandbox.advance(DAY - 60)
    assert engine.plan().is_empty, "it is still the day before"
    stage.sandbox.advance(120)
    applied = engine.applied()
    assert applied.plan.calendar == ()
    assert {change.reason for change in applied.plan.changes} == {"has expired"}
    assert applied.writes() == {"BatchSuspendUser": 1}
    assert {one["UserRegistrationStatus"] for one in stage.users("Corp").values()} == {"Suspended"}


def test_who_expires_before_accepting_is_taken_back_and_waits_no_more(engine: Engine, stage: Stage):
    day = (datetime.now(UTC) + timedelta(days=2)).date()
    users = {"jane@home.example": {"license": "basic", "lifecycle": {"expires": day.isoformat()}}}
    engine.write({"accounts": {"branch": {"name": "Branch", "users": users}}})
    engine.applied()
    stage.sandbox.advance(3 * DAY)
    applied = engine.applied()
    assert applied.writes() == {"BatchSuspendUser": 1}
    assert (applied.summary.gates, stage.users("Branch")) == ((), {})


def test_a_calling_name_that_carriers_do_not_take_is_told_and_tried_once_more(engine: Engine, stage: Stage):
    stage.settings(calling_name_seconds=3600, refused_calling_names=["Acme Sales"])
    engine.write(number(calling_name="Acme Sales"))
    engine.applied()
    assert engine.plan().is_empty, "nobody knows yet how it ends"
    stage.sandbox.advance(3605)
    (change,) = engine.plan().changes
    assert [one.text for one in change.consequences] == [
        "the last change of the name failed; callers see the new name after up to 72 hours"
    ]
    stage.settings(refused_calling_names=[])
    assert engine.applied().writes() == {"BatchUpdatePhoneNumber": 1}
    assert engine.plan().is_empty, "and it is not sent again before that is through"
    stage.sandbox.advance(3605)
    assert engine.plan().is_empty
    assert stage.numbers()[NUMBER]["CallingName"] == "Acme Sales"


def test_a_declared_number_that_could_not_be_had_is_told_and_not_ordered_again(engine: Engine, stage: Stage):
    stage.settings(unavailable_numbers=[NUMBER])
    engine.write(number())
    engine.applied(is_settled=False)
    (unread,) = engine.plan().unread
    assert (unread.address, unread.code) == (ADDRESS, "CF-NUM-022")
    engine.applied(is_settled=False)
    assert stage.times_ordered() == {NUMBER: 1}
    engine.write({})
    assert engine.applied().actions() == {ADDRESS: "forget"}
