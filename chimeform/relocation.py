"""A move to another container, which the service cannot do: it is made there, and ended here.

`moved` says that a resource has another address now. Where the same object contains it as before, only the record
changes; so it is, too, where what contains it has itself moved. Anything else is a *relocation*: no operation takes
somebody from one account to another. The new one is made like any other declared resource; what of it only somebody
else can bring about (an invitation that waits to be accepted) is waited for; and only then is the old one retired.
The old address keeps its record until that is done, so that a relocation goes on from one apply to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from .address import Address
from .resources import containers_of, kind_at
from .resources.base import Resource

if TYPE_CHECKING:
    from .language.desired import Desired, Moved

Pair = tuple[Address, Address]
"""Where something was, and where it is to be."""


def kind_of(address: Address) -> type[Resource] | None:
    """The kind of a resource, or of what a collection has."""
    return kind_at(address.parts) or kind_at((*address.parts, "*"))


def renames(moved: Iterable[Moved]) -> list[Pair]:
    """The moves in which every object stays what it is, in the order in which they are done."""
    pairs = [(move.source, move.target) for move in moved]
    return [pair for pair in pairs if not is_relocation(pair, pairs)]


def is_relocation(pair: Pair, moves: Sequence[Pair]) -> bool:
    """Whether the two are in different containers, once what contains the first has itself been moved."""
    before, after = (_container(address) for address in pair)
    return before is not None and _followed(before, moves) != after


def departures(desired: Desired) -> Mapping[Address, Address]:
    """The old address of everything that the files relocate, whether or not anything is there → the declared one."""
    pairs = [(move.source, move.target) for move in desired.moved]
    found: dict[Address, Address] = {}
    for source, target in (pair for pair in pairs if is_relocation(pair, pairs)):
        last = _followed(target, pairs)
        for address in _declared_within(last, desired):
            old = Address(source.parts + address.parts[len(last.parts) :])
            if old not in desired.declarations:
                found[old] = address
    return found


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


def _followed(address: Address, moves: Sequence[Pair]) -> Address:
    """Where something is after the moves that concern it, one after the other."""
    passed = set()
    while (
        one := next((pair for pair in moves if address.is_within(pair[0]) and pair not in passed), None)
    ) is not None:
        passed.add(one)
        address = Address(one[1].parts + address.parts[len(one[0].parts) :])
    return address
