"""What address patterns mean of what is live, whoever declared it; for what is done at once and to many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .address import Address
from .itinerary import Group, Itinerary
from .live import Reading
from .observe import Observer
from .resources import kind_at, parent_of
from .resources.base import Resource


def reach(observer: Observer, kind: type[Resource], patterns: Sequence[Address]) -> Mapping[Address, Reading]:
    """What fits the patterns: what is declared or recorded, and what is live with a name of its own.

    Containers are those of the workspace; what nobody has declared in them is reached too. Of what lives in a Region,
    only what is declared or recorded is: nobody knows in which of them to look for the rest, and there a name may stand
    for several. The observer then knows what contains the targets.
    """
    known = {*observer.desired.declarations, *observer.recorded.resources}
    named = {one for one in known if kind_at(one.parts) is kind and any(map(one.matches, patterns))}
    parent = parent_of(kind)
    holding: list[Address | None] = [None]
    if parent:
        holding = [one for one in known if kind_at(one.parts) is parent and any(map(one.meets, patterns))]
    groups = Itinerary(observer.desired, observer.recorded).grouped(named)
    reaches_others = kind.key_field() is not None and not kind.api.is_regional
    if reaches_others:
        served = {group.parent for group in groups}
        groups += [Group(kind, one, ()) for one in holding if one not in served]
    seen = dict(observer.look([group.parent for group in groups if group.parent], {}))
    found: dict[Address, Reading] = {}
    for group in groups:
        read = observer.read_group(group, seen=seen)
        free = [one for one in read.unmanaged if reaches_others and one.address not in known]
        found |= {one.address: one.observed for one in free if any(map(one.address.matches, patterns))}
        found |= read.readings
    observer.readings |= seen
    return dict(sorted(found.items()))
