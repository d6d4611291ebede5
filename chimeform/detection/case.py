"""What is compared with what: the applied objects beside what is there now and what the files say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from ..address import Address
from ..diagnostics import Position
from ..diff import scope_of
from ..drift import Severity
from ..language.desired import Desired
from ..live import Absent, Live, Observed, Reading
from ..plan import PlannedConsequence
from ..planner import Selection
from ..recorded import Recorded, RecordedResource
from ..relocation import departures
from ..resources import kind_at
from ..resources.base import Resource, Scope
from .whole import Since

_ORDER: tuple[Severity, ...] = ("notice", "caution", "destructive", "irreversible")


@dataclass(frozen=True)
class Side:
    """One applied object: its record, what is there now, and what the files say."""

    address: Address
    kind: type[Resource]
    record: RecordedResource
    observed: Observed | None
    scope: Scope
    spec: Resource | None


@dataclass(frozen=True)
class Case:
    """The three values, and which part of them is asked about."""

    desired: Desired
    recorded: Recorded
    live: Live
    selection: Selection

    @cached_property
    def under_way(self) -> frozenset[Address]:
        """What a run that has not ended, or was killed, has begun: the next apply looks what became of it."""
        begun = {effect.address for intent in self.recorded.open_intents for effect in intent.effects}
        return frozenset(address for address in begun if self.selection.selects(address))

    @cached_property
    def sides(self) -> Mapping[Address, Side]:
        """The applied objects that were read, in the order of their addresses."""
        found = {}
        for address, record in sorted(self.recorded.resources.items()):
            kind, reading = kind_at(address.parts), self.live.readings.get(address)
            if kind is None or not isinstance(reading, Observed | Absent) or not self.selection.selects(address):
                continue
            if address in self.under_way or not record.applied_at or self._has_arrived(address, reading):
                continue
            observed = reading if isinstance(reading, Observed) else None
            scope = scope_of(address, self.desired, self.live)
            found[address] = Side(address, kind, record, observed, scope, self.desired.spec(address))
        return found

    def _has_arrived(self, address: Address, reading: Reading) -> bool:
        """Whoever has gone to where the files say is not missing here; the next apply forgets the old address."""
        target = self._departures.get(address)
        return target is not None and isinstance(reading, Absent) and self.live.observed(target) is not None

    @cached_property
    def _departures(self) -> Mapping[Address, Address]:
        return departures(self.desired)

    @cached_property
    def since(self) -> Since:
        return Since(self.recorded, self.live)

    @cached_property
    def still(self) -> Since:
        return Since(self.recorded, self.live, is_still=True)

    def missing_around(self, address: Address) -> Address | None:
        """The nearest applied object around it that is missing itself."""
        around = (one for one in address.ancestors() if one in self.recorded.resources)
        return next((one for one in around if isinstance(self.live.readings.get(one), Absent)), None)

    def place(self, address: Address, name: str | None = None) -> Position | None:
        """Where the files declare it, or the nearest thing that contains it."""
        if found := self.desired.declarations.get(address):
            return found.at(name)
        around = (self.desired.declarations.get(one) for one in address.ancestors())
        return next((found.at(None) for found in around if found), None)


def worst(consequences: Iterable[PlannedConsequence], least: Severity) -> Severity:
    """The highest severity among them, or `least`."""
    return max([least, *(one.severity for one in consequences)], key=_ORDER.index)
