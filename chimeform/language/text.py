"""A file's text with its places: offsets become line and column, and undecodable bytes become diagnostics."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import overload

from ..diagnostics import Diagnostic, Findings, Position

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes. A hundred thousand people take about 10 MB."""

UNPRINTABLE = re.compile("[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML forbids; they have no place in a table either."""

_BREAK = re.compile(r"\r\n|\r|\n")
_WIDE_MARKS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


class Text(Sequence[str]):
    """The characters of one file. As a sequence it is the file's lines, without their breaks.

    Lines are what editors count: LF, CR LF and CR end one, and the other line separators of Unicode do not.
    """

    def __init__(self, name: str, characters: str) -> None:
        self.name = name
        # a byte order mark is no character of the text; some programs write several
        self.characters = characters.lstrip("\ufeff")

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in _BREAK.finditer(self.characters))]

    def __len__(self) -> int:
        # a break at the end closes the last line and opens none
        return len(self._starts) - (self._starts[-1] == len(self.characters))

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        number = index if index >= 0 else index + len(self)
        if not 0 <= number < len(self):
            raise IndexError(index)
        starts = self._starts
        end = starts[number + 1] if number + 1 < len(starts) else len(self.characters)
        return self.characters[starts[number] : end].rstrip("\r\n")

    def position(self, start: int, end: int | None = None) -> Position:
        """Where the characters from `start` to `end` stand; only the part on the first line is underlined."""
        starts = self._starts
        line = bisect_right(starts, start)
        stop = starts[line] if line < len(starts) else len(self.characters)
        shown = self.characters[start : min(end or start, stop)].rstrip("\r\n")
        return Position(self.name, line, start - starts[line - 1] + 1, max(1, len(shown)))


def decode(name: str, data: bytes, findings: Findings) -> tuple[Text, bool]:
    """The text of a file, and whether it can be trusted: bytes that are not UTF-8 are reported and then only shown."""
    if len(data) > LARGEST_FILE:
        findings.add(
            Diagnostic(
                "CF-YAML-004",
                f"{name} is larger than {LARGEST_FILE // 1024 // 1024} MB",
                Position(name, 1, 1),
                why="a file of that size is hardly a declaration, and reading it would take all memory",
                do="split it, and name the parts in 'include'",
            )
        )
        return Text(name, ""), False
    for mark, encoding in _WIDE_MARKS.items():
        if data.startswith(mark):
            findings.add(_not_utf8(Position(name, 1, 1), f"{name} is encoded in {encoding}"))
            return Text(name, ""), False
    try:
        return Text(name, data.decode("utf-8")), True
    except UnicodeDecodeError as error:
        text = Text(name, data.decode("utf-8", errors="replace"))
        before = len(Text(name, data[: error.start].decode("utf-8")).characters)
        place = text.position(before)
        findings.add(_not_utf8(place, f"{name}: the byte 0x{data[error.start]:02x} is not UTF-8"))
        return text, False


def _not_utf8(place: Position, summary: str) -> Diagnostic:
    return Diagnostic(
        "CF-YAML-002",
        summary,
        place,
        why="files are read as UTF-8, with or without a byte order mark, and as nothing else",
        do="save the file as UTF-8 in your editor",
    )


def control_character(text: Text, found: re.Match[str] | None) -> Diagnostic:
    at = found.start() if found else 0
    what = f"the control character U+{ord(found[0]):04X}" if found else "a character that YAML forbids"
    return Diagnostic(
        "CF-YAML-003",
        f"{text.name} contains {what}",
        text.position(at),
        why="invisible characters have no place in a declaration; the file may not be text at all",
        do='remove it; inside "double quotes" of YAML it can be written as an escape such as "\\x07"',
    )
