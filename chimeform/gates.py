"""What waits for whom: the gates of a plan, made from the rules that kinds declare."""

from __future__ import annotations

from datetime import datetime, timedelta

from .address import Address
from .live import Observed
from .plan import PlannedGate
from .recorded import RecordedGate
from .resources import parent_address
from .resources.base import GateRule, Resource, Scope


def gate_address(rule: GateRule, kind: type[Resource], address: Address) -> Address:
    """The address that waits: the resource itself, or its parent for a wait that all its siblings share."""
    parts = parent_address(kind, address.parts) if rule.at_parent else None
    return Address(parts) if parts else address


def gate_id(rule: GateRule, address: Address) -> str:
    return f"{address}~{rule.name}"


def closed_gates(kind: type[Resource], observed: Observed | None, scope: Scope) -> list[GateRule]:
    """The rules of a kind that make this object wait now."""
    return [rule for rule in kind.gates if rule.closed(observed, scope)]


def planned_gate(
    rule: GateRule,
    kind: type[Resource],
    address: Address,
    observed: Observed | None,
    scope: Scope,
    recorded: RecordedGate | None,
) -> PlannedGate:
    where = gate_address(rule, kind, address)
    opens = rule.opens_at(observed, scope) if rule.opens_at and observed else None
    return PlannedGate(
        id=gate_id(rule, where),
        address=str(where),
        kind=kind.kind,
        name=rule.name,
        who=rule.who,
        title=rule.title,
        steps=rule.steps,
        source=rule.source,
        since=recorded.since if recorded else None,
        opens_at=opens.isoformat() if opens else None,
        overdue_after_days=rule.overdue_after_days,
    )


def overdue_at(gate: PlannedGate) -> datetime | None:
    """When to ask why it takes so long; None while nobody has been waiting yet."""
    if gate.since is None or gate.overdue_after_days is None:
        return None
    return datetime.fromisoformat(gate.since) + timedelta(days=gate.overdue_after_days)


def is_overdue(gate: PlannedGate, now: datetime) -> bool:
    due = overdue_at(gate)
    return due is not None and due <= now
