"""Lists of people from CSV files: a header that names fields, a row for each item, and the place of every cell."""

from __future__ import annotations

import csv
import io
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel

from ..diagnostics import Diagnostic, Findings, Position, nearest
from .defaults import Defaults, setting_kinds
from .merge import Container, Merger, Place, TableRequest, own_fields
from .template import is_template
from .text import UNPRINTABLE, Text, control_character

MOST_PROBLEMS = 1000


class Table:
    """A CSV file as an origin of values. A cell's place is found when it is asked for, by reading its row again."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.natives: dict[tuple[int, int], bool | int | float] = {}
        self.rows: dict[int, tuple[int, tuple[int, ...]]] = {}
        """id of what a row became → offset of the row in the text, and for each key the number of its column"""
        self.columns: list[str] = []
        self._kept: list[dict[str, Any]] = []

    @property
    def name(self) -> str:
        return self.text.name

    def keep(self, values: dict[str, Any], offset: int, columns: Iterable[int]) -> None:
        self.rows[id(values)] = offset, tuple(columns)
        self._kept.append(values)

    def cell(self, offset: int, column: int) -> Position:
        """The place of a cell of the row that begins at `offset`."""
        for index, (start, end) in enumerate(_cells(self.text.characters, offset)):
            if index == column:
                return self.text.position(start, end)
        return self.text.position(offset)

    def place(self, container: Container, slot: int) -> Position:
        offset, columns = self.rows[id(container)]
        return self.cell(offset, columns[slot // 2])

    def key_place(self, container: Container, key: str | int) -> Position:
        return self.value_place(container, key)

    def value_place(self, container: Container, key: str | int) -> Position:
        return self.place(container, 2 * list(container).index(str(key)))


def _cells(text: str, start: int) -> Iterator[tuple[int, int]]:
    """The offsets of the cells of one row: quotes may hold commas and line breaks."""
    at = start
    while True:
        first, quoted = at, False
        while at < len(text) and (quoted or text[at] not in ",\r\n"):
            if text[at] == '"' and (quoted or at == first):
                quoted = not quoted
            at += 1
        yield first, at
        if at >= len(text) or text[at] != ",":
            return
        at += 1


def add_table(request: TableRequest, text: Text, merger: Merger, defaults: Defaults, findings: Findings) -> None:
    """Read a table and give each of its rows to the merger as a resource."""
    each = request.collection.each
    assert each is not None
    reading = _Reading(request, each, text, defaults.columns(request.parts), findings)
    for row in reading.rows():
        parts = (*request.parts, row.key)
        merger.resource(each, parts, row.values, reading.table, row.holder, 0)
        if row.others:
            defaults.cells[parts] = row.others
    defaults.headers.setdefault(request.parts, set()).update(reading.table.columns)
    merger.is_incomplete |= reading.problems > 0


@dataclass(frozen=True, slots=True)
class _Row:
    """One item: its key, its values, a mapping of the two for places, and the cells that are no fields."""

    key: str
    values: dict[str, Any]
    holder: dict[str, Any]
    others: Mapping[str, str]


class _TooMuch(Exception):
    """So many problems that it is not the file that was meant."""


class _Reading:
    def __init__(
        self, request: TableRequest, each: Place, text: Text, others: frozenset[str], findings: Findings
    ) -> None:
        assert each.kind is not None
        self.request, self.others, self.findings = request, others, findings
        self.table = Table(text)
        self.fields = own_fields(each.kind)
        self.key = next((name for name, from_key in self.fields.items() if from_key), "key")
        self.sorts = {**_sorts(each.kind), **dict(_sorts_of_parts(each))}
        self.problems = 0

    def report(self, code: str, summary: str, place: Position, why: str, do: str) -> None:
        self.problems += 1
        if self.problems > MOST_PROBLEMS:
            code, summary = "CF-YAML-015", f"{self.table.name} has more than {MOST_PROBLEMS} problems"
            why, do = "what follows was not read", "repair the ones above first"
        self.findings.add(Diagnostic(code, summary, place, why=why, do=do))
        if self.problems > MOST_PROBLEMS:
            raise _TooMuch

    def rows(self) -> Iterator[_Row]:
        """Every row that can be used."""
        if (found := UNPRINTABLE.search(self.table.text.characters)) is not None:
            self.problems += 1
            self.findings.add(control_character(self.table.text, found))
            return
        lines = self._lines()
        try:
            offset, header = next(lines, (0, []))
            if not self._header(header):
                return
            for offset, cells in lines:
                row = self._row(cells, offset)
                if row is not None:
                    yield row
        except _TooMuch:
            return

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """Every row that is not blank, with its offset."""
        characters = self.table.text.characters
        # newline="" keeps line breaks as they are, so that offsets add up
        stream = io.StringIO(characters, newline="")
        taken = 0

        def pieces() -> Iterator[str]:
            nonlocal taken
            for line in stream:
                taken += len(line)
                yield line

        offset, reader = 0, csv.reader(pieces(), strict=True)
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                place = self.table.text.position(offset)
                why = str(error)
                self.report("CF-CSV-006", f"{self.table.name}: the row cannot be read", place, why, "check its quotes")
                return
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield offset, cells
            offset = taken

    def _header(self, header: list[str]) -> bool:
        columns = [cell.strip() for cell in header]
        self.table.columns = columns
        parts = [name for name in self.sorts if "." in name]
        known = [self.key, *(name for name, is_key in self.fields.items() if not is_key), *parts, *sorted(self.others)]
        wanted = f"the columns are {', '.join(name for name in known if self.sorts.get(name, str) is not None)}"
        sound = True
        if len(columns) == 1 and (separator := next((one for one in ";\t|" if one in columns[0]), "")):
            what = {"\t": "tabs"}.get(separator, repr(separator))
            do = "save it as comma-separated values"
            self.report(
                "CF-CSV-006",
                f"{self.table.name} is separated by {what}",
                self.table.cell(0, 0),
                "cells are separated by commas",
                do,
            )
            return False
        for index, name in enumerate(columns):
            if name in known and columns.index(name) == index and self.sorts.get(name, str) is not None:
                continue
            sound = False
            where = self.table.cell(0, index)
            if name not in known:
                guess = nearest(name, known)
                do = f"did you mean {guess!r}?" if guess else "rename the column, or leave it out"
                self.report("CF-CSV-002", f"{self.table.name}: there is no column {name!r}", where, wanted, do)
            elif columns.index(name) != index:
                why = "each field has one column"
                self.report(
                    "CF-CSV-002", f"{self.table.name}: the column {name!r} stands twice", where, why, "remove one"
                )
            else:
                why = f"{name!r} is not a single value, and a cell holds nothing else"
                its_own = [part for part in parts if part.startswith(f"{name}.")]
                do = "write it in 'defaults', or declare these resources in YAML"
                do = f"name a part of it: {', '.join(its_own)}" if its_own else do
                self.report("CF-CSV-008", f"{self.table.name}: {name!r} cannot be a column", where, why, do)
        if self.key not in columns:
            sound = False
            do = f"name the columns in the first row, '{self.key}' among them"
            self.report(
                "CF-CSV-003", f"{self.table.name} has no column {self.key!r}", self.table.cell(0, 0), wanted, do
            )
        return sound

    def _row(self, cells: list[str], offset: int) -> _Row | None:
        table, columns = self.table, self.table.columns
        if len(cells) != len(columns):
            why = f"the header has {len(columns)} columns, and this row has {len(cells)}"
            do = "add or remove a comma; a value that contains a comma stands in quotes"
            self.report("CF-CSV-004", f"{table.name}: the row does not fit the header", table.cell(offset, 0), why, do)
            return None
        slot = columns.index(self.key)
        written: dict[int, str] = {}
        for index, cell in enumerate(cells):
            if "{" in cell and is_template(cell):
                why = "a table is data, and templates are not rendered in data"
                self.report(
                    "CF-CSV-007",
                    f"{table.name}: a cell holds a template",
                    table.cell(offset, index),
                    why,
                    "write the value out",
                )
                return None
            if index != slot and (text := cell.strip()):
                written[index] = text
        key = cells[slot].strip()
        if not key:
            why = f"{self.key!r} tells the rows apart"
            self.report(
                "CF-CSV-005", f"{table.name}: a row has no {self.key!r}", table.cell(offset, slot), why, "fill it in"
            )
            return None
        return self._kept(key, slot, written, offset)

    def _kept(self, key: str, slot: int, written: Mapping[int, str], offset: int) -> _Row:
        """The row as values in blocks: `lifecycle.expires` is a key of the block `lifecycle`."""
        table = self.table
        values: dict[str, Any] = {}
        columns: list[int] = []
        inside: dict[str, list[int]] = {}
        others: dict[str, str] = {}
        for index, text in written.items():
            name = table.columns[index]
            if name in self.others:
                others[name] = text
                continue
            block, _, part = name.rpartition(".")
            if block not in values:
                columns.append(index)  # a block stands where its first part does
            if block:
                values.setdefault(block, {})[part] = _value(text, self.sorts[name])
                inside.setdefault(block, []).append(index)
            else:
                values[part] = _value(text, self.sorts[name])
        for block, parts in inside.items():
            table.keep(values[block], offset, parts)
        table.keep(values, offset, columns)
        holder = {key: values}
        table.keep(holder, offset, (slot,))
        return _Row(key, values, holder, others)


def _sorts(model: type[BaseModel]) -> dict[str, type | None]:
    return {info.alias or name: _sort(info.annotation) for name, info in model.model_fields.items()}


def _sorts_of_parts(each: Place) -> Iterable[tuple[str, type]]:
    """Columns for single values in a block of an item, or in a setting that stands in it: `lifecycle.expires`."""
    assert each.kind is not None
    blocks = {info.alias or name: _model(info.annotation) for name, info in each.kind.model_fields.items()}
    blocks |= setting_kinds(each)
    for block, model in blocks.items():
        for name, sort in _sorts(model).items() if model else ():
            if sort is not None:
                yield f"{block}.{name}", sort


def _model(annotation: Any) -> type[BaseModel] | None:
    members = (annotation, *typing.get_args(annotation))
    return next((one for one in members if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _sort(annotation: Any) -> type | None:
    """What a cell of the field holds: bool, int or str; None if the field is no single value."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _sort(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        sorts = [_sort(member) for member in typing.get_args(annotation) if member is not type(None)]
        return sorts[0] if len(sorts) == 1 else str if str in sorts else None
    if origin is typing.Literal:
        return str
    if annotation is date:
        return str
    return annotation if annotation in (bool, int, float, str) else None


def _value(cell: str, sort: type | None) -> Any:
    """The cell as the field wants it, if it is written so; otherwise the text, which the field then refuses."""
    if sort is bool:
        return {"true": True, "false": False}.get(cell, cell)
    if sort in (int, float) and cell.isascii() and cell.removeprefix("-").isdigit() and len(cell) <= 18:
        return int(cell)
    return cell
