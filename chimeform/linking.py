"""From the service's ids to the files' keys: what a live object says of another one, in the language's own terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from .address import Address
from .live import Observed
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


def recorded_keys(recorded: Recorded) -> dict[tuple[str, str], str]:
    """Likewise, as far as the ledger knows; of something that cannot be read now it is all that is known."""
    return keys_by_id((address, one.id) for address, one in recorded.resources.items())


def refers_by_id(kind: type[Resource]) -> bool:
    return any(True for _ in references_by_id(kind))


def references_by_id(kind: type[Resource]) -> Iterator[tuple[str, Ref]]:
    """The fields in which the service has an id where the files have a key."""
    for name, trait in kind.traits().items():
        yield from ((name, ref) for ref in trait.refs if ref.by_id)


def linked(kind: type[Resource], seen: Observed, keys: Keys) -> Observed:
    """The live object with keys in place of ids; an id that nobody knows stays."""
    values = dict(seen.values)
    for name, ref in references_by_id(kind):
        if name in values:
            values[name] = ref.replaced(values[name], partial(_key_of, keys, ref.kind))
    return replace(seen, values=values)


def _key_of(keys: Keys, kind: str, own_id: str) -> str:
    return keys.get((kind, own_id), own_id)


def names_of(address: Address, seen: Observed) -> Iterator[Address]:
    """Everything that a live object names."""
    kind = kind_at(address.parts)
    for name, trait in kind.traits().items() if kind else ():
        for ref in trait.refs:
            yield from (named_by(ref, address, key) for key in ref.keys(seen.values.get(name)))
