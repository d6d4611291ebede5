"""What waits for whom: the gates of a plan, made from the rules that kinds declare."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from .address import Address
from .diff import Difference
from .live import Observed, Values
from .plan import PlannedGate
from .recorded import RecordedGate
from .resources import parent_address
from .resources.base import GateRule, Resource, Scope
from .resources.by_hand import ByHand, filled


def gate_address(rule: GateRule, kind: type[Resource], address: Address) -> Address:
    """The address that waits: the resource itself, or its parent for a wait that all its siblings share."""
    parts = parent_address(kind, address.parts) if rule.at_parent else None
    return Address(parts) if parts else address


def gate_id(rule: GateRule | ByHand, address: Address) -> str:
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
    wanted: Values,
) -> PlannedGate:
    where = gate_address(rule, kind, address)
    words = _words(kind, wanted, scope, observed)
    opens = rule.opens_at(observed, scope) if rule.opens_at and observed else None
    return PlannedGate(
        id=gate_id(rule, where),
        address=str(where),
        kind=kind.kind,
        name=rule.name,
        who=rule.who,
        title=filled(rule.title, words),
        steps=_steps(rule, words),
        source=rule.source,
        since=recorded.since if recorded else None,
        opens_at=opens.isoformat() if opens else None,
        overdue_after_days=rule.overdue_after_days,
        seen_by=rule.seen_by,
        confirms={} if rule.confirmable and rule.confirmable(observed, scope) else None,
        contradicted=rule.contradicted(observed, scope) if rule.contradicted else "",
    )


def planned_work(work: ByHand, one: Difference, recorded: RecordedGate | None) -> PlannedGate:
    """The gate that stands for work that only a person can do."""
    near = {"near": ", ".join(one.near) or "nothing of a similar name"}
    words = {**near, **_words(one.kind, {**one.before, **one.after}, one.scope, one.observed)}
    return PlannedGate(
        id=gate_id(work, one.address),
        address=str(one.address),
        kind=one.kind.kind,
        name=work.name,
        who="operator",
        title=filled(work.title, words),
        steps=_steps(work, words),
        source=work.source,
        since=recorded.since if recorded else None,
        overdue_after_days=work.overdue_after_days,
        seen_by=work.seen_by,
        confirms={name: one.after.get(name) for name in work.sets} if work.is_confirmable else None,
    )


def _steps(wait: GateRule | ByHand, words: Mapping[str, str]) -> tuple[str, ...]:
    """The steps with their values; one that has nothing to say in this case is left out."""
    return tuple(text for step in wait.steps if (text := filled(step, words)))


def _words(kind: type[Resource], values: Values, scope: Scope, observed: Observed | None) -> dict[str, str]:
    """What the steps may name: facts, fields, the blocks of the containers, the account."""
    words = {name: str(value) for name, value in observed.facts.items()} if observed else {}
    around: Scope | None = scope
    while around is not None and around.parent is not None:
        words = {**_plain(around.parent.values), **words}
        around = around.outer
    account = scope.outermost.values.get("name") if scope.outermost else None
    return {**words, **kind.words(values), **({"account": str(account)} if account else {})}


def _plain(values: Values) -> dict[str, str]:
    """The texts of a container and of its blocks, by the names that steps use."""
    words: dict[str, str] = {}
    for name, value in values.items():
        parts = (
            {f"{name}_{part}": inner for part, inner in value.items()} if isinstance(value, Mapping) else {name: value}
        )
        words |= {word: text for word, text in parts.items() if isinstance(text, str)}
    return words


def overdue_at(gate: PlannedGate) -> datetime | None:
    """When to ask why it takes so long; None while nobody has been waiting yet."""
    if gate.since is None or gate.overdue_after_days is None:
        return None
    return datetime.fromisoformat(gate.since) + timedelta(days=gate.overdue_after_days)


def is_overdue(gate: PlannedGate, now: datetime) -> bool:
    due = overdue_at(gate)
    return due is not None and due <= now
