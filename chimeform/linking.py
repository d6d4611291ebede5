"""From the service's ids to the files' keys: what a live object says of another one, in the language's own terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

from .address import Address
from .language.desired import Desired
from .live import Ambiguous, Observed, Reading, Unknown, Unmanaged
from .recorded import Recorded
from .resources import kind_at, named_by
from .resources.base import Ref, Resource

Keys = Mapping[tuple[str, str], str]
"""(kind, physical id) → key in the collection."""


def keys_by_id(objects: Iterable[tuple[Address, str | None]]) -> dict[tuple[str, str], str]:
    """The keys of everything that has an id; of one id, the last one counts."""
    found = {}
    for address, own_id in objects:
        kind = kind_at(address.parts)
        if kind is not None and own_id is not None:
            found[kind.kind, own_id] = address.name
    return found


def linked(kind: type[Resource], seen: Observed, keys: Keys) -> Observed:
    """The live object with keys in place of ids; an id that nobody knows stays."""
    values = dict(seen.values)
    for name, ref in _references_by_id(kind):
        if name in values:
            values[name] = ref.in_order(ref.replaced(values[name], partial(_key_of, keys, ref.kind)))
    return replace(seen, values=values)


def _key_of(keys: Keys, kind: str, own_id: str) -> str:
    return keys.get((kind, own_id), own_id)


def _references_by_id(kind: type[Resource]) -> Iterator[tuple[str, Ref]]:
    """The fields in which the service has an id where the files have a key."""
    for name, trait in kind.traits().items():
        yield from ((name, ref) for ref in trait.refs if ref.by_id)


def names_of(address: Address, seen: Observed) -> Iterator[Address]:
    """Everything that a live object names."""
    kind = kind_at(address.parts)
    for name, trait in kind.traits().items() if kind else ():
        for ref in trait.refs:
            yield from (named_by(ref, address, key) for key in ref.keys(seen.values.get(name)))


@dataclass(frozen=True)
class Links:
    """Who is known under which id in one workspace: by what was `read`, by what this run has `learnt`, and by what the
    ledger has, which is all that is known of something that cannot be read now."""

    desired: Desired
    recorded: Recorded
    read: Mapping[Address, Reading]
    unmanaged: tuple[Unmanaged, ...]
    learnt: Mapping[Address, str]

    @cached_property
    def _keys(self) -> Keys:
        recorded = [(address, one.id) for address, one in self.recorded.resources.items()]
        others = [(one.address, one.observed.id) for one in self.unmanaged]
        read = [(address, one.id) for address, one in self.read.items() if isinstance(one, Observed)]
        return keys_by_id([*recorded, *others, *read, *self.learnt.items()])

    def with_keys(self, kind: type[Resource], seen: Observed) -> Observed:
        """What nobody declares, with keys in place of ids."""
        return linked(kind, seen, self._keys)

    def linked(self, found: Mapping[Address, Reading]) -> dict[Address, Reading]:
        """What of `found` names others by their ids, with their keys. Nothing is decided about what names something
        that could not be read."""
        result: dict[Address, Reading] = {}
        for address, reading in found.items():
            kind = kind_at(address.parts)
            if kind is None or not any(_references_by_id(kind)):
                continue
            seen = linked(kind, reading, self._keys) if isinstance(reading, Observed) else reading
            named = [*self._declared(address), *(names_of(address, seen) if isinstance(seen, Observed) else ())]
            unread = next((one for one in named if isinstance(self.read.get(one), Unknown | Ambiguous)), None)
            is_blind = f"{unread}, which it names, could not be read"
            result[address] = Unknown(is_blind, code="CF-OBS-003") if unread else seen
        return result

    def _declared(self, address: Address) -> Iterator[Address]:
        """What it names by an id, as declared."""
        spec = self.desired.spec(address)
        for name, ref in _references_by_id(type(spec)) if spec else ():
            yield from (named_by(ref, address, key) for key in ref.keys(getattr(spec, name)))
