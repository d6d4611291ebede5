"""Large collections as CSV: a header that names fields, and a row for each resource."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..language.template import is_template
from ..resources.base import Resource
from .blocks import Block

Row = Mapping[str, Any]
"""Column → value; a setting that stands in the resource has columns such as `telephony.inbound`."""


def row_of(block: Block, settings: Iterable[Block]) -> Row | None:
    """What a row says of a resource; None where a row cannot: the key is a field of its own, and each value is a single
    one, written plainly."""
    key = block.kind.key_field()
    if key is None:
        return None
    inner = {f"{one.address.name}.{name}": value for one in settings for name, value in one.fields.items()}
    row = {key: block.address.name, **block.fields, **inner}
    return row if all(map(_fits, row.values())) else None


def _fits(value: Any) -> bool:
    if not isinstance(value, str):
        return isinstance(value, bool | int)
    # a table is data: templates are not rendered in it, and blanks around a cell do not count
    return value.isprintable() and value == value.strip() and value != "" and not is_template(value)


def table(kind: type[Resource], rows: Sequence[Row]) -> str:
    """The text of the table. Fields that no row has are no columns."""
    key = kind.key_field()
    assert key is not None
    names = [key, *(info.alias or name for name, info in kind.model_fields.items() if name != key)]
    there = dict.fromkeys(name for row in rows for name in row)
    columns = [*(name for name in names if name in there), *(name for name in there if name not in names)]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return stream.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
