"""The run: steps start as soon as what they need is done, journal before effect, every outcome recorded at once.

One thread decides and writes the ledger; workers only call. A failed step takes down what depends on it, nothing else.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from ..address import Address
from ..errors import LedgerError, ServiceError, ServiceFault
from ..events import (
    CallStarted,
    Event,
    GateClosed,
    GateOpened,
    Looked,
    RunEnded,
    RunStarted,
    StepDone,
    StepFailed,
    StepNotReached,
    Waiting,
)
from ..journal import Intent, Outcome, Verdict
from ..ledger.base import Amendment, Ledger
from ..live import Observed
from ..observe import Observer
from ..plan import Plan, PlannedGate, Step
from ..recorded import Recorded, RecordedGate
from ..resources import kinds
from ..resources.base import Scope
from ..services.calls import Calls
from .agenda import Agenda
from .batches import Parcel
from .looking import effect_of, scope_in
from .records import Records, begun_waits
from .sending import Report, Sender

_TOKEN_LENGTH = 32
"""The service takes 2 to 64 characters [botocore chime ClientRequestToken]."""


@dataclass(frozen=True)
class Summary:
    """How a run ended. `gates` are those that are closed now."""

    run: str
    done: tuple[str, ...]
    failed: Mapping[str, str]
    not_reached: Mapping[str, str]
    gated: tuple[str, ...]
    gates: tuple[PlannedGate, ...]
    interrupted: bool
    calls: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Run:
    """One execution of one plan. Everything that varies comes in: time, pauses, the signal to stop."""

    plan: Plan
    ledger: Ledger
    recorded: Recorded
    calls: Calls
    observer: Observer
    run_id: str
    clock: Callable[[], datetime]
    emit: Callable[[Event], None]
    stop: threading.Event = field(default_factory=threading.Event)
    wait_seconds: float = 0.0

    def __post_init__(self) -> None:
        self._records = Records(self.plan, self.recorded)
        self._agenda = Agenda(self.plan.steps)
        self._changes = {change.address: change for change in self.plan.changes}
        self._sender = Sender(self.calls, self.observer, self._changes)
        self._gates = {gate.id: gate for gate in self.plan.gates}
        self._open: set[str] = set()
        self._probed: set[str] = set()
        self._done: list[str] = []
        self._failed: dict[str, str] = {}
        self._not_reached: dict[str, str] = {}
        self._ids = {Address.parse(change.address): change.id for change in self.plan.changes if change.id}
        self._tokens = {effect.step: effect.token for one in self.recorded.open_intents for effect in one.effects}
        self._in_flight = 0
        self._reports: queue.Queue[Report] = queue.Queue()
        self._broken: LedgerError | None = None
        self._unreachable = False

    def execute(self) -> Summary:
        """Run to the end. Raises `LedgerError` if the ledger fails; what was in flight is then waited for first."""
        self.emit(RunStarted(self.run_id, len(self.plan.steps), sum(self.plan.writes.values())))
        at_once = self._records.at_once(self.plan, self._now())
        if at_once != Amendment():
            self.ledger.commit(at_once)
        with ThreadPoolExecutor(self.calls.parallelism, thread_name_prefix="apply") as pool:
            self._work(pool)
            self._wait_for_gates(pool)
        gates = self._closed_gates()
        if self._broken:
            raise self._broken
        self._settle_gates(gates)
        return self._summary(gates)

    # -- the loop

    def _work(self, pool: ThreadPoolExecutor) -> None:
        """Until nothing is in flight and nothing can start."""
        while True:
            if not self._is_stopping:
                self._send_ready(pool)
            if not self._in_flight and not self._is_stopping:
                # one look at all gates that are reached, and not one after each call that reaches some
                self._probe_service_gates()
                self._send_ready(pool)
            if not self._in_flight:
                return
            self._absorb(self._next_report())

    def _send_ready(self, pool: ThreadPoolExecutor) -> None:
        for parcel in self._agenda.take(self.calls.room - self._in_flight):
            self._dispatch(pool, parcel)

    @property
    def _is_stopping(self) -> bool:
        return self.stop.is_set() or self._broken is not None or self._unreachable

    def _next_report(self) -> Report:
        """Wait in short turns, so that Ctrl-C is noticed on every system."""
        while True:
            try:
                return self._reports.get(timeout=0.2)
            except queue.Empty:
                continue

    def _dispatch(self, pool: ThreadPoolExecutor, parcel: Parcel) -> None:
        """Journal, then send. If the journal cannot be written, nothing is sent, and nothing after it."""
        parcel = replace(parcel, token=self._token(parcel))
        effects = [effect_of(step, self._changes[step.address], parcel.token) for step in parcel.steps]
        try:
            if self._broken:
                raise self._broken
            intent = self.ledger.append(self.run_id, parcel.operation, self._now(), effects)
        except LedgerError as error:
            self._broken = error
            for step in parcel.steps:
                self._give_up(step, "the ledger could not be written")
            return
        self._in_flight += 1
        self.emit(CallStarted(parcel.operation, tuple(step.address for step in parcel.steps)))
        ids = dict(self._ids)
        pool.submit(lambda: self._reports.put(self._sender.send(parcel, intent, ids)))

    def _token(self, parcel: Parcel) -> str:
        """What the service knows a repetition of the step by. An intent that a killed run left open is carried on with:
        what it asked for may still come into being, however many runs were killed since."""
        if not parcel.takes_token:
            return ""
        step = parcel.steps[0].id
        fresh = f"{self.recorded.lineage}/{self.run_id}/{step}"
        return self._tokens.get(step) or sha256(fresh.encode()).hexdigest()[:_TOKEN_LENGTH]

    # -- outcomes

    def _absorb(self, report: Report) -> None:
        self._in_flight -= 1
        at = self._now()
        put: dict[Address, Any] = {}
        forget: list[Address] = []
        outcomes = []
        for step in report.parcel.steps:
            if step.id in report.looked:
                self.emit(Looked(step.id, step.address, report.looked[step.id]))
            error = report.failures.get(step.id)
            if error:
                outcomes.append(self._fail(step, report.intent, error, at))
                continue
            new_id = report.ids.get(step.id)
            records, gone = self._records.after(step, new_id, at)
            put |= {record.address: record for record in records}
            forget += gone
            if new_id:
                self._ids[Address.parse(step.address)] = new_id
            outcomes.append(Outcome(report.intent.id, step.id, Verdict.DONE, at, id=new_id))
            self._done.append(step.id)
            self._agenda.done(step.id)
            action = self._changes[step.address].action.value
            self.emit(StepDone(step.id, step.address, step.operation, action, new_id))
        self._commit(Amendment(put=tuple(put.values()), forget=tuple(forget), outcomes=tuple(outcomes)))

    def _commit(self, amendment: Amendment) -> None:
        try:
            self.ledger.commit(amendment)
        except LedgerError as error:
            # the journal has the intent, so the next run finds out what became of it
            self._broken = self._broken or error

    def _fail(self, step: Step, intent: Intent, error: ServiceError, at: str) -> Outcome:
        self._failed[step.id] = error.summary
        if error.fault is ServiceFault.UNREACHABLE:
            self._unreachable = True
        self.emit(
            StepFailed(
                step.id,
                step.address,
                step.operation,
                f"{step.address}: {error.summary}",
                error.why,
                error.do,
                error.code,
                error.request_id,
            )
        )
        for later, missing in self._agenda.failed(step.id):
            self._drop(later, missing)
        lost = error.fault is ServiceFault.UNKNOWN_OUTCOME
        verdict = Verdict.UNKNOWN if lost else Verdict.FAILED
        return Outcome(intent.id, step.id, verdict, at, error=error.summary, request_id=error.request_id)

    def _give_up(self, step: Step, because: str) -> None:
        """This step and everything after it will not be reached."""
        self._drop(step, because)
        for later, missing in self._agenda.failed(step.id):
            self._drop(later, missing)

    def _drop(self, step: Step, because: str) -> None:
        self._not_reached[step.id] = because
        self.emit(StepNotReached(step.id, step.address, because))

    # -- gates

    def _probe_service_gates(self) -> None:
        """A gate that only the service has to open may be open already: one look at each, once in a run."""
        reached = self._agenda.gates_in_the_way() - self._probed
        todo = {name for name in reached if self._gates[name].who == "service"}
        self._probed |= todo
        self._probe(todo)

    def _probe(self, names: Iterable[str]) -> None:
        gates = [self._gates[name] for name in sorted(names)]
        if not gates:
            return
        readings = self.observer.look([Address.parse(gate.address) for gate in gates], self._ids)
        opened = set()
        for gate in gates:
            address, kind = Address.parse(gate.address), kinds()[gate.kind]
            reading = readings.get(address)
            if not isinstance(reading, Observed):
                continue  # a gate that cannot be seen stays closed
            rule = next((rule for rule in kind.gates if rule.name == gate.name), None)
            if rule is None:
                continue  # work by hand
            now = self.calls.time()
            scope = scope_in(readings, address, now)
            scope = Scope(reading, now, scope if scope.parent else None) if rule.at_parent else scope
            if not rule.closed(None if rule.at_parent else reading, scope):
                opened.add(gate.id)
                if reading.id:
                    self._ids[address] = reading.id
                self.emit(GateOpened(gate.id, gate.address))
        self._open |= opened
        self._agenda.open(opened)

    def _wait_for_gates(self, pool: ThreadPoolExecutor) -> None:
        """`--wait`: look again with growing pauses until nothing is held any more or the time is up."""
        left, pause = self.wait_seconds, 1.0
        while left > 0 and not self._is_stopping and (waiting := self._agenda.waiting):
            names = {name for step in waiting for name in step.gates if self._gates[name].confirms is None} - self._open
            if not names:
                return  # what is left needs somebody's word, which nobody can give to a ledger that is locked
            self.emit(Waiting(tuple(sorted(names)), min(pause, left)))
            self.stop.wait(min(pause, left))
            left, pause = left - pause, min(pause * 2, 30.0)
            self._probe(names)
            self._work(pool)

    def _closed_gates(self) -> tuple[PlannedGate, ...]:
        return tuple(gate for gate in self.plan.gates if gate.id not in self._open)

    def _settle_gates(self, closed: Sequence[PlannedGate]) -> None:
        at = self._now()
        for gate in closed:
            self.emit(GateClosed(gate.id, gate.address, gate.who, gate.title, gate.holds))
        worked = set(self._done)
        done = (step for step in self.plan.steps if step.id in worked)
        records = {**self._gates_not_judged(), **begun_waits(done, self.observer.readings, self.clock())}
        records |= {gate.id: RecordedGate(gate.id, Address.parse(gate.address), gate.since or at) for gate in closed}
        if records != dict(self.recorded.gates):
            self.ledger.commit(Amendment(gates=tuple(records.values())))

    def _gates_not_judged(self) -> Mapping[str, RecordedGate]:
        """A plan of a part, or one that could not read everything, says nothing of other waits: they go on."""
        if not (self.plan.targets or self.plan.excludes or self.plan.unread):
            return {}
        known = {gate.id for gate in self.plan.gates}
        return {name: gate for name, gate in self.recorded.gates.items() if name not in known}

    # -- the end

    def _summary(self, gates: tuple[PlannedGate, ...]) -> Summary:
        gated = []
        because = "the service cannot be reached" if self._unreachable else "the run was stopped"
        for step in self._agenda.waiting:
            if self._is_stopping:
                self._drop(step, because)
            else:
                gated.append(step.id)
        interrupted = self.stop.is_set()
        result = "interrupted" if interrupted else "failed" if self._failed or self._not_reached else "done"
        counts = dict(self.calls.counts)
        self.emit(
            RunEnded(
                self.run_id, result, len(self._done), len(self._failed), len(self._not_reached), len(gated), counts
            )
        )
        return Summary(
            run=self.run_id,
            done=tuple(self._done),
            failed=dict(self._failed),
            not_reached=dict(self._not_reached),
            gated=tuple(gated),
            gates=gates,
            interrupted=interrupted,
            calls=counts,
        )

    def _now(self) -> str:
        return self.clock().isoformat()
