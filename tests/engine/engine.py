"""The engine in this process, against a sandbox in another one; and what must be true after every apply.

`Engine.applied` is how every test here applies. It judges each run by what the sandbox received, what the journal on
the disk said when each call left, and what a second plan finds; a test then only says what is special about its case.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chimeform.address import Address
from chimeform.app import App, Request, Surroundings
from chimeform.apply.scheduler import Summary
from chimeform.drift import Drift
from chimeform.events import CallStarted, Event, Looked, StepFailed, Throttled
from chimeform.journal import Intent
from chimeform.language.desired import Aws
from chimeform.ledger.base import RunRecord
from chimeform.ledger.sqlite import SqliteLedger
from chimeform.live import Observed
from chimeform.plan import Action, Plan
from chimeform.planned import Planned
from chimeform.planner import Selection
from chimeform.recorded import Recorded
from chimeform.resources import kinds
from chimeform.services.alarms import AlarmServices
from chimeform.services.aws import AwsServices, Services
from chimeform.services.buckets import BucketServices
from chimeform.services.event_rules import EventRuleServices
from chimeform.services.event_targets import EventTargetServices
from chimeform.services.log_groups import LogGroupServices
from chimeform.services.routing import RoutedServices
from chimeform.services.service_linked_roles import ServiceLinkedRoleServices
from chimeform.waiving import NOTHING_WAIVED, Waiving
from tests import workspaces
from tests.sandbox_process import SandboxProcess

_IDS = itertools.count(1)
_READS = ("Get", "List", "Search", "Lookup", "Find", "Describe", "Compare")
_BATCHED = {call.operation: call.batch.member for kind in kinds().values() for call in kind.api.calls() if call.batch}
IN_EFFECT = (None, 200, 201, 202, 204)
"""HTTP status of calls that took effect; None: the answer was dropped afterwards."""


def now() -> datetime:
    return datetime.now(UTC)


def is_write(operation: str) -> bool:
    return not operation.removeprefix("Okta").startswith(_READS)


@dataclass
class Witness:
    """Services as the engine has them, with somebody who looks into the journal before each write leaves."""

    services: Services
    journal: Callable[[], tuple[Intent, ...]]
    unannounced: list[str] = field(default_factory=list)
    on_the_way: dict[str, list[int]] = field(default_factory=dict)
    """Items of each call that has not come back yet, by operation."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if not is_write(operation):
            return self.services.call(service, operation, request)
        items = len(request.get(_BATCHED.get(operation, ""), [request]))
        with self.lock:  # nothing comes back meanwhile, so what is on the way is open in the journal
            busy = self.on_the_way.setdefault(operation, [])
            busy.append(items)
            self._compare(operation, busy)
        try:
            return self.services.call(service, operation, request)
        finally:
            with self.lock:
                busy.remove(items)

    def _compare(self, operation: str, busy: list[int]) -> None:
        """Each call has an open intent to itself that is as large as it is: none speaks for two calls at once."""
        announced = [len(one.effects) for one in self.journal() if one.operation == operation]
        pairs = itertools.zip_longest(sorted(busy, reverse=True), sorted(announced, reverse=True), fillvalue=0)
        if any(items > effects for items, effects in pairs):
            self.unannounced.append(f"{operation}: {busy} items on the way, {announced} announced")

    def time(self) -> datetime:
        return self.services.time()


@dataclass(frozen=True)
class Applied:
    """One apply: what was planned, how it ended, what was emitted and which calls the sandbox received."""

    planned: Planned
    summary: Summary
    events: tuple[Event, ...]
    log: tuple[Mapping[str, Any], ...]

    @property
    def plan(self) -> Plan:
        return self.planned.plan

    def writes(self) -> dict[str, int]:
        """Write calls that took effect, by operation."""
        return dict(Counter(one["operation"] for one in self.log if _took_effect(one)))

    def actions(self) -> dict[str, str]:
        return {change.address: change.action.value for change in self.plan.changes}

    def failures(self) -> dict[str, StepFailed]:
        return {event.address: event for event in self.events if isinstance(event, StepFailed)}

    def looks(self) -> dict[str, bool]:
        return {event.step: event.happened for event in self.events if isinstance(event, Looked)}

    def throttled(self) -> int:
        return sum(isinstance(event, Throttled) for event in self.events)


def aws_services(aws: AwsServices | None = None) -> Services:
    """AWS as kinds ask for it: Amazon Chime, the buckets of call detail records, and what is beside connectors."""
    aws = aws or AwsServices(Aws())
    beside: dict[str, Services] = {
        "alarms": AlarmServices(aws),
        "buckets": BucketServices(aws),
        "event-rules": EventRuleServices(aws),
        "event-targets": EventTargetServices(aws),
        "log-groups": LogGroupServices(aws),
        "service-linked-roles": ServiceLinkedRoleServices(aws),
    }
    return RoutedServices(aws, beside)


class Engine:
    """One workspace on one sandbox."""

    def __init__(self, sandbox: SandboxProcess, root: Path, services: Services | None = None) -> None:
        self.sandbox = sandbox
        self.root = root
        self.services = services or aws_services()
        self.parallelism = 8
        self._ahead = timedelta()

    def passes(self, seconds: float) -> None:
        """Time goes by, for the service and for this machine."""
        self.sandbox.advance(seconds)
        self._ahead += timedelta(seconds=seconds)

    def write(self, blocks: workspaces.Blocks) -> None:
        workspaces.write(self.root, blocks)

    # -- the ledger

    @property
    def ledger_path(self) -> Path:
        return self.root / ".chimeform" / "default.db"

    @contextmanager
    def ledger(self) -> Iterator[SqliteLedger]:
        with closing(SqliteLedger(self.ledger_path, clock=now, new_id=lambda: f"id-{next(_IDS)}")) as ledger:
            yield ledger

    def recorded(self) -> Recorded:
        with self.ledger() as ledger:
            return ledger.read()

    def history(self) -> list[RunRecord]:
        with self.ledger() as ledger:
            return list(ledger.history())

    # -- plan and apply

    def app(self, services: Services | None = None, **selection: Any) -> App:
        selected = Selection(**{"accepted": ("*",), **selection})
        outside = Surroundings(
            clock=lambda: now() + self._ahead,
            new_id=lambda: f"id-{next(_IDS)}",
            who="jane",
            where="here",
            services=lambda desired: services or self.services,
        )
        return App(Request(self.root, selection=selected, parallelism=self.parallelism), outside)

    def plan(self, purpose: str = "apply", **selection: Any) -> Plan:
        return self.app(**selection).plan(purpose=purpose).plan

    def drift(self, **options: Any) -> Drift:
        _, drift = self.app().drift(**options)
        return drift

    def applied(
        self,
        *,
        ends: str = "done",
        is_settled: bool = True,
        purpose: str = "apply",
        stop: threading.Event | None = None,
        on: Callable[[Event], None] = lambda event: None,
        wait_seconds: float = 0.0,
        saved: Plan | None = None,
        waiving: Waiving = NOTHING_WAIVED,
        **selection: Any,
    ) -> Applied:
        """Apply, judge, and check that it ended as `ends` says (`done`, `failed`, `interrupted`).

        `is_settled`: a second plan is empty; only a test that leaves faults in force may say otherwise.
        """
        before = len(self.sandbox.log())
        has_faults = bool(self.sandbox.get("faults"))
        witness = Witness(self.services, lambda: self.recorded().open_intents)
        events: list[Event] = []

        def emit(event: Event) -> None:
            events.append(event)
            on(event)

        planned, summary = self.app(witness, **selection).apply(
            purpose=purpose, emit=emit, stop=stop, wait_seconds=wait_seconds, saved=saved, waiving=waiving
        )
        assert summary is not None
        applied = Applied(planned, summary, tuple(events), tuple(self.sandbox.log()[before:]))
        assert witness.unannounced == [], "each effect has an earlier intent"
        check_calls(applied, has_faults=has_faults)
        check_plan(applied)
        self.check_journal(applied)
        assert _end(summary) == ends, [event.summary for event in applied.failures().values()]
        if ends == "done" and is_settled and purpose == "apply" and not selection.keys() & {"targets", "excludes"}:
            self.check_settled()
        return applied

    # -- the invariants

    def check_settled(self) -> Plan:
        """The second plan is empty: nothing to do, and nothing that could not be read. And nothing has drifted."""
        plan = self.plan()
        assert [f"{change.action} {change.address}: {change.reason}" for change in plan.changes if _acts(change)] == []
        assert plan.is_empty
        assert plan.refusals == ()
        assert plan.unread == (), plan.unread
        drift = self.drift(since="last-apply")
        assert [(one.address, one.reason, [field.name for field in one.fields]) for one in drift.objects] == [], (
            drift.objects[0]
        )
        assert [(one.standing.value, one.gate.id) for one in drift.gates] == [], drift.gates[0].gate
        return plan

    def check_journal(self, applied: Applied) -> None:
        """Each intent is settled, or its step is reported with an unknown outcome."""
        left_open = {effect.step for intent in self.recorded().open_intents for effect in intent.effects}
        assert left_open <= applied.summary.failed.keys()
        with self.ledger() as ledger:
            assert ledger.holder() is None
            last = ledger.history(1)[0]
        assert (last.run, last.result) == (applied.summary.run, _end(applied.summary))


def check_calls(applied: Applied, *, has_faults: bool) -> None:
    """The sandbox took no effect that was not announced; without faults, no call twice."""
    announced = Counter(event.operation for event in applied.events if isinstance(event, CallStarted))
    received = Counter(applied.writes())
    assert received.keys() <= announced.keys()
    if not has_faults:
        assert received <= announced


def check_plan(applied: Applied) -> None:
    """Nothing was retired that was not seen, nothing acted on unknown."""
    readings = applied.planned.live.readings
    unmanaged = {one.address for one in applied.planned.live.unmanaged}
    for change in applied.plan.changes:
        address = Address.parse(change.address)
        if change.action is Action.RETIRE:
            assert change.seen.exists
            assert isinstance(readings.get(address), Observed) or address in unmanaged
    unread = [Address.parse(one.address) for one in applied.plan.unread]
    for step in applied.plan.steps:
        assert not any(Address.parse(step.address).is_within(one) for one in unread)


def _took_effect(call: Mapping[str, Any]) -> bool:
    return is_write(call["operation"]) and call["status"] in IN_EFFECT


def _acts(change: Any) -> bool:
    return change.action is not Action.WAIT


def _end(summary: Summary) -> str:
    return "interrupted" if summary.interrupted else "failed" if summary.failed or summary.not_reached else "done"
