"""What address patterns mean of what is live, whoever declared it; for what is done at once and to many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .address import Address
from .itinerary import Group
from .live import Reading
from .observe import Observer
from .resources import kind_at, parent_address, parent_of
from .resources.base import Resource


def reach(observer: Observer, kind: type[Resource], patterns: Sequence[Address]) -> Mapping[Address, Reading]:
    """What fits the patterns: what is declared or recorded, and what is live with a name of its own.

    Containers are those of the workspace; what nobody has declared in them is reached too. The observer then knows
    what contains the targets.
    """
    known = {*observer.desired.declarations, *observer.recorded.resources}
    named = {one for one in known if kind_at(one.parts) is kind and any(map(one.matches, patterns))}
    parent = parent_of(kind)
    holding = [one for one in known if parent and kind_at(one.parts) is parent and any(map(one.meets, patterns))]
    inside: dict[Address | None, list[Address]] = {one: [] for one in holding} if parent else {None: []}
    for address in named:
        parts = parent_address(kind, address.parts)
        inside.setdefault(Address(parts) if parts else None, []).append(address)
    seen = dict(observer.look([one for one in inside if one], {}))
    found: dict[Address, Reading] = {}
    has_names = kind.key_field() is not None
    for container, addresses in inside.items():
        read = observer.read_group(Group(kind, container, tuple(sorted(addresses))), seen=seen)
        free = [one for one in read.unmanaged if has_names and one.address not in known]
        found |= {one.address: one.observed for one in free if any(map(one.address.matches, patterns))}
        found |= read.readings
    observer.readings |= seen
    return dict(sorted(found.items()))
