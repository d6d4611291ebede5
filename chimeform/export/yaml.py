"""The files' YAML as people write it: blocks of keys, short ones on one line, comments above and behind.

What comes out depends on nothing but what goes in, so that two exports can be compared line by line.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .scalars import scalar, text

WIDTH = 110
"""Columns. What does not fit is written on lines of its own; single values are never broken."""


@dataclass(frozen=True)
class Entry:
    """One key. `value` is a single value, a list, a mapping of such, or a `Section`.

    `above` are comments on lines of their own, each a paragraph; `behind` is one that stands behind the value.
    """

    key: str
    value: Any
    above: tuple[str, ...] = ()
    behind: str = ""


@dataclass(frozen=True)
class Section:
    """A block of keys. `below` are lines of a comment behind the last of them, kept as they are."""

    entries: tuple[Entry, ...]
    below: tuple[str, ...] = ()


def page(entries: Iterable[Entry], head: Sequence[str] = ()) -> str:
    """A whole file: comments at the top, then the top-level keys. Blocks are set apart by blank lines."""
    lines = [line for each in head for line in _comment(each, 0)]
    for entry in entries:
        written = list(_lines(entry, 0))
        if lines and (isinstance(entry.value, Section) or entry.above):
            lines.append("")
        lines += written
    return "\n".join(lines) + "\n"


def _lines(entry: Entry, indent: int) -> Iterator[str]:
    for each in entry.above:
        yield from _comment(each, indent)
    pad, key, behind = " " * indent, text(entry.key), f"  # {_plain(entry.behind)}" if entry.behind else ""
    inline = _inline(entry.value)
    if inline is not None and len(pad) + len(key) + 2 + len(inline) <= WIDTH:
        yield f"{pad}{key}: {inline}{behind}"
    elif isinstance(entry.value, Section | Mapping):
        yield f"{pad}{key}:{behind}"
        section = entry.value if isinstance(entry.value, Section) else _section(entry.value)
        for inner in section.entries:
            yield from _lines(inner, indent + 2)
        yield from (f"{pad}  # {_plain(line)}".rstrip() for line in section.below)
    elif isinstance(entry.value, list):
        yield f"{pad}{key}:{behind}"
        yield from (f"{pad}  - {_inline(item)}" for item in entry.value)
    else:
        yield f"{pad}{key}: {inline}{behind}"


def _section(value: Mapping[str, Any]) -> Section:
    return Section(tuple(Entry(key, inner) for key, inner in value.items()))


def _inline(value: Any) -> str | None:
    """The value on one line; None for a block that has comments, or that holds blocks."""
    if isinstance(value, Section):
        is_flat = not value.below and not any(one.above or one.behind for one in value.entries)
        nested = any(isinstance(one.value, Section) for one in value.entries)
        return _inline({one.key: one.value for one in value.entries}) if is_flat and not nested else None
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_in_braces(key)}: {_inline(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_in_braces(item) for item in value) + "]"
    return scalar(value)


def _in_braces(value: Any) -> str:
    return str(_inline(value))


def _comment(paragraph: str, indent: int) -> list[str]:
    pad = " " * indent
    plain = _plain(paragraph)
    lines = textwrap.wrap(plain, WIDTH - indent - 2, break_long_words=False, break_on_hyphens=False) or [""]
    return [f"{pad}# {line}".rstrip() for line in lines]


def _plain(line: str) -> str:
    """Text from a service can end no comment: whatever is no printable character is shown by its number."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in line)
