"""Drift: what is live now and differs from what was applied last, as a value. `detection` finds it.

The JSON form (`chimeform drift --format json`) is described by `schemas/drift.schema.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .address import Address
from .diagnostics import Position
from .plan import LedgerStamp, PlannedConsequence, PlannedGate, UnmanagedObject, UnreadObject

FORMAT = 1
"""The version of the JSON form."""

Severity = Literal["notice", "caution", "destructive", "irreversible"]
"""The scale of consequences."""
Since = Literal["last-apply"]


class Happened(StrEnum):
    """What became of an object since it was applied."""

    CHANGED = "changed"
    REPLACED = "replaced"
    RETIRED = "retired"
    MISSING = "missing"
    UNMANAGED = "unmanaged"


class InFiles(StrEnum):
    """What the files say about a field that was changed there."""

    AS_APPLIED = "as applied"
    AS_LIVE = "as it is there"
    EDITED = "something else"
    NOTHING = "nothing"


class Standing(StrEnum):
    """How a gate stands. The last two are drift; an overdue one is drift that nobody has to have caused."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    CLOSED_AGAIN = "closed again"


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who did it, as the service's own log tells it. `at` is ISO-8601; `via` is `console`, `AWS CLI` or the like.

    `who` is the IAM user, the name of an assumed role's session, or `root`; `role` is that role, or empty.
    """

    who: str
    role: str
    at: str
    source_address: str
    via: str
    event: str
    event_id: str


@dataclass(frozen=True, slots=True)
class DriftedFact:
    """One thing that somebody did: a field that was changed, or, without a field, what became of the whole object.

    `id` is the physical id, `applied` and `live` are in the language's terms, `applied_at` is ISO-8601, and empty for
    what was never applied.
    """

    address: Address
    kind: str
    id: str | None
    happened: Happened
    field: str | None
    applied: Any
    live: Any
    applied_at: str


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DriftedField(_Value):
    name: str
    applied: Any = Field(None, description="The value that was applied last.")
    live: Any = Field(None, description="The value that is there now; null where there is none.")
    declared: Any = Field(None, description="The value in the files; null where they name none.")
    applied_text: str = Field(description="The applied value as people write it.")
    live_text: str = Field(description="The live value as people write it.")
    declared_text: str = Field(description="The declared value as people write it.")
    files: InFiles
    place: Position | None = Field(None, description="Where the files name the field, or the nearest place to it.")
    attribution: Attribution | None = Field(None, description="Who did it; null where nobody was found.")


class DriftedObject(_Value):
    address: str
    kind: str
    id: str | None = Field(None, description="The physical id: the live one, or the recorded one of what is missing.")
    happened: Happened
    reason: str = Field(description="What happened, in a sentence.")
    next: str = Field("", description="What the next apply does about it; empty where the fields say so.")
    severity: Severity
    fields: tuple[DriftedField, ...] = ()
    consequences: tuple[PlannedConsequence, ...] = Field((), description="What it means for people that it happened.")
    within: str | None = Field(None, description="The missing object with which this one went.")
    applied_at: str = Field("", description="When it was applied last, ISO-8601; empty for what never was.")
    place: Position | None = Field(None, description="Where the files declare it, or what contains it.")
    attribution: Attribution | None = Field(None, description="Who did it; null where nobody was found.")


class DriftedGate(_Value):
    gate: PlannedGate
    standing: Standing
    severity: Severity
    due: str | None = Field(None, description="When to ask why it takes so long, ISO-8601.")
    place: Position | None = None


class EditedField(_Value):
    name: str
    applied_text: str
    declared_text: str


class Edit(_Value):
    """What the files say otherwise than what was applied last, where nobody has changed anything there."""

    address: str
    kind: str
    reason: str
    fields: tuple[EditedField, ...] = ()
    place: Position | None = None


class Drift(_Value):
    """Everything that differs. `objects` and the gates that are overdue or closed again are drift; the rest is told."""

    format: Literal[1] = 1
    workspace: str
    environment: str | None
    aws_account: str | None = None
    at: str = Field(description="When it was looked at, in the service's time, ISO-8601.")
    since: Since | None = Field(None, description="Set where only differences from what was applied last are told.")
    last_apply: str | None = Field(None, description="When the last apply ended, ISO-8601; null if there was none.")
    ledger: LedgerStamp
    objects: tuple[DriftedObject, ...] = ()
    gates: tuple[DriftedGate, ...] = ()
    unread: tuple[UnreadObject, ...] = ()
    unmanaged: tuple[UnmanagedObject, ...] = Field((), description="Live objects that no file names, left alone.")
    edits: tuple[Edit, ...] = Field((), description="What is not applied yet. It is no drift.")
    under_way: tuple[str, ...] = Field((), description="What a run has begun to change; nothing is said about it.")
    compared: tuple[str, ...] = Field((), description="Everything that was applied and was looked at.")
    is_attributed: bool = Field(False, description="Whether it was looked up who did it.")
    not_looked: tuple[str, ...] = Field((), description="Why for some of it nobody could look up who did it.")
    reads: dict[str, int] = Field(default_factory=dict, description="API calls that it took, by operation.")
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when nothing has drifted, as far as it could be read."""
        return not self.objects and all(one.standing is Standing.WAITING for one in self.gates)

    def to_json(self) -> str:
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


Attribute = Callable[[DriftedFact], Attribution | None]
"""Who did it; None where that was looked for and not found."""


def attributed(drift: Drift, attribute: Attribute) -> Drift:
    """The same drift with who did it, at each changed field, or at the object where that is what was touched."""
    objects = tuple(_with_author(one, attribute) for one in drift.objects)
    return drift.model_copy(update={"objects": objects, "is_attributed": True})


def _with_author(one: DriftedObject, attribute: Attribute) -> DriftedObject:
    if one.happened is not Happened.CHANGED:
        return one.model_copy(update={"attribution": attribute(_fact(one, None))})
    fields = tuple(each.model_copy(update={"attribution": attribute(_fact(one, each))}) for each in one.fields)
    return one.model_copy(update={"fields": fields})


def _fact(one: DriftedObject, changed: DriftedField | None) -> DriftedFact:
    return DriftedFact(
        address=Address.parse(one.address),
        kind=one.kind,
        id=one.id,
        happened=one.happened,
        field=changed.name if changed else None,
        applied=changed.applied if changed else None,
        live=changed.live if changed else None,
        applied_at=one.applied_at,
    )
