"""From kinds and services to Live: bulk, parallel, three-valued, and only what is declared, recorded or claimed.

Addresses are bound to live objects by the recorded or imported id first and by the kind's natural key second. A read
that fails makes its addresses unknown, with the reason; absence is something that only the service can say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any, TypeVar

from .address import Address
from .appearing import NOT_YET, may_still_appear
from .errors import ServiceError, ServiceFault
from .itinerary import Group, Itinerary
from .language.desired import Desired
from .linking import Links, names_of
from .live import Absent, Ambiguous, Live, Observed, Reading, Unknown, Unmanaged, Values
from .matching import Wish, bind, collection_of, missing_import, namesake, shared_names
from .place import Known, Place
from .reads import Shared, answered, json_ready, listed, unknown
from .recorded import Recorded, RecordedGate
from .remembered import confirmed, with_remembered
from .resources import containers_of, key_values, kind_at, kinds
from .resources.base import Resource, Sight
from .services.calls import Calls

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
_NOTHING_YET = Observed(None, {})


@dataclass
class _Found:
    """What reading one group showed."""

    readings: Mapping[Address, Reading]
    unmanaged: list[Unmanaged] = field(default_factory=list)
    sought: Mapping[Address, Reading] = field(default_factory=dict)


@dataclass
class Observer:
    """Reads the live objects of one workspace. `observe` reads everything, `look` reads a few again."""

    desired: Desired
    recorded: Recorded
    calls: Calls
    clock: Callable[[], datetime]
    """This machine's, as the ledger's times are; the service has one of its own."""
    readings: dict[Address, Reading] = field(default_factory=dict)
    unmanaged: list[Unmanaged] = field(default_factory=list)
    sought: dict[Address, Reading] = field(default_factory=dict)
    beside: set[Address] = field(default_factory=set)
    _shared: Shared = field(init=False, default_factory=Shared)
    """What this look at everything has been told of many objects at once."""

    @cached_property
    def _itinerary(self) -> Itinerary:
        return Itinerary(self.desired, self.recorded)

    def observe(self) -> Live:
        """Containers first, because what they contain is asked for by their ids."""
        self._shared = Shared()
        groups = self._itinerary.groups()
        for depth in sorted({len(group.kind.path) for group in groups}):
            self._read([group for group in groups if len(group.kind.path) == depth])
        self._seek()
        self._link()
        return Live(
            readings=dict(sorted(self.readings.items())),
            unmanaged=tuple(sorted(self.unmanaged, key=lambda one: one.address)),
            at=self.calls.time(),
            calls=self.calls.counts,
            sought=dict(sorted(self.sought.items())),
        )

    def look(self, addresses: Iterable[Address], ids: Mapping[Address, str]) -> Mapping[Address, Reading]:
        """Read these addresses again, with all that contains them. `ids` are those that this run has learnt.

        Safe to use from several threads: each look sees only what it has read itself and what was known before the run.
        """
        wanted = set(addresses)
        todo = wanted.union(*(containers_of(one) for one in wanted))
        fresh: dict[Address, Reading] = {}
        shared = Shared()
        for depth in sorted({len(one.parts) for one in todo}):
            for group in self._itinerary.grouped(one for one in todo if len(one.parts) == depth):
                fresh |= self.read_group(group, learnt=ids, seen=fresh, shared=shared).readings
        return {**fresh, **self._links(fresh, ids).linked(fresh)}

    def _read(self, groups: Iterable[Group]) -> None:
        todo = list(groups)
        read = partial(self.read_group, shared=self._shared)
        for group, found in zip(todo, self._in_parallel(read, todo), strict=True):
            self.readings |= found.readings
            self.unmanaged += found.unmanaged
            self.sought |= found.sought
            self.beside.update(one.address for one in found.unmanaged if group.is_beside)

    def _seek(self) -> None:
        """What something names that is not there is looked for; where all is there, nobody asks for it."""
        absent = {one for one in self._itinerary.named if isinstance(self.readings.get(one), Absent)}
        missing = {self._itinerary.named[one] for one in absent} - self.sought.keys()
        groups = self._itinerary.grouped(missing)
        self._read(replace(one, addresses=(), sought=one.addresses, is_for_them=True) for one in groups)
        for one in absent:
            self.readings[one] = self._as_named(one, self.readings[one])

    def _link(self) -> None:
        """Ids become keys everywhere; of what was read beside, only what names something that is to go is kept."""
        links = self._links({}, {})
        self.readings |= links.linked(self.readings)
        kept = []
        for one in self.unmanaged:
            observed = links.with_keys(kinds()[one.kind], one.observed)
            named = names_of(one.address, observed)
            if one.address not in self.beside or not self._itinerary.leaving.isdisjoint(named):
                kept.append(replace(one, observed=observed))
        self.unmanaged = kept

    def _links(self, found: Mapping[Address, Reading], learnt: Mapping[Address, str]) -> Links:
        return Links(self.desired, self.recorded, {**self.readings, **found}, tuple(self.unmanaged), learnt)

    # -- one group

    def read_group(
        self,
        group: Group,
        learnt: Mapping[Address, str] | None = None,
        seen: Mapping[Address, Reading] | None = None,
        shared: Shared | None = None,
    ) -> _Found:
        api = group.kind.api
        known = Known(
            self.desired,
            self.recorded,
            seen=self.readings if seen is None else seen,
            before=self.readings,
            learnt=learnt or {},
            is_apart=api.is_apart,
        )
        parent = known.reading(group.parent) if group.parent else None
        if isinstance(parent, Unknown | Ambiguous):
            reason = Unknown(f"{group.parent} could not be read", code="CF-OBS-003")
            return _alike(group, reason)
        place = known.place(group.parent, self.calls.time(), shared)
        if (group.parent and parent is None) or (api.readable and not api.readable(place.scope)):
            return _alike(group, Absent())
        if not api.listing and api.held_in is None:
            read = self._reader(group.kind)
            found = self._in_parallel(lambda one: read(group.kind, one, place), group.addresses)
            return _Found(self._understood(group.kind, dict(zip(group.addresses, found, strict=True)), place))
        try:
            objects = self._list(group.kind, place, group.region)
        except ServiceError as error:
            # a claimed collection is not empty, nor as large as what is ours of it
            is_whole = group.is_claimed or group.is_beside
            claimed = (collection_of(group.kind, group.parent),) if is_whole else ()
            return _alike(replace(group, addresses=(*group.addresses, *claimed)), unknown(error))
        bound, rest = bind(objects, group.kind, self._wishes(group, learnt or {}))
        keys = {one: Wish(None, key_values(one), strict=False) for one in group.sought}
        sought, _ = bind(objects, group.kind, keys)
        work = [(one, self._or_told(group.kind, one, wire)) for one, wire in bound.items()]
        found = self._in_parallel(lambda pair: self._complete(group.kind, pair[0], pair[1], place), work)
        complete = {address: reading for (address, _), reading in zip(work, found, strict=True)}
        return _Found(
            self._understood(group.kind, complete, place),
            [] if group.is_for_them else self._nobodys(group, rest),
            {one: json_ready(group.kind.read(w)) if isinstance(w, Mapping) else w for one, w in sought.items()},
        )

    def _reader(self, kind: type[Resource]) -> Callable[[type[Resource], Address, Place], Reading]:
        """How one object is read where no operation lists them."""
        if kind.api.find:
            return self._read_found
        return self._read_unlisted if kind.is_collection() else self._read_single

    def _wishes(self, group: Group, learnt: Mapping[Address, str]) -> dict[Address, Wish]:
        imports = {one.target: one.id for one in self.desired.imports}
        wishes = {}
        # what is declared comes first: of one natural key, it is what people mean
        for address in sorted(group.addresses, key=lambda one: one not in self.desired.declarations):
            record, spec = self.recorded.resources.get(address), self.desired.spec(address)
            values = spec.values() if spec else record.values if record else key_values(address)
            known = learnt.get(address) or (record.id if record else None)
            known = known or self._id_of_named(group.kind, address, values, learnt)
            # once it is bound, an import block has done its work and may stay in the files
            wishes[address] = Wish(known or imports.get(address), values, strict=not known and address in imports)
        return wishes

    def _id_of_named(
        self, kind: type[Resource], address: Address, values: Values, learnt: Mapping[Address, str]
    ) -> str | None:
        """The id that an object shares with what it names."""
        other = namesake(kind, address, values)
        if other is None:
            return None
        found = self.readings.get(other) or self.sought.get(other)
        return learnt.get(other) or (found.id if isinstance(found, Observed) else None)

    def _or_told(
        self, kind: type[Resource], address: Address, found: Mapping[str, Any] | Reading
    ) -> Mapping[str, Any] | Reading:
        """What no listing shows may be there all the same: somebody has said so, or it was made a moment ago."""
        if isinstance(found, Absent) and self._is_brought(kind, address):
            return {}
        if isinstance(found, Absent) and may_still_appear(kind, address, self.recorded, self.clock()):
            return NOT_YET
        return self._as_named(address, found)

    def _as_named(self, address: Address, found: Item) -> Item | Unknown:
        """Without what it names having been read, nobody can say that something is not there."""
        kind = kind_at(address.parts)
        if kind is None or not isinstance(found, Absent):
            return found
        other = namesake(kind, address, self._itinerary.values(address)[0])
        reading = (self.readings.get(other) or self.sought.get(other)) if other else None
        if isinstance(reading, Unknown | Ambiguous):
            return Unknown(f"{other}, which it names, could not be read", code="CF-OBS-003")
        return found

    def _nobodys(self, group: Group, rest: Iterable[Mapping[str, Any]]) -> list[Unmanaged]:
        """Objects nobody declared, under the address that they would have; what has no name of its own, by its id."""
        key = group.kind.key_field()
        found = []
        for wire in rest:
            seen = json_ready(group.kind.read(wire))
            if not group.kind.is_there(seen):
                continue
            if name := self._name_of_same_id(group, seen):
                seen = replace(seen, values={**seen.values, str(key): name})
            address = collection_of(group.kind, group.parent).child(str((key and seen.values.get(key)) or seen.id))
            found.append(Unmanaged(address, group.kind.kind, seen))
        return found

    def _name_of_same_id(self, group: Group, seen: Observed) -> str | None:
        """How the files would name a declared thing of another collection that has the id of the object."""
        named = shared_names(group.kind)
        if named is None or group.parent is None:
            return None
        for collection, kind in named.ref.others.items():
            for address, _ in self.desired.of_kind(kind, within=containers_of(group.parent)[0]):
                reading = self.readings.get(address)
                if isinstance(reading, Observed) and reading.id == seen.id:
                    return f"{collection}.{address.name}"
        return None

    def _list(self, kind: type[Resource], place: Place, region: str | None) -> list[Mapping[str, Any]]:
        if kind.api.held_in is not None:
            return list(place.scope.parent.facts.get(kind.api.held_in, ())) if place.scope.parent else []
        region = region if kind.api.is_regional else place.region
        return listed(
            self.calls, place.shared, kind, kind.api.listing, lambda sends: place.fill(sends, _NOTHING_YET, {}), region
        )

    def _read_single(self, kind: type[Resource], address: Address, place: Place) -> Reading:
        """A setting that is the only one of its scope."""
        return self._complete(kind, address, {}, place)

    def _read_found(self, kind: type[Resource], address: Address, place: Place) -> Reading:
        """One that is looked for by its id or by what it is called."""
        wanted, known = self._itinerary.values(address)
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
        presumed = kind.api.presumed is not None and spec is not None and kind.api.presumed(spec.values())
        if not (presumed or self._is_brought(kind, address) or (record and spec is None)):
            return Absent()
        found = self._complete(kind, address, {}, place)
        if not isinstance(found, Observed):
            return found
        others = {*self.desired.declarations, *self.recorded.resources} - {address}
        siblings = sum(1 for one in others if one.parts[:-1] == address.parts[:-1])
        return replace(
            found, values={**key_values(address), **found.values}, facts={**found.facts, "siblings": siblings}
        )

    def _complete(
        self, kind: type[Resource], address: Address, found: Mapping[str, Any] | Reading, place: Place
    ) -> Reading:
        """Add the details that are declared or recorded to a listed object, and translate it."""
        if not isinstance(found, Mapping):
            return found
        wire = dict(found)
        wanted, known = self._itinerary.values(address)
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
            request = place.fill(detail.sends, seen, wanted or known, known)
            try:
                answer = answered(self.calls, place.shared, kind, detail, request, place.region_of(kind, seen))
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
        if kind.api.same_id_as:
            # what has the id of a thing is called as that thing is, whatever the service writes
            seen = replace(seen, values={**seen.values, kind.api.same_id_as: address.name})
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
                wanted, known = self._itinerary.values(address)
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

    def _is_brought(self, kind: type[Resource], address: Address) -> bool:
        """Whether somebody has said that it is there."""
        brings = [work.name for work in kind.by_hand if work.brings == "existence"]
        return bool(brings) and not confirmed(kind, address, self.desired, self.recorded).isdisjoint(brings)

    def _in_parallel(self, work: Callable[[Any], Outcome], items: Iterable[Any]) -> list[Outcome]:
        todo = list(items)
        if len(todo) <= 1 or self.calls.parallelism <= 1:
            return [work(item) for item in todo]
        with ThreadPoolExecutor(min(self.calls.parallelism, len(todo))) as pool:
            return list(pool.map(work, todo))


def _alike(group: Group, reading: Reading) -> _Found:
    """The same of everything in a group."""
    return _Found(dict.fromkeys(group.addresses, reading), sought=dict.fromkeys(group.sought, reading))
