"""Which live objects the addresses mean: by a known id first, by the kind's natural key second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .address import Address
from .live import Absent, Ambiguous, Reading, Unknown, Values
from .resources import named_by
from .resources.base import Ref, Resource


@dataclass(frozen=True)
class Wish:
    """What an address is bound by. `strict`: only by its id, because a person said so."""

    id: str | None
    values: Values
    strict: bool


def bind(
    objects: Sequence[Mapping[str, Any]], kind: type[Resource], wishes: Mapping[Address, Wish]
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
            bound[address] = missing_import(str(wish.id)) if wish.strict else Absent()
        taken.update(places)
    rest = [objects[place] for key, places in by_key.items() for place in places if place not in taken]
    return {address: bound[address] for address in wishes}, rest


class SharedName(NamedTuple):
    """The field that names what an object shares its id with."""

    field: str
    ref: Ref


def shared_names(kind: type[Resource]) -> SharedName | None:
    """None where objects of the kind have ids of their own."""
    name = kind.api.same_id_as
    ref = kind.traits()[name].ref if name else None
    return SharedName(name, ref) if name and ref else None


def namesake(kind: type[Resource], address: Address, values: Values) -> Address | None:
    """What has the same id as the object."""
    shared = shared_names(kind)
    value = values.get(shared.field) if shared else None
    return named_by(shared.ref, address, str(value)) if shared and value is not None else None


def collection_of(kind: type[Resource], container: Address | None) -> Address:
    """The address of all of a kind in one container, or at the top."""
    return Address((*(container.parts if container else ()), kind.path[-2]))


def missing_import(physical_id: str) -> Unknown:
    return Unknown(
        f"there is no live object with the id {physical_id!r}",
        do="correct the id in the 'import' block, or remove the block",
        code="CF-OBS-004",
    )
