"""An apply that is killed: the next one converges, with no duplicate and nothing lost."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from tests import workspaces
from tests.engine.applier_process import Applier
from tests.engine.engine import Engine
from tests.engine.stage import Stage

TRIALS = 120
BLOCKS = workspaces.company(3, numbers=2)
ONCE = ("CreateAccount", "CreatePhoneNumberOrder", "InviteUsers", "UpdatePhoneNumberSettings")
"""Operations that a company takes once, and whose repetition would be a second account, order, e-mail, or a refusal."""


class Trials:
    """One company, brought about again and again from nothing."""

    def __init__(self, engine: Engine, stage: Stage, applier: Applier) -> None:
        self.engine, self.stage, self.applier = engine, stage, applier
        engine.write(BLOCKS)

    def begin(self) -> None:
        sandbox = self.engine.sandbox
        sandbox.reset()
        sandbox.post("settings", {"order_seconds": 0, "calling_name_seconds": 0})
        self.stage.corp()
        shutil.rmtree(self.engine.ledger_path.parent, ignore_errors=True)

    def apply(self, **how: Any) -> dict[str, Any]:
        return self.applier.apply(self.engine.root, **how)

    def check(self, told: object) -> None:
        """What there is after the next run: everything that is declared, and each thing once."""
        stage = self.stage
        assert Counter(one["Name"] for one in stage.accounts()) == {"Corp": 1, "Branch": 1}, told
        invited = workspaces.people(3, "branch.example")
        assert sorted(stage.users("Branch")) == invited, told
        assert Counter(one["DisplayName"].removesuffix(" (Bot)") for one in stage.bots("Corp")) == {"HelpDesk": 1, "Sales": 1}, told
        assert stage.times_ordered() == {name: 1 for name in BLOCKS["phone_numbers"]}, told
        taken = Counter(one["operation"] for one in self.engine.sandbox.log() if one["status"] in (None, 200, 201, 204))
        assert {name: taken[name] for name in ONCE} == {"CreateAccount": 2} | dict.fromkeys(ONCE[1:], 1), told
        assert self.engine.recorded().open_intents == (), told


@pytest.fixture
def trials(engine: Engine, stage: Stage, applier: Applier) -> Trials:
    return Trials(engine, stage, applier)


def converges(trials: Trials, told: object) -> Mapping[str, Any]:
    ended = trials.apply()
    assert not ended["error"], (told, ended)
    assert ended["failed"] == ended["not_reached"] == {}, (told, ended)
    trials.check(told)
    return ended


def test_an_apply_killed_at_any_moment_around_a_write_converges(trials: Trials):
    """Every moment there is: before and after each write of the ledger, before and after each write call."""
    trials.begin()
    whole = trials.apply(parallelism=1)
    trials.check("whole")
    moments = whole["moments"]
    assert len(moments) > 60
    for number in range(1, len(moments) + 1):
        trials.begin()
        killed = trials.apply(parallelism=1, kill_at=number)
        assert killed["signal"] == 9, (number, killed)
        converges(trials, (number, moments[number - 1]))
    plan = trials.engine.check_settled()
    assert plan.catch_up == ()


def test_an_apply_killed_at_random_converges(trials: Trials):
    """The kills fall everywhere in the run, also while a call is on its way: each takes some milliseconds."""
    chance = random.Random(20270131)
    latency = {"operation": "*", "kind": "latency", "latency_ms": 4}
    trials.begin()
    trials.engine.sandbox.add_faults(latency)
    whole = trials.apply()["seconds"]
    ends: Counter[str] = Counter()
    for trial in range(TRIALS):
        trials.begin()
        trials.engine.sandbox.add_faults(latency)
        after = whole * (trial + chance.random()) / TRIALS
        killed = trials.apply(kill_after=after)
        ends["killed" if killed["signal"] == 9 else "ended"] += 1
        begun = sum(trials.engine.sandbox.calls().values()) > 4
        left = trials.engine.recorded().open_intents if begun else ()
        ends["in flight"] += bool(left)
        converges(trials, (trial, after, left))
    assert ends["killed"] > TRIALS * 0.6
    assert ends["in flight"] > TRIALS * 0.1
    trials.engine.check_settled()
