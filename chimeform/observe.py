"""From kinds and services to Live: bulk, parallel, three-valued, and only what is declared, recorded or claimed.

Addresses are bound to live objects by the recorded or imported id first and by the kind's natural key second. A read
that fails makes its addresses unknown, with the reason; absence is something that only the service can say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from .address import Address
from .errors import ServiceError, ServiceFault
from .language.desired import Desired
from .live import Absent, Ambiguous, Live, Observed, Reading, Unknown, Unmanaged, Values
from .recorded import Recorded
from .resources import kind_at, kinds, parent_address, parent_of
from .resources.base import Listing, Made, OwnId, ParentId, Resource, Scope
from .services.calls import Calls

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class _Group:
    """The addresses of one kind in one scope, which one listing serves."""

    kind: type[Resource]
    parent: Address | None
    addresses: tuple[Address, ...]


@dataclass
class Observer:
    """Reads the live objects of one workspace. `observe` reads everything, `look` reads a few again."""

    desired: Desired
    recorded: Recorded
    calls: Calls
    parallelism: int = 8
    readings: dict[Address, Reading] = field(default_factory=dict)
    unmanaged: list[Unmanaged] = field(default_factory=list)

    def observe(self) -> Live:
        """Containers first, because what they contain is asked for by their ids."""
        groups = self._groups()
        for depth in sorted({len(group.kind.path) for group in groups}):
            tier = [group for group in groups if len(group.kind.path) == depth]
            for found, unmanaged in self._in_parallel(self._read_group, tier):
                self.readings |= found
                self.unmanaged += unmanaged
        return Live(
            readings=dict(sorted(self.readings.items())),
            unmanaged=tuple(sorted(self.unmanaged, key=lambda one: one.address)),
            at=self.calls.time(),
            calls=self.calls.counts,
        )

    def look(self, addresses: Iterable[Address], ids: Mapping[Address, str]) -> Mapping[Address, Reading]:
        """Read these addresses again, with what contains them. `ids` are those that this run has learnt.

        Safe to use from several threads: each look sees only what it has read itself and what was known before the run.
        """
        wanted = set(addresses)
        containers = {Address(parts) for one in wanted if (parts := _parent(one))}
        fresh: dict[Address, Reading] = {}
        for tier in (containers - wanted, wanted & containers, wanted - containers):
            for group in _grouped(tier):
                found, _ = self._read_group(group, learnt=ids, seen=fresh)
                fresh |= found
        return fresh

    # -- what to read

    def _groups(self) -> list[_Group]:
        addresses = {*self.desired.declarations, *self.recorded.resources}
        groups = {(group.kind.kind, group.parent): group for group in _grouped(addresses)}
        for address, spec in self.desired.of_kind("account"):
            for kind in kinds().values():
                claimed = kind.is_collection() and kind.path[-2] in getattr(spec, "authoritative", ())
                if claimed and parent_of(kind) is type(spec):
                    groups.setdefault((kind.kind, address), _Group(kind, address, ()))
        for address in self.recorded.resources.keys() - self.desired.declarations.keys():
            self._claim_contents(address, groups)
        return list(groups.values())

    def _claim_contents(self, address: Address, groups: dict[tuple[str, Address | None], _Group]) -> None:
        """What is about to be retired is read with everything in it, so that nothing vanishes unseen."""
        for kind in kinds().values():
            if kind.is_collection() and parent_of(kind) is kind_at(address.parts):
                groups.setdefault((kind.kind, address), _Group(kind, address, ()))

    # -- one group

    def _read_group(
        self, group: _Group, learnt: Mapping[Address, str] | None = None, seen: Mapping[Address, Reading] | None = None
    ) -> tuple[dict[Address, Reading], list[Unmanaged]]:
        parent = self._parent_reading(group, learnt or {}, self.readings if seen is None else seen)
        if isinstance(parent, Unknown | Ambiguous):
            reason = Unknown(f"{group.parent} could not be read", code="CF-OBS-003")
            return dict.fromkeys(group.addresses, reason), []
        scope = Scope(parent, self.calls.time())
        readable = group.kind.api.readable
        if (group.parent and parent is None) or (readable and not readable(scope)):
            return dict.fromkeys(group.addresses, Absent()), []
        if not group.kind.api.listing:
            read = self._read_unlisted if group.kind.is_collection() else self._read_single
            found = self._in_parallel(lambda one: read(group.kind, one, scope), group.addresses)
            return dict(zip(group.addresses, found, strict=True)), []
        try:
            objects = self._list(group.kind, scope)
        except ServiceError as error:
            return dict.fromkeys(group.addresses, _unknown(error)), []
        bound, rest = _bind(objects, group.kind, self._wishes(group.addresses, learnt or {}))
        work = list(bound.items())
        found = self._in_parallel(lambda pair: self._complete(group.kind, pair[0], pair[1], scope), work)
        complete = {address: reading for (address, _), reading in zip(work, found, strict=True)}
        return complete, _name_unmanaged(group, rest)

    def _parent_reading(
        self, group: _Group, learnt: Mapping[Address, str], seen: Mapping[Address, Reading]
    ) -> Observed | Unknown | Ambiguous | None:
        if group.parent is None:
            return None
        reading = seen.get(group.parent)
        if isinstance(reading, Absent) or reading is None:
            found = learnt.get(group.parent)
            return Observed(found, {}) if found else None
        return reading

    def _wishes(self, addresses: Iterable[Address], learnt: Mapping[Address, str]) -> dict[Address, _Wish]:
        imports = {one.target: one.id for one in self.desired.imports}
        wishes = {}
        # what is declared comes first: of one natural key, it is what people mean
        for address in sorted(addresses, key=lambda one: one not in self.desired.declarations):
            record, spec = self.recorded.resources.get(address), self.desired.spec(address)
            values = spec.values() if spec else (record.values if record else {})
            known = learnt.get(address) or (record.id if record else None)
            # once it is bound, an import block has done its work and may stay in the files
            wishes[address] = _Wish(known or imports.get(address), values, strict=not known and address in imports)
        return wishes

    def _list(self, kind: type[Resource], scope: Scope) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for listing in kind.api.listing:
            request = {**_fill(listing.sends, scope, None, {}), **_page(listing)}
            for item in self.calls.pages(kind.api.service, listing.operation, request, listing.items):
                found += listing.expand(item) if listing.expand else (item,)
        return found

    def _read_single(self, kind: type[Resource], address: Address, scope: Scope) -> Reading:
        """A setting that is the only one of its scope."""
        return self._complete(kind, address, {}, scope)

    def _read_unlisted(self, kind: type[Resource], address: Address, scope: Scope) -> Reading:
        """One of a collection that no operation lists: it is there if somebody has seen it, or the record says so."""
        record, spec = self.recorded.resources.get(address), self.desired.spec(address)
        said = self._confirmed(kind, address)
        brought = any(work.name in said for work in kind.by_hand if work.brings == "existence")
        presumed = kind.api.presumed is not None and spec is not None and kind.api.presumed(spec.values())
        if not (presumed or brought or (record and spec is None)):
            return Absent()
        found = self._complete(kind, address, {}, scope)
        if not isinstance(found, Observed):
            return found
        key = {trait.name: address.name for trait in kind.traits().values() if trait.from_key}
        others = {*self.desired.declarations, *self.recorded.resources} - {address}
        siblings = sum(1 for one in others if one.parts[:-1] == address.parts[:-1])
        return replace(found, values={**key, **found.values}, facts={**found.facts, "siblings": siblings})

    def _complete(
        self, kind: type[Resource], address: Address, found: Mapping[str, Any] | Reading, scope: Scope
    ) -> Reading:
        """Add the details that are declared or recorded to a listed object, and translate it."""
        if not isinstance(found, Mapping):
            return found
        wire = dict(found)
        wanted, known = self._values(address)
        for detail in kind.api.details:
            if not any(name in wanted or name in known for name in detail.fields):
                continue
            if detail.when and not detail.when(wanted or known):
                continue
            request = _fill(detail.sends, scope, kind.read(wire).id, wanted or known)
            try:
                answer = self.calls.read(kind.api.service_of(detail), detail.operation, request)
            except ServiceError as error:
                if error.fault is ServiceFault.ABSENT and detail.absent_is_empty:
                    continue
                is_gone = error.fault is ServiceFault.ABSENT and detail.service is None
                return Absent() if is_gone else _unknown(error)
            part = answer.get(detail.member) if detail.member else answer
            part = detail.shows(answer, wanted, known) if detail.shows else part
            wire |= {detail.into: part} if detail.into else dict(part or {})
        return self._with_confirmed(kind, address, _json_ready(kind.read(wire)))

    def _with_confirmed(self, kind: type[Resource], address: Address, seen: Observed) -> Observed:
        """What no service shows is as a person confirmed it last."""
        record, said = self.recorded.resources.get(address), self._confirmed(kind, address)
        if record is None or not said:
            return seen
        remembered = {
            name: record.values[name]
            for name, trait in kind.traits().items()
            if trait.console_only and name in record.values
        }
        return replace(seen, values={**seen.values, **remembered}, confirmed=said)

    def _confirmed(self, kind: type[Resource], address: Address) -> frozenset[str]:
        """The work by hand that was done. What was taken away and is declared again begins anew."""
        record = self.recorded.resources.get(address)
        said = frozenset(record.confirmed) if record else frozenset()
        is_declared = address in self.desired.declarations
        return frozenset() if is_declared and kind.is_taken_away(said) else said

    def _values(self, address: Address) -> tuple[Values, Values]:
        """What the files want, and what was applied last."""
        spec, record = self.desired.spec(address), self.recorded.resources.get(address)
        return spec.values() if spec else {}, record.values if record else {}

    def _in_parallel(self, work: Callable[[Any], Outcome], items: Iterable[Any]) -> list[Outcome]:
        todo = list(items)
        if len(todo) <= 1 or self.parallelism <= 1:
            return [work(item) for item in todo]
        with ThreadPoolExecutor(min(self.parallelism, len(todo))) as pool:
            return list(pool.map(work, todo))


@dataclass(frozen=True)
class _Wish:
    """What an address is bound by. `strict`: only by its id, because a person said so."""

    id: str | None
    values: Values
    strict: bool


def _bind(
    objects: Sequence[Mapping[str, Any]], kind: type[Resource], wishes: Mapping[Address, _Wish]
) -> tuple[dict[Address, Mapping[str, Any] | Reading], list[Mapping[str, Any]]]:
    """Which listed object each address means, and the objects that nobody means. Ids win over natural keys."""
    by_id: dict[str, int] = {}
    by_key: dict[tuple[Any, ...], list[int]] = {}
    for place, wire in enumerate(objects):
        seen = kind.read(wire)
        if seen.id is not None and by_id.setdefault(seen.id, place) != place:
            continue  # the same object once more, in a later listing
        key = kind.natural_key(seen.values)
        if key:
            by_key.setdefault(key, []).append(place)
    bound: dict[Address, Mapping[str, Any] | Reading] = {}
    taken: set[int] = set()
    for address, wish in wishes.items():
        if wish.id is not None and wish.id in by_id:
            bound[address] = objects[by_id[wish.id]]
            taken.add(by_id[wish.id])
    for address, wish in wishes.items():
        if address in bound:
            continue
        key = kind.natural_key(wish.values)
        places = [place for place in by_key.get(key, ()) if place not in taken] if key and not wish.strict else []
        if len(places) > 1:
            bound[address] = Ambiguous(tuple(sorted(str(kind.read(objects[place]).id) for place in places)))
        elif places:
            bound[address] = objects[places[0]]
        else:
            bound[address] = _missing_import(wish) if wish.strict else Absent()
        taken.update(places)
    rest = [objects[place] for key, places in by_key.items() for place in places if place not in taken]
    return {address: bound[address] for address in wishes}, rest


def _missing_import(wish: _Wish) -> Unknown:
    return Unknown(
        f"there is no live object with the id {wish.id!r}",
        do="correct the id in the 'import' block, or remove the block",
        code="CF-OBS-004",
    )


def _name_unmanaged(group: _Group, rest: Iterable[Mapping[str, Any]]) -> list[Unmanaged]:
    """Objects nobody declared, under the address that they would have; one with no name of its own goes by its id."""
    prefix = group.parent.parts if group.parent else ()
    collection = group.kind.path[-2]
    from_key = next((trait.name for trait in group.kind.traits().values() if trait.from_key), None)
    found = []
    for wire in rest:
        observed = _json_ready(group.kind.read(wire))
        name = observed.values.get(from_key) if from_key else None
        address = Address((*prefix, collection, str(name or observed.id)))
        found.append(Unmanaged(address, group.kind.kind, observed))
    return found


def _grouped(addresses: Iterable[Address]) -> list[_Group]:
    groups: dict[tuple[str, Address | None], list[Address]] = {}
    for address in sorted(addresses):
        kind = kind_at(address.parts)
        if kind:
            parts = parent_address(kind, address.parts)
            groups.setdefault((kind.kind, Address(parts) if parts else None), []).append(address)
    return [_Group(kinds()[kind], parent, tuple(found)) for (kind, parent), found in groups.items()]


def _parent(address: Address) -> tuple[str, ...] | None:
    kind = kind_at(address.parts)
    return parent_address(kind, address.parts) if kind else None


def _fill(template: Mapping[str, Any], scope: Scope, own_id: str | None, values: Values) -> dict[str, Any]:
    """The request of a read: ids, constants, and what can be computed from the values that are looked for."""
    filled: dict[str, Any] = {}
    for member, source in template.items():
        if isinstance(source, ParentId):
            filled[member] = scope.parent.id if scope.parent else None
        elif isinstance(source, OwnId):
            filled[member] = own_id
        else:
            filled[member] = source.make(values) if isinstance(source, Made) else source
    return filled


def _page(listing: Listing) -> dict[str, Any]:
    return {"MaxResults": listing.page_size} if listing.page_size else {}


def _json_ready(observed: Observed) -> Observed:
    """Timestamps become ISO-8601 text here, so that everything behind this line is JSON."""
    facts = {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in observed.facts.items()
    }
    return Observed(observed.id, observed.values, facts)


def _unknown(error: ServiceError) -> Unknown:
    return Unknown(error.summary, error.do, error.code if error.code != "CF-AWS-001" else "CF-OBS-001")
