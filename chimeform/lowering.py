"""From differences to steps: which calls, with which requests, in which order, behind which gates.

Steps depend on each other for four reasons: the calls of one resource follow each other, what contains comes before
what is contained (and is retired after it), what is referred to exists before the reference, and what only one may
hold is released before the next one takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .address import Address
from .diff import Difference
from .gates import closed_gates, gate_address, gate_id, planned_gate, planned_work
from .graph import Graph
from .keeping import given_away, keepers
from .language.desired import Desired
from .live import Live, Observed, Values
from .plan import Action, PlannedGate, Step
from .recorded import Recorded
from .requests import calls_of, effect_of, fill, referred, region_of, settings_needed, work_of
from .resources import at_first, containers_of, holders_of, kind_at, kinds, named_by, parent_address, scope_around
from .resources.base import Call, GateRule, Resource, Scope, Transition
from .resources.by_hand import ByHand
from .resources.hooks import Found
from .succession import successions


@dataclass
class Draft:
    """The steps of a plan while they are being put in order."""

    desired: Desired
    recorded: Recorded
    live: Live
    differences: Mapping[Address, Difference]
    steps: dict[str, Step] = field(default_factory=dict)
    by_address: dict[Address, list[str]] = field(default_factory=dict)
    edges: set[tuple[str, str]] = field(default_factory=set)
    calls: dict[str, Call] = field(default_factory=dict)
    gates: dict[str, tuple[GateRule, Address, Observed | None, Scope]] = field(default_factory=dict)
    holds: dict[str, set[str]] = field(default_factory=dict)
    work: dict[Address, list[ByHand]] = field(default_factory=dict)
    answers: dict[object, Any] = field(default_factory=dict)

    def lower(self) -> None:
        self.work = {one.address: work for one in self.differences.values() if (work := list(work_of(one)))}
        for one in self.differences.values():
            for call in calls_of(one):
                self._add(one, call)
            if one.action is Action.WAIT and not list(self._bringing(one, one.address)):
                for rule in closed_gates(one.kind, None, one.scope):
                    self._gate(rule, one.kind, one.address, None, one.scope)
        for one in self.differences.values():
            self._within(one)
            self._around(one)
        self._one_holder_at_a_time()
        self.edges.update(successions(self.differences.values(), self.by_address, self.steps, self))
        self._note_open_waits()
        self._write_edges()

    def _write_edges(self) -> None:
        befores: dict[str, list[str]] = {}
        for before, then in self.edges:
            befores.setdefault(then, []).append(before)
        for name, names in befores.items():
            self.steps[name] = self.steps[name].model_copy(update={"after": tuple(sorted(names))})

    def graph(self) -> Graph[str]:
        return Graph(self.steps, self.edges)

    # -- single steps

    def _add(self, one: Difference, call: Call) -> None:
        name = f"{one.address}#{call.name}"
        request = fill(call.sends, one, self._as_it_will_be, is_whole=call.whole)
        item = fill(call.batch.item, one, self._as_it_will_be) if call.batch else None
        self.steps[name] = Step(
            id=name,
            address=str(one.address),
            kind=one.kind.kind,
            call=call.name,
            operation=call.operation,
            region=region_of(one, call, self._as_it_will_be),
            request=request,
            item=item,
            batch=call.batch.size if call.batch else 1,
            gates=tuple(sorted(self._gates_of(one, call))),
            effect=effect_of(one, call),
        )
        self.calls[name] = call
        self.by_address.setdefault(one.address, []).append(name)

    def _as_it_will_be(self, address: Address) -> Observed | None:
        return self.live.observed(address) or at_first(self.desired.spec(address))

    def _gates_of(self, one: Difference, call: Call) -> Iterator[str]:
        observed = self._at_first(one.address)
        for rule in closed_gates(one.kind, observed, one.scope):
            # a wait for something to come into being is no reason to keep it, unless the rule names the call
            if rule.names(call) or (rule.holds_all and one.action is not Action.RETIRE):
                yield self._gate(rule, one.kind, one.address, observed, one.scope)
        for name in call.sets:
            for other in referred(one, name, one.after.get(name)):
                if other in self.desired.declarations or self._is_sought(one, name):
                    yield from self._gates_of_reference(other, one.address)
        if one.action is not Action.RETIRE and (inside := parent_address(one.kind, one.address.parts)):
            yield from self._noted(one.address, self._gates_of_reference(Address(inside), one.address))
        if one.action is not Action.RETIRE:
            for other in settings_needed(call, one.address):
                if other in self.desired.declarations:
                    yield from self._gates_of_reference(other, one.address)
        if one.action is Action.RETIRE:
            yield from self._gates_of_retirement(one)
        if one.moves_to:
            yield from self._noted(one.address, self._gates_of_reference(one.moves_to, one.address))
        yield from self._gates_of_keepers(one, call)

    def _noted(self, dependent: Address, gates: Iterable[str]) -> Iterator[str]:
        """The gates, which are told to hold the dependent too."""
        for name in gates:
            self.holds[name].add(str(dependent))
            yield name

    def _gates_of_keepers(self, one: Difference, call: Call) -> Iterator[str]:
        """What is kept is neither retired nor taken from whoever has it, unless that one goes as well."""
        for other in given_away(one, call):
            for keeper in self._keepers.get(other, ()):
                yield from self._gates_of_reference(keeper, one.address)

    @cached_property
    def _keepers(self) -> Mapping[Address, list[Address]]:
        return keepers(self.desired)

    def _bringing(self, one: Difference, dependent: Address) -> Iterator[str]:
        """The waits of what brings an object into being: somebody's work, or another resource with waits of its own."""
        for work in self.work.get(one.address, ()):
            if work.brings == "existence":
                yield self._hold(work, one.address, dependent)
        for name, trait in one.kind.traits().items():
            if trait.ref and trait.ref.brings:
                for other in referred(one, name, one.after.get(name)):
                    yield from self._gates_of_reference(other, dependent)

    @staticmethod
    def _is_sought(one: Difference, name: str) -> bool:
        ref, value = one.kind.traits()[name].ref, one.after.get(name)
        return ref is not None and ref.sought and ref.may_be_undeclared(str(value))

    def _gates_of_reference(self, other: Address, dependent: Address) -> Iterator[str]:
        kind = kind_at(other.parts)
        if kind is None:
            return
        awaited = self.differences.get(other)
        if awaited is not None and awaited.action is Action.WAIT and awaited.observed is None:
            bringing = list(self._bringing(awaited, dependent))
            yield from bringing
            if bringing:
                return
        observed, scope = self._at_first(other), self._scope(other)
        for rule in closed_gates(kind, observed, scope):
            if rule.holds_dependents:
                name = self._gate(rule, kind, other, observed, scope)
                if other not in self.desired.declarations:
                    self.holds[name].discard(str(other))
                self.holds[name].add(str(dependent))
                yield name
        for work in self.work.get(other, ()):
            if work.brings == "existence" or work.holds_dependents:
                yield self._hold(work, other, dependent)

    def _gates_of_retirement(self, one: Difference) -> Iterator[str]:
        """What a person has to take away first: this resource, and those that it contains."""
        for address, works in self.work.items():
            if address.is_within(one.address):
                yield from (self._hold(work, address, one.address) for work in works if work.brings == "end")

    def _at_first(self, address: Address) -> Observed | None:
        """The live object. One that is made in another way than most of its kind is looked at as it will be: what the
        others wait for need not be there for it."""
        one, observed = self.differences.get(address), self.live.observed(address)
        if observed is None and one is not None and one.action is Action.CREATE:
            api = one.kind.api
            return Observed(None, one.after, api.fresh) if api.creation(one.after) is not api.create else None
        return observed

    def _hold(self, work: ByHand, address: Address, dependent: Address) -> str:
        name = gate_id(work, address)
        self.holds.setdefault(name, set()).add(str(dependent))
        return name

    def _scope(self, address: Address) -> Scope:
        return scope_around(address, self.live.observed, self.live.at)

    def _gate(
        self, rule: GateRule, kind: type[Resource], address: Address, observed: Observed | None, scope: Scope
    ) -> str:
        where = gate_address(rule, kind, address)
        name = gate_id(rule, where)
        self.gates.setdefault(name, (rule, address, observed, scope))
        self.holds.setdefault(name, set()).add(str(address))
        return name

    def _note_open_waits(self) -> None:
        """Waits of declared objects that hold no step now but are not over: a pending invitation is worth showing."""
        for address, declaration in self.desired.declarations.items():
            kind, one = type(declaration.spec), self.differences.get(address)
            observed = self.live.observed(address)
            if observed is None and one is not None and not kind.is_object():
                observed = at_first(declaration.spec)  # a setting of what is about to be made
            is_made = one is not None and one.action is Action.CREATE
            is_leaving = one is not None and one.action is Action.RETIRE  # what has expired waits for nobody
            if not kind.gates or is_leaving or (observed is None and not is_made):
                continue
            scope = one.scope if one else self._scope(address)
            for rule in closed_gates(kind, observed, scope):
                if rule.at_parent or rule.who == "clock" or holds_only_retirement(rule, kind):
                    continue
                # of what is only about to be made, what holds steps is told with those
                if observed is not None or not rule.holds:
                    self._gate(rule, kind, address, observed, scope)

    # -- order

    def _within(self, one: Difference) -> None:
        """Calls of one resource: what makes it first, and calls that share a field or an operation in order."""
        names = self.by_address.get(one.address, [])
        for position, later in enumerate(names):
            for earlier in names[:position]:
                first, then = self.calls[earlier], self.calls[later]
                makes = first in (*one.kind.api.creations, one.kind.api.restore)
                shares = set(first.sets + first.clears) & set(then.sets + then.clears)
                is_told = first.name in then.after or first.operation == then.operation
                if makes or shares or is_told or one.action is Action.RETIRE:
                    self.edges.add((earlier, later))

    def _around(self, one: Difference) -> None:
        names = self.by_address.get(one.address, [])
        for container in holders_of(one.address):
            if holder := self.differences.get(container):
                self._contained(names, holder)
        for name in names:
            self.edges.update((first, name) for first in self._making(one.moves_to))
            call = self.calls[name]
            for field_name in call.sets:
                for other in referred(one, field_name, one.after.get(field_name)):
                    self.edges.update((first, name) for first in self._making(other))
            for field_name in call.clears:
                for other in referred(one, field_name, one.before.get(field_name)):
                    self.edges.update((name, last) for last in self._retiring(other))
            for other in settings_needed(call, one.address):
                self._around_setting(name, other)

    def _around_setting(self, name: str, other: Address) -> None:
        """A setting is as declared before it is used, and it goes only when nobody uses it any more."""
        one = self.differences.get(other)
        if one is None:
            return
        steps = self.by_address.get(other, [])
        self.edges.update((name, step) if one.action is Action.RETIRE else (step, name) for step in steps)

    def _contained(self, names: Iterable[str], holder: Difference) -> None:
        around = {self.calls[step].name: step for step in self.by_address.get(holder.address, ())}
        for name in names:
            self.edges.update((around[first], name) for first in self.calls[name].after if first in around)
            self.edges.update((first, name) for first in self._making(holder.address))
            self.edges.update((name, last) for last in self._retiring(holder.address))

    def _making(self, address: Address | None) -> list[str]:
        """What makes it, and what it needs before others can use it."""
        one = self.differences.get(address) if address else None
        if one is None or one.action is Action.RETIRE:
            return []
        names = self.by_address.get(one.address, [])
        made = names[:1] if one.action in (Action.CREATE, Action.RESTORE) else []
        return made + [name for name in names if self.calls[name].operation in one.kind.api.ready_after]

    def _retiring(self, address: Address | None) -> list[str]:
        one = self.differences.get(address) if address else None
        return self.by_address.get(one.address, []) if one and one.action is Action.RETIRE else []

    def _one_holder_at_a_time(self) -> None:
        releases = dict(self.exclusive("clears", "before"))
        for other, name in self.exclusive("sets", "after"):
            release = releases.get(other)
            if release and self.steps[release].address != self.steps[name].address:
                self.edges.add((release, name))

    def exclusive(self, which: str, side: str) -> Iterator[tuple[Address, str]]:
        """What only one may hold, with the step that gives it away (`clears`, `before`) or takes it (`sets`)."""
        for one in self.differences.values():
            for name in self.by_address.get(one.address, []):
                for field_name in getattr(self.calls[name], which):
                    for ref in one.kind.traits()[field_name].refs:
                        if ref.exclusive:
                            keys = ref.keys(getattr(one, side).get(field_name))
                            yield from ((named_by(ref, one.address, key), name) for key in keys)

    # -- what the hooks see

    def of_kind(self, kind: str, within: Address) -> Iterator[tuple[Address, Observed | None, Values | None]]:
        for address in self._contents.get((kind, within), ()):
            yield address, self.live.observed(address), self.values_after(address)

    def values_after(self, address: Address) -> Values | None:
        observed, one = self.live.observed(address), self.differences.get(address)
        after = one.after if one else observed.values if observed else None
        return None if one and one.action is Action.RETIRE else after

    @cached_property
    def _contents(self) -> Mapping[tuple[str, Address], list[Address]]:
        """What each container holds of each kind, at any depth, live or declared."""
        found: dict[tuple[str, Address], list[Address]] = {}
        live = (one.address for one in self.live.unmanaged)
        for address in sorted({*self.live.readings, *self.desired.declarations, *live}):
            if kind := kind_at(address.parts):
                for container in containers_of(address):
                    found.setdefault((kind.kind, container), []).append(address)
        return found

    def once(self, key: object, make: Callable[[], Found]) -> Found:
        if key not in self.answers:
            self.answers[key] = make()
        found: Found = self.answers[key]
        return found

    @cached_property
    def retired(self) -> frozenset[Address]:
        return frozenset(one.address for one in self.differences.values() if one.action is Action.RETIRE)

    def transition(self, one: Difference) -> Transition:
        before = one.before if one.action is not Action.CREATE else {}
        return Transition(
            one.address,
            one.action.value,
            before,
            one.after,
            one.observed,
            one.scope,
            self,
            self._remaining(one),
            one.moves_to,
        )

    def _remaining(self, one: Difference) -> tuple[Address, ...]:
        """What would be left inside a retired resource. What is retired already (a suspended person) does not count."""
        if one.action is not Action.RETIRE:
            return ()
        scope = Scope(one.observed, self.live.at, one.scope if one.scope.parent else None)
        inside = (other for other in self.live.unmanaged if other.address.is_within(one.address))
        left = (other.address for other in inside if not kinds()[other.kind].retired(other.observed, scope))
        return tuple(address for address in left if address not in self.retired)

    def newly_asked(self) -> frozenset[str]:
        """Where a person is asked for the first time to take something away."""
        return frozenset(
            str(address)
            for address, works in self.work.items()
            for work in works
            if work.brings == "end" and gate_id(work, address) not in self.recorded.gates
        )

    def planned_gates(self) -> list[PlannedGate]:
        found = []
        for name, (rule, address, observed, scope) in self.gates.items():
            kind = kind_at(address.parts)
            assert kind is not None
            spec = self.desired.spec(address)
            values = spec.values() if spec else observed.values if observed else {}
            gate = planned_gate(rule, kind, address, observed, scope, self.recorded.gates.get(name), values)
            found.append(gate.model_copy(update={"holds": tuple(sorted(self.holds.get(name, ())))}))
        for address, works in self.work.items():
            for work in works:
                name = gate_id(work, address)
                gate = planned_work(work, self.differences[address], self.recorded.gates.get(name))
                found.append(
                    gate.model_copy(update={"holds": tuple(sorted({str(address), *self.holds.get(name, ())}))})
                )
        return sorted(found, key=lambda gate: gate.id)


def holds_only_retirement(rule: GateRule, kind: type[Resource]) -> bool:
    """Nobody waits for such a gate as long as the object stays."""
    others = [call for call in kind.api.calls() if call not in kind.api.retire]
    return bool(rule.holds) and not rule.holds_all and not any(rule.names(call) for call in others)
