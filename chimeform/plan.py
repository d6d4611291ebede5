"""The Plan: everything that an apply will do, as a value that can be read, saved, fingerprinted and checked again.

Apply executes a plan and never decides. The JSON form (`plan --out`) is described by `schemas/plan.schema.json`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .errors import StalePlan

FORMAT = 1
"""The version of the plan's JSON form."""


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    RETIRE = "retire"
    RESTORE = "restore"
    ADOPT = "adopt"
    FORGET = "forget"
    WAIT = "wait"


class Cause(StrEnum):
    """Why a field differs."""

    OURS = "edited here"
    THEIRS = "changed there"
    CONFLICT = "changed here and there"
    IGNORED = "ignored"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannedField(_Value):
    name: str
    before: Any = Field(None, description="The live value; null where there is none.")
    after: Any = Field(None, description="The wanted value; null where there is to be none.")
    before_text: str = Field(description="The live value as people write it.")
    after_text: str = Field(description="The wanted value as people write it.")
    cause: Cause


class PlannedConsequence(_Value):
    name: str
    severity: Literal["notice", "caution", "destructive", "irreversible"]
    text: str
    source: str
    last_undo: str | None = Field(None, description="Until when it can be taken back, ISO-8601.")


class Seen(_Value):
    """The live object that the plan was made for; a saved plan is refused when it looks different now."""

    exists: bool
    values: dict[str, Any] = Field(default_factory=dict)


class PlannedChange(_Value):
    address: str
    kind: str
    action: Action
    intended: Action = Field(description="The action if nothing had to wait for a gate.")
    reason: str = Field(description="Why, in a sentence.")
    id: str | None = Field(None, description="The physical id of the live object.")
    fields: tuple[PlannedField, ...] = ()
    consequences: tuple[PlannedConsequence, ...] = ()
    protect: bool = Field(False, description="Whether the ledger is to remember a protection.")
    settled: dict[str, Any] = Field(default_factory=dict, description="Wanted values that no step has to bring about.")
    seen: Seen
    moved_from: str | None = None


class CatchUp(_Value):
    """An object that is as declared while the ledger remembers it otherwise; the next apply corrects the record."""

    address: str
    kind: str
    id: str | None
    values: dict[str, Any]
    protect: bool = False


class Effect(_Value):
    """What is true once the step has worked, in the language's terms."""

    exists: bool = True
    values: dict[str, Any] = Field(default_factory=dict)


class Step(_Value):
    """One item of work. Steps with the same `operation`, `request` and `batch` travel in one call."""

    id: str
    address: str
    kind: str
    call: str = Field(description="The kind's call, which says how the answer is read.")
    operation: str
    region: str | None = Field(None, description="The Region whose address is called; null: where the service is.")
    request: dict[str, Any] = Field(description='The request; {"$id": ADDRESS} is an id that an earlier step brings.')
    item: Any = Field(None, description="This step's own part of a batch.")
    batch: int = Field(1, description="How many such steps one call takes.")
    after: tuple[str, ...] = Field((), description="Steps that have to work first.")
    gates: tuple[str, ...] = Field((), description="Gates that have to be open.")
    effect: Effect


class PlannedGate(_Value):
    """What waits for whom."""

    id: str
    address: str
    kind: str
    name: str
    who: Literal["operator", "invitee", "carrier", "service", "clock"]
    title: str
    steps: tuple[str, ...]
    source: str
    since: str | None = None
    opens_at: str | None = None
    overdue_after_days: int | None = None
    holds: tuple[str, ...] = Field((), description="The addresses that wait for it.")
    seen_by: str = Field("", description="What shows that it has opened, where that is not a read of the resource.")
    confirms: dict[str, Any] | None = Field(
        None, description="Nothing shows it, and a person has to say so; the values that are then taken as set."
    )
    contradicted: str = Field("", description="What can be seen against it, so that nobody can confirm it.")


class Refusal(_Value):
    """A guard that said no: by name, with the reason and the way out."""

    guard: str
    code: str
    address: str | None = None
    summary: str
    why: str = ""
    do: str = ""
    waive: str | None = Field(
        None, description="The name by which 'apply --waive' sets it aside; null where nobody can do that."
    )


class UnreadObject(_Value):
    """An object that could not be read, so that nothing is decided about it."""

    address: str
    code: str
    reason: str
    do: str = ""


class CalendarEntry(_Value):
    at: str
    address: str
    text: str


class UnmanagedObject(_Value):
    address: str
    kind: str
    id: str | None
    name: str = Field("", description="What people know it by, where the address does not say it.")


class LedgerStamp(_Value):
    lineage: str
    serial: int


class Plan(_Value):
    """A complete plan. `changes` and `steps` are in an order in which they could be done one by one."""

    format: Literal[1] = 1
    workspace: str
    environment: str | None = None
    aws_account: str | None = None
    purpose: Literal["apply", "destroy"] = "apply"
    files: dict[str, str] = Field(default_factory=dict, description="File → sha256 of what the plan was made from.")
    ledger: LedgerStamp
    changes: tuple[PlannedChange, ...] = ()
    steps: tuple[Step, ...] = ()
    gates: tuple[PlannedGate, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[Refusal, ...] = Field((), description="What is said against the plan without refusing it.")
    unread: tuple[UnreadObject, ...] = ()
    unmanaged: tuple[UnmanagedObject, ...] = ()
    catch_up: tuple[CatchUp, ...] = ()
    left_out: tuple[str, ...] = Field((), description="Changes that --target or --exclude left out.")
    calendar: tuple[CalendarEntry, ...] = ()
    reads: dict[str, int] = Field(default_factory=dict, description="API calls that planning took, by operation.")
    writes: dict[str, int] = Field(default_factory=dict, description="API calls that applying will take, by operation.")
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    fingerprint: Annotated[str, Field(description="sha256 of everything else.")] = ""

    @property
    def is_empty(self) -> bool:
        """True when an apply would do nothing now: everything is as declared, or waits for somebody."""
        return not any(change.action is not Action.WAIT for change in self.changes) and not self.runnable

    @cached_property
    def runnable(self) -> tuple[Step, ...]:
        """Steps that no gate holds, directly or through a step before them."""
        held: set[str] = set()
        free = []
        for step in self.steps:
            if step.gates or held.intersection(step.after):
                held.add(step.id)
            else:
                free.append(step)
        return tuple(free)

    def count(self) -> Mapping[str, int]:
        """How many changes of each action."""
        counts: dict[str, int] = {}
        for change in self.changes:
            counts[change.action.value] = counts.get(change.action.value, 0) + 1
        return counts

    def consequences(self) -> Iterator[tuple[PlannedChange, PlannedConsequence]]:
        for change in self.changes:
            for consequence in change.consequences:
                yield change, consequence

    def sealed(self) -> Plan:
        return self.model_copy(update={"fingerprint": self._digest()})

    def _digest(self) -> str:
        content = self.model_dump(mode="json", exclude={"fingerprint"})
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> str:
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read a saved plan; one that was edited or comes from another version is refused."""
        try:
            raw = json.loads(text)
        except ValueError as error:
            raise StalePlan(
                "the plan file is not JSON", do="make it again with 'chimeform plan --out'", code="CF-PLN-002"
            ) from error
        if not isinstance(raw, dict) or raw.get("format") != FORMAT:
            raise StalePlan(
                "the plan file has another format",
                why=f"this version reads format {FORMAT}",
                do="make it again with 'chimeform plan --out'",
                code="CF-PLN-002",
            )
        try:
            plan = cls.model_validate(raw)
        except ValueError as error:
            raise StalePlan(
                "the plan file is damaged", do="make it again with 'chimeform plan --out'", code="CF-PLN-002"
            ) from error
        if plan.fingerprint != plan._digest():
            raise StalePlan(
                "the plan file was edited after it was made",
                why="its fingerprint does not fit its content",
                do="make it again with 'chimeform plan --out'",
                code="CF-PLN-003",
            )
        return plan
