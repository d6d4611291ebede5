"""What the ledger is to say after each outcome. Pure: from a plan and the steps that worked to records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ..address import Address
from ..gates import gate_id
from ..ledger.base import Amendment
from ..live import Observed, Reading
from ..plan import Action, Plan, PlannedChange, Step
from ..recorded import Confirmation, Recorded, RecordedGate, RecordedResource
from ..resources import kinds
from .looking import scope_in


class Records:
    """Grows with the steps that worked; `after` says what one more of them changes in the ledger."""

    def __init__(self, plan: Plan, recorded: Recorded) -> None:
        self._changes = {change.address: change for change in plan.changes}
        self._steps: dict[str, list[Step]] = {}
        for step in plan.steps:
            self._steps.setdefault(step.address, []).append(step)
        self._recorded = recorded
        self._done: dict[str, list[Step]] = {}
        self._ids: dict[str, str] = {change.address: change.id for change in plan.changes if change.id}

    def at_once(self, plan: Plan, at: str) -> Amendment:
        """What needs no call: moves, adoptions, releases, and records that catch up."""
        put = [
            RecordedResource(
                address := Address.parse(one.address),
                one.kind,
                one.id,
                one.values,
                protected=one.protect,
                applied_at=at,
                confirmed=still_confirmed(self._recorded.resources.get(address), one.values),
            )
            for one in plan.catch_up
        ]
        forget: list[Address] = []
        for change in plan.changes:
            if change.moved_from:
                forget.append(Address.parse(change.moved_from))
            if change.action is Action.FORGET:
                forget.append(Address.parse(change.address))
            elif change.action is Action.ADOPT or change.moved_from:
                put.append(self._record(change, at))
        return Amendment(put=tuple(put), forget=tuple(forget))

    def after(
        self, step: Step, new_id: str | None, at: str
    ) -> tuple[tuple[RecordedResource, ...], tuple[Address, ...]]:
        """The records to put and the addresses to forget, now that `step` has worked."""
        change = self._changes[step.address]
        self._done.setdefault(step.address, []).append(step)
        if new_id:
            self._ids[step.address] = new_id
        # also where it had to wait for a gate that has opened during the run
        if change.intended is Action.RETIRE and len(self._done[step.address]) == len(self._steps[step.address]):
            return (), (Address.parse(step.address),)
        return (self._record(change, at),), ()

    def _record(self, change: PlannedChange, at: str) -> RecordedResource:
        address = Address.parse(change.address)
        old = self._recorded.resources.get(address)
        values: dict[str, Any] = dict(old.values) if old else {}
        values |= change.settled
        for step in self._done.get(change.address, ()):
            values |= step.effect.values
        values = {name: value for name, value in values.items() if value is not None}
        return RecordedResource(
            address=address,
            kind=change.kind,
            id=self._ids.get(change.address),
            values=values,
            protected=change.protect or bool(change.intended is Action.RETIRE and old and old.protected),
            applied_at=at,
            confirmed=still_confirmed(old, values, is_new=change.action is Action.CREATE),
        )


def begun_waits(steps: Iterable[Step], readings: Mapping[Address, Reading], at: datetime) -> Mapping[str, RecordedGate]:
    """The waits that begin with what these steps have made: an invitation, an order. Nobody has to stand behind them
    to wait; `readings` are those from before."""
    found: dict[str, RecordedGate] = {}
    for step in steps:
        kind, address = kinds()[step.kind], Address.parse(step.address)
        if step.call not in {call.name for call in kind.api.creations}:
            continue
        made = Observed(None, step.effect.values, kind.api.fresh)
        scope = scope_in(readings, address, at)
        for rule in kind.gates:
            if not rule.at_parent and rule.closed(made, scope):
                name = gate_id(rule, address)
                found[name] = RecordedGate(name, address, at.isoformat())
    return found


def still_confirmed(
    old: RecordedResource | None, values: Mapping[str, Any], *, is_new: bool = False
) -> Mapping[str, Confirmation]:
    """What people said, without that about settings which are no longer remembered, and about gates of an object in
    whose place there is a new one: those are asked for anew."""
    if old is None or not old.confirmed:
        return {}
    sets = {work.name: work.sets for work in kinds()[old.kind].by_hand}
    kept = {name: told for name, told in old.confirmed.items() if name in sets or not is_new}
    return {name: told for name, told in kept.items() if set(sets.get(name, ())) <= values.keys()}
