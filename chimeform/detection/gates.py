"""How the gates of now stand to those of the last apply: still waiting, overdue, or closed again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..address import Address
from ..drift import DriftedGate, Standing
from ..gates import overdue_at
from ..live import Observed
from ..lowering import holds_only_retirement
from ..plan import PlannedGate
from .case import Case, Side


def gates(case: Case, planned: Iterable[PlannedGate], last_apply: str) -> Iterator[DriftedGate]:
    """Those that waited at the end of the last apply, and those that were open then."""
    for gate in planned:
        address = Address.parse(gate.address)
        if not case.selection.selects(address) and not any(map(case.selection.selects, _held(gate))):
            continue
        due = overdue_at(gate)
        if gate.since is not None:
            standing = Standing.OVERDUE if due and due <= case.live.at else Standing.WAITING
        elif _has_closed_again(case, gate, last_apply):
            standing = Standing.CLOSED_AGAIN
        else:
            continue
        yield DriftedGate(
            gate=gate,
            standing=standing,
            severity="notice" if standing is Standing.WAITING else "caution",
            due=due.isoformat() if due else None,
            place=case.place(address),
        )


def _has_closed_again(case: Case, gate: PlannedGate, last_apply: str) -> bool:
    """Whether what was applied last stood behind no such gate.

    A cool-down after a change of ours is none. What was taken over later than the last apply has never been looked at.
    """
    if gate.who == "clock":
        return False
    held = (case.sides[address] for address in _held(gate) if address in case.sides)
    return any(side.record.applied_at <= last_apply and _closes(case, gate, side) for side in held)


def _closes(case: Case, gate: PlannedGate, side: Side) -> bool:
    rule = next((rule for rule in side.kind.gates if rule.name == gate.name), None)
    if rule is None or side.spec is None or holds_only_retirement(rule, side.kind):
        return False
    if side.observed is None and (side.kind.is_collection() or case.missing_around(side.address)):
        return False  # that it is missing says it
    if side.observed is not None and any(side.kind.settling(side.observed)):
        return False  # the service is still doing what it was told
    return rule.closed(_without_edits(case, side), side.scope)


def _without_edits(case: Case, side: Side) -> Observed | None:
    """Siblings that the files have got since do not count."""
    observed = side.observed
    if observed is None or "siblings" not in observed.facts:
        return observed
    others = case.recorded.resources.keys() - {side.address}
    count = sum(1 for one in others if one.parts[:-1] == side.address.parts[:-1])
    return replace(observed, facts={**observed.facts, "siblings": count})


def _held(gate: PlannedGate) -> tuple[Address, ...]:
    return tuple(Address.parse(one) for one in gate.holds)
