"""What kinds may ask of everything that happened since the last apply, to say what one change means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from ..address import Address
from ..live import Live, Observed, Values
from ..recorded import Recorded
from ..resources import kind_at, kinds

Found = TypeVar("Found")


@dataclass(frozen=True)
class Since:
    """Each object as it was applied, and as it is now; with `is_still`, as if nothing had happened."""

    recorded: Recorded
    live: Live
    is_still: bool = False
    answers: dict[object, object] = field(default_factory=dict)

    def of_kind(self, kind: str, within: Address) -> Iterator[tuple[Address, Observed | None, Values | None]]:
        everything = {*self.recorded.resources, *(one.address for one in self.live.unmanaged)}
        inside = (one for one in everything if one.is_within(within) and kind_at(one.parts) is kinds()[kind])
        for address in sorted(inside):
            record, observed = self.recorded.resources.get(address), self.live.observed(address)
            facts = observed.facts if observed else {}
            before = Observed(record.id, record.values, facts) if record else None
            yield address, before, self.values_after(address)

    def values_after(self, address: Address) -> Values | None:
        found = self.recorded.resources.get(address) if self.is_still else self.live.observed(address)
        return found.values if found else None

    def once(self, key: object, make: Callable[[], Found]) -> Found:
        if key not in self.answers:
            self.answers[key] = make()
        found: Found = self.answers[key]  # type: ignore[assignment]
        return found
