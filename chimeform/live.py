"""What the services say now: found, absent or unknown, never guessed.

Only `Observed` and `Absent` may lead to a change. `Unknown` carries the reason, so that a forbidden or throttled read
stops the plan for that object instead of looking like "gone".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from .address import Address

Values = Mapping[str, Any]
"""Field name → JSON-able value, in the language's own terms (`license: pro`, never `LicenseType: Pro`)."""


@dataclass(frozen=True, slots=True)
class Observed:
    """One live object. `values` can be declared; `facts` cannot, but decide what is possible (status, type, dates).

    `confirmed` names what no service shows and a person has said: the work by hand that was done.
    """

    id: str | None
    values: Values
    facts: Values = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Absent:
    """The service itself said that there is no such object; `near` are the names of those that look like it, and `why`
    says what became of it, where that is known."""

    near: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The read failed; `reason` is a sentence and `do` says how to repair it."""

    reason: str
    do: str = ""
    code: str = "CF-OBS-001"


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several live objects fit the natural key, and a person has to say which one is meant."""

    ids: tuple[str, ...]


Reading = Observed | Absent | Unknown | Ambiguous


@dataclass(frozen=True)
class Unmanaged:
    """A live object that no file names and the ledger does not know."""

    address: Address
    kind: str
    observed: Observed


@dataclass(frozen=True)
class Live:
    """The outcome of one observation. An address that was not asked for is not in `readings`.

    `sought` is what something declared names and no file declares, under the address that it would have.
    """

    readings: Mapping[Address, Reading]
    unmanaged: tuple[Unmanaged, ...]
    at: datetime
    calls: Mapping[str, int] = field(default_factory=dict)
    sought: Mapping[Address, Reading] = field(default_factory=dict)

    def observed(self, address: Address) -> Observed | None:
        """The live object at an address, also where nobody declared it."""
        reading = self.readings.get(address) or self.sought.get(address) or self._undeclared.get(address)
        return reading if isinstance(reading, Observed) else None

    @cached_property
    def _undeclared(self) -> Mapping[Address, Observed]:
        return {one.address: one.observed for one in self.unmanaged}
