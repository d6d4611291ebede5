"""Blocks to declarations: typed specs, references that lead somewhere, rules that hold across resources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from ..address import Address
from ..diagnostics import Diagnostic, Findings, Position, Related, Severity, nearest
from ..resources import kinds, named_by, named_by_default, parent_address, parent_of
from ..resources.base import Broken, Ref, Resource
from .defaults import Defaults
from .desired import Declaration, Desired
from .merge import Block, Merger, Piece, own_fields, place_of
from .validate import diagnose, name_of, native_at, noun, validate


@dataclass(frozen=True, slots=True)
class Places:
    """Where a resource and its fields stand; a place is computed when somebody asks, which is hardly ever."""

    pieces: tuple[Piece, ...]

    def __call__(self, field: str | None) -> Position:
        return self.at((field,) if field else ())

    def at(self, path: tuple[str | int, ...], *, key: bool = False) -> Position:
        for piece in self.pieces:
            if path and path[0] in piece.fields:
                return place_of(piece, path, key=key)
        return self.pieces[0].position

    def native(self, path: tuple[str | int, ...]) -> bool | int | float | None:
        """What a template gave for the value at `path`, where it was not text."""
        for piece in self.pieces:
            if path and path[0] in piece.fields:
                if piece.written is None:
                    return piece.origin.natives.get((id(piece.holder), piece.slot + 1))
                return native_at(piece.origin, piece.written, path)
        return None


@dataclass
class Declarations:
    """Every block that could be understood, and whether that were all."""

    by_address: dict[Address, Declaration]
    failed: set[Address]
    """Blocks that are written and wrong: they are not missing, and nothing more is said about them."""


class Suggestions:
    """Near misses among declared names. Comparing is slow, so all questions of one run together have a budget."""

    def __init__(self, names: Iterable[Address]) -> None:
        self._names: dict[tuple[str, ...], list[str]] = {}
        for address in names:
            self._names.setdefault(address.parts[:-1], []).append(address.parts[-1])
        self._left = 50_000

    def nearest(self, address: Address) -> Address | None:
        """The declared address that was most likely meant: another name in the same collection."""
        siblings = self._names.get(address.parts[:-1], [])
        self._left -= len(siblings)
        found = nearest(address.name, siblings) if self._left > 0 else None
        return Address((*address.parts[:-1], found)) if found else None


def declare(merger: Merger, defaults: Defaults, findings: Findings) -> Declarations:
    """Validate every block against its kind."""
    found: dict[Address, Declaration] = {}
    failed: set[Address] = set()
    for parts, block in merger.blocks.items():
        address = Address(parts)
        pieces = (*block.pieces, *defaults.of(parts))
        spec = _spec(block, address, pieces, findings, merger.misspelt.get(parts, ()))
        if spec is None:
            failed.add(address)
            continue
        inside = parent_address(block.kind, parts)
        refs = [Address(inside)] if inside else []
        if _reference_fields(block.kind):
            refs += [one.address for one in _targets(address, spec)]
        found[address] = Declaration(address, spec, Places(pieces), tuple(refs))
    _name_back(found)
    return Declarations(found, failed)


def _name_back(found: dict[Address, Declaration]) -> None:
    """What is listed by another resource knows of it, unless its own block says otherwise."""
    for naming in [one for one in found.values() if _lists_others(type(one.spec))]:
        for name, trait in type(naming.spec).traits().items():
            back = trait.names_back
            if back is None or not back.when(naming.spec):
                continue
            for key in getattr(naming.spec, name):
                named = found.get(Address((*kinds()[back.kind].path[:-1], key)))
                if named is not None and getattr(named.spec, back.into) is None:
                    spec = named.spec.model_copy(update={back.into: naming.address.name})
                    found[named.address] = replace(named, spec=spec, refs=(*named.refs, naming.address))


@cache
def _lists_others(kind: type[Resource]) -> bool:
    return any(trait.names_back for trait in kind.traits().values())


def _spec(
    block: Block, address: Address, pieces: tuple[Piece, ...], findings: Findings, misspelt: Collection[str]
) -> Resource | None:
    kind = block.kind
    values: dict[str, Any] = {}
    for piece in reversed(pieces):
        values |= piece.fields
    places = Places(pieces)
    for name, from_key in own_fields(kind).items():
        if from_key:
            if name in values:
                findings.add(_from_key(address, name, places.at((name,))))
                return None
            values[name] = address.parts[-1]
    for name, default in named_by_default(address).items():
        values.setdefault(name, default)
    try:
        return validate(kind, values, places.native)
    except ValidationError as error:
        findings.extend(diagnose(error, str(address), kind, places.at, misspelt))
        return None


def _from_key(address: Address, name: str, place: Position) -> Diagnostic:
    return Diagnostic(
        "CF-DOC-018",
        f"{address}: {name!r} is not written in the block",
        place,
        why="it is the key of the block, and one value in two places could differ",
        do="remove the line",
    )


# ---- references


@dataclass(frozen=True, slots=True)
class _Reference:
    field: str
    ref: Ref
    address: Address
    may_be_undeclared: bool


@cache
def _reference_fields(kind: type[Resource]) -> Mapping[str, tuple[Ref, ...]]:
    return {name: trait.refs for name, trait in kind.traits().items() if trait.refs}


def _targets(address: Address, spec: Resource) -> Iterator[_Reference]:
    for name, refs in _reference_fields(type(spec)).items():
        value = getattr(spec, name)
        for ref in refs:
            for meant, key in _meant(ref, value):
                yield _Reference(name, meant, named_by(meant, address, key), meant.may_be_undeclared(key))


def _meant(ref: Ref, value: Any) -> Iterator[tuple[Ref, str]]:
    """What a value refers to, and by which keys. Where the reference has no place in a block, a block says so itself,
    with the one field that it has (`pool`)."""
    if ref.at:
        yield from ((ref, key) for key in ref.keys(value))
        return
    for each in value if isinstance(value, tuple | list) else () if value is None else (value,):
        if not isinstance(each, BaseModel):
            yield ref, str(each)
            continue
        ((name, info),) = type(each).model_fields.items()
        yield next(marker for marker in info.metadata if isinstance(marker, Ref)), str(getattr(each, name))


def check_references(declared: Declarations, findings: Findings, *, is_complete: bool) -> None:
    """Every reference leads to a declared resource, and what only one may hold is held once."""
    holders: dict[Address, tuple[Declaration, str]] = {}
    suggestions: Suggestions | None = None
    for declaration in declared.by_address.values():
        if not _reference_fields(type(declaration.spec)):
            continue
        for one in _targets(declaration.address, declaration.spec):
            if one.address not in declared.by_address:
                if is_complete and not one.may_be_undeclared and one.address not in declared.failed:
                    suggestions = suggestions or Suggestions(declared.by_address)
                    findings.add(_dangling(declaration, one, suggestions))
                continue
            if not one.ref.exclusive:
                continue
            first, field_name = holders.setdefault(one.address, (declaration, one.field))
            if first is not declaration:
                findings.add(_held_twice((first.at(field_name), first), (declaration.at(one.field), declaration), one))


def _dangling(declaration: Declaration, one: _Reference, suggestions: Suggestions) -> Diagnostic:
    guess = suggestions.nearest(one.address)
    collection = ".".join(one.address.parts[:-1])
    return Diagnostic(
        "CF-REF-001",
        f"{declaration.address}.{one.field}: there is no {one.address}",
        declaration.at(one.field),
        why=f"{one.address.name!r} is not declared under {collection!r}",
        do=f"did you mean {guess.name!r}?" if guess else f"declare it under {collection!r}, or correct the name",
    )


def _held_twice(
    first: tuple[Position, Declaration], second: tuple[Position, Declaration], one: _Reference
) -> Diagnostic:
    (before, holder), (place, late) = sorted((first, second), key=lambda pair: pair[0])
    return Diagnostic(
        "CF-REF-002",
        f"{late.address}.{one.field}: {one.address} already belongs to {holder.address}",
        place,
        why="only one can have it at a time",
        do="take it from one of the two, or give this one another",
        related=(Related("it is given away here", before),),
    )


# ---- rules of the kinds


def check_rules(desired: Desired, findings: Findings) -> None:
    """Ask every kind that has rules across resources."""
    for declaration in desired.declarations.values():
        kind = type(declaration.spec)
        if kind.rules.__func__ is Resource.rules.__func__:  # type: ignore[attr-defined]
            continue
        for broken in kind.rules(declaration.address, declaration.spec, desired):
            findings.add(_broken(broken, declaration, desired))


def _broken(broken: Broken, declaration: Declaration, desired: Desired) -> Diagnostic:
    other = desired.declarations.get(broken.other) if broken.other else None
    related = (Related(f"{other.address} is declared here", other.at(None)),) if other else ()
    return Diagnostic(
        broken.code,
        broken.summary,
        declaration.at(broken.field),
        why=broken.why,
        do=broken.do,
        severity=Severity.WARNING if broken.is_warning else Severity.ERROR,
        related=related,
    )


def check_ignored_fields(declarations: Iterable[Declaration], findings: Findings) -> None:
    """`lifecycle.ignore` names fields that exist and that are compared with the service."""
    for declaration in declarations:
        lifecycle = declaration.spec.lifecycle
        if lifecycle is None or not lifecycle.ignore:
            continue
        places, known = declaration.at, declaration.spec.managed_fields()
        assert isinstance(places, Places)
        for index, name in enumerate(lifecycle.ignore):
            if name in known:
                continue
            guess = nearest(name, known)
            findings.add(
                Diagnostic(
                    "CF-DOC-023",
                    f"{name_of(str(declaration.address), ('lifecycle', 'ignore', index))}: "
                    f"{name!r} is not a field that is compared",
                    places.at(("lifecycle", "ignore", index)),
                    why=f"the fields of {noun(declaration.kind)} are {', '.join(known)}",
                    do=f"did you mean {guess!r}?" if guess else "name one of them, or remove it",
                )
            )


# ---- checks over all declarations


def check_natural_keys(declared: Declarations, findings: Findings) -> None:
    """One thing is declared once, also where the service does not tell two spellings of its key apart."""
    seen: dict[tuple[tuple[str, ...], str], Declaration] = {}
    for declaration in declared.by_address.values():
        if not declaration.spec.folds_key():
            continue
        parts = declaration.address.parts
        first = seen.setdefault((parts[:-1], parts[-1].casefold()), declaration)
        if first is declaration:
            continue
        one, other = sorted((first, declaration), key=lambda item: item.at(None))
        findings.add(
            Diagnostic(
                "CF-REF-003",
                f"{other.address}: {one.address.name!r} and {other.address.name!r} are the same",
                other.at(None),
                why="the service does not distinguish capital and small letters here",
                do="remove one of the two",
                related=(Related("the first one is here", one.at(None)),),
            )
        )


def check_alike(declared: Declarations, findings: Findings) -> None:
    """No two resources could be taken for one another when their ids are not known."""
    seen: dict[tuple[Any, ...], Declaration] = {}
    for declaration in declared.by_address.values():
        spec = declaration.spec
        if not spec.alike:
            continue
        values = tuple(getattr(spec, name) for name in spec.alike)
        first = seen.setdefault((declaration.address.parts[:-1], *values), declaration)
        if first is declaration:
            continue
        one, other = sorted((first, declaration), key=lambda item: item.at(None))
        findings.add(
            Diagnostic(
                "CF-REF-005",
                f"{other.address}: {one.address} has the same {' and '.join(spec.alike)}",
                other.at(spec.alike[0]),
                why="without its id an object is recognised by this, and the two could not be told apart",
                do=f"give one of them another {spec.alike[0]}",
                related=(Related("the first one is here", one.at(None)),),
            )
        )


def check_cycles(declared: Declarations, findings: Findings) -> None:
    """Nothing waits for itself by way of what it names and what contains it."""
    done: set[Address] = set()
    for declaration in declared.by_address.values():
        # only something that names another resource can close a circle
        kind = type(declaration.spec)
        if _reference_fields(kind) and len(declaration.refs) > (parent_of(kind) is not None):
            path = _circle(declaration.address, declared.by_address, done)
            if path:
                findings.add(_cyclic(path, declared.by_address))


def _circle(start: Address, by_address: Mapping[Address, Declaration], done: set[Address]) -> list[Address]:
    """The first circle that can be reached from `start`; everything looked at is added to `done`."""
    path: list[Address] = []
    waiting: list[tuple[Address, bool]] = [(start, False)]
    on_path: set[Address] = set()
    while waiting:
        address, is_left = waiting.pop()
        if is_left:
            on_path.discard(path.pop())
            done.add(address)
            continue
        if address in on_path:
            done.update(path)
            return path[path.index(address) :]
        if address in done or address not in by_address:
            continue
        path.append(address)
        on_path.add(address)
        waiting.append((address, True))
        waiting += [(other, False) for other in by_address[address].refs]
    return []


def _cyclic(path: list[Address], by_address: Mapping[Address, Declaration]) -> Diagnostic:
    names = " → ".join(map(str, [*path, path[0]]))
    first = by_address[path[0]]
    return Diagnostic(
        "CF-REF-004",
        f"{path[0]} waits for itself",
        first.at(None),
        why=f"each of these needs the next one first: {names}",
        do="remove one of the references",
        related=tuple(Related(f"{one} is declared here", by_address[one].at(None)) for one in path[1:]),
    )
