"""The shape of a resource file: what a kind declares about itself, once, for everything else to derive from.

A kind is a frozen pydantic model (its *spec*) whose fields carry markers that say how they behave, plus an `Api` that
names the service's operations as data. Schema, `explain`, reads, diff rules, batches, call estimates, least privilege
and journal entries all come from these declarations; code stands in a kind only where the service has a rule that
data cannot say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ..address import Address
from ..live import Observed, Reading, Values
from .by_hand import ByHand, ConsoleOnly
from .hooks import Beside, Broken, Consequence, ConsequenceSeverity, Declared, GateRule, Scope, Sight, Transition, Who
from .markers import (
    Fixed,
    FromKey,
    HandedOver,
    KeyByDefault,
    Local,
    NamesBack,
    NaturalKey,
    Ours,
    Ref,
    Resets,
    ServerDefault,
    Shown,
    Wire,
    WriteOnly,
)
from .one_off import Credential, Given, Objection, OneOff
from .operations import (
    ACCOUNT,
    ID,
    PARENT,
    TOKEN,
    Api,
    Around,
    Batch,
    Call,
    ConsoleEvent,
    Detail,
    Fact,
    Failures,
    Find,
    IdempotencyToken,
    IdOf,
    IdOfReferred,
    Listing,
    Made,
    Merged,
    NamedId,
    Of,
    OutermostId,
    OwnId,
    ParentId,
    Recalled,
    Template,
    all_or_none,
    dig,
    listed_errors,
    statuses,
)
from .traits import Trait, key_field, managed_fields, traits_of


def _as_date(value: object) -> object:
    """Dates come as text from our YAML reader; pydantic's strict mode wants a `date`."""
    return date.fromisoformat(value) if isinstance(value, str) else value


class Lifecycle(BaseModel):
    """How chimeform treats this one resource."""

    # most runs use a few of the kinds, and a validator takes a while to build
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

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
    previously: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        Field(strict=False, description="Addresses that it had before; an entry of `moved` says the same of one."),
    ] = ()
    expires: Annotated[
        date | None, BeforeValidator(_as_date), Field(description="The day from which the resource is retired.")
    ] = None


class Resource(BaseModel):
    """The base of every kind's spec. A subclass names its kind and its place in the language:

    `class Bot(Resource, kind="bot", path="accounts.*.bots.*")`; a path that ends in a name is the only one there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    kind: ClassVar[str]
    path: ClassVar[tuple[str, ...]]
    api: ClassVar[Api]
    gates: ClassVar[tuple[GateRule, ...]] = ()
    by_hand: ClassVar[tuple[ByHand, ...]] = ()
    one_offs: ClassVar[tuple[OneOff, ...]] = ()
    """What `chimeform do` can do with it."""
    shorthand: ClassVar[str | None] = None
    """The field that a bare scalar stands for (`calling_name: Acme`)."""
    implied_by: ClassVar[str | None] = None
    """The field of the nearest container that has one of that name, which declares this resource too: with its
    defaults, where no block of its own does."""
    is_relocatable: ClassVar[bool] = False
    """Whether a move to another container can be done by making it there and then ending it here."""
    reset_by: ClassVar[str | None] = None
    """The field of what contains it whose change to another value puts this setting back to what it is born with."""
    tells: ClassVar[tuple[str, ...]] = ()
    """Facts that come from the surroundings (`understood`); steps of gates may name them like any other."""
    alike: ClassVar[tuple[str, ...]] = ()
    """Fields that no two resources of one container may have in common: an object whose id is not known is recognised
    by them."""
    draws_on: ClassVar[str | None] = None
    """The kind of which this one is a number of objects: they are what is made and read, and this is only how many."""
    keys_alone: ClassVar[bool] = False
    """Whether the collection may be written as a list of its keys."""
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
    def is_object(cls) -> bool:
        """True for what is made and taken away, False for a setting, which is always there."""
        return cls.is_collection() or bool(cls.api.creations)

    @classmethod
    def traits(cls) -> Mapping[str, Trait]:
        return traits_of(cls)

    @classmethod
    def key_field(cls) -> str | None:
        """The field whose value is the key of the block; None where the key is only a name in the files."""
        return key_field(cls)

    @classmethod
    def folds_key(cls) -> bool:
        """True if the service does not tell two spellings of the key apart."""
        key = cls.key_field()
        natural = cls.traits()[key].natural_key if key else None
        return natural is not None and natural.fold

    @classmethod
    def managed_fields(cls) -> tuple[str, ...]:
        """Fields that are compared with the service."""
        return managed_fields(cls)

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
    def is_there(cls, observed: Observed) -> bool:
        """False for what a listing shows although it never came to be."""
        return True

    @classmethod
    def understood(cls, seen: Observed, sight: Sight) -> Reading:
        """The live object with what its surroundings tell of it; `Unknown` for what makes no sense with them."""
        return seen

    @classmethod
    def settling(cls, observed: Observed) -> Iterable[str]:
        """Fields that the service is still bringing to the value it was last told; what they show is no drift."""
        return ()

    @classmethod
    def is_over(cls, observed: Observed) -> bool:
        """True for what the service goes on listing as a memory; nobody has to declare it."""
        return False

    @classmethod
    def keeps(cls, values: Values) -> Iterable[Address]:
        """What must not be given away before the waits of this resource are over."""
        return ()

    @classmethod
    def can_create(cls, scope: Scope, wanted: Values) -> bool:
        """False where only somebody else can bring such an object into being; the resource then waits."""
        return cls.api.creation(wanted) is not None

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

    @classmethod
    def warnings(cls, address: Address, spec: Resource, observed: Observed) -> Iterable[Broken]:
        """What the live object shows to be wrong, and no change of this kind puts right or has to wait for."""
        return ()

    # -- hooks for taking over what is live already

    @classmethod
    def is_shown(cls) -> bool:
        """True if the service tells what there is of the kind before anybody says what to look for."""
        is_read = any(trait.wire for trait in cls.traits().values())
        return bool(cls.api.listing) or (not cls.is_collection() and bool(cls.api.details) and is_read)

    @classmethod
    def is_worth_reading(cls, scope: Scope) -> bool:
        """False in a live container (the parent of `scope`) where a look at everything is spared the reads."""
        return True

    @classmethod
    def exported(cls, observed: Observed, scope: Scope) -> Values | None:
        """The fields of a block that declares the live object as it is; None where no block can."""
        return observed.values

    @classmethod
    def remarks(cls, observed: Observed, scope: Scope) -> Iterable[str]:
        """What people should know of the live object and no field of its block can say."""
        return ()

    @classmethod
    def hints(cls, scope: Scope, beside: Beside) -> Iterable[str]:
        """Lines of the files, as a suggestion, for what there may be of the kind in a live container (the parent of
        `scope`) and no service shows."""
        return ()


__all__ = [
    "ACCOUNT",
    "ID",
    "PARENT",
    "TOKEN",
    "Api",
    "Around",
    "Batch",
    "Beside",
    "Broken",
    "ByHand",
    "Call",
    "Consequence",
    "ConsequenceSeverity",
    "ConsoleEvent",
    "ConsoleOnly",
    "Credential",
    "Declared",
    "Detail",
    "Fact",
    "Failures",
    "Find",
    "Fixed",
    "FromKey",
    "GateRule",
    "Given",
    "HandedOver",
    "IdOf",
    "IdOfReferred",
    "IdempotencyToken",
    "KeyByDefault",
    "Lifecycle",
    "Listing",
    "Local",
    "Made",
    "Merged",
    "NamedId",
    "NamesBack",
    "NaturalKey",
    "Objection",
    "Of",
    "OneOff",
    "Ours",
    "OutermostId",
    "OwnId",
    "ParentId",
    "Recalled",
    "Ref",
    "Resets",
    "Resource",
    "Scope",
    "ServerDefault",
    "Shown",
    "Sight",
    "Template",
    "Trait",
    "Transition",
    "Who",
    "Wire",
    "WriteOnly",
    "all_or_none",
    "dig",
    "listed_errors",
    "statuses",
]
