"""The shape of a resource file: what a kind declares about itself, once, for everything else to derive from.

A kind is a frozen pydantic model (its *spec*) whose fields carry markers that say how they behave, plus an `Api` that
names the service's operations as data. Schema, `explain`, reads, diff rules, batches, call estimates, least privilege
and journal entries all come from these declarations; code stands in a kind only where the service has a rule that
data cannot say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Protocol, get_args
from urllib.parse import unquote

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ..address import Address
from ..live import Observed, Values
from .by_hand import ByHand, ConsoleOnly

# ---------------------------------------------------------------- markers: how a field behaves


@dataclass(frozen=True)
class Wire:
    """Where the service keeps a field: a dotted path in the live object, with translations where the terms differ.

    `of` turns the service's value into ours, `to` turns ours into the service's. None never goes through either.
    """

    path: str
    of: Callable[[Any], Any] | None = None
    to: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Fixed:
    """Cannot change after creation; `why` is the sentence that a refused change shows."""

    why: str


@dataclass(frozen=True)
class NaturalKey:
    """Identifies a live object when no id is known; values are compared after `casefold` if `fold`."""

    fold: bool = False


@dataclass(frozen=True)
class FromKey:
    """The value is the resource's key in its collection and is not written in the block itself."""


@dataclass(frozen=True)
class ServerDefault:
    """What the service sets by itself on a fresh object, so that creation needs no second call for it."""

    value: Any


@dataclass(frozen=True)
class Resets:
    """A field that was declared and is dropped from the files goes back to this value; others are left as they are."""

    to: Any = None


@dataclass(frozen=True)
class Ref:
    """The value is the key of another resource, at the top or beside this one in what contains both.

    `exclusive`: only one resource may hold it at a time. `optional`: it may exist without being declared.
    """

    kind: str
    exclusive: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Shown:
    """How people write the value (`90 days` for 90)."""

    as_text: Callable[[Any], str]


@dataclass(frozen=True)
class Local:
    """Concerns chimeform alone: never compared with the service (`authoritative`, an expectation)."""


# ---------------------------------------------------------------- requests: where each member of a call comes from


@dataclass(frozen=True)
class OwnId:
    """The physical id of the resource itself."""


@dataclass(frozen=True)
class ParentId:
    """The physical id of the resource that contains this one."""


@dataclass(frozen=True)
class Of:
    """The wanted value of a field, translated to the service's terms; left out of the request when there is none."""

    field: str


@dataclass(frozen=True)
class Made:
    """A member computed from the wanted values, where the service's form is not the language's."""

    make: Callable[[Values], Any]


@dataclass(frozen=True)
class Merged:
    """A member computed from the values before and after and from the facts, where a whole is replaced that others
    have a part in."""

    make: Callable[[Values, Values, Values], Any]


ID, PARENT = OwnId(), ParentId()
Template = Mapping[str, Any]
"""Request member → `Of`, `Made`, `Merged`, `ID`, `PARENT`, a constant, or a nested template."""

Failures = Callable[[Mapping[str, Any]], Mapping[Any, tuple[str, str]]]
"""From an answer to the items that failed in it: item key → (error code, message)."""


@dataclass(frozen=True)
class Batch:
    """How several steps travel in one call: the list member, what one item is, how many fit, and how failures are told.

    `key` is the item's own identity in the failure list: for a mapping item the member of that name, else the item.
    """

    member: str
    item: Any
    size: int
    failures: Failures
    key: str | None = None


@dataclass(frozen=True)
class Call:
    """One write operation of a kind.

    `sets` names the fields it brings to a wanted value, `clears` those that it takes away. In an update it is made when
    a field of `sets` changes to something or a field of `clears` changes from something, unless `when` decides.
    `whole` says that the service replaces everything, so fields that no file names are sent as they are live.
    `service` is another one than the kind's own.
    """

    operation: str
    sends: Template
    sets: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    label: str = ""
    """Tells two calls of one operation apart (`calling name`, `product`)."""
    when: Callable[[Values, Values], bool] | None = None
    whole: bool = False
    batch: Batch | None = None
    id_in: str | None = None
    """Dotted path of the new object's id in the answer."""
    service: str | None = None

    @property
    def name(self) -> str:
        """What a step of this call is called in plans and in the journal."""
        return f"{self.operation} ({self.label})" if self.label else self.operation


@dataclass(frozen=True)
class Listing:
    """A bulk read of one scope. `expand` turns a listed item into the objects that count (an order: its numbers)."""

    operation: str
    items: str
    sends: Template = field(default_factory=dict)
    page_size: int | None = None
    expand: Callable[[Mapping[str, Any]], Iterable[Mapping[str, Any]]] | None = None


@dataclass(frozen=True)
class Detail:
    """One read for one object (or for the only one of its scope), made only if one of `fields` is declared or recorded.

    `into` puts the answer's `member` below that name of the live object. With `absent_is_empty` the service's
    not-found means "not configured" and not "the object is gone".

    A look at another `service` cannot tell whether the object is gone. `shows` makes what it tells of the live object
    out of the answer and the values that are looked for: the declared ones, then the recorded ones. `when` says for
    which of them there is anything to ask.
    """

    operation: str
    sends: Template
    fields: tuple[str, ...]
    member: str | None = None
    into: str | None = None
    absent_is_empty: bool = False
    service: str | None = None
    when: Callable[[Values], bool] | None = None
    shows: Callable[[Mapping[str, Any], Values, Values], Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class Api:
    """The operations of a kind, checked in tests against botocore's service model.

    `listing` is tried in order and the first hit wins. `id` is the member of a live object that holds its physical id
    (None: a singleton, known by its parent). `facts` are members that cannot be declared but are needed to decide.
    """

    service: str
    listing: tuple[Listing, ...] = ()
    details: tuple[Detail, ...] = ()
    id: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    fresh: Values = field(default_factory=dict)
    """Facts of an object right after its creation."""
    id_field: str | None = None
    """The field whose value is the id, where the service gives none of its own (a phone number)."""
    presumed: Callable[[Values], bool] | None = None
    """Of a collection that no operation lists: whether only somebody who has seen the object could declare this."""
    readable: Callable[[Scope], bool] | None = None
    """False where the service refuses to be asked, so that nothing is there (retention of a Team account)."""
    create: Call | None = None
    updates: tuple[Call, ...] = ()
    retire: tuple[Call, ...] = ()
    restore: Call | None = None

    def calls(self) -> Iterable[Call]:
        yield from (call for call in (self.create, *self.updates, *self.retire, self.restore) if call)

    def operations(self) -> Iterable[str]:
        yield from (listing.operation for listing in self.listing)
        yield from (detail.operation for detail in self.details)
        yield from (call.operation for call in self.calls())

    def service_of(self, work: Call | Listing | Detail) -> str:
        return getattr(work, "service", None) or self.service


def listed_errors(member: str, key: str) -> Failures:
    """Failures of a batch operation that lists what went wrong (`UserErrors[{UserId, ErrorCode, ErrorMessage}]`).

    Phone number ids come back percent-encoded, whatever was sent [botocore chime PhoneNumberError].
    """

    def read(answer: Mapping[str, Any]) -> Mapping[Any, tuple[str, str]]:
        return {
            unquote(str(error.get(key))): (error.get("ErrorCode", "Unknown"), error.get("ErrorMessage", ""))
            for error in answer.get(member, ())
        }

    return read


def statuses(path: str, key: str, failed: str) -> Failures:
    """Failures of a batch operation that gives each item a status (`Invites[{EmailAddress, Status}]`)."""

    def read(answer: Mapping[str, Any]) -> Mapping[Any, tuple[str, str]]:
        return {item.get(key): (failed, "") for item in dig(answer, path) or () if item.get("Status") == failed}

    return read


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path, or None where a step is missing."""
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
        if value is None:
            return None
    return value


# ---------------------------------------------------------------- gates, consequences, rules


Who = Literal["operator", "invitee", "carrier", "service", "clock"]


@dataclass(frozen=True)
class Scope:
    """What surrounds a resource when a hook is asked: its parent as it is or will be, and the service's time."""

    parent: Observed | None
    now: datetime


@dataclass(frozen=True)
class GateRule:
    """A wait that no call can shorten.

    `closed` looks at the live object (None: it is about to be created) and says whether it waits now. `holds` are the
    operations or calls that stand behind the gate; what refers to the resource waits too if `holds_dependents`.
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


@dataclass(frozen=True)
class Transition:
    """A change of one resource as the hooks see it: the action, and the values before and after it."""

    address: Address
    action: str
    before: Values
    after: Values
    observed: Observed | None
    scope: Scope
    remaining: tuple[Address, ...] = ()
    """Live objects inside this one that nobody declared and no step of the plan takes away."""

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


class Declared(Protocol):
    """What a rule may ask of the whole workspace."""

    def spec(self, address: Address) -> Resource | None: ...

    def of_kind(self, kind: str, within: Address | None = None) -> Iterable[tuple[Address, Resource]]:
        """All of a kind, or those that one resource contains."""
        ...


# ---------------------------------------------------------------- the spec


def _as_date(value: object) -> object:
    """Dates come as text from our YAML reader; pydantic's strict mode wants a `date`."""
    return date.fromisoformat(value) if isinstance(value, str) else value


class Lifecycle(BaseModel):
    """How chimeform treats this one resource."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    prevent_destroy: Annotated[
        bool, Field(description="Refuse to retire it, even after the block is gone, until `removed:` releases it.")
    ] = False
    ignore: Annotated[
        tuple[str, ...], Field(strict=False, description="Fields whose live value is left alone, whoever changed it.")
    ] = ()
    accept: Annotated[
        tuple[str, ...],
        Field(strict=False, description="Consequences that need no further consent, by name (`chat-deletion`)."),
    ] = ()
    expires: Annotated[
        date | None, BeforeValidator(_as_date), Field(description="The day from which the resource is retired.")
    ] = None


class Resource(BaseModel):
    """The base of every kind's spec. A subclass names its kind and its place in the language:

    `class Bot(Resource, kind="bot", path="accounts.*.bots.*")`; a path that ends in a name is the only one there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: ClassVar[str]
    path: ClassVar[tuple[str, ...]]
    api: ClassVar[Api]
    gates: ClassVar[tuple[GateRule, ...]] = ()
    by_hand: ClassVar[tuple[ByHand, ...]] = ()
    shorthand: ClassVar[str | None] = None
    """The field that a bare scalar stands for (`calling_name: Acme`)."""
    retire_means: ClassVar[str] = "deleted"
    """What retiring does to the live object, as a past participle for people."""

    lifecycle: Annotated[Lifecycle | None, Local(), Field(description="How chimeform treats this resource.")] = None

    @classmethod
    def __pydantic_init_subclass__(cls, kind: str = "", path: str = "", **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if kind:
            cls.kind, cls.path = kind, tuple(path.split("."))

    def __init_subclass__(cls, kind: str = "", path: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)

    # -- facts derived from the declaration

    @classmethod
    def is_collection(cls) -> bool:
        return cls.path[-1] == "*"

    @classmethod
    def traits(cls) -> Mapping[str, Trait]:
        return _traits(cls)

    @classmethod
    def managed_fields(cls) -> tuple[str, ...]:
        """Fields that are compared with the service."""
        return _managed_fields(cls)

    def values(self) -> dict[str, Any]:
        """The managed fields that the files give a value, as JSON."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, include=set(self.managed_fields()))

    @classmethod
    def words(cls, values: Values) -> dict[str, str]:
        """The values as people write them, by the names that the steps of gates use; in a block, `block_part`."""
        words: dict[str, str] = {}
        for name, trait in cls.traits().items():
            value = values.get(name)
            if value is not None:
                words[name] = trait.text(value)
            if isinstance(value, Mapping):
                words |= {f"{name}_{part}": str(inner) for part, inner in value.items()}
        return words

    @classmethod
    def natural_key(cls, values: Values) -> tuple[Any, ...] | None:
        """What identifies the object when no id is known; None if a part is missing or the kind has no such key."""
        key = []
        for name, trait in cls.traits().items():
            if trait.natural_key:
                value = values.get(name)
                if value is None:
                    return None
                key.append(str(value).casefold() if trait.natural_key.fold else value)
        return tuple(key) or None

    @classmethod
    def read(cls, wire: Mapping[str, Any]) -> Observed:
        """Translate a live object into the language's terms."""
        values = {}
        for name, trait in cls.traits().items():
            if trait.wire:
                value = dig(wire, trait.wire.path)
                if value is not None and trait.wire.of:
                    value = trait.wire.of(value)
                if value is not None:
                    values[name] = value
        facts = {name: value for name, path in cls.api.facts.items() if (value := dig(wire, path)) is not None}
        found = dig(wire, cls.api.id) if cls.api.id else None
        return Observed(id=found, values=values, facts=facts)

    # -- hooks, pure

    @classmethod
    def retired(cls, observed: Observed, scope: Scope) -> bool:
        """True if the live object is as `retire` leaves it, so that `restore` can bring it back."""
        return False

    @classmethod
    def is_taken_away(cls, confirmed: Collection[str]) -> bool:
        """True if a person said that the object was taken away."""
        return any(work.brings == "end" and work.name in confirmed for work in cls.by_hand)

    @classmethod
    def born_with(cls, scope: Scope) -> Values:
        """What the service sets by itself on a fresh object; a spec's switches that are off by default are off."""
        values = {name: trait.server_default.value for name, trait in cls.traits().items() if trait.server_default}
        return {**{name: False for name, info in cls.model_fields.items() if info.default is False}, **values}

    @classmethod
    def settling(cls, observed: Observed) -> Iterable[str]:
        """Fields that the service is still bringing to the value it was last told; what they show is no drift."""
        return ()

    @classmethod
    def can_create(cls, scope: Scope) -> bool:
        """False where only somebody else can bring the object into being; the resource then waits."""
        return cls.api.create is not None

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        """Checks across resources that need no service."""
        return ()

    @classmethod
    def refusals(cls, transition: Transition, spec: Resource | None) -> Iterable[Broken]:
        """Reasons not to make this change that only the live state can show."""
        return ()

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        """What the change means for people."""
        return ()


@dataclass(frozen=True)
class Trait:
    """The markers of one field, collected."""

    name: str
    description: str
    required: bool
    wire: Wire | None = None
    fixed: Fixed | None = None
    natural_key: NaturalKey | None = None
    from_key: bool = False
    server_default: ServerDefault | None = None
    resets: Resets | None = None
    ref: Ref | None = None
    shown: Shown | None = None
    local: bool = False
    console_only: bool = False

    def text(self, value: Any) -> str:
        """The value as people write it."""
        if value is None:
            return "(not confirmed)" if self.console_only else "(none)"
        if self.shown:
            return self.shown.as_text(value)
        return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def _managed_fields(cls: type[Resource]) -> tuple[str, ...]:
    return tuple(name for name, trait in _traits(cls).items() if not trait.local)


def _type_markers(annotation: Any) -> Iterable[Any]:
    """Markers that belong to the type itself, also where it is optional (`RetentionPeriod | None`)."""
    for part in (annotation, *get_args(annotation)):
        yield from getattr(part, "__metadata__", ())


@cache
def _traits(cls: type[Resource]) -> Mapping[str, Trait]:
    traits = {}
    for name, info in cls.model_fields.items():
        by_type = {type(marker): marker for marker in (*_type_markers(info.annotation), *info.metadata)}
        traits[name] = Trait(
            name=name,
            description=info.description or "",
            required=info.is_required(),
            wire=by_type.get(Wire),
            fixed=by_type.get(Fixed),
            natural_key=by_type.get(NaturalKey),
            from_key=FromKey in by_type,
            server_default=by_type.get(ServerDefault),
            resets=by_type.get(Resets),
            ref=by_type.get(Ref),
            shown=by_type.get(Shown),
            local=Local in by_type,
            console_only=ConsoleOnly in by_type,
        )
    return traits
