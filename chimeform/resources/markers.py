"""Markers: how a field of a kind behaves. Each says one thing, and everything that follows from it is derived."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..address import Address


@dataclass(frozen=True)
class Wire:
    """Where the service keeps a field: a dotted path in the live object, with translations where the terms differ.

    `of` turns the service's value into ours, `to` turns ours into the service's. None never goes through either.
    """

    path: str
    of: Callable[[Any], Any] | None = None
    to: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Fixed:
    """Cannot change after creation; `why` is the sentence that a refused change shows."""

    why: str


@dataclass(frozen=True)
class NaturalKey:
    """Identifies a live object when no id is known; values are compared after `casefold` if `fold`."""

    fold: bool = False


@dataclass(frozen=True)
class FromKey:
    """The value is the resource's key in its collection and is not written in the block itself."""


@dataclass(frozen=True)
class KeyByDefault:
    """The value is the resource's key in its collection, unless the block writes another. Where several collections
    share their names, the keys `with_containers` make it: `frankfurt-failed-calls`."""

    with_containers: bool = False

    def of(self, address: Address) -> str:
        return "-".join(address.parts[1::2]) if self.with_containers else address.name


@dataclass(frozen=True)
class HandedOver:
    """One of a collection has to have this value at all times: the next one gets it before the last one loses it."""

    value: Any


@dataclass(frozen=True)
class ServerDefault:
    """What the service sets by itself on a fresh object, so that creation needs no second call for it."""

    value: Any


@dataclass(frozen=True)
class Resets:
    """A field that was declared and is dropped from the files goes back to this value; others are left as they are."""

    to: Any = None


@dataclass(frozen=True)
class Ref:
    """The value is the key of another resource, at the top or beside this one in what contains both.

    Of a block, or of each block of a list, it is the member `at`. `exclusive`: only one resource may hold it at a time.
    `optional`: it may exist without being declared; with `sought` it is then looked for, and waited for like a declared
    one. `others` are collections of which a value names something where it begins with their name (`bots.helpdesk`),
    and the kinds in them. `brings`: the other one brings this one into being, which waits for whatever the other one
    waits for. `by_id`: the service knows it by its physical id, which stands where the files have the key; with it go
    the members `tells`, which are fields of the other resource. `ranked_by` is the member that says all about the order
    of the blocks: the service gives equals back as it was told them, and the files have them by their keys.
    """

    kind: str
    exclusive: bool = False
    optional: bool = False
    sought: bool = False
    brings: bool = False
    others: Mapping[str, str] = field(default_factory=dict)
    at: str | None = None
    by_id: bool = False
    tells: tuple[str, ...] = ()
    ranked_by: str | None = None

    def keys(self, value: Any) -> Iterator[str]:
        """The keys that a value of the field names: of a spec, of the service, or of the record."""
        for item in value if isinstance(value, list | tuple) else (value,):
            key = _member(item, self.at) if self.at else item
            if key is not None:
                yield str(key)

    def replaced(self, value: Any, by: Callable[[str], Mapping[str, Any] | str]) -> Any:
        """A JSON value with something else in place of each key: `by` gives it, alone or as members of the block."""
        if isinstance(value, list | tuple):
            return [self.replaced(item, by) for item in value]
        if self.at is None:
            return value if value is None else by(str(value))
        if not isinstance(value, Mapping) or value.get(self.at) is None:
            return value
        found = by(str(value[self.at]))
        return {**value, **(found if isinstance(found, Mapping) else {self.at: found})}

    def in_order(self, value: Any) -> Any:
        """The blocks of a list in the one order that says what `ranked_by` says; any other value as it is."""
        rank = self.ranked_by
        if rank is None or not isinstance(value, list | tuple):
            return value
        return sorted(value, key=lambda item: (_member(item, rank), str(_member(item, str(self.at)))))

    @property
    def kinds(self) -> tuple[str, ...]:
        return (self.kind, *self.others.values())

    def named(self, value: str) -> tuple[str, str]:
        """The kind and the key of what a value names."""
        collection, _, key = value.partition(".")
        return (self.others[collection], key) if key and collection in self.others else (self.kind, value)

    def may_be_undeclared(self, value: str) -> bool:
        return self.optional and self.named(value)[0] == self.kind


def _member(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)


@dataclass(frozen=True)
class NamesBack:
    """Each declared resource of a kind that the value lists by its key knows of this one by its field `into`, where
    `when` says so of the spec."""

    kind: str
    into: str
    when: Callable[[Any], bool]


@dataclass(frozen=True)
class Shown:
    """How people write the value (`90 days` for 90). `in_files`: the files have it in this form, and in no other."""

    as_text: Callable[[Any], str]
    in_files: bool = False


@dataclass(frozen=True)
class WriteOnly:
    """No read shows it: what was applied last stands for the live value, or what is declared, where nothing was applied
    yet."""


@dataclass(frozen=True)
class Ours:
    """How chimeform itself goes about it (an address, a place of a secret): recorded, and always as the files say."""


@dataclass(frozen=True)
class Local:
    """Concerns chimeform alone: never compared with the service (`authoritative`, an expectation)."""
