"""The run: steps start as soon as what they need is done, journal before effect, every outcome recorded at once.

One thread decides and writes the ledger; workers only call. A failed step takes down what depends on it, nothing else.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
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
from ..resources import kinds, parent_address
from ..resources.base import Scope
from ..services.calls import Calls
from .agenda import Agenda
from .batches import Parcel
from .looking import effect_of, has_happened
from .records import Records

_LOOKS = 3
_TRIES = 3


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


@dataclass(frozen=True)
class _Report:
    """What a worker brings back about one parcel: each step's new id, or its failure. Filled by that worker alone."""

    parcel: Parcel
    intent: Intent
    ids: dict[str, str | None]
    failures: dict[str, ServiceError]
    looked: dict[str, bool]


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
    parallelism: int = 8
    wait_seconds: float = 0.0

    def __post_init__(self) -> None:
        self._records = Records(self.plan, self.recorded)
        self._agenda = Agenda(self.plan.steps)
        self._changes = {change.address: change for change in self.plan.changes}
        self._gates = {gate.id: gate for gate in self.plan.gates}
        self._open: set[str] = set()
        self._probed: set[str] = set()
        self._done: list[str] = []
        self._failed: dict[str, str] = {}
        self._not_reached: dict[str, str] = {}
        self._ids = {Address.parse(change.address): change.id for change in self.plan.changes if change.id}
        self._in_flight = 0
        self._reports: queue.Queue[_Report] = queue.Queue()
        self._broken: LedgerError | None = None
        self._unreachable = False

    def execute(self) -> Summary:
        """Run to the end. Raises `LedgerError` if the ledger fails; what was in flight is then waited for first."""
        self.emit(RunStarted(self.run_id, len(self.plan.steps), sum(self.plan.writes.values())))
        self.ledger.commit(self._records.at_once(self.plan, self._now()))
        with ThreadPoolExecutor(self.parallelism, thread_name_prefix="apply") as pool:
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
                self._probe_service_gates()
                for parcel in self._agenda.take(self.parallelism - self._in_flight):
                    self._dispatch(pool, parcel)
            if not self._in_flight:
                return
            self._absorb(self._next_report())

    @property
    def _is_stopping(self) -> bool:
        return self.stop.is_set() or self._broken is not None or self._unreachable

    def _next_report(self) -> _Report:
        """Wait in short turns, so that Ctrl-C is noticed on every system."""
        while True:
            try:
                return self._reports.get(timeout=0.2)
            except queue.Empty:
                continue

    def _dispatch(self, pool: ThreadPoolExecutor, parcel: Parcel) -> None:
        """Journal, then send. If the journal cannot be written, nothing is sent, and nothing after it."""
        effects = [effect_of(step, self._changes[step.address]) for step in parcel.steps]
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
        pool.submit(self._send, parcel, intent, dict(self._ids))

    # -- in a worker

    def _send(self, parcel: Parcel, intent: Intent, ids: Mapping[Address, str]) -> None:
        """Never raises: whatever happens is a report, so that the loop cannot wait for ever."""
        try:
            report = self._attempt(parcel, intent, ids)
        except Exception as error:  # noqa: BLE001 - a fault of ours must end the step, not hang the run
            fault = ServiceError(
                f"{parcel.operation}: {type(error).__name__} inside chimeform",
                operation=parcel.operation,
                fault=ServiceFault.UNKNOWN_OUTCOME,
                why=str(error),
                do="please report it; the next run looks before it repeats anything",
            )
            report = _Report(parcel, intent, {}, {step.id: fault for step in parcel.steps}, {})
        self._reports.put(report)

    def _attempt(self, parcel: Parcel, intent: Intent, ids: Mapping[Address, str]) -> _Report:
        """Send; where the answer is lost, look, and send again only what is not there."""
        report = _Report(parcel, intent, {}, {}, {})
        left: tuple[Step, ...] = parcel.steps
        for attempt in range(1, _TRIES + 1):
            trying = Parcel(left)
            try:
                answer = self.calls.write(trying.service, trying.operation, trying.request(ids))
            except ServiceError as error:
                left = self._after_lost_answer(trying, error, report, ids, last=attempt == _TRIES)
            else:
                left = _after_answer(trying, answer, report, ids, last=attempt == _TRIES)
            if not left:
                break
        return report

    def _after_lost_answer(
        self, parcel: Parcel, error: ServiceError, report: _Report, ids: Mapping[Address, str], *, last: bool
    ) -> tuple[Step, ...]:
        """The steps to send again: those of which a look says that they did not happen."""
        if error.fault is not ServiceFault.UNKNOWN_OUTCOME:
            report.failures.update({step.id: error for step in parcel.steps})
            return ()
        again = []
        for step, (happened, known) in zip(parcel.steps, self._look(parcel, ids), strict=True):
            if happened is not None:
                report.looked[step.id] = happened
            if happened:
                report.ids[step.id] = known
            elif happened is None or last:
                report.failures[step.id] = error
            else:
                again.append(step)
        return tuple(again)

    def _look(self, parcel: Parcel, ids: Mapping[Address, str]) -> list[tuple[bool | None, str | None]]:
        """For each step: whether its effect is there (None: cannot be told), and the id of what is there."""
        where = [Address.parse(step.address) for step in parcel.steps]
        for _ in range(_LOOKS):
            try:
                readings = self.observer.look(where, ids)
            except ServiceError:
                continue  # the next look may get an answer; without one the outcome stays unknown
            found = []
            for step, address in zip(parcel.steps, where, strict=True):
                effect = effect_of(step, self._changes[step.address])
                reading = readings[address]
                happened = has_happened(effect, reading, self._scope(address))
                found.append((happened, reading.id if isinstance(reading, Observed) else None))
            if all(happened is not None for happened, _ in found):
                return found
        return [(None, None)] * len(parcel.steps)

    # -- outcomes

    def _absorb(self, report: _Report) -> None:
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
        try:
            readings = self.observer.look([Address.parse(gate.address) for gate in gates], self._ids)
        except ServiceError:
            return  # a gate that cannot be seen stays closed
        opened = set()
        for gate in gates:
            address = Address.parse(gate.address)
            reading = readings.get(address)
            observed = reading if isinstance(reading, Observed) else None
            rule = next(rule for rule in kinds()[gate.kind].gates if rule.name == gate.name)
            scope = Scope(observed, self.calls.time()) if rule.at_parent else self._scope(address)
            if observed is not None and not rule.closed(None if rule.at_parent else observed, scope):
                opened.add(gate.id)
                if observed.id:
                    self._ids[address] = observed.id
                self.emit(GateOpened(gate.id, gate.address))
        self._open |= opened
        self._agenda.open(opened)

    def _scope(self, address: Address) -> Scope:
        kind = kinds()[self._changes[str(address)].kind] if str(address) in self._changes else None
        parts = parent_address(kind, address.parts) if kind else None
        reading = self.observer.readings.get(Address(parts)) if parts else None
        return Scope(reading if isinstance(reading, Observed) else None, self.calls.time())

    def _wait_for_gates(self, pool: ThreadPoolExecutor) -> None:
        """`--wait`: look again with growing pauses until nothing is held any more or the time is up."""
        left, pause = self.wait_seconds, 1.0
        while left > 0 and not self._is_stopping and (waiting := self._agenda.waiting):
            names = {name for step in waiting for name in step.gates} - self._open
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
        records = tuple(RecordedGate(gate.id, Address.parse(gate.address), gate.since or at) for gate in closed)
        self.ledger.commit(Amendment(gates=records))

    # -- the end

    def _summary(self, gates: tuple[PlannedGate, ...]) -> Summary:
        gated = []
        for step in self._agenda.waiting:
            if self._is_stopping:
                self._drop(step, "the run was stopped")
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


_AGAIN = {"Throttled", "Throttling", "ServiceUnavailable"}
"""Item codes that say "not now" and not "no"."""


def _after_answer(
    parcel: Parcel, answer: Mapping[str, Any], report: _Report, ids: Mapping[Address, str], *, last: bool
) -> tuple[Step, ...]:
    """The steps to send again: items that the service had no time for."""
    told = parcel.failures(answer, ids)
    again = []
    for step in parcel.steps:
        if step.id not in told:
            report.ids[step.id] = parcel.new_id(step, answer)
        elif told[step.id][0] in _AGAIN and not last:
            again.append(step)
        else:
            report.failures[step.id] = _item_failure(step, *told[step.id])
    return tuple(again)


def _item_failure(step: Step, code: str, message: str) -> ServiceError:
    """One item of a batch that the service did not take, while the call as a whole succeeded."""
    words = {"PhoneNumberAssociationsExist": "the number is still assigned", "Failed": "the service could not do it"}
    return ServiceError(
        f"{step.operation}: {message or words.get(code, 'the service refused this item')} ({code})",
        operation=step.operation,
        fault=ServiceFault.THROTTLED if code.startswith("Thrott") else ServiceFault.INVALID,
        service_code=code,
        do="correct what it names, and run the command again: everything else of the batch was done",
    )
