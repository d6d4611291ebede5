"""A service that is slow, busy or failing: runs take longer, and fail only where the service does not recover."""

from __future__ import annotations

from typing import Any

import pytest

from tests import workspaces
from tests.engine.engine import Engine, is_write
from tests.engine.stage import Stage


def fault(kind: str, operation: str = "*", **rest: Any) -> dict[str, Any]:
    return {"operation": operation, "kind": kind, **rest}


def hits(engine: Engine) -> list[int]:
    """How many calls each fault has hit."""
    return [one["hits"] for one in engine.sandbox.get("faults")]


@pytest.mark.parametrize(("rate", "times"), [(0.3, 8), (0.7, 12)])
def test_a_throttled_run_takes_longer_and_does_not_fail(engine: Engine, stage: Stage, rate: float, times: int):
    stage.corp()
    engine.write(workspaces.company())
    engine.sandbox.add_faults(fault("throttle", rate=rate, times=times))
    applied = engine.applied()
    assert applied.throttled() == sum(one["status"] == 429 for one in applied.log) > 0
    assert applied.looks() == {}, "a throttled call did not happen, and nobody has to look"
    (hit,) = hits(engine)
    assert hit >= applied.throttled(), "nothing beneath the engine repeats calls"


def test_a_call_is_sent_again_only_after_it_was_throttled(engine: Engine, stage: Stage):
    """Two complaints about each operation: three calls in place of one, and no more."""
    engine.write({"accounts": {"branch": workspaces.team("Branch", workspaces.people(3))}})
    engine.sandbox.add_faults(*(fault("throttle", name, times=2) for name in ("CreateAccount", "InviteUsers")))
    applied = engine.applied()
    assert [one["operation"] for one in applied.log if is_write(one["operation"])] == [
        *["CreateAccount"] * 3,
        *["InviteUsers"] * 3,
    ]
    assert applied.writes() == {"CreateAccount": 1, "InviteUsers": 1}


def test_items_that_the_service_has_no_time_for_are_sent_again(engine: Engine, stage: Stage):
    staff = workspaces.people(30, "corp.example")
    stage.enterprise("Corp", "corp.example", staff)
    corp = {"name": "Corp", "users": {email: {"license": "basic"} for email in staff}}
    numbers = {name: workspaces.number(calling_name="Acme Sales") for name in workspaces.NUMBERS[:30]}
    engine.write({"accounts": {"corp": corp}, "phone_numbers": numbers})
    engine.sandbox.add_faults(fault("partial", rate=0.5, code="Throttled", times=3))
    applied = engine.applied()
    assert hits(engine) == [3]
    assert applied.throttled() == 3
    assert applied.looks() == {}, "an item that had no time did not happen, and nobody has to look"


@pytest.mark.parametrize("operation", ["ListAccounts", "ListUsers", "GetRetentionSettings", "ListPhoneNumberOrders"])
def test_a_read_that_fails_now_and_then_is_repeated(engine: Engine, stage: Stage, operation: str):
    stage.corp()
    engine.write(workspaces.company())
    engine.sandbox.add_faults(fault("error", operation, times=2))
    engine.applied()
    assert hits(engine) == [2]


def test_a_read_that_keeps_failing_stops_its_own_objects_only(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    engine.sandbox.add_faults(fault("error", "ListPhoneNumbers"))
    applied = engine.applied(is_settled=False)
    unread = {one.address: one.code for one in applied.plan.unread}
    assert unread == {f'phone_numbers["{number}"]': "CF-OBS-001" for number in workspaces.NUMBERS[:3]}
    assert "CreatePhoneNumberOrder" not in applied.writes()
    engine.sandbox.delete("faults")
    assert engine.applied().writes()["CreatePhoneNumberOrder"] == 1


def test_a_write_that_failed_inside_the_service_is_looked_up_and_sent_again(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    engine.sandbox.add_faults(
        *(fault("error", name, times=1) for name in ("CreateBot", "CreateAccount", "InviteUsers"))
    )
    applied = engine.applied()
    assert set(applied.looks().values()) == {False}
    assert applied.writes()["CreateBot"] == 2
    assert stage.bot_names("Corp") == ["HelpDesk", "Sales"]


def test_a_write_that_keeps_failing_is_a_known_failure_once_a_look_shows_nothing(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    engine.sandbox.add_faults(fault("error", "CreateAccount"))
    applied = engine.applied(ends="failed")
    failure = applied.failures()["accounts.branch"]
    assert "nothing had happened" in failure.why
    assert failure.request_id
    assert engine.recorded().open_intents == ()
    branch = {step for step in applied.summary.not_reached if step.startswith("accounts.branch")}
    assert branch == applied.summary.not_reached.keys()
    assert "CreateBot" in applied.writes(), "the rest goes on"
    engine.sandbox.delete("faults")
    assert engine.applied().writes()["CreateAccount"] == 1


def test_a_slow_service_changes_nothing(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    engine.sandbox.add_faults(fault("latency", latency_ms=30))
    applied = engine.applied()
    assert applied.writes().items() >= applied.plan.writes.items()
    assert applied.looks() == {}
