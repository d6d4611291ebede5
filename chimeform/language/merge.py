"""From trees to resources: every block of every file under its address, whichever file it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, Protocol

from ..address import Address
from ..diagnostics import Diagnostic, Findings, Position, Related, nearest
from ..resources import kinds, parent_address, parent_of
from ..resources.base import Resource
from .validate import noun

Container = dict[str, Any] | list[Any]


class Origin(Protocol):
    """A file whose values know their places: YAML or CSV."""

    @property
    def name(self) -> str: ...

    @property
    def natives(self) -> Mapping[tuple[int, int], bool | int | float]: ...

    def place(self, container: Container, slot: int) -> Position: ...

    def key_place(self, container: Container, key: str | int) -> Position: ...

    def value_place(self, container: Container, key: str | int) -> Position: ...


@dataclass(slots=True)
class Piece:
    """What one file says about one resource. The resource's key is the `slot`-th place of `holder`."""

    origin: Origin
    holder: Container
    slot: int
    fields: dict[str, Any]
    written: dict[str, Any] | None
    """The mapping of the file, which knows the places of `fields`; None for a bare value that stands for a block."""

    @property
    def position(self) -> Position:
        return self.origin.place(self.holder, self.slot)


@dataclass(slots=True)
class Block:
    """One resource, put together from all files: a first piece, and more of them for an account."""

    kind: type[Resource]
    parts: tuple[str, ...]
    pieces: list[Piece]

    @property
    def address(self) -> Address:
        return Address(self.parts)


@dataclass
class Place:
    """A point of the language's structure: what may stand below it."""

    path: tuple[str, ...]
    kind: type[Resource] | None = None
    named: dict[str, Place] = field(default_factory=dict)
    each: Place | None = None
    """Set for a collection: the place of every item."""

    @property
    def text(self) -> str:
        return ".".join(self.path)

    @cached_property
    def may_be_spread(self) -> bool:
        """Whether several files may say something about one resource here: where it contains collections."""
        return any(inner.each is not None or inner.may_be_spread for inner in self.named.values())


@cache
def structure() -> Place:
    """The tree of the kinds' paths."""
    root = Place(())
    for kind in kinds().values():
        at = root
        for step in kind.path:
            if step == "*":
                at.each = at.each or Place((*at.path, "*"))
                at = at.each
            else:
                at = at.named.setdefault(step, Place((*at.path, step)))
        at.kind = kind
    return root


@cache
def own_fields(kind: type[Resource]) -> Mapping[str, bool]:
    """The names that may be written in a block of the kind → whether the name is taken from the key instead."""
    traits = kind.traits()
    fields = {info.alias or name: traits[name].from_key for name, info in kind.model_fields.items()}
    # what every kind has comes after what makes this one
    return {**{name: is_key for name, is_key in fields.items() if name != "lifecycle"}, "lifecycle": False}


@dataclass(frozen=True)
class TableRequest:
    """A collection whose items, or some of them, stand in a CSV file."""

    origin: Origin
    collection: Place
    parts: tuple[str, ...]
    file: str
    position: Position


@dataclass(frozen=True)
class DefaultsRequest:
    """What a file says under `defaults` of a collection."""

    origin: Origin
    each: Place
    parts: tuple[str, ...]
    value: Any
    holder: Container
    slot: int

    @property
    def position(self) -> Position:
        return self.origin.place(self.holder, self.slot)


class Merger:
    """Collects the blocks of all files by address. What comes out does not depend on the order of the files."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.blocks: dict[tuple[str, ...], Block] = {}
        self.defaults: list[DefaultsRequest] = []
        self.tables: list[TableRequest] = []
        self.misspelt: dict[tuple[str, ...], set[str]] = {}
        """Address → the fields that unknown keys of the block most likely mean."""
        self.is_incomplete = False
        """True when a block could not be taken at all, so that its name may seem to be missing."""

    def add(self, origin: Origin, tree: dict[str, Any], names: Iterable[str]) -> None:
        """Take the resources below the top-level `names` of one file."""
        slots = {key: 2 * index for index, key in enumerate(tree)}
        for name in names:
            self._visit(structure().named[name], (name,), tree[name], origin, tree, slots[name])

    def _visit(
        self, place: Place, parts: tuple[str, ...], value: Any, origin: Origin, holder: Container, slot: int
    ) -> None:
        if place.kind:
            self.resource(place, parts, value, origin, holder, slot)
            return
        if value is None:
            return
        if isinstance(value, list) and place.each and place.each.kind and place.each.kind.keys_alone:
            self._keys(place.each, parts, value, origin)
        elif not isinstance(value, dict):
            self.not_a_mapping(Address(parts), value, origin.place(holder, slot))
        elif place.each:
            self._collection(place, place.each, parts, value, origin)
        else:
            self._children(place, parts, value, origin, {})

    def _collection(
        self, place: Place, each: Place, parts: tuple[str, ...], value: dict[str, Any], origin: Origin
    ) -> None:
        for index, (key, item) in enumerate(value.items()):
            if key == "defaults":
                self.defaults.append(DefaultsRequest(origin, each, parts, item, value, 2 * index))
            elif key == "from":
                self._table(place, parts, item, origin, value)
            elif not key:
                self._empty_key(Address(parts), origin.place(value, 2 * index))
            else:
                self.resource(each, (*parts, key), item, origin, value, 2 * index)

    def _keys(self, each: Place, parts: tuple[str, ...], value: list[Any], origin: Origin) -> None:
        """A collection as a list of its keys."""
        for index, key in enumerate(value):
            if isinstance(key, str) and key:
                self.resource(each, (*parts, key), None, origin, value, index)
            else:
                self._not_a_key(Address(parts), origin.place(value, index))

    def imply(self) -> None:
        """Declare what a field of a container declares along with itself."""
        for kind in kinds().values():
            container = parent_of(kind)
            if kind.implied_by is None or container is None:
                continue
            for block in [block for block in self.blocks.values() if block.kind is container]:
                parts = (*block.parts, *kind.path[len(container.path) :])
                if parts not in self.blocks and self._is_written(kind.implied_by, block):
                    first = block.pieces[0]
                    self.blocks[parts] = Block(kind, parts, [replace(first, fields={}, written={})])

    def _is_written(self, field_name: str, block: Block) -> bool:
        """Whether the nearest container that has such a field gives it a value."""
        around: Block | None = block
        while around is not None and field_name not in own_fields(around.kind):
            inside = parent_address(around.kind, around.parts)
            around = self.blocks.get(inside) if inside else None
        return around is not None and any(piece.fields.get(field_name) is not None for piece in around.pieces)

    def resource(
        self, place: Place, parts: tuple[str, ...], value: Any, origin: Origin, holder: Container, slot: int
    ) -> None:
        """Take one block: its own fields, and whatever stands inside of it."""
        kind = place.kind
        assert kind is not None
        if value is None:
            value = {}
        elif not isinstance(value, dict):
            if kind.shorthand is None or isinstance(value, list):
                self.not_a_mapping(Address(parts), value, origin.place(holder, slot), kind)
                return
            self._keep(kind, parts, Piece(origin, holder, slot, {kind.shorthand: value}, None), spread=False)
            return
        known, fields = own_fields(kind), value
        if nested := not value.keys() <= known.keys():
            fields = {key: item for key, item in value.items() if key in known}
        is_kept = self._keep(kind, parts, Piece(origin, holder, slot, fields, value), spread=place.may_be_spread)
        if nested and is_kept:
            self._children(place, parts, value, origin, known)

    def _children(
        self, place: Place, parts: tuple[str, ...], value: dict[str, Any], origin: Origin, known: Mapping[str, bool]
    ) -> None:
        """Visit what is nested in `value`; `known` are the fields of the block itself."""
        for index, (key, item) in enumerate(value.items()):
            if key in place.named:
                self._visit(place.named[key], (*parts, key), item, origin, value, 2 * index)
            elif key not in known:
                self.unknown(Address(parts), key, origin.place(value, 2 * index), (*known, *place.named), place.kind)

    def _keep(self, kind: type[Resource], parts: tuple[str, ...], piece: Piece, *, spread: bool) -> bool:
        """False if another place has said already what the resource looks like."""
        block = self.blocks.setdefault(parts, Block(kind, parts, []))
        if not block.pieces:
            block.pieces.append(piece)
            return True
        if not spread:
            self._twice(block, block.pieces[0].position, piece.position)
            return False
        for name in piece.fields:
            for other in block.pieces:
                if name in other.fields:
                    self._twice(block, _value(other, name), _value(piece, name), name)
        block.pieces.append(piece)
        return True

    def _table(self, place: Place, parts: tuple[str, ...], value: Any, origin: Origin, holder: dict[str, Any]) -> None:
        files = value if isinstance(value, list) else [value]
        for index, file in enumerate(files):
            at = origin.place(value, index) if isinstance(value, list) else origin.value_place(holder, "from")
            if isinstance(file, str) and file:
                self.tables.append(TableRequest(origin, place, parts, file, at))
                continue
            self.findings.add(
                Diagnostic(
                    "CF-DOC-012",
                    f"{Address((*parts, 'from'))}: this is not the name of a file",
                    at,
                    why="'from' names the CSV file that lists the items of the collection",
                    do="write 'from: users.csv'",
                )
            )

    def place_of(self, kind: type[Resource]) -> Place:
        """The point of the structure at which resources of a kind stand."""
        at = structure()
        for step in kind.path:
            at = at.each if step == "*" and at.each else at.named[step]
        return at

    # ---- what can be wrong

    def unknown(
        self, address: Address, key: str, position: Position, known: Iterable[str], kind: type[Resource] | None
    ) -> None:
        known = list(known)
        guess = nearest(key, known)
        if guess:
            self.misspelt.setdefault(address.parts, set()).add(guess)
        where = str(address) if address.parts else "the file"
        self.findings.add(
            Diagnostic(
                "CF-DOC-010",
                f"{where}: there is no {key!r} here",
                position,
                why=f"{noun(kind.kind) if kind else where} takes {', '.join(sorted(known))}",
                do=f"did you mean {guess!r}?" if guess else "remove it, or look for the name that is meant",
            )
        )

    def not_a_mapping(
        self, address: Address, value: Any, position: Position, kind: type[Resource] | None = None
    ) -> None:
        self.is_incomplete = True
        what = "a list" if isinstance(value, list) else "a single value"
        fields = list(own_fields(kind)) if kind else []
        example = next((name for name in fields if not own_fields(kind)[name]), "") if kind else ""
        self.findings.add(
            Diagnostic(
                "CF-DOC-002",
                f"{address}: {what} stands where a block of keys is wanted",
                position,
                why=f"it is made of {', '.join(fields)}" if fields else "what is below it is told apart by keys",
                do=f"write '{example}: …' on the lines below, indented" if fields else "write each as 'its key:'",
            )
        )

    def _not_a_key(self, address: Address, position: Position) -> None:
        self.is_incomplete = True
        self.findings.add(
            Diagnostic(
                "CF-DOC-027",
                f"{address}: this is not a name",
                position,
                why="a list here holds the names of its items, and nothing else",
                do="write a name, or write each item as 'its name:' with its values below",
            )
        )

    def _empty_key(self, address: Address, position: Position) -> None:
        self.findings.add(
            Diagnostic(
                "CF-DOC-026",
                f"{address}: a key is empty",
                position,
                why="the key is the name by which plans and the ledger know the resource",
                do="write a name before the colon",
            )
        )

    def _twice(self, block: Block, first: Position, second: Position, name: str = "") -> None:
        self.twice_at(f"{block.address}{f'.{name}' if name else ''}", "is declared twice", first, second)

    def twice_at(self, what: str, how: str, first: Position, second: Position) -> None:
        first, second = sorted((first, second))
        self.findings.add(
            Diagnostic(
                "CF-DOC-007",
                f"{what} {how}",
                second,
                why="files are merged by address, and only one place can say what a resource looks like",
                do="remove one of the two",
                related=(Related("the first one is here", first),),
            )
        )


def _value(piece: Piece, name: str) -> Position:
    return place_of(piece, (name,))


def place_of(piece: Piece, path: tuple[str | int, ...], *, key: bool = False) -> Position:
    """Where the value at `path` of a block stands, or the last part of the path that is written.

    With `key` the key itself is shown in place of its value.
    """
    if piece.written is None:
        return piece.origin.place(piece.holder, piece.slot + 1)
    position = piece.position
    at: Any = piece.written
    for step in path:
        if isinstance(at, dict) and step in at:
            find: Callable[..., Position] = piece.origin.key_place if key else piece.origin.value_place
            position, at = find(at, step), at[str(step)]
        elif isinstance(at, list) and isinstance(step, int) and step < len(at):
            position, at = piece.origin.value_place(at, step), at[step]
    return position
