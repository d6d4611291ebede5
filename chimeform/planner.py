"""From differences to a Plan: calls in order, gates, batches, consequences, refusals.

Every step is one operation on one address with its complete request, so that apply has nothing left to decide.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .address import Address
from .diff import Difference, compare, is_leaving, scope_of
from .expiry import expiries
from .graph import Graph
from .guards import Case, judge, refuse
from .holding import held_elsewhere, still_used
from .language.desired import Desired
from .live import Ambiguous, Live, Observed, Unknown, Unmanaged
from .lowering import Draft
from .plan import (
    Action,
    CalendarEntry,
    CatchUp,
    LedgerStamp,
    Plan,
    PlannedChange,
    PlannedConsequence,
    PlannedField,
    PlannedGate,
    Refusal,
    Seen,
    Step,
    UnmanagedObject,
    UnreadObject,
)
from .policy.facts import outside
from .policy.judging import judge_plan
from .recorded import Recorded
from .requests import settings_needed
from .resources import holders_of, kinds
from .resources.base import Transition


@dataclass(frozen=True)
class Selection:
    """Which part of a workspace to act on (`--target`, `--exclude`), and what the user consented to."""

    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()

    def selects(self, address: Address) -> bool:
        chosen = not self.targets or any(map(address.matches, self._targets))
        return chosen and not self._is_excluded(address)

    def may_hold(self, address: Address) -> bool:
        """Likewise, and of what may contain something that is selected, where nobody knows yet what there is."""
        chosen = not self.targets or any(map(address.meets, self._targets))
        return chosen and not self._is_excluded(address)

    def _is_excluded(self, address: Address) -> bool:
        return any(map(address.matches, self._excludes))

    @cached_property
    def _targets(self) -> tuple[Address, ...]:
        return tuple(map(Address.parse, self.targets))

    @cached_property
    def _excludes(self) -> tuple[Address, ...]:
        return tuple(map(Address.parse, self.excludes))


def make_plan(
    desired: Desired,
    recorded: Recorded,
    live: Live,
    *,
    moves: Mapping[Address, Address],
    selection: Selection,
    purpose: str = "apply",
    aws_account: str | None = None,
    refused: Sequence[Refusal] = (),
) -> Plan:
    """The whole plan. Pure: the clock came in with `live.at`. `refused` is what was said no to before it was made."""
    reason = {"gone": "is retired with the whole workspace"} if purpose == "destroy" else {}
    comparison = compare(desired, recorded, live, moves, **reason)
    differences, left_out = _select(comparison.differences, selection)
    draft = Draft(desired, recorded, live, {one.address: one for one in differences})
    draft.lower()
    ordered = draft.graph().in_order()
    steps = [draft.steps[name] for name in ordered]
    transitions = [(one, draft.transition(one)) for one in differences]
    held = _held(steps)
    changes = [_change(one, transition, draft, held) for one, transition in transitions]
    case = Case(
        desired,
        recorded,
        transitions,
        changes,
        selection.accepted,
        live.at,
        asked=draft.newly_asked(),
        stepping=draft.by_address,
        catch_up=comparison.catch_up,
    )
    refusals = [*refused, *judge(case), *held_elsewhere(draft), *still_used(draft)]
    gates = draft.planned_gates()
    changes = _in_step_order(changes, steps)
    plan = Plan(
        workspace=desired.workspace,
        environment=desired.environment,
        aws_account=aws_account,
        purpose="destroy" if purpose == "destroy" else "apply",
        files=dict(sorted(desired.digests.items())),
        ledger=LedgerStamp(lineage=recorded.lineage, serial=recorded.serial),
        changes=tuple(changes),
        steps=tuple(steps),
        gates=tuple(gates),
        refusals=tuple(refusals),
        unread=tuple(unread_object(one.address, one.reading) for one in comparison.unread),
        unmanaged=tuple(unmanaged_objects(_staying(desired, live), {change.address for change in changes})),
        catch_up=tuple(_catch_up(one) for one in comparison.catch_up),
        left_out=tuple(str(address) for address in left_out),
        calendar=tuple(_calendar(changes, gates, expiries(desired, live.at))),
        reads=dict(sorted(live.calls.items())),
        writes=_estimate(step for step in steps if step.id not in held),
        targets=selection.targets,
        excludes=selection.excludes,
        warnings=tuple(_warnings(desired, live)),
    )
    if desired.policies:
        verdict = judge_plan(plan, desired.policies, outside(desired, live.at))
        plan = plan.model_copy(
            update={"refusals": (*plan.refusals, *verdict.refusals), "warnings": (*plan.warnings, *verdict.warnings)}
        )
    return plan.sealed()


def _select(found: Sequence[Difference], selection: Selection) -> tuple[list[Difference], list[Address]]:
    """The selected differences and everything that they need; the rest is left out, and said so."""
    if not selection.targets and not selection.excludes:
        return list(found), []
    by_address = {one.address: one for one in found}
    graph = Graph(by_address, _needs(by_address))
    chosen = {address for address in by_address if selection.selects(address)}
    chosen |= graph.all_before(chosen)
    excluded = {address for address in by_address if any(address.matches(Address.parse(x)) for x in selection.excludes)}
    chosen -= excluded | graph.all_after(excluded)
    return [one for one in found if one.address in chosen], [one.address for one in found if one.address not in chosen]


def _needs(differences: Mapping[Address, Difference]) -> Iterator[tuple[Address, Address]]:
    """`(needed, needing)` between differences: containers, references, and the reverse for what is retired."""
    for address, one in differences.items():
        refs = set(one.declaration.refs) if one.declaration else set()
        refs |= {*holders_of(address)}
        refs |= {one.moves_to} if one.moves_to else set()
        refs |= {setting for call in one.kind.api.calls() for setting in settings_needed(call, address)}
        for other in refs & differences.keys():
            retiring = differences[other].action is Action.RETIRE
            yield (address, other) if retiring else (other, address)


# ---------------------------------------------------------------- from differences to what the plan says


def _held(steps: Sequence[Step]) -> set[str]:
    """Steps behind a gate, directly or through a step before them. `steps` are in order."""
    held: set[str] = set()
    for step in steps:
        if step.gates or held.intersection(step.after):
            held.add(step.id)
    return held


def _change(one: Difference, transition: Transition, draft: Draft, held: set[str]) -> PlannedChange:
    names, work = draft.by_address.get(one.address, []), draft.work.get(one.address, [])
    action = one.action
    if action in (Action.UPDATE, Action.RESTORE) and (names or work) and held.issuperset(names):
        # what nobody recorded yet is bound now, even if all that is left to do has to wait
        action = Action.ADOPT if one.recorded is None and _is_there(one, draft.live) else Action.WAIT
    if action in (Action.CREATE, Action.RETIRE) and (names or work) and held.issuperset(names):
        action = Action.WAIT
    pending = {name for step in names for name in draft.steps[step].effect.values}
    pending |= {name for each in work for name in each.sets}
    wanted = one.spec.values() if one.spec and one.action is not Action.RETIRE else {}
    traits = one.kind.traits()
    lifecycle = one.spec.lifecycle if one.spec else None
    return PlannedChange(
        address=str(one.address),
        kind=one.kind.kind,
        action=action,
        intended=one.action,
        reason=one.reason,
        id=one.observed.id if one.observed else None,
        fields=tuple(
            PlannedField(
                name=change.name,
                before=change.before,
                after=change.after,
                before_text=traits[change.name].text(change.before),
                after_text=traits[change.name].text(change.after),
                cause=change.cause,
            )
            for change in one.fields
        ),
        consequences=tuple(
            PlannedConsequence(
                name=found.name,
                severity=found.severity,
                text=found.text,
                source=found.source,
                last_undo=found.last_undo,
            )
            for found in one.kind.consequences(transition)
        ),
        protect=bool(lifecycle and lifecycle.prevent_destroy),
        settled={name: value for name, value in wanted.items() if name not in pending},
        seen=_seen(draft.live.observed(one.address)),
        moved_from=str(one.moved_from) if one.moved_from else None,
    )


def _is_there(one: Difference, live: Live) -> bool:
    """A setting, the only one of its scope, is bound to what was read of it; of what is yet to be made, nothing was."""
    seen = live.observed(one.address)
    return one.kind.is_object() or (seen is not None and bool(seen.values))


def _seen(observed: Observed | None) -> Seen:
    """What was really there. A singleton of a parent that is yet to be created is compared with what it will be born
    with, but nobody has seen it."""
    return Seen(exists=observed is not None, values=dict(observed.values) if observed else {})


def _in_step_order(changes: Sequence[PlannedChange], steps: Sequence[Step]) -> list[PlannedChange]:
    """Changes in the order of their first steps; those without steps come first, by address."""
    first: dict[str, int] = {}
    for position, step in enumerate(steps):
        first.setdefault(step.address, position)
    return sorted(changes, key=lambda change: (first.get(change.address, -1), change.address))


def _warnings(desired: Desired, live: Live) -> Iterator[Refusal]:
    """What is live and wrong, whether or not anything changes."""
    for address, declaration in desired.declarations.items():
        observed = live.observed(address)
        if observed is not None:
            for broken in type(declaration.spec).warnings(address, declaration.spec, observed):
                yield refuse("service", broken, address)


def _catch_up(one: Difference) -> CatchUp:
    assert one.spec is not None
    lifecycle = one.spec.lifecycle
    return CatchUp(
        address=str(one.address),
        kind=one.kind.kind,
        id=one.observed.id if one.observed else None,
        values=one.spec.values(),
        protect=bool(lifecycle and lifecycle.prevent_destroy),
    )


def unread_object(address: Address, reading: Unknown | Ambiguous) -> UnreadObject:
    """What could not be read, with the reason and the way out."""
    if isinstance(reading, Ambiguous):
        ids = ", ".join(reading.ids)
        return UnreadObject(
            address=str(address),
            code="CF-OBS-002",
            reason=f"{len(reading.ids)} live objects fit it: {ids}",
            do=f"say which one is meant: import: [{{to: {address}, id: …}}]",
        )
    return UnreadObject(address=str(address), code=reading.code, reason=reading.reason, do=reading.do)


def _staying(desired: Desired, live: Live) -> Iterator[Unmanaged]:
    """What nobody declared, without what goes by itself, such as a number in the deletion queue, or is over."""
    for one in live.unmanaged:
        kind = kinds()[one.kind]
        if not kind.is_over(one.observed) and not is_leaving(kind, one.observed, scope_of(one.address, desired, live)):
            yield one


def unmanaged_objects(found: Iterable[Unmanaged], acted_on: set[str]) -> Iterator[UnmanagedObject]:
    """Live objects that no file names, except those at the addresses `acted_on`."""
    for one in sorted(found, key=lambda unmanaged: unmanaged.address):
        if str(one.address) not in acted_on:
            key = kinds()[one.kind].natural_key(one.observed.values) or ()
            name = ", ".join(str(part) for part in key if part != one.address.name)
            yield UnmanagedObject(address=str(one.address), kind=one.kind, id=one.observed.id, name=name)


def _calendar(
    changes: Sequence[PlannedChange], gates: Sequence[PlannedGate], expiring: Iterable[CalendarEntry]
) -> list[CalendarEntry]:
    undo = [
        CalendarEntry(at=found.last_undo, address=change.address, text=f"last moment to undo: {found.text}")
        for change in changes
        for found in change.consequences
        if found.last_undo and change.action is not Action.WAIT
    ]
    opens = [
        CalendarEntry(at=gate.opens_at, address=gate.address, text=f"opens: {gate.title}")
        for gate in gates
        if gate.opens_at
    ]
    return sorted([*undo, *opens, *expiring], key=lambda entry: (entry.at, entry.address))


def batch_key(step: Step) -> str:
    """Steps with the same key can travel in one call."""
    return json.dumps([step.operation, step.region, step.request], sort_keys=True) if step.batch > 1 else step.id


def _estimate(steps: Iterable[Step]) -> dict[str, int]:
    """API calls by operation, if every batch is filled."""
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(batch_key(step), []).append(step)
    counts: dict[str, int] = {}
    for members in groups.values():
        first = members[0]
        counts[first.operation] = counts.get(first.operation, 0) + -(-len(members) // first.batch)
    return dict(sorted(counts.items()))
