"""What a rule can see: the variables of its expressions, made from a plan and nothing else that changes by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..address import Address
from ..language.desired import Desired
from ..live import Values
from ..plan import Action, Plan, PlannedChange


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldFacts(_Facts):
    before: Any = Field(description="The live value; null where there is none.")
    after: Any = Field(description="The wanted value; null where there is to be none.")
    cause: str = Field(description="Why it differs: `edited here`, `changed there` or `changed here and there`.")


class ConsequenceFacts(_Facts):
    name: str = Field(description="The name that `--accept` takes.")
    severity: str = Field(description="`notice`, `caution`, `destructive` or `irreversible`.")
    text: str = Field(description="What it means for people.")


class ChangeFacts(_Facts):
    """One change of the plan."""

    address: str = Field(description="The address, as plans write it.")
    name: str = Field(description="The last part of the address.")
    within: str = Field(description="The address without its collection and name; empty at the top.")
    kind: str = Field(description="The kind, such as `user`.")
    action: str = Field(
        description="What is to become of it, now or behind a gate: `create`, `update`, `retire`, `restore`, `adopt`,"
        " `forget`; `wait` for what only somebody else can bring about."
    )
    waits: bool = Field(description="Whether nothing of it can be done before a gate opens.")
    exists: bool = Field(description="Whether there is a live object.")
    id: str | None = Field(description="The id of the live object; null where there is none.")
    reason: str = Field(description="Why it is in the plan, in a sentence.")
    protected: bool = Field(description="Whether the files protect it (`prevent_destroy`).")
    fields: dict[str, FieldFacts] = Field(description="The fields that differ, by name.")
    before: dict[str, Any] = Field(description="All live values.")
    after: dict[str, Any] = Field(description="All values after the plan; empty for what is retired.")
    consequences: list[ConsequenceFacts] = Field(description="What it means for people.")


class PlanFacts(_Facts):
    """The plan as a whole."""

    workspace: str = Field(description="The workspace's name.")
    purpose: str = Field(description="`apply` or `destroy`.")
    aws_account: str | None = Field(description="The AWS account, where the workspace expects one; null elsewhere.")
    counts: dict[str, int] = Field(description="How many changes of each action; 0 for one that does not occur.")
    total: int = Field(description="How many changes.")


class DeclaredFacts(_Facts):
    """One resource that the files declare, for rules that ask for its kind."""

    address: str = Field(description="The address, as plans write it.")
    name: str = Field(description="The last part of the address.")
    within: str = Field(description="The address without its collection and name; empty at the top.")
    values: dict[str, Any] = Field(description="The values that the files give it.")


@dataclass(frozen=True)
class Outside:
    """What rules see beside the plan: the service's time, the values that templates see, and what the files declare."""

    now: datetime
    values: Mapping[str, Any] = field(default_factory=dict)
    declared: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Kind → its `DeclaredFacts`; only of kinds that a rule asks for."""


def outside(desired: Desired, now: datetime) -> Outside:
    asked = {kind for one in desired.policies for rule in one.rules for kind in rule.entry.declared}
    declared = {
        kind: [declared_facts(address, spec.values()) for address, spec in sorted(desired.of_kind(kind), key=_first)]
        for kind in asked
    }
    return Outside(now, desired.values, declared)


def _first(pair: tuple[Address, Any]) -> Address:
    return pair[0]


def declared_facts(address: Address, values: Values) -> dict[str, Any]:
    facts = DeclaredFacts(address=str(address), name=address.name, within=_within(address), values=dict(values))
    return facts.model_dump(mode="json")


def change_facts(change: PlannedChange) -> dict[str, Any]:
    address, retires = Address.parse(change.address), change.intended is Action.RETIRE
    before = change.seen.values
    after = {} if retires else {**before, **{one.name: one.after for one in change.fields}}
    return ChangeFacts(
        address=change.address,
        name=address.name,
        within=_within(address),
        kind=change.kind,
        action=change.intended.value,
        waits=change.action is Action.WAIT,
        exists=change.seen.exists,
        id=change.id,
        reason=change.reason,
        protected=change.protect,
        fields={one.name: FieldFacts(before=one.before, after=one.after, cause=one.cause) for one in change.fields},
        before=before,
        after={name: value for name, value in after.items() if value is not None},
        consequences=[
            ConsequenceFacts(name=one.name, severity=one.severity, text=one.text) for one in change.consequences
        ],
    ).model_dump(mode="json")


def _within(address: Address) -> str:
    return str(Address(address.parts[:-2])) if len(address.parts) > 2 else ""


def plan_facts(plan: Plan) -> dict[str, Any]:
    counts = Counter(change.intended for change in plan.changes)
    return PlanFacts(
        workspace=plan.workspace,
        purpose=plan.purpose,
        aws_account=plan.aws_account,
        counts={action.value: counts[action] for action in Action},
        total=len(plan.changes),
    ).model_dump(mode="json")
