"""What happens during an apply, as values. The engine emits them and prints nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class RunStarted:
    kind: ClassVar[str] = "run_started"
    run: str
    steps: int
    calls: int


@dataclass(frozen=True, slots=True)
class CallStarted:
    kind: ClassVar[str] = "call_started"
    operation: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepDone:
    kind: ClassVar[str] = "step_done"
    step: str
    address: str
    operation: str
    action: str
    id: str | None


@dataclass(frozen=True, slots=True)
class StepFailed:
    kind: ClassVar[str] = "step_failed"
    step: str
    address: str
    operation: str
    summary: str
    why: str
    do: str
    code: str
    request_id: str


@dataclass(frozen=True, slots=True)
class StepNotReached:
    """`because` is the step that failed before it, or why the run ended."""

    kind: ClassVar[str] = "step_not_reached"
    step: str
    address: str
    because: str


@dataclass(frozen=True, slots=True)
class GateClosed:
    kind: ClassVar[str] = "gate_closed"
    gate: str
    address: str
    who: str
    title: str
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GateOpened:
    kind: ClassVar[str] = "gate_opened"
    gate: str
    address: str


@dataclass(frozen=True, slots=True)
class Looked:
    """An answer was lost and the live object was read instead. `happened`: the call had taken effect."""

    kind: ClassVar[str] = "looked"
    step: str
    address: str
    happened: bool


@dataclass(frozen=True, slots=True)
class Waived:
    """A rule was set aside for this run; `refused` is what it had refused."""

    kind: ClassVar[str] = "waived"
    rule: str
    reason: str
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Throttled:
    kind: ClassVar[str] = "throttled"
    operation: str


@dataclass(frozen=True, slots=True)
class Waiting:
    kind: ClassVar[str] = "waiting"
    gates: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class RunEnded:
    kind: ClassVar[str] = "run_ended"
    run: str
    result: str
    done: int
    failed: int
    not_reached: int
    gated: int
    calls: dict[str, int]


Event = (
    RunStarted
    | CallStarted
    | StepDone
    | StepFailed
    | StepNotReached
    | GateClosed
    | GateOpened
    | Looked
    | Throttled
    | Waived
    | Waiting
    | RunEnded
)


def as_json(event: Event) -> dict[str, Any]:
    return {"event": event.kind, **asdict(event)}
