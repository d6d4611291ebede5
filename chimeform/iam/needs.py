"""What a workspace needs of AWS: every operation that could be called for what is declared or recorded.

What is live decides which of them are called indeed, and nobody knows that before it is read. So an operation counts
when a state of the service can be thought of in which a plan or an apply calls it, and none else does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ..address import Address
from ..expiry import has_expired
from ..language.desired import Desired
from ..live import Live, Observed, Values
from ..plan import Action, Plan, Step
from ..pools import completed, draw
from ..recorded import Recorded
from ..resources import (
    at_first,
    containers_of,
    kind_at,
    kinds,
    kinds_naming,
    named_by,
    one_offs,
    parent_of,
    scope_around,
    sought_names,
)
from ..resources.base import (
    Call,
    Detail,
    Find,
    Listing,
    OneOff,
    Resource,
    Scope,
)
from ..resources.secret_store import places_in
from .named import NO_SIDES, Sides, named_members, secrets_of
from .permissions import Partition, Permission, permissions_of, permissions_of_history, permissions_of_secret


class Command(StrEnum):
    """What the credentials are for."""

    PLAN = "plan"
    APPLY = "apply"
    DRIFT = "drift"
    DESTROY = "destroy"


@dataclass(frozen=True, slots=True)
class Once:
    """What the credentials are for, where that is `chimeform do` and the name of an operation."""

    name: str


class Purpose(StrEnum):
    """What is done with a resource, in the order in which that is granted lightly."""

    READ = "read"
    CREATE = "create"
    CHANGE = "change"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class Need:
    """A permission, what for, and for whose sake: a kind of resource, or what a command tells beside them."""

    permission: Permission
    purpose: Purpose
    sake: str


def needs_of_workspace(desired: Desired, recorded: Recorded, command: Command, at: datetime) -> Iterator[Need]:
    """What the command could take. `recorded` has the addresses of now; `at` tells what has expired."""
    world = _world(desired, recorded, command, at)
    yield from world.reads()
    if command is Command.DRIFT:
        for permission in permissions_of_history(desired.aws):
            yield Need(permission, Purpose.READ, "who changed it")
    if command in (Command.APPLY, Command.DESTROY):
        yield from world.writes()
    yield from _needs_of_notices(desired, command)


def needs_of_plan(plan: Plan, desired: Desired, recorded: Recorded, at: datetime) -> Iterator[Need]:
    """What an apply of this saved plan takes: it reads the whole workspace again, and makes the plan's own calls."""
    command = Command.DESTROY if plan.purpose == "destroy" else Command.APPLY
    yield from _world(desired, recorded, command, at).reads()
    yield from _needs_of_notices(desired, command)
    actions = {change.address: change.action for change in plan.changes}
    partition = Partition.of(desired.aws)
    for step in plan.steps:
        kind, action = kinds()[step.kind], actions[step.address]
        call, purpose = _call_of(step, kind, action)
        there = partition.within(step.region)
        for permission in permissions_of(kind.api.service_of(call), call.operation, step.request, there):
            yield Need(permission, purpose, kind.kind)
        for place in places_in([step.request, step.item]):
            for permission in permissions_of_secret(place, partition):
                yield Need(permission, purpose, kind.kind)


def needs_of_one_off(desired: Desired, recorded: Recorded, once: Once, at: datetime) -> Iterator[Need]:
    """What a one-off operation takes: its targets are looked for, and it is done to each that is declared or recorded.

    Where there is none, it may be done to what is live and undeclared in a container that is.
    """
    world = _World(desired, recorded, Command.PLAN, at)
    for kind, one_off in one_offs()[once.name]:
        if one_off.on != "nothing":
            around = parent_of(kind)
            yield from world.reads(frozenset({kind, *([around] if around else [])}))
        purpose = Purpose.READ if one_off.is_look else Purpose.CHANGE
        yield from world.once(one_off, kind, purpose)


def _needs_of_notices(desired: Desired, command: Command) -> Iterator[Need]:
    """The addresses of the webhooks that the command may tell something; a plan tells nobody."""
    if command is Command.PLAN:
        return
    told_of = {"failure", "drift" if command is Command.DRIFT else "apply"}
    partition = Partition.of(desired.aws)
    for webhook in desired.notifications:
        if not told_of.isdisjoint(webhook.when):
            for permission in permissions_of_secret(webhook.url.model_dump(), partition):
                yield Need(permission, Purpose.READ, "who is told")


def _call_of(step: Step, kind: type[Resource], action: Action) -> tuple[Call, Purpose]:
    """The kind's call of a step. What waits behind a gate does not tell whether it retires something, where the same
    call may also change it; a change is what is granted more lightly."""
    others = [call for call in (*kind.api.creations, *kind.api.updates, kind.api.restore) if call]
    groups = (kind.api.retire, others) if action is Action.RETIRE else (others, kind.api.retire)
    call = next(call for group in groups for call in group if call.name == step.call)
    if any(call is one for one in kind.api.retire):
        return call, Purpose.RETIRE
    return call, Purpose.CREATE if call in kind.api.creations else Purpose.CHANGE


@dataclass(frozen=True)
class _Item:
    """One address with its declared and its recorded values. `is_undeclared`: for this command no file names it;
    `is_leaving`: it is to be retired."""

    address: Address
    kind: type[Resource]
    wanted: Values
    known: Values
    scope: Scope
    is_undeclared: bool
    is_leaving: bool

    def may_take(self, call: Call) -> bool:
        """Whether an update could be made: a field of it is declared, or goes back because it was.

        What is live may be anything, so that `when` rules a call out only for switches, which are on or off or unset.
        """
        fields, traits = call.sets + call.clears, self.kind.traits()
        if not any(name in self.wanted or (name in self.known and traits[name].resets) for name in fields):
            return False
        if call.when is None or not all(isinstance(self.wanted.get(name), bool) for name in fields):
            return True
        befores = ({**self.wanted, name: live} for name in fields for live in (True, False, None))
        return any(call.when(before, self.wanted) for before in befores)


def _world(desired: Desired, recorded: Recorded, command: Command, at: datetime) -> _World:
    """With the objects that are known to stand behind a block for a number of them."""
    known = completed(draw(desired, recorded, Live({}, (), at)), {}).desired
    # nobody knows yet who gets which of them, so people stand there as they are written
    whole = {**known.declarations, **desired.declarations}
    return _World(replace(known, declarations=whole), recorded, command, at)


@dataclass(frozen=True)
class _World:
    desired: Desired
    recorded: Recorded
    command: Command
    at: datetime

    # -- reads, as the observer makes them

    def reads(self, only: frozenset[type[Resource]] | None = None) -> Iterator[Need]:
        """Of everything, or of these kinds."""
        for item in self._items():
            if only is not None and item.kind not in only:
                continue
            yield from self._look_ups(item.kind, item.scope, item.wanted or item.known)
            for detail in item.kind.api.details:
                if self._is_asked(detail, item):
                    values = item.wanted or item.known
                    yield from self._needs(detail, item.kind, Purpose.READ, item.scope, values, (values, item.known))
        for kind, scope in (*self._claimed(), *self._contents(), *self._sought()):
            if kind.api.listing and (only is None or kind in only):
                yield from self._look_ups(kind, scope, {})
        for kind, spec in self._drawn():
            if only is not None and _drawn_on(kind) not in only:
                continue
            if kind.api.offer:
                yield from self._needs(kind.api.offer, kind, Purpose.READ, self._nowhere, spec.values())
            yield from self._look_ups(_drawn_on(kind), self._nowhere, {})

    def _look_ups(self, kind: type[Resource], scope: Scope, values: Values) -> Iterator[Need]:
        found = (find for find in kind.api.find if find.where is None or find.where(scope))
        look_ups: tuple[Listing | Find, ...] = (*kind.api.listing, *found)
        for work in look_ups:
            yield from self._needs(work, kind, Purpose.READ, scope, values)

    def _is_asked(self, detail: Detail, item: _Item) -> bool:
        if detail.where and not detail.where(item.scope):
            return False
        is_named = any(name in item.wanted or name in item.known for name in detail.fields)
        return is_named and (detail.when is None or detail.when(item.wanted or item.known))

    def _claimed(self) -> Iterator[tuple[type[Resource], Scope]]:
        """Collections of which the files claim to name everything."""
        for address, declaration in self.desired.declarations.items():
            claimed = getattr(declaration.spec, "authoritative", ())
            if self.command is not Command.DESTROY:
                yield from (found for found in self._collections_in(address) if found[0].path[-2] in claimed)

    def _sought(self) -> Iterator[tuple[type[Resource], Scope]]:
        """Collections of which something declared names members that no file declares."""
        for item in self._items():
            for trait in sought_names(item.kind):
                value = item.wanted.get(trait.name)
                if trait.ref and value is not None and trait.ref.may_be_undeclared(value):
                    other = named_by(trait.ref, item.address, value)
                    if other not in self.desired.declarations:
                        yield kinds()[trait.ref.kind], self._scope(other)

    def _contents(self) -> Iterator[tuple[type[Resource], Scope]]:
        """Collections in what no file names any more: nothing is retired with contents that nobody has seen."""
        for item in self._items():
            if item.is_undeclared:
                yield from self._collections_in(item.address)
                yield from ((kind, self._scope(Address(kind.path))) for kind in kinds_naming(item.kind))

    def _collections_in(self, address: Address) -> Iterator[tuple[type[Resource], Scope]]:
        for kind in kinds().values():
            if kind.is_collection() and parent_of(kind) is kind_at(address.parts):
                yield kind, self._scope(address.child(kind.path[-2], "*"))

    def once(self, one_off: OneOff, kind: type[Resource], purpose: Purpose) -> Iterator[Need]:
        """The calls of a one-off operation, for each thing of the kind, or for none in particular."""
        found = [(item.scope, item.wanted or item.known) for item in self._items() if item.kind is kind]
        for scope, values in found or [(Scope(None, self.at), {})]:
            for detail in one_off.first:
                yield from self._needs(detail, kind, Purpose.READ, scope, values)
            if one_off.call.sends.get("Store") is None or named_members(
                one_off.call.sends, values, scope, NO_SIDES
            ).get("Store"):
                yield from self._needs(one_off.call, kind, purpose, scope, values)
        if not found and one_off.on != "nothing" and kind.api.listing:
            yield from self._look_ups(kind, Scope(None, self.at), {})

    # -- writes, as differences are lowered to them

    def writes(self) -> Iterator[Need]:
        for item in self._items():
            if item.is_leaving and self._goes_along(item):
                continue
            if item.is_leaving:
                for side in (item.known, item.wanted):
                    yield from self._retirement(item.kind, item.scope, side)
            elif not item.is_undeclared:
                yield from self._making(item)
        for kind, scope in self._claimed():
            yield from self._retirement(kind, scope, {})
        for kind, spec in self._drawn():
            yield from self._drawing(_drawn_on(kind), spec)

    def _drawing(self, kind: type[Resource], spec: Resource) -> Iterator[Need]:
        """What becomes of the objects that a block stands for and nobody knows yet: new ones, and some taken back."""
        item = _Item(Address(()), kind, spec.values(), {}, self._nowhere, is_undeclared=False, is_leaving=False)
        yield from self._making(item)

    def _making(self, item: _Item) -> Iterator[Need]:
        api, values = item.kind.api, item.wanted
        if (made_by := api.creation(values)) and item.kind.can_create(item.scope, values):
            yield from self._call(made_by, item.kind, Purpose.CREATE, item.scope, values)
        for call in api.updates:
            if item.may_take(call):
                yield from self._call(call, item.kind, Purpose.CHANGE, item.scope, values, (values, item.known))
        if api.restore:
            yield from self._call(api.restore, item.kind, Purpose.CHANGE, item.scope, values)

    def _retirement(self, kind: type[Resource], scope: Scope, values: Values) -> Iterator[Need]:
        for call in kind.api.retire:
            yield from self._call(call, kind, Purpose.RETIRE, scope, values, ({}, values))

    def _call(
        self,
        call: Call,
        kind: type[Resource],
        purpose: Purpose,
        scope: Scope,
        values: Values,
        sides: Sides = NO_SIDES,
    ) -> Iterator[Need]:
        if call.where is None or call.where(scope):
            yield from self._needs(call, kind, purpose, scope, values, sides)

    # -- numbers of objects

    def _drawn(self) -> Iterator[tuple[type[Resource], Resource]]:
        """Blocks that stand for a number of objects of another kind."""
        for declaration in self.desired.declarations.values():
            if declaration.spec.draws_on and self.command is not Command.DESTROY:
                yield type(declaration.spec), declaration.spec

    @property
    def _nowhere(self) -> Scope:
        return Scope(None, self.at)

    # -- one operation

    def _needs(
        self,
        work: Call | Listing | Find | Detail,
        kind: type[Resource],
        purpose: Purpose,
        scope: Scope,
        values: Values,
        sides: Sides = NO_SIDES,
    ) -> Iterator[Need]:
        request = named_members(work.sends, values, scope, sides)
        if any(request.get(name, "") is None for name in ("HostedZoneId", "Bucket", "Rules")):
            return  # the record stands in no zone of ours, or there is no bucket or rule from before
        service = kind.api.service_of(work)
        partition = Partition.of(self.desired.aws).within(scope.nearest("region"))
        for permission in permissions_of(service, work.operation, request, partition):
            yield Need(permission, purpose, kind.kind)
        for place in secrets_of(work, values):
            for permission in permissions_of_secret(place, partition):
                yield Need(permission, purpose, kind.kind)

    # -- what there is

    def _items(self) -> Iterator[_Item]:
        kept = [one.address for one in self.desired.removed if not one.destroy]
        for address in sorted({*self.desired.declarations, *self.recorded.resources}):
            kind = kind_at(address.parts)
            if kind is not None:
                spec, record = self.desired.spec(address), self.recorded.resources.get(address)
                wanted, known = spec.values() if spec else {}, record.values if record else {}
                is_undeclared = spec is None or self.command is Command.DESTROY
                if is_undeclared:
                    wanted, known = {}, known or wanted
                around = [self.desired.spec(one) for one in containers_of(address)]
                is_kept = any(address.is_within(one) for one in kept)
                is_leaving = (is_undeclared and not is_kept) or any(map(self._has_expired, (spec, *around)))
                yield _Item(address, kind, wanted, known, self._scope(address), is_undeclared, is_leaving)

    def _goes_along(self, item: _Item) -> bool:
        """Whether it ends with what contains it, which is to be retired too."""
        if not item.kind.api.ends_with_container:
            return False
        container = containers_of(item.address)[0]
        spec = self.desired.spec(container)
        return spec is None or self.command is Command.DESTROY or self._has_expired(spec)

    def _has_expired(self, spec: Resource | None) -> bool:
        return spec is not None and has_expired(spec, self.at)

    def _scope(self, address: Address) -> Scope:
        return scope_around(address, self._container, self.at)

    def _container(self, address: Address) -> Observed | None:
        return at_first(self.desired.spec(address)) or self.recorded.as_it_was(address)


def _drawn_on(kind: type[Resource]) -> type[Resource]:
    assert kind.draws_on is not None
    return kinds()[kind.draws_on]
