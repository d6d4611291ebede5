"""`moved`, `previously`, `removed` and `import`: what the files say about addresses rather than about resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..address import Address
from ..diagnostics import Diagnostic, Findings, Position, Related
from ..relocation import Moves, kind_of
from ..resources import kind_at, parent_of
from ..resources.base import Resource
from .desired import Import, Moved, Removed
from .document import Head
from .resolve import Declarations, Places, Suggestions
from .validate import noun

_Named = tuple[Address, type[Resource]]


@dataclass(frozen=True)
class Refactoring:
    moved: tuple[Moved, ...]
    removed: tuple[Removed, ...]
    imports: tuple[Import, ...]


class _Reader:
    def __init__(self, head: Head, declared: Declarations, findings: Findings, *, is_complete: bool) -> None:
        self.suggestions: Suggestions | None = None
        self.head, self.declared, self.findings, self.is_complete = head, declared, findings, is_complete

    def report(
        self, code: str, summary: str, place: Position, why: str, do: str, first: Position | None = None
    ) -> None:
        related = (Related("the first one is here", first),) if first else ()
        self.findings.add(Diagnostic(code, summary, place, why=why, do=do, related=related))

    def address(self, text: str, place: Position, *, or_collection: bool = False) -> _Named | None:
        """The address and its kind, or a diagnostic. A whole collection counts as what it has."""
        try:
            address = Address.parse(text)
        except ValueError as error:
            do = 'write a path such as accounts.acme.users["jane@acme.example"]'
            self.report(
                "CF-DOC-019", str(error), place, 'addresses are paths; other than plain names stand in ["…"]', do
            )
            return None
        kind = kind_of(address) if or_collection else kind_at(address.parts)
        if kind is None or address.parts[-1] in ("from", "defaults"):
            why = "only resources have addresses of their own, not fields or collections"
            self.report("CF-DOC-019", f"{text} is not the address of a resource", place, why, "correct the path")
            return None
        return address, kind

    def is_written(self, address: Address) -> bool:
        """Whether the files have the resource, or anything of the collection."""
        if kind_at(address.parts):
            return address in self.declared.by_address or address in self.declared.failed
        return any(one.is_within(address) for one in (*self.declared.by_address, *self.declared.failed))

    def wanted(self, code: str, address: Address, place: Position) -> bool:
        """True if the address is declared, as it must be; or if that cannot be known."""
        if self.is_written(address) or not self.is_complete:
            return True
        self.suggestions = self.suggestions or Suggestions(self.declared.by_address)
        guess = self.suggestions.nearest(address)
        do = f"did you mean {guess}?" if guess else "declare it, or correct the address"
        self.report(
            code, f"{address} is not declared", place, "the entry is about a resource that the files describe", do
        )
        return False

    def once(self, code: str, what: str, key: object, place: Position, seen: dict[object, Position]) -> bool:
        first = seen.setdefault(key, place)
        if first is place:
            return True
        self.report(
            code,
            f"{what} is named twice",
            place,
            "two entries about it can only disagree",
            "remove one of the two",
            first,
        )
        return False

    def moved(self) -> tuple[Moved, ...]:
        """The moves in the order in which they are done: what `moved` brings to an address may have gone on since."""
        sources: dict[object, Position] = {}
        found = [*self._moved_entries(sources), *self._former_addresses(sources)]
        passed = {move.source: move.target for move, _ in found}
        moves = Moves(move for move, _ in found)
        return tuple(
            move for move, place in found if self._lands(move, place, passed) and self._can_go(move, place, moves)
        )

    def _moved_entries(self, sources: dict[object, Position]) -> Iterator[tuple[Moved, Position]]:
        """Each entry of `moved`, and where its target stands."""
        targets: dict[object, Position] = {}
        for model, entry in self.head.entries("moved"):
            origin, place = entry.position("from"), entry.position("to")
            source = self.address(model.from_, origin, or_collection=True)
            target = self.address(model.to, place, or_collection=True)
            if source is None or target is None or not self._keeps_kind(source, target, place):
                continue
            if self.once("CF-DOC-020", str(source[0]), source[0], origin, sources) and self.once(
                "CF-DOC-020", str(target[0]), target[0], place, targets
            ):
                yield Moved(source[0], target[0], origin), place

    def _former_addresses(self, sources: dict[object, Position]) -> Iterator[tuple[Moved, Position]]:
        """What resources say of where they were. In the course of time one can have had several addresses."""
        for address, declaration in self.declared.by_address.items():
            lifecycle = declaration.spec.lifecycle
            for index, text in enumerate(lifecycle.previously if lifecycle else ()):
                assert isinstance(declaration.at, Places)
                place = declaration.at.at(("lifecycle", "previously", index))
                source = self.address(text, place)
                if source is None or not self._keeps_kind(source, (address, type(declaration.spec)), place):
                    continue
                if self.once("CF-DOC-020", str(source[0]), source[0], place, sources):
                    yield Moved(source[0], address, place), place

    def _keeps_kind(self, source: _Named, target: _Named, place: Position) -> bool:
        if source[1] is target[1] and bool(kind_at(source[0].parts)) == bool(kind_at(target[0].parts)):
            return True
        if source[1] is target[1]:
            why = "one is a resource, and the other a whole collection"
            do = "name two resources, or two collections"
            self.report("CF-DOC-020", f"{source[0]} cannot become {target[0]}", place, why, do)
            return False
        why = f"the first is {noun(source[1].kind)} and the second {noun(target[1].kind)}"
        do = "a resource keeps its kind; declare the new one and let the old one be retired"
        self.report("CF-DOC-020", f"{source[0]} cannot become {target[0]}", place, why, do)
        return False

    def _lands(self, move: Moved, place: Position, passed: Mapping[Address, Address]) -> bool:
        if self.is_written(move.source):
            why = "after a move the old address is free, and here it is in use"
            do = "remove the old block, or the entry"
            self.report("CF-DOC-020", f"{move.source} is moved and still declared", move.position, why, do)
            return False
        # one address may have moved on since: follow the chain to its end
        last, seen = move.target, {move.source}
        while last in passed and last not in seen:
            seen.add(last)
            last = passed[last]
        if last in seen:
            why = "the entries lead back to where they began"
            self.report(
                "CF-DOC-020", f"{move.source} moves in a circle", move.position, why, "remove one of the entries"
            )
            return False
        return self.wanted("CF-DOC-020", last, place)

    def _can_go(self, move: Moved, place: Position, moves: Moves) -> bool:
        """Whether the kind can be made in another container, where that is what the move comes to."""
        kind = kind_of(move.source)
        assert kind is not None
        if kind.is_relocatable or not moves.is_relocation(move.source, move.target):
            return True
        inside = noun(parent_kind.kind) if (parent_kind := parent_of(kind)) else "another place"
        why = f"no operation takes {noun(kind.kind)} from {inside} to another"
        do = "declare the new one as it is to be, and let the old one be retired"
        self.report("CF-DOC-028", f"{move.source} cannot move to {move.target}", place, why, do)
        return False

    def removed(self) -> tuple[Removed, ...]:
        found = []
        seen: dict[object, Position] = {}
        for model, entry in self.head.entries("removed"):
            place = entry.position("address")
            parsed = self.address(model.address, place)
            if parsed is None or not self.once("CF-DOC-021", str(parsed[0]), parsed[0], place, seen):
                continue
            if self.is_written(parsed[0]):
                why = "an address is either described or released"
                do = "remove the block, or the entry"
                self.report("CF-DOC-021", f"{parsed[0]} is released and still declared", place, why, do)
                continue
            found.append(Removed(parsed[0], model.destroy, place))
        return tuple(found)

    def imports(self) -> tuple[Import, ...]:
        found = []
        targets: dict[object, Position] = {}
        ids: dict[object, Position] = {}
        for model, entry in self.head.entries("import"):
            place = entry.position("to")
            parsed = self.address(model.to, place)
            if parsed is None or not self.wanted("CF-DOC-022", parsed[0], place):
                continue
            if parsed[1].api.id is None:
                why = "there is only one in its place, and what contains it identifies it"
                self.report(
                    "CF-DOC-022", f"{parsed[0]} has no id", place, why, "remove the entry; declaring it is enough"
                )
                continue
            if self.once("CF-DOC-022", str(parsed[0]), parsed[0], place, targets) and self.once(
                "CF-DOC-022", f"the id {model.id!r}", (parsed[1], model.id), entry.position("id"), ids
            ):
                found.append(Import(parsed[0], model.id, place))
        return tuple(found)


def read_refactoring(head: Head, declared: Declarations, findings: Findings, *, is_complete: bool) -> Refactoring:
    """The entries of all files, checked against what is declared (`is_complete`: nothing is missing from that)."""
    reader = _Reader(head, declared, findings, is_complete=is_complete)
    return Refactoring(reader.moved(), reader.removed(), reader.imports())
