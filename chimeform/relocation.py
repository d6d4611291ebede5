"""A move to another container, which the service cannot do: it is made there, and ended here.

`moved` says that a resource has another address now. Where the same object contains it as before, only the record
changes; so it is, too, where what contains it has itself moved. Anything else is a *relocation*: no operation takes
somebody from one account to another. The new one is made like any other declared resource; what of it only somebody
else can bring about (an invitation that waits to be accepted) is waited for; and only then is the old one retired.
The old address keeps its record until that is done, so that a relocation goes on from one apply to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from .address import Address
from .resources import containers_of, kind_at
from .resources.base import Resource

if TYPE_CHECKING:
    from .language.desired import Desired, Moved


def kind_of(address: Address) -> type[Resource] | None:
    """The kind of a resource, or of what a collection has."""
    return kind_at(address.parts) or kind_at((*address.parts, "*"))


class Moves:
    """The moves of a workspace, in the order in which they are done."""

    def __init__(self, moved: Iterable[Moved]) -> None:
        self._pairs = [(move.source, move.target) for move in moved]
        self._targets = {source.parts: target for source, target in self._pairs}

    def renames(self) -> list[tuple[Address, Address]]:
        """Those in which every object stays what it is: where it was, and where it is to be."""
        return [pair for pair in self._pairs if not self.is_relocation(*pair)]

    def is_relocation(self, source: Address, target: Address) -> bool:
        """Whether the two are in different containers, once what contains the first has itself been moved."""
        before, after = _container(source), _container(target)
        return before is not None and self.followed(before) != after

    def departures(self, desired: Desired) -> Mapping[Address, Address]:
        """The old address of everything that is relocated, whether or not anything is there → the declared one."""
        found: dict[Address, Address] = {}
        for source, target in self._pairs:
            if not self.is_relocation(source, target):
                continue
            last = self.followed(target)
            for address in _declared_within(last, desired):
                old = Address(source.parts + address.parts[len(last.parts) :])
                if old not in desired.declarations:
                    found[old] = address
        return found

    def followed(self, address: Address) -> Address:
        """Where something is after the moves that concern it, one after the other, the nearest to it first."""
        passed: set[tuple[str, ...]] = set()
        while True:
            prefixes = (address.parts[:length] for length in range(len(address.parts), 0, -1))
            moved = next((one for one in prefixes if one in self._targets and one not in passed), None)
            if moved is None:
                return address
            passed.add(moved)
            address = Address(self._targets[moved].parts + address.parts[len(moved) :])


def departures(desired: Desired) -> Mapping[Address, Address]:
    """What the files of a workspace relocate: old address → declared address."""
    return Moves(desired.moved).departures(desired) if desired.moved else {}


def _declared_within(place: Address, desired: Desired) -> Iterator[Address]:
    """What the files declare there: a resource, or those of a collection."""
    kind = kind_of(place)
    if kind_at(place.parts):
        yield from (place,) if place in desired.declarations else ()
    elif kind is not None:
        inside = Address(place.parts[:-1])
        yield from (address for address, _ in desired.of_kind(kind.kind, within=inside) if address.is_within(place))


def _container(address: Address) -> Address | None:
    inside = address if kind_at(address.parts) else address.child("*")
    return next(iter(containers_of(inside)), None)
