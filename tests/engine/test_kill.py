"""An apply that is killed: the next one converges, with no duplicate and nothing lost."""

from __future__ import annotations

import random
import shutil
import signal
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from tests import workspaces
from tests.engine.applier_process import Applier
from tests.engine.engine import IN_EFFECT, Engine
from tests.engine.stage import Stage

TRIALS = 100
"""Applies that were killed; those that ended in time come on top."""
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
        assert stage.bot_names("Corp") == ["HelpDesk", "Sales"], told
        assert stage.times_ordered() == dict.fromkeys(BLOCKS["phone_numbers"], 1), told
        taken = Counter(one["operation"] for one in self.engine.sandbox.log() if one["status"] in IN_EFFECT)
        assert {name: taken[name] for name in ONCE} == {"CreateAccount": 2} | dict.fromkeys(ONCE[1:], 1), told
        assert self.engine.recorded().open_intents == (), told


@pytest.fixture
def trials(applier: Applier, engine: Engine, stage: Stage) -> Trials:
    return Trials(engine, stage, applier)


def converges(trials: Trials, told: object) -> Mapping[str, Any]:
    ended = trials.apply()
    assert not ended["error"], (told, ended)
    assert ended["failed"] == ended["not_reached"] == {}, (told, ended)
    trials.check(told)
    return ended


def test_an_apply_killed_at_any_moment_that_matters_converges(trials: Trials):
    """All of them: after each write of the ledger and after each answer, before anything else can happen."""
    trials.begin()
    whole = trials.apply(parallelism=1)
    trials.check("whole")
    moments = whole["moments"]
    assert len(moments) > 3 * len(whole["started"]) > 40
    for number in range(1, len(moments) + 1):
        trials.begin()
        killed = trials.apply(parallelism=1, dies_at=number)
        assert killed["signal"] == signal.SIGKILL, (number, killed)
        converges(trials, (number, moments[number - 1]))
    trials.engine.check_settled()


def test_an_apply_killed_at_random_converges(trials: Trials):
    """Kills fall everywhere: while it plans, after calls, and while one is on its way (a few milliseconds)."""
    chance = random.Random(20270131)
    latency = {"operation": "*", "kind": "latency", "latency_ms": 4}
    trials.begin()
    moments = len(trials.apply()["moments"])
    ends: Counter[str] = Counter()
    while ends["in flight"] + ends["at rest"] < TRIALS:
        trials.begin()
        trials.engine.sandbox.add_faults(latency)
        is_planning = chance.random() < 0.1
        point = (0, chance.uniform(0, 0.06)) if is_planning else (chance.randrange(moments), chance.uniform(0, 0.008))
        killed = trials.apply(kill_after=point)
        left = trials.engine.recorded().open_intents
        ends["too late" if not killed["signal"] else "in flight" if left else "at rest"] += 1
        converges(trials, (ends, point, left))
    assert ends["in flight"]
    assert ends["at rest"]
    trials.engine.check_settled()
