"""What holds for the items of a collection that do not say otherwise: for all of them, or for those that fit.

`defaults` is one block, or a list of blocks. `match` and `where` say for whom a block is; the first block that fits an
item and has a field decides it. What stands in the item itself, or in its row of a table, goes before all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ..address import Address
from ..diagnostics import Diagnostic, Findings, Position, nearest
from ..resources.base import Resource
from .merge import Block, DefaultsRequest, Merger, Piece, Place, own_fields, place_of
from .validate import diagnose, name_of, native_at, validate

Parts = tuple[str, ...]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_texts(value: object) -> object:
    """A cell of a table is text, and YAML reads some of what people write there as something else."""
    values = value if isinstance(value, list) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) if isinstance(one, int) else one for one in values]


_SEVERAL = Field(strict=False, min_length=1)
_Names = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    _SEVERAL,
    BeforeValidator(_as_list, json_schema_input_type=str | list[str]),
]
_Scalar = str | int | bool
_Cells = Annotated[
    tuple[str, ...], _SEVERAL, BeforeValidator(_as_texts, json_schema_input_type=_Scalar | list[_Scalar])
]


class Condition(BaseModel):
    """For which items of a collection a block of defaults is."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    match: _Names | None = Field(
        None, description='Names of items, or patterns with * and ?: "*@sales.acme.example". Not written: all.'
    )
    where: dict[str, _Cells] | None = Field(
        None, description="Columns of the table, each with the value, or the values, that fit. Not written: all."
    )


@dataclass(frozen=True, slots=True)
class Default:
    """One block: its fields, those of the settings that stand in each item, and for whom they are."""

    collection: Parts
    piece: Piece
    settings: Mapping[str, Piece]
    condition: Condition
    folds: bool
    """Whether the service takes capital and small letters of the items' names for the same."""

    def fits(self, name: str, cells: Mapping[str, str]) -> bool:
        condition = self.condition
        if condition.match is not None and not any(self._is(name, pattern) for pattern in condition.match):
            return False
        return all(cells.get(column) in values for column, values in (condition.where or {}).items())

    def _is(self, name: str, pattern: str) -> bool:
        return fnmatchcase(name.casefold(), pattern.casefold()) if self.folds else fnmatchcase(name, pattern)


@dataclass
class Defaults:
    """Every block of defaults, by the collection that it is for."""

    findings: Findings
    blocks: dict[Parts, list[Default]] = field(default_factory=dict)
    cells: dict[Parts, Mapping[str, str]] = field(default_factory=dict)
    """Item → the cells of its row that are no fields."""
    headers: dict[Parts, set[str]] = field(default_factory=dict)
    """Collection → the columns of all its tables."""

    def columns(self, collection: Parts) -> frozenset[str]:
        """The columns, apart from fields, that somebody asks for."""
        asked = (one.condition.where or {} for one in self.blocks.get(collection, ()))
        return frozenset(column for columns in asked for column in columns)

    def of(self, parts: Parts) -> Iterator[Piece]:
        """What holds for a resource, or for a setting that stands in an item: the first that has a field decides."""
        for one in self._fitting(parts):
            yield one.piece
        for one in self._fitting(parts[:-1]):
            if parts[-1] in one.settings:
                yield one.settings[parts[-1]]

    def imply(self, merger: Merger) -> None:
        """Declare the settings that only defaults give to an item."""
        if not any(one.settings for blocks in self.blocks.values() for one in blocks):
            return
        for parts, block in list(merger.blocks.items()):
            for one in self._fitting(parts):
                for name in one.settings:
                    kind = setting_kinds(merger.place_of(block.kind))[name]
                    merger.blocks.setdefault((*parts, name), Block(kind, (*parts, name), []))

    def _fitting(self, parts: Parts) -> Iterator[Default]:
        for one in self.blocks.get(parts[:-1], ()) if parts else ():
            if one.fits(parts[-1], self.cells.get(parts, {})):
                yield one

    def check_columns(self) -> None:
        """Every column that is asked for is one of a table of the collection."""
        for collection, found in self.blocks.items():
            known = self.headers.get(collection, set())
            for one in found:
                for column in one.condition.where or {}:
                    if column not in known:
                        place = place_of(one.piece, ("where", column), key=True)
                        self.findings.add(_no_column(collection, column, known, place))


def setting_kinds(each: Place) -> Mapping[str, type[Resource]]:
    """The settings that stand in every item of a collection and contain nothing more, by their names."""
    return {name: inner.kind for name, inner in each.named.items() if inner.kind and not inner.each and not inner.named}


def read_defaults(merger: Merger, findings: Findings) -> Defaults:
    """The blocks of all files, with everything that is wrong with them."""
    defaults = Defaults(findings)
    for request in merger.defaults:
        if request.parts in defaults.blocks:
            first = next((one.piece for one in defaults.blocks[request.parts]), None)
            merger.twice_at(
                str(Address((*request.parts, "defaults"))),
                "is written twice",
                first.position if first else request.position,
                request.position,
            )
            continue
        found = defaults.blocks.setdefault(request.parts, [])
        found += (one for one in _read(request, merger, findings) if one is not None)
    return defaults


def _read(request: DefaultsRequest, merger: Merger, findings: Findings) -> Iterator[Default | None]:
    address, value = Address((*request.parts, "defaults")), request.value
    if value is None:
        return
    if isinstance(value, dict):
        piece = Piece(request.origin, request.holder, request.slot, {}, value)
        yield _one(request, str(address), piece, merger, findings)
        return
    if not isinstance(value, list):
        merger.not_a_mapping(address, value, request.position)
        return
    for index, item in enumerate(value):
        if isinstance(item, dict):
            piece = Piece(request.origin, value, index, {}, item)
            yield _one(request, name_of(str(address), (index,)), piece, merger, findings)
        else:
            merger.not_a_mapping(address, item, request.origin.place(value, index))


def _one(request: DefaultsRequest, subject: str, piece: Piece, merger: Merger, findings: Findings) -> Default | None:
    kind, written = request.each.kind, piece.written or {}
    assert kind is not None
    settings = setting_kinds(request.each)
    fields = [name for name, from_key in own_fields(kind).items() if not from_key]
    known = [*fields, *settings, *Condition.model_fields]
    for index, key in enumerate(written):
        if key not in known:
            place = piece.origin.place(written, 2 * index)
            merger.unknown(Address((*request.parts, "defaults")), key, place, known, kind)
    condition = _condition(written, subject, piece, findings)
    if condition is None:
        return None
    for column in condition.where or {}:
        if column in own_fields(kind):
            findings.add(_a_field(subject, column, place_of(piece, ("where", column), key=True)))
            return None
    piece.fields.update({key: item for key, item in written.items() if key in fields})
    return Default(
        request.parts,
        piece,
        dict(_settings(settings, Address((*request.parts, "defaults")), piece, merger)),
        condition,
        kind.folds_key(),
    )


def _condition(written: Mapping[str, Any], subject: str, piece: Piece, findings: Findings) -> Condition | None:
    values = {key: item for key, item in written.items() if key in Condition.model_fields}
    try:
        return validate(Condition, values, partial(native_at, piece.origin, written))
    except ValidationError as error:
        findings.extend(diagnose(error, subject, Condition, partial(place_of, piece)))
        return None


def _settings(
    kinds: Mapping[str, type[Resource]], address: Address, piece: Piece, merger: Merger
) -> Iterator[tuple[str, Piece]]:
    written = piece.written or {}
    for index, (name, value) in enumerate(written.items()):
        if name not in kinds or value is None:
            continue
        place = piece.origin.place(written, 2 * index)
        if not isinstance(value, dict):
            merger.not_a_mapping(address.child(name), value, place, kinds[name])
            continue
        known = own_fields(kinds[name])
        for slot, key in enumerate(value):
            if key not in known:
                merger.unknown(address.child(name), key, piece.origin.place(value, 2 * slot), known, kinds[name])
        fields = {key: item for key, item in value.items() if key in known}
        yield name, Piece(piece.origin, written, 2 * index, fields, value)


def _a_field(subject: str, column: str, place: Position) -> Diagnostic:
    return Diagnostic(
        "CF-DOC-029",
        f"{subject}.where: {column!r} is a field, and no column to ask for",
        place,
        why="what a field is may come from these very defaults",
        do="ask for another column of the table, or for names with 'match'",
    )


def _no_column(collection: Parts, column: str, known: Collection[str], place: Position) -> Diagnostic:
    guess = nearest(column, sorted(known))
    why = f"the tables have {', '.join(sorted(known))}" if known else "no table of the collection is named with 'from'"
    return Diagnostic(
        "CF-CSV-009",
        f"{Address(collection)}: no table has a column {column!r}",
        place,
        why=why,
        do=f"did you mean {guess!r}?" if guess else "add the column to a table, or remove the condition",
    )
