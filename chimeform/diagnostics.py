"""Diagnostics: what is wrong with a file or a plan, told like a good compiler tells it.

A diagnostic has a stable code, one line that names the object first, the place, *why* it is so and what to *do*.
Nothing here prints; `render` gives the text and faces decide where it goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, order=True)
class Position:
    """A place in a file: the path as the user knows it, line and column counted from 1, and how much to underline."""

    file: str
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Related:
    """A second place that belongs to the story, such as the first of two declarations."""

    message: str
    position: Position


@dataclass(frozen=True)
class Diagnostic:
    code: str
    summary: str
    position: Position | None = None
    why: str = ""
    do: str = ""
    severity: Severity = Severity.ERROR
    related: tuple[Related, ...] = ()

    def as_json(self) -> dict[str, object]:
        place = self.position
        return {
            "code": self.code,
            "severity": str(self.severity),
            "summary": self.summary,
            "file": place.file if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
            "why": self.why,
            "do": self.do,
            "related": [{"message": one.message, "at": str(one.position)} for one in self.related],
        }


@dataclass
class Findings:
    """The diagnostics of one run, collected so that all of them are reported at once."""

    items: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        self.items.append(diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.items.extend(diagnostics)

    @property
    def has_errors(self) -> bool:
        return any(item.severity is Severity.ERROR for item in self.items)

    def in_order(self) -> list[Diagnostic]:
        """By file, line and column, so that the report does not depend on the order of the checks."""
        return sorted(self.items, key=_reading_order)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.in_order())

    def __len__(self) -> int:
        return len(self.items)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that somebody who typed `word` most likely meant."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def render(diagnostic: Diagnostic, sources: Mapping[str, Sequence[str]]) -> str:
    """The compiler-like text. `sources` maps a file to its lines, for the snippet."""
    head = f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.summary}"
    place = diagnostic.position
    lines = [f"{place}: {head}" if place else head]
    lines += _snippet(place, sources)
    for one in diagnostic.related:
        lines.append(f"{one.position}: {one.message}")
        lines += _snippet(one.position, sources)
    if diagnostic.why:
        lines.append(f"    why: {_hanging(diagnostic.why)}")
    if diagnostic.do:
        lines.append(f"    do:  {_hanging(diagnostic.do)}")
    return "\n".join(lines)


_WIDEST_SNIPPET = 160


def _snippet(place: Position | None, sources: Mapping[str, Sequence[str]]) -> list[str]:
    lines = sources.get(place.file, ()) if place else ()
    if place is None or not 1 <= place.line <= len(lines):
        return []
    text, before = lines[place.line - 1], place.column - 1
    if len(text) > _WIDEST_SNIPPET:
        cut = max(0, before - _WIDEST_SNIPPET // 2)
        text, before = text[cut : cut + _WIDEST_SNIPPET], before - cut
    # a tab counts as one column for the parser but as several on a screen
    text = text.replace("\t", " ")
    carets = "^" * max(1, min(place.length, len(text) - before))
    number = str(place.line).rjust(6)
    return [f"{number} | {text}", f"{' ' * 6} | {' ' * before}{carets}"]


def _hanging(text: str) -> str:
    return text.replace("\n", "\n         ")


def _reading_order(item: Diagnostic) -> tuple[str, int, int, str, str]:
    place = item.position
    if place is None:
        return ("\U0010ffff", 0, 0, item.code, item.summary)
    return (place.file, place.line, place.column, item.code, item.summary)
