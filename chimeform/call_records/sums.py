"""Sums of call detail records by person, country, day, number or direction.

Exact: minutes are decimal numbers. Nothing of a record is kept beyond its sums, so that years of them take no more
memory than there are people, countries or days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from .places import Period
from .record import CallRecord

BY: dict[str, Callable[[CallRecord], str]] = {
    "person": lambda one: one.person,
    "country": lambda one: one.country,
    "day": lambda one: one.begin.date().isoformat(),
    "number": lambda one: one.number,
    "direction": lambda one: one.direction,
}
MOST_NAMED = 20
"""So many damaged records are named; the others are counted."""


@dataclass(frozen=True)
class Unread:
    """A record that could not be read: its place, and why."""

    place: str
    why: str


@dataclass
class Sum:
    calls: int = 0
    seconds: int = 0
    minutes: Decimal = Decimal(0)

    def add(self, one: CallRecord) -> None:
        self.calls += 1
        self.seconds += one.seconds
        self.minutes += one.minutes


@dataclass
class Sums:
    """What a report is made of. `damaged` names the first ones in the order of their places."""

    by: str
    period: Period
    rows: dict[str, Sum] = field(default_factory=dict)
    total: Sum = field(default_factory=Sum)
    streamed: Sum = field(default_factory=Sum)
    damaged: list[Unread] = field(default_factory=list)
    damaged_count: int = 0
    unknown_versions: dict[str, int] = field(default_factory=dict)

    def take(self, records: Iterable[CallRecord | Unread]) -> None:
        name = BY[self.by]
        for one in records:
            if isinstance(one, Unread):
                self.damaged_count += 1
                if len(self.damaged) < MOST_NAMED:
                    self.damaged.append(one)
            elif self.period.has(one.begin.date()):
                if one.unknown_version:
                    self.unknown_versions[one.unknown_version] = self.unknown_versions.get(one.unknown_version, 0) + 1
                if one.is_stream:
                    self.streamed.add(one)
                else:
                    self.total.add(one)
                    self.rows.setdefault(name(one), Sum()).add(one)

    def in_order(self) -> list[tuple[str, Sum]]:
        """Days as they come; everything else by its minutes, the most first, and then by name."""
        if self.by == "day":
            return sorted(self.rows.items())
        return sorted(self.rows.items(), key=lambda row: (-row[1].minutes, row[0]))


def minutes_text(minutes: Decimal) -> str:
    """Minutes as people read them, to the tenth; nothing before the point is a zero."""
    return f"{minutes.quantize(Decimal('0.1')):,}"
