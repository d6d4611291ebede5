"""From live objects to what the files say of them: fields in the language's own form, and why some cannot be said.

Everything that is written is held against its kind and against the rules across resources, as a load of the files would
do. What does not hold is left out and named: a file that cannot be read is no export.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..address import Address
from ..diagnostics import Position
from ..language.desired import Declaration, Desired
from ..language.validate import diagnose
from ..resources import key_values, named_by, named_by_default, parent_address
from ..resources.base import Resource, Trait
from .organisation import Found, Organisation


def _nowhere(path: object, *, key: bool = False) -> Position:
    """No file has what is only about to be written."""
    del path, key
    return Position("", 1, 1)


@dataclass(frozen=True)
class Block:
    """What the files say of one live object: its `fields` by their written names, or why it is not declared.

    `remarks` are for people.
    """

    found: Found
    fields: Mapping[str, Any]
    remarks: tuple[str, ...] = ()
    undeclared: str = ""
    spec: Resource | None = None

    @property
    def address(self) -> Address:
        return self.found.address

    @property
    def kind(self) -> type[Resource]:
        return self.found.kind


def blocks_of(organisation: Organisation) -> list[Block]:
    """A block for everything that was found, in the order of the addresses; settings without any value have none."""
    blocks = [_block(one) for one in organisation.found]
    blocks = _once(one for one in blocks if one.kind.is_object() or one.fields)
    while (checked := _checked(blocks)) != blocks:
        blocks = checked
    return blocks


def _block(found: Found) -> Block:
    kind, remarks = found.kind, tuple(found.kind.remarks(found.observed, found.scope))
    values = kind.exported(found.observed, found.scope)
    if values is None:
        return Block(found, {}, undeclared="; ".join(remarks))
    key = kind.key_field()
    if key is not None and not values.get(key):
        return Block(found, {}, undeclared=f"it has no {key}, which would be its key")
    written = _written(kind, values, found.address)
    return _valid(Block(found, dict(written), remarks))


def _written(kind: type[Resource], values: Mapping[str, Any], address: Address) -> Iterator[tuple[str, Any]]:
    """The fields as the files have them. A switch that is off unless it is written is left out where it is off, and a
    name that is the key."""
    default = named_by_default(address)
    for name, trait in kind.traits().items():
        info, value = kind.model_fields[name], values.get(name)
        if trait.from_key or value is None or (info.default is False and value is False):
            continue
        if name in default and value == default[name]:
            continue
        yield info.alias or name, trait.shown.as_text(value) if trait.shown and trait.shown.in_files else value


# ---------------------------------------------------------------- what holds


def _valid(block: Block) -> Block:
    """The block with its spec, once what its kind does not take has been left out."""
    kind = block.kind
    try:
        fields = {**named_by_default(block.address), **block.fields, **key_values(block.address)}
        return replace(block, spec=kind.model_validate(fields))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        story = next(diagnose(error, "", kind, _nowhere))
        smaller = _without(block, str(first["loc"][0]), story.summary)
    return smaller if smaller.undeclared else _valid(smaller)


def _without(block: Block, name: str | None, why: str) -> Block:
    """The block without a field that cannot be written; no block at all, if there is none without that field."""
    if name is None or name not in block.fields or _trait(block.kind, name).required:
        return replace(block, fields={}, spec=None, undeclared=why)
    fields = {each: value for each, value in block.fields.items() if each != name}
    return replace(block, fields=fields, remarks=(*block.remarks, f"not written: {why}"), spec=None)


def _trait(kind: type[Resource], written: str) -> Trait:
    traits = kind.traits()
    return next(traits[name] for name, info in kind.model_fields.items() if (info.alias or name) == written)


def _once(blocks: Iterable[Block]) -> list[Block]:
    """Of several objects that would have one key, the first is declared."""
    first: dict[tuple[str, ...], Block] = {}
    kept = []
    for block in blocks:
        if block.undeclared or block.kind.key_field() is None:
            kept.append(block)
            continue
        one = first.setdefault((*block.address.parts[:-1], block.address.name.casefold()), block)
        why = f"it has the same key as {one.found.observed.id}, which is declared"
        kept.append(block if one is block else replace(block, fields={}, spec=None, undeclared=why))
    return kept


def _checked(blocks: list[Block]) -> list[Block]:
    """The blocks without what their surroundings do not allow: one round, since one that goes may take others along."""
    declared = {
        block.address: Declaration(block.address, block.spec, _nowhere) for block in blocks if block.spec is not None
    }
    desired = Desired(Path(), "", None, declared)
    return [block if block.spec is None else _in_place(block, block.spec, desired) for block in blocks]


def _in_place(block: Block, spec: Resource, desired: Desired) -> Block:
    inside = parent_address(block.kind, block.address.parts)
    if inside and Address(inside) not in desired.declarations:
        return _without(block, None, f"{Address(inside)}, which contains it, is not declared")
    for name, trait in block.kind.traits().items():
        value = block.fields.get(name)
        named = ((key, named_by(ref, block.address, key)) for ref in trait.refs for key in ref.keys(value)
                 if not ref.may_be_undeclared(key))  # fmt: skip
        missing = next((pair for pair in named if pair[1] not in desired.declarations), None)
        if missing:
            return _valid(_without(block, name, f"{name}: {missing[0]}, because {missing[1]} is not declared"))
    for broken in block.kind.rules(block.address, spec, desired):
        if not broken.is_warning:
            summary = broken.summary.removeprefix(f"{block.address}").lstrip(".: ")
            smaller = _without(block, broken.field, summary)
            return smaller if smaller.undeclared else _valid(smaller)
    return block
