"""The ledger against the simplest thing that could be one: dictionaries. Two clients, failures and refusals."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chimeform.address import Address
from chimeform.errors import LedgerError, LedgerLocked
from chimeform.journal import Intent, Outcome, PlannedEffect, Settled, Verdict
from chimeform.ledger.base import Amendment, Ledger, RunRecord
from chimeform.recorded import RecordedGate, RecordedResource
from tests.ledger.backends import OPENERS, lock_info

AT = "2027-01-31T12:00:00Z"
NAMES = st.sampled_from(["jane", "omar", "Zoë", 'a"b', "x\\y", "", "a.b", "\u2028"])
ADDRESSES = st.builds(lambda *parts: Address(parts), st.just("accounts"), NAMES, NAMES)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
VALUES = st.dictionaries(st.text(max_size=3), JSON, max_size=3)
RESOURCES = st.builds(
    RecordedResource, ADDRESSES, st.just("user"), st.none() | st.just("id-1"), VALUES, st.booleans(), st.just(AT)
)
GATES = st.builds(RecordedGate, NAMES, ADDRESSES, st.just(AT))
EFFECTS = st.lists(
    st.builds(PlannedEffect, NAMES, ADDRESSES, st.just("user"), st.just("create"), st.booleans(), VALUES),
    max_size=3,
    unique_by=lambda effect: effect.step,
)


class LedgerMachine(RuleBasedStateMachine):
    backend: str

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.resources: dict[Address, RecordedResource] = {}
        self.gates: dict[str, RecordedGate] = {}
        self.intents: dict[int, Intent] = {}
        self.open: set[tuple[int, str]] = set()
        self.runs: dict[str, RunRecord] = {}
        self.serial = 0
        self.lineage = ""
        self.lock: Any = None
        self.locks = 0

    @initialize()
    def start(self) -> None:
        self.writer, self.reader = self.connect(), self.connect()

    def connect(self) -> Ledger:
        return OPENERS[self.backend](self.folder.name)

    def teardown(self) -> None:
        if hasattr(self, "writer"):
            self.writer.close()
            self.reader.close()
        self.folder.cleanup()

    def steps(self, data: st.DataObject) -> list[tuple[int, str]]:
        known = [(intent.id, effect.step) for intent in self.intents.values() for effect in intent.effects]
        return data.draw(st.lists(st.sampled_from(known), max_size=3)) if known else []

    def amendment(self, data: st.DataObject) -> Amendment:
        return Amendment(
            put=tuple(data.draw(st.lists(RESOURCES, max_size=3, unique_by=lambda one: one.address))),
            forget=tuple(data.draw(st.lists(ADDRESSES, max_size=2))),
            outcomes=tuple(
                Outcome(intent, step, data.draw(st.sampled_from(Verdict)), AT) for intent, step in self.steps(data)
            ),
            settled=tuple(Settled(intent, step, data.draw(st.booleans()), AT) for intent, step in self.steps(data)),
            gates=data.draw(st.none() | st.lists(GATES, max_size=2, unique_by=lambda gate: gate.id).map(tuple)),
        )

    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        amendment = self.amendment(data)
        self.serial += 1
        assert self.writer.commit(amendment) == self.serial
        for address in amendment.forget:
            self.resources.pop(address, None)
        self.resources.update({one.address: one for one in amendment.put})
        if amendment.gates is not None:
            self.gates = {gate.id: gate for gate in amendment.gates}
        self.open -= {(one.intent, one.step) for one in amendment.outcomes if one.verdict is not Verdict.UNKNOWN}
        self.open -= {(one.intent, one.step) for one in amendment.settled}

    @rule(data=st.data())
    def commit_that_fails_half_way(self, data: st.DataObject) -> None:
        good = self.amendment(data)
        never_announced = Outcome(10**6, "x", Verdict.DONE, AT)
        with pytest.raises(LedgerError):
            self.writer.commit(Amendment(good.put, good.forget, (*good.outcomes, never_announced), (), good.gates))

    @rule(run=NAMES, effects=EFFECTS)
    def append(self, run: str, effects: list[PlannedEffect]) -> None:
        intent = self.writer.append(run, "InviteUsers", AT, effects)
        assert intent.id not in self.intents
        assert intent == Intent(intent.id, run, "InviteUsers", AT, tuple(effects))
        self.intents[intent.id] = intent
        self.open |= {(intent.id, effect.step) for effect in effects}

    @rule(run=NAMES)
    def begin_run(self, run: str) -> None:
        record = RunRecord(run, "apply", "jane", AT, None, "running")
        self.writer.begin_run(record)
        self.runs[run] = record

    @rule(run=NAMES)
    def end_run(self, run: str) -> None:
        record = RunRecord(run, "apply", "jane", AT, AT, "done", {"done": 1})
        self.writer.end_run(record)
        self.runs[run] = record
        kept = set(list(self.runs)[-3:])
        alive = {intent for intent, _ in self.open}
        self.intents = {id_: one for id_, one in self.intents.items() if one.run in kept or id_ in alive}

    @precondition(lambda self: self.lock is None)
    @rule()
    def take_lock(self) -> None:
        self.locks += 1
        self.lock = self.writer.lock(lock_info(f"lock-{self.locks}"))
        self.lock.__enter__()

    @precondition(lambda self: self.lock is not None)
    @rule(data=st.data())
    def be_refused(self, data: st.DataObject) -> None:
        assert self.reader.holder() == lock_info(f"lock-{self.locks}")
        with pytest.raises(LedgerLocked):
            self.reader.commit(self.amendment(data))

    @precondition(lambda self: self.lock is not None)
    @rule()
    def release_lock(self) -> None:
        self.lock.__exit__(None, None, None)
        self.lock = None
        assert self.reader.holder() is None

    @rule()
    def close_in_the_middle(self) -> None:
        self.writer.close()

    @precondition(lambda self: self.lock is None)
    @rule()
    def change_places(self) -> None:
        self.writer, self.reader = self.reader, self.writer

    @rule()
    def a_newcomer(self) -> None:
        self.reader.close()
        self.reader = self.connect()

    @invariant()
    def both_read_what_the_model_says(self) -> None:
        recorded = self.reader.read()
        assert recorded == self.writer.read()
        assert recorded.resources == self.resources
        assert recorded.gates == self.gates
        assert recorded.serial == self.serial
        opened = {(intent.id, effect.step) for intent in recorded.open_intents for effect in intent.effects}
        assert opened == self.open
        for intent in recorded.open_intents:
            announced = self.intents[intent.id]
            assert (intent.run, intent.at) == (announced.run, announced.at)
            assert all(effect in announced.effects for effect in intent.effects)
        if recorded.lineage or self.lineage:
            assert self.lineage in ("", recorded.lineage)
            self.lineage = recorded.lineage
        assert list(self.reader.history()) == list(reversed(self.runs.values()))


@pytest.mark.parametrize("backend", sorted(OPENERS))
def test_a_ledger_is_what_the_model_is(backend: str):
    machine: type[LedgerMachine] = type("Machine", (LedgerMachine,), {"backend": backend})
    run_state_machine_as_test(machine, settings=settings(max_examples=60, stateful_step_count=25, deadline=None))
