"""Named refusals. A guard looks at what a plan is about to do and says no with a reason and a way out.

A refusal is an object: it is listed in the plan, printed, tested, and stops the apply before its first call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .address import Address
from .diff import Difference
from .language.desired import Desired
from .plan import Action, PlannedChange, Refusal
from .recorded import Recorded
from .resources.base import Broken, Transition


@dataclass(frozen=True)
class Case:
    """What the guards judge: the differences, their consequences, and what the user consented to."""

    desired: Desired
    recorded: Recorded
    differences: Sequence[tuple[Difference, Transition]]
    changes: Sequence[PlannedChange]
    accepted: Sequence[str]
    asked: Collection[str] = ()
    """Addresses for which this plan is the first to ask a person to take something away."""


def refuse(guard: str, broken: Broken, address: Address) -> Refusal:
    return Refusal(
        guard=guard, code=broken.code, address=str(address), summary=broken.summary, why=broken.why, do=broken.do
    )


def protection(case: Case) -> Iterable[Refusal]:
    """A protected resource is retired only after `removed:` released it by name, even if its block is gone."""
    released = {one.address for one in case.desired.removed if one.destroy}
    for difference, _ in case.differences:
        recorded = difference.recorded
        if difference.action is Action.RETIRE and recorded and recorded.protected and recorded.address not in released:
            yield Refusal(
                guard="protection",
                code="CF-GRD-001",
                address=str(difference.address),
                summary=f"{difference.address}: is protected and would be retired",
                why="it was declared with 'prevent_destroy: true', and its protection outlives its block",
                do=f"keep it, or release it: removed: [{{address: {_quoted(difference.address)}, destroy: true}}]",
            )


def _quoted(address: Address) -> str:
    text = str(address)
    return f"'{text}'" if '"' in text else text


def fixed_fields(case: Case) -> Iterable[Refusal]:
    """A field that the service never changes after creation."""
    for difference, _ in case.differences:
        if difference.action not in (Action.UPDATE, Action.RESTORE):
            continue
        traits = difference.kind.traits()
        for change in difference.fields:
            if fixed := traits[change.name].fixed:
                yield Refusal(
                    guard="fixed",
                    code="CF-GRD-002",
                    address=str(difference.address),
                    summary=f"{difference.address}.{change.name}: cannot become {change.after!r}",
                    why=fixed.why,
                    do=f"write {change.before!r} again, or give the new one an address of its own and remove this one",
                )


def service_rules(case: Case) -> Iterable[Refusal]:
    """What the kinds know that the service would refuse."""
    for difference, transition in case.differences:
        for broken in difference.kind.refusals(transition, difference.spec):
            yield refuse("service", broken, difference.address)


def thresholds(case: Case) -> Iterable[Refusal]:
    """More retirements than the workspace allows in one apply."""
    limits = case.desired.guardrails
    retired = sum(1 for difference, _ in case.differences if difference.action is Action.RETIRE)
    managed = max(1, len(case.recorded.resources))
    share = 100 * retired / managed
    if limits.max_deletes is not None and retired > limits.max_deletes:
        yield Refusal(
            guard="max_deletes",
            code="CF-GRD-003",
            summary=f"{retired} resources would be retired, and the workspace allows {limits.max_deletes} at a time",
            why="'guardrails.max_deletes' says so",
            do="retire them in several applies with --target, or raise the limit",
        )
    if limits.max_delete_percent is not None and share > limits.max_delete_percent:
        yield Refusal(
            guard="max_delete_percent",
            code="CF-GRD-004",
            summary=f"{retired} of {managed} managed resources ({share:.0f} %) would be retired, "
            f"and the workspace allows {limits.max_delete_percent:g} %",
            why="'guardrails.max_delete_percent' says so",
            do="retire them in several applies with --target, or raise the limit",
        )


def consent(case: Case) -> Iterable[Refusal]:
    """Destructive and irreversible consequences that nobody consented to by name."""
    for change in case.changes:
        if change.action is Action.WAIT and change.address not in case.asked:
            continue  # nothing of it happens in this apply
        declaration = case.desired.declarations.get(Address.parse(change.address))
        lifecycle = declaration.spec.lifecycle if declaration else None
        accepted = (*case.accepted, *(lifecycle.accept if lifecycle else ()))
        for consequence in change.consequences:
            if consequence.severity not in ("destructive", "irreversible"):
                continue
            if not any(fnmatchcase(consequence.name, pattern) for pattern in accepted):
                yield Refusal(
                    guard="consent",
                    code="CF-GRD-005",
                    address=change.address,
                    summary=f"{change.address}: {consequence.text}",
                    why=f"this is {consequence.severity} and needs consent [{consequence.source}]",
                    do=f"run again with --accept {consequence.name}"
                    + (f", or write 'lifecycle: {{accept: [{consequence.name}]}}'" if declaration else ""),
                )


GUARDS: tuple[Callable[[Case], Iterable[Refusal]], ...] = (
    protection,
    fixed_fields,
    service_rules,
    thresholds,
    consent,
)


def judge(case: Case) -> list[Refusal]:
    """Every refusal of every guard, in a stable order."""
    return [refusal for guard in GUARDS for refusal in guard(case)]
