"""A plan that was saved is done as it stands, or refused with the fact that moved."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chimeform.errors import StalePlan
from chimeform.plan import Plan
from tests import workspaces
from tests.engine.engine import Engine
from tests.engine.stage import Stage


def saved(engine: Engine) -> Plan:
    return Plan.from_json(engine.plan().to_json())


def test_a_saved_plan_is_done_exactly(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    plan = saved(engine)
    applied = engine.applied(saved=plan)
    assert applied.plan.fingerprint == plan.fingerprint
    assert {step.id for step in plan.steps} == set(applied.summary.done)


def stale(engine: Engine, plan: Plan) -> str:
    before = engine.sandbox.calls()
    with pytest.raises(StalePlan) as caught:
        engine.app().apply(saved=plan)
    after = engine.sandbox.calls()
    moved = {name for name in after if after[name] != before.get(name, 0)}
    assert all(name.startswith(("List", "Get")) for name in moved)
    assert caught.value.exit_code == 4
    return caught.value.summary


def test_a_plan_is_good_for_one_apply(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    plan = saved(engine)
    engine.applied(saved=plan)
    assert "something was applied since" in stale(engine, plan)


def test_an_apply_that_finds_nothing_to_do_leaves_saved_plans_alone(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    engine.applied()
    engine.applied()  # what the first could not know yet: the ids of invited people, and that they are waited for
    before = engine.recorded()
    engine.applied()
    assert engine.recorded() == before


def give_another_license(stage: Stage) -> None:
    item = {"UserId": stage.users("Corp")["user0@corp.example"]["UserId"], "LicenseType": "Basic"}
    stage.chime.batch_update_user(AccountId=stage.account_id("Corp"), UpdateUserRequestItems=[item])


def forbid_reading(stage: Stage) -> None:
    stage.sandbox.post("iam", {"deny": ["chime:ListUsers"]})


@pytest.mark.parametrize(
    ("move", "fact"),
    [
        (give_another_license, "license was 'pro' and is 'basic' now"),
        (forbid_reading, "cannot be read now"),
    ],
)
def test_a_live_object_that_moved_is_named(engine: Engine, stage: Stage, move: Callable[[Stage], None], fact: str):
    stage.corp()
    engine.write(workspaces.company())
    plan = saved(engine)
    move(stage)
    assert fact in stale(engine, plan)


def test_an_account_that_became_another_type_makes_the_same_call_mean_something_else(engine: Engine, stage: Stage):
    emails = workspaces.people(2)
    engine.write({"accounts": {"acme": workspaces.team("Acme", emails)}})
    engine.applied()
    engine.write({"accounts": {"acme": workspaces.team("Acme", emails[:1])}})
    plan = saved(engine)
    stage.claim(stage.account_id("Acme"), "acme.example")
    assert "has other consequences now: suspension" in stale(engine, plan)


def test_a_gate_that_opened_since_is_a_moved_fact(engine: Engine, stage: Stage):
    emails = workspaces.people(2)
    engine.write({"accounts": {"acme": {"name": "Acme", "users": {email: {"license": "basic"} for email in emails}}}})
    engine.applied()
    engine.applied()
    plan = saved(engine)
    stage.accept(emails[0])
    assert f'accounts.acme.users["{emails[0]}"] was to wait and would update now' in stale(engine, plan)
