"""From services to an Organisation: everything that there is, without being told what to look for.

Kinds are read from the outside in, each with one listing a container and with every detail that its objects have. A
read that fails leaves a gap with its reason, and the rest is read all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from .address import Address
from .errors import ServiceError, ServiceFault
from .export.naming import keys_of, natural_keys
from .export.organisation import Found, Gap, Organisation
from .linking import linked
from .live import Observed
from .matching import shared_names
from .reads import Shared, answered, json_ready, listed, unknown
from .regions import REGIONS
from .resources import kinds, named_by, parent_of
from .resources.base import Detail, Fact, OutermostId, OwnId, ParentId, Resource, Scope, Template
from .services.calls import Calls

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
Wire = Mapping[str, Any]
_NOTHING_YET = Observed(None, {})


@dataclass
class Discovery:
    """One look at everything. `selects` says of an address whether it, or something below it, is wanted at all."""

    calls: Calls
    selects: Callable[[Address], bool]
    found: list[Found] = field(default_factory=list)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    """How files name what was found and others have the id of, by kind and id."""
    gaps: list[Gap] = field(default_factory=list)
    shared: Shared = field(default_factory=Shared)

    def discover(self, aws_account: str | None) -> Organisation:
        """Containers first, because what they contain is asked for by their ids."""
        shown = [kind for kind in kinds().values() if kind.is_shown() and self._is_reachable(kind)]
        for depth in sorted({len(kind.path) for kind in shown}):
            places = [(kind, place) for kind in shown if len(kind.path) == depth for place in self._places(kind)]
            for found, gaps in self._in_parallel(lambda one: self._read(*one), places):
                self.found += found
                self.gaps += gaps
                self.names |= {(one.kind.kind, str(one.observed.id)): one.address.name for one in found}
        self._link()
        return Organisation(
            found=tuple(sorted(self._wanted(), key=lambda one: (one.address, str(one.observed.id)))),
            gaps=tuple(sorted(self.gaps, key=lambda gap: (gap.address, gap.fields))),
            at=self.calls.time(),
            aws_account=aws_account,
            calls=self.calls.counts,
        )

    def _link(self) -> None:
        """What names others by their ids, with the keys that they have here."""
        self.found = [replace(one, observed=linked(one.kind, one.observed, self.names)) for one in self.found]

    def _is_reachable(self, kind: type[Resource]) -> bool:
        parent = parent_of(kind)
        return parent is None or (parent.is_shown() and self._is_reachable(parent))

    def _places(self, kind: type[Resource]) -> list[Found | None]:
        """The live containers in which there may be something of the kind; None is the top."""
        parent = parent_of(kind)
        around = [one for one in self.found if one.kind is parent] if parent else [None]
        return [one for one in around if self._is_asked_for(kind, one)]

    def _is_asked_for(self, kind: type[Resource], container: Found | None) -> bool:
        """What something that is wanted refers to is read too, whether or not it is wanted for itself."""
        refs = (ref for other in kinds().values() for trait in other.traits().values() for ref in trait.refs)
        needed = {name for ref in refs for name in ref.kinds}
        is_near = container is None or self.selects(container.address)
        return self.selects(_prefix(kind, container)) or (is_near and kind.kind in needed)

    def _wanted(self) -> Iterable[Found]:
        """What is selected, and what that refers to."""
        by_address = {one.address: one for one in self.found}
        wanted = {address for address in by_address if self.selects(address)}
        waiting = list(wanted)
        while waiting:
            one = by_address[waiting.pop()]
            for trait in one.kind.traits().values():
                for ref in trait.refs:
                    for key in ref.keys(one.observed.values.get(trait.name)):
                        other = named_by(ref, one.address, key)
                        if other in by_address and other not in wanted:
                            wanted.add(other)
                            waiting.append(other)
        return [one for one in self.found if one.address in wanted]

    # -- one kind in one place

    def _read(self, kind: type[Resource], container: Found | None) -> tuple[list[Found], list[Gap]]:
        scope = container.around if container else Scope(None, self.calls.time())
        if (kind.api.readable and not kind.api.readable(scope)) or not kind.is_worth_reading(scope):
            return [], []
        if not kind.is_collection():
            return self._complete(kind, {}, _prefix(kind, container), scope, container)
        wires: list[Wire] = []
        gaps: list[Gap] = []
        for outcome in self._in_parallel(lambda region: self._list(kind, scope, region), _regions(kind, scope)):
            if isinstance(outcome, ServiceError):
                gaps.append(_gap(kind, _prefix(kind, container), container, outcome))
            else:
                wires += outcome
        found, more = self._members(kind, _distinct(kind, wires), scope, container)
        return found, [*gaps, *more]

    def _list(self, kind: type[Resource], scope: Scope, region: str | None) -> list[Wire] | ServiceError:
        try:
            fill = partial(_fill, seen=_NOTHING_YET, scope=scope)
            wires = listed(self.calls, self.shared, kind, kind.api.listing, fill, region)
            return [wire for wire in wires if kind.is_there(kind.read(wire))]
        except ServiceError as error:
            return error

    def _members(
        self, kind: type[Resource], wires: Sequence[Wire], scope: Scope, container: Found | None
    ) -> tuple[list[Found], list[Gap]]:
        objects = [self._seen(kind, wire) for wire in wires]
        count = natural_keys(kind, objects)
        place, work = _prefix(kind, container), []
        for wire, seen, key in zip(wires, objects, keys_of(kind, objects), strict=True):
            address = place.child(key if key is not None else str(seen.id))
            if self.selects(address) or not kind.api.details:
                work.append((wire, address, count[kind.natural_key(seen.values) or ()] > 1))
        outcomes = self._in_parallel(lambda one: self._complete(kind, one[0], one[1], scope, container, one[2]), work)
        return [each for found, _ in outcomes for each in found], [gap for _, gaps in outcomes for gap in gaps]

    def _complete(
        self,
        kind: type[Resource],
        wire: Wire,
        address: Address,
        scope: Scope,
        container: Found | None,
        is_ambiguous: bool = False,  # noqa: FBT001, FBT002 - a fact that is passed on
    ) -> tuple[list[Found], list[Gap]]:
        """The object with all its details. One that has gone since it was listed is none, nor is an empty setting, nor
        what is over."""
        gaps, whole = [], dict(wire)
        for detail in _details(kind, scope):
            seen = kind.read(whole)
            region = seen.values.get("region") if kind.api.is_regional else scope.nearest("region")
            try:
                request = _fill(detail.sends, seen, scope)
                answer = answered(self.calls, self.shared, kind, detail, request, region)
            except ServiceError as error:
                if error.fault is not ServiceFault.ABSENT:
                    gaps.append(_gap(kind, address, container, error, detail.fields))
                elif not detail.absent_is_empty:
                    return [], []
                continue
            part = answer.get(detail.member) if detail.member else answer
            whole |= {detail.into: part} if detail.into else dict(part or {})
        seen = json_ready(self._seen(kind, whole))
        is_there = (kind.is_collection() or seen.values) and not kind.is_over(seen)
        found = [Found(address, kind, seen, scope, is_ambiguous)] if is_there else []
        return found, gaps

    def _seen(self, kind: type[Resource], wire: Wire) -> Observed:
        """The object in the language's terms; what has the id of another one is called as that is (`bots.helpdesk`)."""
        seen = kind.read(wire)
        shared = shared_names(kind)
        for collection, other in shared.ref.others.items() if shared else ():
            if shared and (name := self.names.get((other, str(seen.id)))):
                seen = replace(seen, values={**seen.values, shared.field: f"{collection}.{name}"})
        return seen

    def _in_parallel(self, work: Callable[[Item], Outcome], items: Sequence[Item]) -> list[Outcome]:
        if len(items) <= 1 or self.calls.parallelism <= 1:
            return [work(item) for item in items]
        with ThreadPoolExecutor(min(self.calls.parallelism, len(items))) as pool:
            return list(pool.map(work, items))


def _prefix(kind: type[Resource], container: Found | None) -> Address:
    """The address of a collection, or of a setting."""
    own = kind.path[len(container.kind.path) if container else 0 :]
    parts = own[:-1] if kind.is_collection() else own
    return Address((*(container.address.parts if container else ()), *parts))


def _details(kind: type[Resource], scope: Scope) -> Iterable[Detail]:
    """Those that can be asked for without knowing what is wanted."""
    for detail in kind.api.details:
        if detail.shows is None and detail.when is None and (detail.where is None or detail.where(scope)):
            yield detail


def _regions(kind: type[Resource], scope: Scope) -> Sequence[str | None]:
    """Where to ask: everywhere, for what may live in any Region; else where its container is."""
    return REGIONS if kind.api.is_regional else (scope.nearest("region"),)


def _fill(template: Template, seen: Observed, scope: Scope) -> Mapping[str, Any]:
    """A request from ids, facts and constants; nothing else is known of what nobody has declared."""
    filled = {member: _filled(source, seen, scope) for member, source in template.items()}
    return {member: value for member, value in filled.items() if value is not None}


def _filled(source: Any, seen: Observed, scope: Scope) -> Any:
    if isinstance(source, ParentId):
        around: Scope | None = scope
        while around is not None and not (around.parent and around.parent.id):
            around = around.outer
        return around.parent.id if around and around.parent else None
    if isinstance(source, OutermostId):
        return scope.outermost.id if scope.outermost else None
    if isinstance(source, OwnId):
        return seen.id
    return seen.facts.get(source.name) if isinstance(source, Fact) else source


def _distinct(kind: type[Resource], wires: Iterable[Wire]) -> list[Wire]:
    """Each object once, as the first listing that has it shows it."""
    seen: dict[Any, Wire] = {}
    for wire in wires:
        seen.setdefault(kind.read(wire).id, wire)
    return list(seen.values())


def _gap(
    kind: type[Resource], address: Address, container: Found | None, error: ServiceError, fields: tuple[str, ...] = ()
) -> Gap:
    return Gap(address, kind, container.address if container else None, unknown(error), fields)
