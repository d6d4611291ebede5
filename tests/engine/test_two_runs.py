"""Two applies at once, and runs that are stopped by whoever started them."""

from __future__ import annotations

import threading

import pytest

from chimeform.errors import LedgerLocked
from chimeform.events import CallStarted, Event, StepDone
from chimeform.planned import RefusedPlan
from tests import workspaces
from tests.engine.applier_process import Applier
from tests.engine.engine import Engine
from tests.engine.stage import Stage


def test_of_several_applies_at_once_exactly_one_proceeds(engine: Engine, stage: Stage, applier: Applier):
    stage.corp()
    engine.write(workspaces.company())
    engine.sandbox.add_faults({"operation": "*", "kind": "latency", "latency_ms": 20})
    reports = applier.apply_all(*[engine.root] * 4)
    errors = [report for report in reports if report["error"]]
    assert len(errors) == 3
    for report in errors:
        assert (report["error"], report["code"], report["exit_code"]) == ("LedgerLocked", "CF-LED-002", 1)
        assert "process " in report["summary"], "it names who holds it"
        assert report["do"]
    writes = engine.sandbox.calls()
    assert (writes["CreateAccount"], writes["CreateBot"], writes["InviteUsers"]) == (2, 2, 1)
    assert set(stage.times_ordered().values()) == {1}
    engine.check_settled()


def test_the_one_that_comes_later_is_told_who_is_at_work(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    told: list[LedgerLocked] = []

    def try_too(event: Event) -> None:
        if isinstance(event, CallStarted) and not told:
            assert engine.plan().steps, "a plan needs no lock"
            with pytest.raises(LedgerLocked) as caught:
                engine.app().apply()
            told.append(caught.value)

    engine.applied(on=try_too)
    assert "jane on here" in told[0].summary
    assert "apply" in told[0].summary


def test_a_run_that_is_stopped_finishes_what_is_in_flight_and_goes_on_next_time(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    stop = threading.Event()

    def stop_it(event: Event) -> None:
        if isinstance(event, StepDone):
            stop.set()

    applied = engine.applied(ends="interrupted", stop=stop, on=stop_it)
    assert applied.summary.done
    assert applied.summary.not_reached
    assert engine.recorded().open_intents == ()
    started = {address for event in applied.events if isinstance(event, CallStarted) for address in event.addresses}
    assert started == {step.rpartition("#")[0] for step in applied.summary.done}
    assert engine.history()[0].result == "interrupted"
    rest = engine.applied()
    assert {step.id for step in rest.plan.steps}.isdisjoint(applied.summary.done)


def test_a_refused_plan_does_nothing(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())
    engine.applied()
    engine.write({"guardrails": {"max_deletes": 1}})
    before = engine.sandbox.calls()
    recorded = engine.recorded()
    with pytest.raises(RefusedPlan) as caught:
        engine.app().apply()
    assert caught.value.exit_code == 4
    assert caught.value.planned.plan.refusals[0].code == "CF-GRD-003"
    after = engine.sandbox.calls()
    assert {name for name in after if after[name] != before.get(name)} == {
        name for name in after if name.startswith(("List", "Get"))
    }
    assert engine.recorded() == recorded
