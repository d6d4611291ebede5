"""What the hooks of a kind take and give: gates, consequences, broken rules, and what surrounds a resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from ..address import Address
from ..live import Observed, Reading, Values
from .operations import Call, dig

if TYPE_CHECKING:
    from .base import Resource


Found = TypeVar("Found")
Who = Literal["operator", "invitee", "carrier", "service", "clock"]


@dataclass(frozen=True)
class Scope:
    """What surrounds a resource when a hook is asked: its parent as it is or will be, what is around that, and the
    service's time."""

    parent: Observed | None
    now: datetime
    outer: Scope | None = None

    @property
    def outermost(self) -> Observed | None:
        """The account, or whatever else stands at the top."""
        return self.outer.outermost if self.outer else self.parent

    def nearest(self, path: str) -> Any:
        """The value at a dotted path in the nearest container that has it."""
        found = dig(self.parent.values, path) if self.parent else None
        return found if found is not None or self.outer is None else self.outer.nearest(path)


@dataclass(frozen=True)
class GateRule:
    """A wait that no call can shorten.

    `closed` looks at the live object (None: it is about to be created) and says whether it waits now. `holds` are the
    operations or calls that stand behind the gate; what refers to the resource, or stands in it, waits too if
    `holds_dependents`.
    `opens_at` is the known moment, where there is one; `overdue_after_days` is when to ask why it takes so long.
    With `at_parent` it is the parent that waits, once for all that it contains. Where nothing can show that it has
    opened, a person may say so (`confirmable`), unless `contradicted` gives a sentence about what can be seen against
    it. `seen_by` says what shows it, where that is not a read of the kind itself. `steps` may name fields (`{name}`).
    """

    name: str
    who: Who
    title: str
    closed: Callable[[Observed | None, Scope], bool]
    holds: tuple[str, ...]
    steps: tuple[str, ...]
    source: str
    holds_dependents: bool = False
    at_parent: bool = False
    opens_at: Callable[[Observed, Scope], datetime | None] | None = None
    overdue_after_days: int | None = None
    confirmable: Callable[[Observed | None, Scope], bool] | None = None
    contradicted: Callable[[Observed | None, Scope], str] | None = None
    seen_by: str = ""

    @property
    def holds_all(self) -> bool:
        return "*" in self.holds

    def names(self, call: Call) -> bool:
        return call.operation in self.holds or call.name in self.holds


ConsequenceSeverity = Literal["notice", "caution", "destructive", "irreversible"]


@dataclass(frozen=True, order=True)
class Consequence:
    """What a change means for people. `destructive` and `irreversible` ones need consent by `name`."""

    name: str
    severity: ConsequenceSeverity
    text: str
    source: str
    last_undo: str | None = None
    """ISO-8601 moment until which it can be taken back, for the plan's calendar."""

    @property
    def needs_consent(self) -> bool:
        return self.severity in ("destructive", "irreversible")


class Whole(Protocol):
    """What a hook may ask of the plan as a whole."""

    def of_kind(self, kind: str, within: Address) -> Iterable[tuple[Address, Observed | None, Values | None]]:
        """What one resource contains of a kind: each as it is now, and with its values after the plan (None: gone)."""
        ...

    def values_after(self, address: Address) -> Values | None:
        """The values of one resource after the plan. None: it is gone then, or nobody knows them."""
        ...

    def once(self, key: object, make: Callable[[], Found]) -> Found:
        """What `make` gives, which is asked for the first time only: for what takes the whole plan to find out."""
        ...


@dataclass(frozen=True)
class Transition:
    """A change of one resource as the hooks see it: the action, and the values before and after it."""

    address: Address
    action: str
    before: Values
    after: Values
    observed: Observed | None
    scope: Scope
    whole: Whole
    remaining: tuple[Address, ...] = ()
    """Live objects inside this one that nobody declared and no step of the plan takes away."""
    moves_to: Address | None = None
    """Of what is retired: where it is made instead, before it is ended here."""

    def changes(self, name: str) -> bool:
        return self.before.get(name) != self.after.get(name)


@dataclass(frozen=True)
class Broken:
    """A rule across resources that the files break; the language adds the position of `field`."""

    code: str
    summary: str
    why: str
    do: str
    field: str | None = None
    other: Address | None = None
    """The second resource that belongs to the story."""
    is_warning: bool = False


Beside = Mapping[str, Sequence[Observed]]
"""The live objects in one container, by their kinds."""


class Declared(Protocol):
    """What a rule may ask of the whole workspace."""

    def spec(self, address: Address) -> Resource | None: ...

    def of_kind(self, kind: str, within: Address | None = None) -> Iterable[tuple[Address, Resource]]:
        """All of a kind, or those that one resource contains."""
        ...

    def once(self, key: object, make: Callable[[], Found]) -> Found:
        """What `make` gives, which is asked for the first time only: for what takes the whole workspace to find out."""
        ...


@dataclass(frozen=True)
class Sight:
    """What a look at one object had before it: its surroundings, what the files want and what was applied last, the
    whole workspace, and since when (ISO-8601) which gates of the object have been waiting, by their names."""

    address: Address
    scope: Scope
    wanted: Values
    known: Values
    declared: Declared
    waiting: Mapping[str, str]
    siblings: Mapping[Address, Reading]
    """Everything of the kind that was read in the same container, this one included."""
