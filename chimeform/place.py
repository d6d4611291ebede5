"""Where objects are read: what contains them, as far as it is known, and how requests there are filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from .address import Address
from .language.desired import Desired
from .live import Absent, Ambiguous, Observed, Reading, Unknown, Values
from .reads import Shared
from .recorded import Recorded
from .resources import at_first, containers_of, object_around
from .resources.base import (
    Around,
    Detail,
    Fact,
    Find,
    IdOf,
    Made,
    OutermostId,
    OwnId,
    ParentId,
    Recalled,
    Resource,
    Scope,
)

Work = TypeVar("Work", Find, Detail)


@dataclass(frozen=True)
class Known:
    """What has been read, and what this run has learnt since. What is apart is looked for also around what is yet to be
    made, as it will be, and around what is gone, as it was."""

    desired: Desired
    recorded: Recorded
    seen: Mapping[Address, Reading]
    """What this look has read."""
    before: Mapping[Address, Reading]
    """What was known before the run."""
    learnt: Mapping[Address, str]
    is_apart: bool

    def reading(self, address: Address) -> Observed | Unknown | Ambiguous | None:
        reading = self.seen.get(address)
        if reading is not None and not isinstance(reading, Absent):
            return reading
        if found := self.learnt.get(address):
            return Observed(found, {})
        if not self.is_apart:
            return None
        return at_first(self.desired.spec(address)) or self.recorded.as_it_was(address)

    def observed(self, address: Address) -> Observed | None:
        reading = self.reading(address)
        return reading if isinstance(reading, Observed) else None

    def id_of(self, address: Address) -> str | None:
        """Of something that need not have been read in this look."""
        found = self.observed(address)
        before = self.before.get(address)
        return (found.id if found else None) or (before.id if isinstance(before, Observed) else None)

    def place(self, container: Address | None, now: datetime, shared: Shared | None = None) -> Place:
        """Of what stands in a container, or at the top; `shared` is what this look has been told of many objects."""
        containers = (container, *containers_of(container)) if container else ()
        scope: Scope | None = None
        for one in reversed(containers):
            scope = Scope(self.observed(one), now, scope)
        return Place(self, containers, scope or Scope(None, now), shared or Shared())


@dataclass(frozen=True)
class Place:
    """Where the objects of a group are: what contains them, the nearest first, and how requests there are filled in."""

    known: Known
    containers: tuple[Address, ...]
    scope: Scope
    shared: Shared = field(default_factory=Shared)

    def there(self, work: Iterable[Work]) -> Iterator[Work]:
        """What there is to be done in these surroundings."""
        return (one for one in work if one.where is None or one.where(self.scope))

    @property
    def region(self) -> str | None:
        """The Region of what contains these objects, where it is in one."""
        found = self.scope.nearest("region")
        return None if found is None else str(found)

    def region_of(self, kind: type[Resource], seen: Observed) -> str | None:
        """The Region whose address is asked about an object here: its own, or that of what contains it."""
        if not kind.api.is_regional:
            return self.region
        found = seen.values.get("region")
        return None if found is None else str(found)

    @property
    def _object_id(self) -> str | None:
        """The id of the nearest container that has one."""
        container = object_around(self.containers)
        found = self.known.observed(container) if container else None
        return found.id if found else None

    def fill(
        self, template: Mapping[str, Any], seen: Observed, values: Values, known: Values | None = None
    ) -> dict[str, Any]:
        """A read's request: ids, constants, facts of what was `seen` of the object, and what can be computed from the
        values that are looked for and from the `known` ones, which were applied last."""
        filled = {member: self._filled(source, seen, values, known or {}) for member, source in template.items()}
        return {member: value for member, value in filled.items() if value is not None}

    def _filled(self, source: Any, seen: Observed, values: Values, known: Values) -> Any:
        if isinstance(source, ParentId):
            return self._object_id
        if isinstance(source, OutermostId):
            return self.scope.outermost.id if self.scope.outermost else None
        if isinstance(source, OwnId):
            return seen.id
        if isinstance(source, Fact):
            return seen.facts.get(source.name)
        if isinstance(source, Around):
            return self.scope.nearest(source.path)
        if isinstance(source, IdOf):
            found = (self.known.id_of(one.child(*source.path.split("."))) for one in self.containers)
            return next((each for each in found if each), None)
        if isinstance(source, Recalled):
            return source.make(values, known)
        return source.make(values) if isinstance(source, Made) else source
