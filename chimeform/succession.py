"""What one of a collection has to have at all times: the next one gets it before the last one loses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .address import Address
from .diff import Difference
from .plan import Action, Step
from .resources import kind_at
from .resources.hooks import Whole

Place = tuple[Address, str]
"""A collection, and the field of its members that counts."""


def successions(
    differences: Iterable[Difference],
    by_address: Mapping[Address, Sequence[str]],
    steps: Mapping[str, Step],
    whole: Whole,
) -> Iterator[tuple[str, str]]:
    """Which step comes before which. Where somebody keeps it, nobody waits; and for one who has to be waited for only
    if there is no other."""
    gains: dict[Place, list[str]] = {}
    losses: dict[Place, list[str]] = {}
    for one in differences:
        for trait in one.kind.traits().values():
            if trait.handed_over is None:
                continue
            kept, place = trait.handed_over.value, (Address(one.address.parts[:-1]), trait.name)
            had = one.action is not Action.CREATE and one.before.get(trait.name) == kept
            has = one.action is not Action.RETIRE and one.after.get(trait.name) == kept
            if had != has:
                (gains if has else losses).setdefault(place, []).extend(by_address.get(one.address, ()))
    for place, losing in losses.items():
        if _is_kept(place, whole):
            continue
        gaining = gains.get(place, [])
        free = [name for name in gaining if not steps[name].gates]
        yield from ((first, then) for first in free or gaining for then in losing)


def _is_kept(place: Place, whole: Whole) -> bool:
    """Whether one of the collection has the value before and after."""
    collection, name = place
    kind = kind_at(collection.child("*").parts)
    kept = kind.traits()[name].handed_over if kind else None
    for _, now, then in whole.of_kind(kind.kind, Address(collection.parts[:-1])) if kind and kept else ():
        if now and then and kept and now.values.get(name) == then.get(name) == kept.value:
            return True
    return False
