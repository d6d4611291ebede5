"""A live organisation as a value: everything that its services tell, under the addresses that the files will use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..address import Address
from ..live import Observed, Unknown
from ..resources.base import Resource, Scope


@dataclass(frozen=True)
class Found:
    """One live object or setting. With `is_ambiguous`, others beside it are told from it by nothing but the id."""

    address: Address
    kind: type[Resource]
    observed: Observed
    scope: Scope
    is_ambiguous: bool = False

    @property
    def around(self) -> Scope:
        """What surrounds the things inside this one."""
        return Scope(self.observed, self.scope.now, self.scope if self.scope.parent else None)


@dataclass(frozen=True)
class Gap:
    """What could not be read: all of a kind in one place, or some `fields` of one object."""

    address: Address
    kind: type[Resource]
    container: Address | None
    reading: Unknown
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Organisation:
    """Everything that there is, sorted by address, and the gaps. Two objects have one address where the key is the
    name itself and the service has it twice. `calls` are the reads that it took, by operation."""

    found: tuple[Found, ...]
    gaps: tuple[Gap, ...]
    at: datetime
    aws_account: str | None
    calls: Mapping[str, int]
