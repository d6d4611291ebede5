"""The one model behind every report: what a plan, a run, drift and a check come to, ready to be said in any format.

Pure: the moment from which waiting times are counted comes in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from ..address import Address
from ..diagnostics import Diagnostic, Position
from ..drift import Drift, DriftedGate, DriftedObject, Happened, Standing
from ..events import Event, GateClosed, RunEnded, StepDone, StepFailed, StepNotReached
from ..plan import Action, Cause, Plan, PlannedChange, PlannedField, PlannedGate, Step

Item = TypeVar("Item")


@dataclass(frozen=True)
class ChangeEntry:
    """One change. `waits_for` are the titles of the gates that hold it; `is_needed` says that it was not asked for by
    `--target` and comes along because something that was asked for needs it."""

    change: PlannedChange
    waits_for: tuple[str, ...] = ()
    is_needed: bool = False

    @property
    def is_new(self) -> bool:
        """There is nothing live to compare with."""
        return not self.change.seen.exists

    @property
    def reason(self) -> str:
        """Why, unless every field says so itself."""
        notes = {self.cause_of(field) for field in self.change.fields}
        return "" if notes == {self.change.reason} else self.change.reason

    def cause_of(self, field: PlannedField) -> str:
        """Why this field differs, where it was changed there, or where the change has several reasons."""
        if self.is_new:
            return ""
        if field.cause in (Cause.THEIRS, Cause.CONFLICT):
            return f"{field.cause} since the last apply"
        causes = {one.cause for one in self.change.fields}
        return str(field.cause) if len(causes) > 1 else ""


@dataclass(frozen=True)
class Group:
    """The changes of one account, or of one collection."""

    title: str
    entries: tuple[ChangeEntry, ...]


@dataclass(frozen=True)
class GateEntry:
    """What waits, with its dates. `due` is when to ask why it takes so long."""

    gate: PlannedGate
    since: datetime | None
    due: datetime | None
    opens: datetime | None
    is_overdue: bool


@dataclass(frozen=True)
class LeftOut:
    """What `--target` and `--exclude` leave as it is, by why. The live objects stay different from the files there."""

    not_chosen: tuple[str, ...] = ()
    needing: tuple[str, ...] = ()
    """Chosen, but they need something that was excluded."""

    @property
    def count(self) -> int:
        return len(self.not_chosen) + len(self.needing)


@dataclass(frozen=True)
class PlanReport:
    """A plan as people read it."""

    plan: Plan
    at: datetime
    groups: tuple[Group, ...]
    gates: tuple[GateEntry, ...]
    left_out: LeftOut
    counts: Mapping[str, int]
    """Changes by action, in the order in which they are told; none for an action that does not occur."""


@dataclass(frozen=True)
class Fold(Generic[Item]):
    """Things that are alike: some shown, the others only counted."""

    shown: tuple[Item, ...]
    more: tuple[Item, ...] = ()

    @property
    def all(self) -> tuple[Item, ...]:
        return self.shown + self.more


def fold(items: Iterable[Item], alike: Callable[[Item], Hashable], *, above: int, keep: int) -> list[Fold[Item]]:
    """Items in groups of their like, in the order of the first of each; a group larger than `above` keeps `keep`."""
    groups: dict[Hashable, list[Item]] = {}
    for item in items:
        groups.setdefault(alike(item), []).append(item)
    return [
        Fold(tuple(group[:keep]), tuple(group[keep:])) if len(group) > above else Fold(tuple(group))
        for group in groups.values()
    ]


SEVERITIES = ("notice", "caution", "destructive", "irreversible")
"""From the mildest on."""


class Severe(Protocol):
    """Whatever has one of them."""

    @property
    def severity(self) -> str: ...


def severity_rank(one: Severe) -> int:
    return SEVERITIES.index(one.severity)


def plan_report(plan: Plan, at: datetime) -> PlanReport:
    """The report of a plan, seen at the moment `at`."""
    holding: dict[str, list[str]] = {}
    for gate in plan.gates:
        for held in gate.holds:
            holding.setdefault(held, []).append(gate.title)
    targets = [Address.parse(one) for one in plan.targets]
    groups: dict[tuple[str, ...], list[ChangeEntry]] = {}
    for change in plan.changes:
        address = Address.parse(change.address)
        entry = ChangeEntry(
            change,
            waits_for=tuple(dict.fromkeys(holding.get(change.address, ()))),
            is_needed=bool(targets) and not any(address.matches(one) for one in targets),
        )
        groups.setdefault(_group_of(address), []).append(entry)
    return PlanReport(
        plan=plan,
        at=at,
        groups=tuple(
            Group(str(Address(parts)), tuple(sorted(entries, key=lambda one: Address.parse(one.change.address))))
            for parts, entries in sorted(groups.items())
        ),
        gates=tuple(gate_entry(gate, at) for gate in plan.gates),
        left_out=_left_out(plan),
        counts=count_actions(plan.changes),
    )


def _group_of(address: Address) -> tuple[str, ...]:
    """An account and its settings, one of its collections, or a collection of the workspace."""
    if address.parts[0] != "accounts":
        return address.parts[:1]
    return address.parts[:2] if len(address.parts) <= 3 else address.parts[:3]


def count_actions(changes: Iterable[PlannedChange]) -> dict[str, int]:
    counts = Counter(change.action for change in changes)
    return {action.value: counts[action] for action in Action if counts[action]}


def gate_entry(gate: PlannedGate, at: datetime) -> GateEntry:
    since = datetime.fromisoformat(gate.since) if gate.since else None
    days = gate.overdue_after_days
    due = since + timedelta(days=days) if since is not None and days is not None else None
    return GateEntry(
        gate=gate,
        since=since,
        due=due,
        opens=datetime.fromisoformat(gate.opens_at) if gate.opens_at else None,
        is_overdue=due is not None and due <= at,
    )


def _left_out(plan: Plan) -> LeftOut:
    targets = [Address.parse(one) for one in plan.targets]
    excludes = [Address.parse(one) for one in plan.excludes]
    not_chosen: list[str] = []
    needing: list[str] = []
    for text in plan.left_out:
        address = Address.parse(text)
        excluded = any(address.matches(one) for one in excludes)
        chosen = not targets or any(address.matches(one) for one in targets)
        (needing if chosen and not excluded else not_chosen).append(text)
    return LeftOut(tuple(not_chosen), tuple(needing))


# ---------------------------------------------------------------- a run


@dataclass(frozen=True)
class FailedStep:
    address: str
    operation: str
    summary: str
    why: str
    do: str
    code: str
    request_id: str


@dataclass(frozen=True)
class UnreachedStep:
    address: str
    because: str


@dataclass(frozen=True)
class RunReport:
    """How a run ended. `done` counts resources, not calls."""

    at: datetime
    verb: str
    """The command that goes on from here: `apply`, or `destroy` for the end of a workspace."""
    result: str
    done: Mapping[str, int]
    failed: tuple[FailedStep, ...]
    not_reached: tuple[UnreachedStep, ...]
    gates: tuple[GateEntry, ...]
    unread: int
    calls: Mapping[str, int]
    """Calls that changed something, by operation."""


_DONE_AT_ONCE = (Action.ADOPT, Action.FORGET)
"""Matters of the record alone."""


def run_report(plan: Plan, at: datetime, events: Iterable[Event]) -> RunReport:
    """The report of a run from what it told; `at` is the moment from which waiting times are counted."""
    told = list(events)
    failed = [one for one in told if isinstance(one, StepFailed)]
    missed = [one for one in told if isinstance(one, StepNotReached)]
    ended = next((one for one in told if isinstance(one, RunEnded)), None)
    lost = {one.address for one in failed} | {one.address for one in missed}
    reached = {one.address for one in told if isinstance(one, StepDone)} - lost
    done = [
        # what only waited when it was planned is done where its gate has opened during the run
        change.model_copy(update={"action": change.intended}) if change.action is Action.WAIT else change
        for change in plan.changes
        if change.address in reached or change.action in _DONE_AT_ONCE
    ]
    gates = {gate.id: gate for gate in plan.gates}
    steps = {step.id: step for step in plan.steps}
    writes = {step.operation for step in plan.steps}
    return RunReport(
        at=at,
        verb=plan.purpose,
        result=ended.result if ended else "failed",
        done=count_actions(done),
        failed=tuple(
            FailedStep(one.address, one.operation, one.summary, one.why, one.do, one.code, one.request_id)
            for one in failed
        ),
        not_reached=tuple(UnreachedStep(one.address, _because(one.because, steps)) for one in missed),
        gates=tuple(
            gate_entry(gates[one.gate], at) for one in told if isinstance(one, GateClosed) and one.gate in gates
        ),
        unread=len(plan.unread),
        calls={name: count for name, count in sorted(ended.calls.items()) if name in writes} if ended else {},
    )


def _because(because: str, steps: Mapping[str, Step]) -> str:
    """A step's id becomes a sentence; anything else is one already."""
    step = steps.get(because)
    return f"{step.operation} of {step.address} did not work" if step else because


def list_names(addresses: Sequence[str], limit: int) -> tuple[tuple[str, ...], int]:
    """The first names, and how many there are beyond them."""
    return tuple(addresses[:limit]), max(0, len(addresses) - limit)


# ---------------------------------------------------------------- drift


@dataclass(frozen=True)
class DriftGroup:
    """What has drifted in one account, or in one collection."""

    title: str
    objects: tuple[DriftedObject, ...]


@dataclass(frozen=True)
class DriftReport:
    """Drift as people read it. Gates are grouped by how they stand, what waits longest first."""

    drift: Drift
    at: datetime
    groups: tuple[DriftGroup, ...]
    gates: Mapping[Standing, tuple[GateEntry, ...]]
    counts: Mapping[str, int]
    """Objects by what happened, in the order in which it is told; none for what did not happen."""


def drift_report(drift: Drift) -> DriftReport:
    """The report of what differs, seen at the moment at which it was looked at."""
    at = datetime.fromisoformat(drift.at)
    groups: dict[tuple[str, ...], list[DriftedObject]] = {}
    for one in drift.objects:
        groups.setdefault(_group_of(Address.parse(one.address)), []).append(one)
    counts = Counter(one.happened for one in drift.objects)
    return DriftReport(
        drift=drift,
        at=at,
        groups=tuple(DriftGroup(str(Address(parts)), tuple(found)) for parts, found in sorted(groups.items())),
        gates={standing: _standing(drift.gates, standing, at) for standing in Standing},
        counts={happened.value: counts[happened] for happened in Happened if counts[happened]},
    )


def _standing(gates: Iterable[DriftedGate], standing: Standing, at: datetime) -> tuple[GateEntry, ...]:
    found = [gate_entry(one.gate, at) for one in gates if one.standing is standing]
    return tuple(sorted(found, key=lambda one: (one.gate.since or "", one.gate.id)))


# ---------------------------------------------------------------- a check


class Outcome(StrEnum):
    """What a finding means for what it is about. The last two fail nothing."""

    FAILED = "failed"
    ERROR = "error"
    WAITING = "waiting"
    TOLD = "told"


@dataclass(frozen=True)
class Finding:
    """One thing that a build server or a code review shows at a line. `subject` names it from one run to the next,
    whatever the values in its text; `about` is the resource or file, and `group` what that is one of."""

    diagnostic: Diagnostic
    subject: str
    about: str
    group: str
    outcome: Outcome


@dataclass(frozen=True)
class CheckReport:
    """What was found, and what was looked at and is as it should be: `(group, about)`.

    `anchor` is the file that stands for the whole workspace, for what has no place in any. `is_complete` is false when
    something could not be looked at.
    """

    title: str
    anchor: str
    findings: tuple[Finding, ...]
    sound: tuple[tuple[str, str], ...] = ()
    is_complete: bool = True

    def under(self, folder: str) -> CheckReport:
        """With the files as they are called from outside of the workspace's folder."""

        def moved(place: Position) -> Position:
            return replace(place, file=f"{folder}/{place.file}")

        def found(one: Finding) -> Finding:
            told = one.diagnostic
            related = tuple(replace(each, position=moved(each.position)) for each in told.related)
            place = moved(told.position) if told.position else None
            return replace(one, diagnostic=replace(told, position=place, related=related))

        return replace(self, anchor=f"{folder}/{self.anchor}", findings=tuple(map(found, self.findings)))
