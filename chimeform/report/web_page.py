"""What a report shows as a page in a browser, before it is HTML: the same for a plan and for drift."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..plan import CalendarEntry, PlannedConsequence, UnreadObject
from .picture import Node


@dataclass(frozen=True)
class FieldLine:
    """One field: `old` is None where there is nothing to compare with."""

    name: str
    old: str | None
    new: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Traits:
    """By what a row can be found: each has the values of the row, none where the question does not fit it."""

    happened: str
    kind: str
    severity: str = ""
    turns: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One change, one drifted object or one gate. `word` with its `style` is what a glance sees of it."""

    address: str
    word: str
    style: str
    traits: Traits
    lines: tuple[str, ...] = ()
    fields: tuple[FieldLine, ...] = ()
    consequences: tuple[PlannedConsequence, ...] = ()
    steps: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True)
class RowGroup:
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Tile:
    """A number of the summary."""

    count: int
    words: str
    style: str


@dataclass(frozen=True)
class Command:
    """What to type next, and what for."""

    hint: str
    text: str


@dataclass(frozen=True)
class AlarmEntry:
    what: str
    code: str
    lines: tuple[str, ...]
    command: str = ""


@dataclass(frozen=True)
class Alarm:
    """What has to be seen first: refusals, warnings (their `style` is `warned`), and what could not be read."""

    title: str
    note: str
    entries: tuple[AlarmEntry, ...]
    style: str = ""


@dataclass(frozen=True)
class Aside:
    """A list that is told beside the changes."""

    title: str
    note: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class WebPage:
    """The whole page. `at` is the moment at which everything was seen, ISO-8601."""

    title: str
    subtitle: str
    heading: str
    at: str
    tiles: tuple[Tile, ...]
    summary: tuple[str, ...]
    commands: tuple[Command, ...]
    alarms: tuple[Alarm, ...]
    groups: tuple[RowGroup, ...]
    picture_words: str
    nodes: tuple[Node, ...] = field(repr=False)
    calendar: tuple[CalendarEntry, ...]
    asides: tuple[Aside, ...]

    def rows(self) -> Iterator[Row]:
        for group in self.groups:
            yield from group.rows


def command_line(
    verb: str,
    environment: str | None = None,
    targets: Sequence[str] = (),
    excludes: Sequence[str] = (),
    more: Sequence[str] = (),
) -> str:
    """A command as a shell takes it, whatever is in an address."""
    words = ["chimeform", *verb.split(), *more]
    words += ["--env", environment] if environment else []
    words += [word for one in targets for word in ("--target", one)]
    words += [word for one in excludes for word in ("--exclude", one)]
    return shlex.join(words)


def listed(title: str, note: str, lines: Sequence[str]) -> Iterator[Aside]:
    """An aside, if there is anything in it."""
    if lines:
        yield Aside(title, note, tuple(lines))


def unread_alarm(unread: Sequence[UnreadObject]) -> Iterator[Alarm]:
    if unread:
        entries = tuple(
            AlarmEntry(f"{one.address}:", one.code, (one.reason, *([f"Do: {one.do}"] if one.do else [])))
            for one in unread
        )
        yield Alarm("Not read", "Nothing is decided about these.", entries)
