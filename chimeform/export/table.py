"""Large collections as CSV: a header that names fields, and a row for each resource."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from ..language.template import is_template
from ..resources.base import Resource
from .blocks import Block


def fits_table(block: Block) -> bool:
    """Whether a row can say it: the key is a field of its own, and each value is a single one, written plainly."""
    has_key = any(trait.from_key for trait in block.kind.traits().values())
    return has_key and all(_fits(value) for value in (block.address.name, *block.fields.values()))


def _fits(value: Any) -> bool:
    if not isinstance(value, str):
        return isinstance(value, bool | int)
    # a table is data: templates are not rendered in it, and blanks around a cell do not count
    return value.isprintable() and value == value.strip() and value != "" and not is_template(value)


def table(kind: type[Resource], rows: Sequence[Block]) -> str:
    """The text of the table. Fields that no row has are no columns."""
    key = next(name for name, trait in kind.traits().items() if trait.from_key)
    names = [info.alias or name for name, info in kind.model_fields.items()]
    columns = [name for name in names if any(name in block.fields for block in rows)]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([key, *columns])
    for block in rows:
        writer.writerow([block.address.name, *(_cell(block.fields.get(name)) for name in columns)])
    return stream.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
