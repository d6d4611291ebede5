"""What has to be read: which listings, of which kinds, in which containers and Regions, and for whose sake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from functools import cached_property

from .address import Address
from .language.desired import Desired
from .live import Values
from .recorded import Recorded
from .relocation import departures
from .resources import kind_at, kinds, kinds_naming, named_by, parent_address, parent_of, sought_names
from .resources.base import Resource


@dataclass(frozen=True)
class Group:
    """The addresses of one kind in one scope (and in one Region, where they live in Regions), which one listing serves;
    all that is there, if it `is_claimed`. One that `is_beside` is read only to see who names what is to be retired.

    `sought` are undeclared addresses that something names. With `is_for_them` nothing else of the kind matters there.
    """

    kind: type[Resource]
    parent: Address | None
    addresses: tuple[Address, ...]
    is_claimed: bool = False
    sought: tuple[Address, ...] = ()
    is_for_them: bool = False
    is_beside: bool = False
    region: str | None = None


Where = tuple[str, Address | None, str | None]
"""Kind, container and Region of a group."""


@dataclass(frozen=True)
class Itinerary:
    """The reads of one workspace, from its files and its ledger."""

    desired: Desired
    recorded: Recorded

    @cached_property
    def named(self) -> Mapping[Address, Address]:
        """What neither the files nor the ledger have and something declared names, by what names it."""
        found = {}
        for address, declaration in self.desired.declarations.items():
            for trait in sought_names(type(declaration.spec)):
                value = getattr(declaration.spec, trait.name)
                if trait.ref and value is not None and trait.ref.may_be_undeclared(value):
                    found[address] = named_by(trait.ref, address, value)
        known = self.desired.declarations.keys() | self.recorded.resources.keys()
        return {address: other for address, other in found.items() if other not in known}

    def groups(self) -> list[Group]:
        addresses = {*self.desired.declarations, *self.recorded.resources, *departures(self.desired)}
        groups: dict[Where, Group] = {_where(group): group for group in self.grouped(addresses)}
        for container in [kind for kind in kinds().values() if "authoritative" in kind.model_fields]:
            for address, spec in self.desired.of_kind(container.kind):
                for kind in kinds().values():
                    claimed = kind.is_collection() and kind.path[-2] in getattr(spec, "authoritative", ())
                    if claimed and parent_of(kind) is container:
                        groups.setdefault((kind.kind, address, None), Group(kind, address, (), is_claimed=True))
        for name in self._drawn:
            group = groups.get((name, None, None), Group(kinds()[name], None, ()))
            groups[name, None, None] = replace(group, is_claimed=True)
        for address in self.leaving:
            self._claim_contents(address, groups)
            self._look_beside(address, groups)
        for group in self.grouped(set(self.named.values())):
            # a listing that is read anyhow shows them too
            if known := groups.get(where := _where(group)):
                groups[where] = replace(known, sought=group.addresses)
        return list(groups.values())

    def _claim_contents(self, address: Address, groups: dict[Where, Group]) -> None:
        """What is about to be retired is read with everything in it, so that nothing vanishes unseen."""
        for kind in kinds().values():
            if kind.is_collection() and parent_of(kind) is kind_at(address.parts):
                groups.setdefault((kind.kind, address, None), Group(kind, address, ()))

    @cached_property
    def _drawn(self) -> frozenset[str]:
        """Kinds of which blocks stand for a number of objects, whichever they are."""
        found = (one.draws_on for one in kinds().values() if any(self.desired.of_kind(one.kind)))
        return frozenset(name for name in found if name)

    @property
    def leaving(self) -> Set[Address]:
        """What no file names any more."""
        return self.recorded.resources.keys() - self.desired.declarations.keys()

    def _look_beside(self, address: Address, groups: dict[Where, Group]) -> None:
        """What may name it is read too: a service keeps what is in use."""
        kind = kind_at(address.parts)
        if kind is None or self._is_drawn(kind, address):
            return
        for other in kinds_naming(kind):
            if not any(name == other.kind for name, _, _ in groups):
                groups[other.kind, None, None] = Group(other, None, (), is_beside=True)

    def _is_drawn(self, kind: type[Resource], address: Address) -> bool:
        """Whether it was applied for a block that stands for a number of objects: no file names these one by one, and
        nobody knows yet which of them are to go."""
        _, known = self.values(address)
        blocks = (
            name for name, trait in kind.traits().items() if trait.ref and kinds()[trait.ref.kind].draws_on == kind.kind
        )
        return kind.kind in self._drawn and any(known.get(name) is not None for name in blocks)

    def _region_of(self, address: Address) -> str | None:
        """Where it was made, or is to be; of what lives in no Region, none."""
        wanted, known = self.values(address)
        found = known.get("region") or wanted.get("region")
        return None if found is None else str(found)

    def values(self, address: Address) -> tuple[Values, Values]:
        """What the files want, and what was applied last."""
        spec, record = self.desired.spec(address), self.recorded.resources.get(address)
        return spec.values() if spec else {}, record.values if record else {}

    def grouped(self, addresses: Iterable[Address]) -> list[Group]:
        """Addresses by the listings that serve them."""
        groups: dict[Where, list[Address]] = {}
        for address in sorted(addresses):
            kind = kind_at(address.parts)
            if kind:
                parts = parent_address(kind, address.parts)
                region = self._region_of(address) if kind.api.is_regional else None
                groups.setdefault((kind.kind, Address(parts) if parts else None, region), []).append(address)
        return [
            Group(kinds()[kind], parent, tuple(found), region=region)
            for (kind, parent, region), found in groups.items()
        ]


def _where(group: Group) -> Where:
    return group.kind.kind, group.parent, group.region
