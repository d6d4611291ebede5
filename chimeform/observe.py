"""From kinds and services to Live: bulk, parallel, three-valued, and only what is declared, recorded or claimed.

Addresses are bound to live objects by the recorded or imported id first and by the kind's natural key second. A read
that fails makes its addresses unknown, with the reason; absence is something that only the service can say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from .address import Address
from .appearing import NOT_YET, may_still_appear
from .errors import ServiceError, ServiceFault
from .language.desired import Desired
from .linking import Keys, keys_by_id, linked, names_of, recorded_keys, references_by_id, refers_by_id
from .live import Absent, Ambiguous, Live, Observed, Reading, Unknown, Unmanaged, Values
from .matching import Wish, bind, missing_import
from .place import Known, Place
from .reads import answered, json_ready, listed, unknown
from .recorded import Recorded, RecordedGate
from .remembered import confirmed, with_remembered
from .resources import containers_of, kind_at, kinds, kinds_naming, named_by, parent_address, parent_of
from .resources.base import (
    Resource,
    Sight,
)
from .services.calls import Calls

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
_NOTHING_YET = Observed(None, {})


@dataclass(frozen=True)
class _Group:
    """The addresses of one kind in one scope (and in one Region, where they live in Regions), which one listing serves;
    all that is there, if it `is_claimed`. One that `is_beside` is read only to see who names what is to be retired."""

    kind: type[Resource]
    parent: Address | None
    addresses: tuple[Address, ...]
    is_claimed: bool = False
    is_beside: bool = False
    region: str | None = None


_Groups = dict[tuple[str, Address | None, str | None], _Group]
"""By kind, container and Region."""


@dataclass
class Observer:
    """Reads the live objects of one workspace. `observe` reads everything, `look` reads a few again."""

    desired: Desired
    recorded: Recorded
    calls: Calls
    parallelism: int = 8
    readings: dict[Address, Reading] = field(default_factory=dict)
    unmanaged: list[Unmanaged] = field(default_factory=list)
    beside: set[Address] = field(default_factory=set)

    def observe(self) -> Live:
        """Containers first, because what they contain is asked for by their ids."""
        groups = self._groups()
        for depth in sorted({len(group.kind.path) for group in groups}):
            tier = [group for group in groups if len(group.kind.path) == depth]
            for group, (found, unmanaged) in zip(tier, self._in_parallel(self._read_group, tier), strict=True):
                self.readings |= found
                self.unmanaged += unmanaged
                self.beside.update(one.address for one in unmanaged if group.is_beside)
        self._link()
        return Live(
            readings=dict(sorted(self.readings.items())),
            unmanaged=tuple(sorted(self.unmanaged, key=lambda one: one.address)),
            at=self.calls.time(),
            calls=self.calls.counts,
        )

    def look(self, addresses: Iterable[Address], ids: Mapping[Address, str]) -> Mapping[Address, Reading]:
        """Read these addresses again, with all that contains them. `ids` are those that this run has learnt.

        Safe to use from several threads: each look sees only what it has read itself and what was known before the run.
        """
        wanted = set(addresses)
        todo = wanted.union(*(containers_of(one) for one in wanted))
        fresh: dict[Address, Reading] = {}
        for depth in sorted({len(one.parts) for one in todo}):
            for group in _grouped((one for one in todo if len(one.parts) == depth), self._region_of):
                found, _ = self._read_group(group, learnt=ids, seen=fresh)
                fresh |= found
        return {**fresh, **self._linked(fresh, ids)}

    # -- what to read

    def _groups(self) -> list[_Group]:
        addresses = {*self.desired.declarations, *self.recorded.resources}
        grouped = _grouped(addresses, self._region_of)
        groups = {(group.kind.kind, group.parent, group.region): group for group in grouped}
        for container in [kind for kind in kinds().values() if "authoritative" in kind.model_fields]:
            for address, spec in self.desired.of_kind(container.kind):
                for kind in kinds().values():
                    claimed = kind.is_collection() and kind.path[-2] in getattr(spec, "authoritative", ())
                    if claimed and parent_of(kind) is container:
                        groups.setdefault((kind.kind, address, None), _Group(kind, address, (), is_claimed=True))
        for address in self._leaving:
            self._claim_contents(address, groups)
            self._look_beside(address, groups)
        return list(groups.values())

    @property
    def _leaving(self) -> Set[Address]:
        """What no file names any more."""
        return self.recorded.resources.keys() - self.desired.declarations.keys()

    def _claim_contents(self, address: Address, groups: _Groups) -> None:
        """What is about to be retired is read with everything in it, so that nothing vanishes unseen."""
        for kind in kinds().values():
            if kind.is_collection() and parent_of(kind) is kind_at(address.parts):
                groups.setdefault((kind.kind, address, None), _Group(kind, address, ()))

    def _look_beside(self, address: Address, groups: _Groups) -> None:
        """What may name it is read too: a service keeps what is in use."""
        kind = kind_at(address.parts)
        for other in kinds_naming(kind) if kind else ():
            if not any(name == other.kind for name, _, _ in groups):
                groups[other.kind, None, None] = _Group(other, None, (), is_beside=True)

    def _region_of(self, address: Address) -> str | None:
        """Where it was made, or is to be; of what lives in no Region, none."""
        wanted, known = self._values(address)
        found = known.get("region") or wanted.get("region")
        return None if found is None else str(found)

    def _link(self) -> None:
        """Ids become keys everywhere; of what was read beside, only what names something that is to go is kept."""
        self.readings |= self._linked(self.readings, {})
        keys = self._keys(self.readings, {})
        kept = []
        for one in self.unmanaged:
            observed = linked(kinds()[one.kind], one.observed, keys)
            if one.address not in self.beside or not self._leaving.isdisjoint(names_of(one.address, observed)):
                kept.append(replace(one, observed=observed))
        self.unmanaged = kept

    def _keys(self, found: Mapping[Address, Reading], ids: Mapping[Address, str]) -> Keys:
        known = [(address, one.id) for address, one in found.items() if isinstance(one, Observed)]
        others = [(one.address, one.observed.id) for one in self.unmanaged]
        return {**recorded_keys(self.recorded), **keys_by_id([*others, *known, *ids.items()])}

    def _linked(self, found: Mapping[Address, Reading], ids: Mapping[Address, str]) -> dict[Address, Reading]:
        """What names others by their ids, with their keys. Nothing is decided about what names something unread."""
        todo = [address for address in found if (kind := kind_at(address.parts)) and refers_by_id(kind)]
        if not todo:
            return {}
        read = {**self.readings, **found}
        keys = self._keys(read, ids)
        result: dict[Address, Reading] = {}
        for address in todo:
            kind, reading = kind_at(address.parts), found[address]
            assert kind is not None
            seen = linked(kind, reading, keys) if isinstance(reading, Observed) else reading
            named = [*self._named(address), *(names_of(address, seen) if isinstance(seen, Observed) else ())]
            unread = next((one for one in named if isinstance(read.get(one), Unknown | Ambiguous)), None)
            is_blind = f"{unread}, which it names, could not be read"
            result[address] = Unknown(is_blind, code="CF-OBS-003") if unread else seen
        return result

    def _named(self, address: Address) -> Iterator[Address]:
        """What it names by an id, as declared."""
        spec = self.desired.spec(address)
        for name, ref in references_by_id(type(spec)) if spec else ():
            yield from (named_by(ref, address, key) for key in ref.keys(getattr(spec, name)))

    # -- one group

    def _read_group(
        self, group: _Group, learnt: Mapping[Address, str] | None = None, seen: Mapping[Address, Reading] | None = None
    ) -> tuple[dict[Address, Reading], list[Unmanaged]]:
        api = group.kind.api
        known = Known(
            self.desired,
            seen=self.readings if seen is None else seen,
            before=self.readings,
            learnt=learnt or {},
            is_apart=api.is_apart,
        )
        parent = known.reading(group.parent) if group.parent else None
        if isinstance(parent, Unknown | Ambiguous):
            reason = Unknown(f"{group.parent} could not be read", code="CF-OBS-003")
            return dict.fromkeys(group.addresses, reason), []
        place = known.place(group.parent, self.calls.time())
        if (group.parent and parent is None) or (api.readable and not api.readable(place.scope)):
            return dict.fromkeys(group.addresses, Absent()), []
        if not api.listing and api.held_in is None:
            read = self._reader(group.kind)
            found = self._in_parallel(lambda one: read(group.kind, one, place), group.addresses)
            return self._understood(group.kind, dict(zip(group.addresses, found, strict=True)), place), []
        try:
            objects = self._list(group.kind, place, group.region)
        except ServiceError as error:
            # a claimed collection that has nothing of ours is not empty for that
            unread = group.addresses or ((_collection(group),) if group.is_claimed or group.is_beside else ())
            return dict.fromkeys(unread, unknown(error)), []
        bound, rest = bind(objects, group.kind, self._wishes(group.addresses, learnt or {}))
        for address, reading in bound.items():
            is_new = isinstance(reading, Absent) and may_still_appear(
                group.kind, address, self.recorded, self.calls.time()
            )
            bound[address] = NOT_YET if is_new else reading
        work = list(bound.items())
        found = self._in_parallel(lambda pair: self._complete(group.kind, pair[0], pair[1], place), work)
        complete = {address: reading for (address, _), reading in zip(work, found, strict=True)}
        return self._understood(group.kind, complete, place), _name_unmanaged(group, rest)

    def _reader(self, kind: type[Resource]) -> Callable[[type[Resource], Address, Place], Reading]:
        """How one object is read where no operation lists them."""
        if kind.api.find:
            return self._read_found
        return self._read_unlisted if kind.is_collection() else self._read_single

    def _wishes(self, addresses: Iterable[Address], learnt: Mapping[Address, str]) -> dict[Address, Wish]:
        imports = {one.target: one.id for one in self.desired.imports}
        wishes = {}
        # what is declared comes first: of one natural key, it is what people mean
        for address in sorted(addresses, key=lambda one: one not in self.desired.declarations):
            record, spec = self.recorded.resources.get(address), self.desired.spec(address)
            values = spec.values() if spec else (record.values if record else {})
            known = learnt.get(address) or (record.id if record else None)
            # once it is bound, an import block has done its work and may stay in the files
            wishes[address] = Wish(known or imports.get(address), values, strict=not known and address in imports)
        return wishes

    def _list(self, kind: type[Resource], place: Place, region: str | None) -> list[Mapping[str, Any]]:
        if kind.api.held_in is not None:
            return list(place.scope.parent.facts.get(kind.api.held_in, ())) if place.scope.parent else []
        region = region if kind.api.is_regional else place.region
        return listed(self.calls, kind, kind.api.listing, lambda sends: place.fill(sends, _NOTHING_YET, {}), region)

    def _read_single(self, kind: type[Resource], address: Address, place: Place) -> Reading:
        """A setting that is the only one of its scope."""
        return self._complete(kind, address, {}, place)

    def _read_found(self, kind: type[Resource], address: Address, place: Place) -> Reading:
        """One that is looked for by its id or by what it is called."""
        wanted, known = self._values(address)
        found: dict[Any, Mapping[str, Any]] = {}
        near: list[str] = []
        for find in place.there(kind.api.find):
            named = Observed(self._recorded_id(address) or self._imported_id(address), {})
            request = place.fill(find.sends, named, wanted or known)
            try:
                answer = self.calls.read(kind.api.service_of(find), find.operation, request)
            except ServiceError as error:
                return unknown(error)
            found |= {kind.read(item).id: item for item in answer[find.items]}
            near += answer.get(find.near, ()) if find.near else ()
        if len(found) > 1:
            return Ambiguous(tuple(sorted(map(str, found))))
        imported = None if self._recorded_id(address) else self._imported_id(address)
        if imported and imported not in found:
            return missing_import(imported)
        return self._complete(kind, address, next(iter(found.values()), Absent(tuple(near))), place)

    def _recorded_id(self, address: Address) -> str | None:
        record = self.recorded.resources.get(address)
        return record.id if record else None

    def _imported_id(self, address: Address) -> str | None:
        """The id that an import block names; once it is bound, the block has done its work."""
        return next((one.id for one in self.desired.imports if one.target == address), None)

    def _read_unlisted(self, kind: type[Resource], address: Address, place: Place) -> Reading:
        """One of a collection that no operation lists: it is there if somebody has seen it, or the record says so."""
        record, spec = self.recorded.resources.get(address), self.desired.spec(address)
        said = confirmed(kind, address, self.desired, self.recorded)
        brought = any(work.name in said for work in kind.by_hand if work.brings == "existence")
        presumed = kind.api.presumed is not None and spec is not None and kind.api.presumed(spec.values())
        if not (presumed or brought or (record and spec is None)):
            return Absent()
        found = self._complete(kind, address, {}, place)
        if not isinstance(found, Observed):
            return found
        key = {trait.name: address.name for trait in kind.traits().values() if trait.from_key}
        others = {*self.desired.declarations, *self.recorded.resources} - {address}
        siblings = sum(1 for one in others if one.parts[:-1] == address.parts[:-1])
        return replace(found, values={**key, **found.values}, facts={**found.facts, "siblings": siblings})

    def _complete(
        self, kind: type[Resource], address: Address, found: Mapping[str, Any] | Reading, place: Place
    ) -> Reading:
        """Add the details that are declared or recorded to a listed object, and translate it."""
        if not isinstance(found, Mapping):
            return found
        wire = dict(found)
        wanted, known = self._values(address)
        kept: dict[str, Any] = {}
        for detail in place.there(kind.api.details):
            if not any(name in wanted or name in known for name in detail.fields):
                continue
            if detail.when and not detail.when(wanted or known):
                continue
            seen = kind.read(wire)
            if detail.once and seen.id == self._recorded_id(address) and all(name in known for name in detail.fields):
                kept |= {name: known[name] for name in detail.fields}
                continue
            region = seen.values.get("region") if kind.api.is_regional else place.region
            try:
                answer = answered(self.calls, kind, detail, place.fill(detail.sends, seen, wanted or known), region)
            except ServiceError as error:
                if error.fault is ServiceFault.ABSENT and detail.absent_is_empty:
                    continue
                is_gone = error.fault is ServiceFault.ABSENT and detail.service is None
                return Absent() if is_gone else unknown(error)
            part = answer.get(detail.member) if detail.member else answer
            part = detail.shows(answer, wanted, known) if detail.shows else part
            wire |= {detail.into: part} if detail.into else dict(part or {})
        seen = json_ready(kind.read(wire))
        seen = replace(seen, values={**seen.values, **kept})
        return with_remembered(kind, address, seen, self.desired, self.recorded)

    def _understood(
        self, kind: type[Resource], found: Mapping[Address, Reading], place: Place
    ) -> dict[Address, Reading]:
        """What was read, with what its surroundings tell of it."""
        understood = dict(found)
        if kind.understood.__func__ is Resource.understood.__func__:  # type: ignore[attr-defined]
            return understood
        for address, reading in found.items():
            if isinstance(reading, Observed):
                wanted, known = self._values(address)
                waiting = {gate.id.rpartition("~")[2]: gate.since for gate in self._waiting.get(address, ())}
                sight = Sight(address, place.scope, wanted, known, self.desired, waiting, found)
                understood[address] = kind.understood(reading, sight)
        return understood

    @cached_property
    def _waiting(self) -> Mapping[Address, list[RecordedGate]]:
        gates: dict[Address, list[RecordedGate]] = {}
        for gate in self.recorded.gates.values():
            gates.setdefault(gate.address, []).append(gate)
        return gates

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


def _name_unmanaged(group: _Group, rest: Iterable[Mapping[str, Any]]) -> list[Unmanaged]:
    """Objects nobody declared, under the address that they would have; one with no name of its own goes by its id."""
    from_key = next((trait.name for trait in group.kind.traits().values() if trait.from_key), None)
    found = []
    for wire in rest:
        observed = json_ready(group.kind.read(wire))
        name = observed.values.get(from_key) if from_key else None
        address = _collection(group).child(str(name or observed.id))
        found.append(Unmanaged(address, group.kind.kind, observed))
    return found


def _collection(group: _Group) -> Address:
    return Address((*(group.parent.parts if group.parent else ()), group.kind.path[-2]))


def _grouped(addresses: Iterable[Address], region_of: Callable[[Address], str | None]) -> list[_Group]:
    groups: dict[tuple[str, Address | None, str | None], list[Address]] = {}
    for address in sorted(addresses):
        kind = kind_at(address.parts)
        if kind:
            parts = parent_address(kind, address.parts)
            region = region_of(address) if kind.api.is_regional else None
            groups.setdefault((kind.kind, Address(parts) if parts else None, region), []).append(address)
    return [
        _Group(kinds()[kind], parent, tuple(found), region=region) for (kind, parent, region), found in groups.items()
    ]
