"""The registry of kinds. A new kind is one file in this folder; nothing else lists it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache

from ..address import Address
from ..live import Observed, Values
from .base import KeyByDefault, OneOff, Ref, Resource, Scope, Trait

_NOT_KINDS = {
    *(
        "base",
        "bucket_policy",
        "by_hand",
        "call_metrics",
        "directory_decides",
        "emergency_address",
        "enterprise",
        "event_targets",
        "hooks",
        "licences",
        "linked_services",
        "log_groups",
        "markers",
        "number_request",
        "number_search",
        "okta_objects",
        "one_off",
        "operations",
        "people",
        "phone_product",
        "phone_requirements",
        "port_case",
        "provider",
        "proxy_session",
        "secret_store",
        "session_request",
        "streaming_pattern",
        "traits",
    ),
    *("trunk_numbers", "txt_record", "values", "voice_objects"),
}


@cache
def kinds() -> Mapping[str, type[Resource]]:
    """Every kind by its name, parents before what they contain."""
    for module in pkgutil.iter_modules(__path__):
        if module.name not in _NOT_KINDS:
            importlib.import_module(f"{__name__}.{module.name}")
    found = sorted(Resource.__subclasses__(), key=lambda kind: (len(kind.path), kind.path))
    return {kind.kind: kind for kind in found}


@cache
def one_offs() -> Mapping[str, tuple[tuple[type[Resource], OneOff], ...]]:
    """Everything that `chimeform do` can do, by its name; several of one name take different options."""
    found: dict[str, tuple[tuple[type[Resource], OneOff], ...]] = {}
    for kind in kinds().values():
        for one in kind.one_offs:
            found[one.name] = (*found.get(one.name, ()), (kind, one))
    return found


@cache
def _by_pattern() -> Mapping[tuple[str, ...], type[Resource]]:
    return {kind.path: kind for kind in kinds().values()}


@cache
def _by_outline() -> Mapping[tuple[int, tuple[str, ...]], list[type[Resource]]]:
    """Kinds by what tells most of them apart, so that a look-up need not try every pattern."""
    found: dict[tuple[int, tuple[str, ...]], list[type[Resource]]] = {}
    for kind in kinds().values():
        found.setdefault(_outline(kind.path), []).append(kind)
    return found


def _outline(parts: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """The length of a path and its first two names that are no keys: `accounts`, and what stands in an account."""
    return len(parts), parts[:3:2]


def kind_at(parts: tuple[str, ...]) -> type[Resource] | None:
    """The kind of an address, by its path."""
    for kind in _by_outline().get(_outline(parts), ()):
        if all(glob in ("*", part) for glob, part in zip(kind.path, parts, strict=True)):
            return kind
    return None


@cache
def parent_of(kind: type[Resource]) -> type[Resource] | None:
    """The kind that contains `kind`: the longest registered proper prefix of its path."""
    for length in range(len(kind.path) - 1, 0, -1):
        if found := _by_pattern().get(kind.path[:length]):
            return found
    return None


@cache
def kinds_naming(kind: type[Resource]) -> tuple[type[Resource], ...]:
    """Collections at the top whose objects may name one of this kind."""
    return tuple(
        other
        for other in kinds().values()
        if parent_of(other) is None
        and other.api.listing
        and any(kind.kind in ref.kinds for trait in other.traits().values() for ref in trait.refs)
    )


@cache
def sought_names(kind: type[Resource]) -> tuple[Trait, ...]:
    """The fields of a kind whose values may name what no file declares, and what is then looked for."""
    return tuple(trait for trait in kind.traits().values() if trait.ref and trait.ref.sought)


def named_by(ref: Ref, address: Address, key: str) -> Address:
    """What a reference of the resource at `address` names: the nearest place that both can stand in."""
    kind, name = ref.named(key)
    path = kinds()[kind].path[:-1]
    return Address((*(own if part == "*" else part for part, own in zip(path, address.parts, strict=False)), name))


def nearby(kind: str, address: Address) -> Address:
    """The only one of a kind beside the resource at `address`, or around it."""
    path = kinds()[kind].path
    return Address(tuple(own if part == "*" else part for part, own in zip(path, address.parts, strict=False)))


def parent_address(kind: type[Resource], parts: tuple[str, ...]) -> tuple[str, ...] | None:
    """The address parts of the resource that contains the one at `parts`."""
    parent = parent_of(kind)
    return parts[: len(parent.path)] if parent else None


def containers_of(address: Address) -> list[Address]:
    """What contains the resource, the nearest first."""
    found: list[Address] = []
    kind, parts = kind_at(address.parts), address.parts
    while kind is not None and (inside := parent_address(kind, parts)):
        found.append(Address(inside))
        kind, parts = parent_of(kind), inside
    return found


def object_around(containers: Iterable[Address]) -> Address | None:
    """The nearest of these containers that is something with an id of its own."""
    kinds_around = ((container, kind_at(container.parts)) for container in containers)
    return next((container for container, kind in kinds_around if kind is not None and kind.is_object()), None)


def holders_of(address: Address) -> Iterable[Address]:
    """What has to be there before the resource can be: the settings that contain it, and the object that has them."""
    for container in containers_of(address):
        yield container
        kind = kind_at(container.parts)
        if kind is not None and kind.is_object():
            return


def scope_around(address: Address, find: Callable[[Address], Observed | None], now: datetime) -> Scope:
    """What surrounds a resource; `find` gives each container as it is, or as it will be."""
    scope: Scope | None = None
    for container in reversed(containers_of(address)):
        scope = Scope(find(container), now, scope)
    return scope or Scope(None, now)


def at_first(spec: Resource | None) -> Observed | None:
    """A declared object as it will be right after its creation."""
    return Observed(None, spec.values(), type(spec).api.fresh) if spec else None


def named_by_default(address: Address) -> Mapping[str, str]:
    """The values that a block takes from its keys where it does not write them."""
    kind = kind_at(address.parts)
    return {name: marker.of(address) for name, marker in _keys_by_default(kind).items()} if kind else {}


@cache
def _keys_by_default(kind: type[Resource]) -> Mapping[str, KeyByDefault]:
    return {name: trait.key_by_default for name, trait in kind.traits().items() if trait.key_by_default}


def key_values(address: Address) -> Values:
    """The value that the name of a resource is, where a field takes it from there."""
    kind = kind_at(address.parts)
    field = kind.key_field() if kind else None
    return {field: address.name} if field else {}
