"""Named refusals. A guard looks at what a plan is about to do and says no with a reason and a way out.

A refusal is an object: it is listed in the plan, printed, tested, and stops the apply before its first call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from .address import Address
from .diff import Difference
from .freezing import frozen
from .language.desired import Desired
from .language.guardrails import Threshold
from .live import Values
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
    at: datetime
    """The service's time."""
    asked: Collection[str] = ()
    """Addresses for which this plan is the first to ask a person to take something away."""
    stepping: Collection[Address] = ()
    """Addresses for which there is a call to make, now or behind a gate."""
    catch_up: Sequence[Difference] = ()
    """Objects that are as declared, while the ledger remembers another one, or another id."""


def refuse(guard: str, broken: Broken, address: Address) -> Refusal:
    return Refusal(
        guard=guard, code=broken.code, address=str(address), summary=broken.summary, why=broken.why, do=broken.do
    )


def protection(case: Case) -> Iterable[Refusal]:
    """A protected resource is retired only after `removed:` released it by name, even if its block is gone.

    What moves to another container is not lost, and its new block says whether it is protected there.
    """
    released = {one.address for one in case.desired.removed if one.destroy}
    for difference, _ in case.differences:
        recorded = difference.recorded
        is_lost = difference.action is Action.RETIRE and difference.moves_to is None
        if is_lost and recorded and recorded.protected and recorded.address not in released:
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


def ownership(case: Case) -> Iterable[Refusal]:
    """Live objects that the ledger does not know, and that only their names make ours.

    The service has no place for an owner's mark, so the ledger is the inventory. `must-match` takes over nothing that
    no import names. `adopt-if-free` takes over what is as declared already: binding it takes nothing from anybody.
    """
    policy = case.desired.guardrails.ownership
    if policy == "adopt-all":
        return
    for difference in (*(one for one, _ in case.differences), *case.catch_up):
        if _is_known(case, difference) or (policy == "adopt-if-free" and difference.action is Action.ADOPT):
            continue
        address, found = difference.address, difference.observed.id if difference.observed else None
        if difference.action is Action.RETIRE:
            do = f"take '{address.parts[-2]}' out of 'authoritative'; or declare it, import it, and remove it then"
        else:
            do = f"if it is yours: import: [{{to: {_quoted(address)}, id: {found}}}]; if not, remove its block"
        yield Refusal(
            guard="ownership",
            code="CF-GRD-008",
            address=str(address),
            summary=f"{address}: the live object {found} is not known to be ours",
            why=f"the ledger has no record of it, and 'guardrails.ownership' is {policy}",
            do=do,
        )


def _is_known(case: Case, difference: Difference) -> bool:
    """Ours by the record or by an import; or nothing that could be somebody else's."""
    observed, recorded = difference.observed, difference.recorded
    if observed is None or observed.id is None or difference.kind.api.id is None:
        return True  # it is not there, or belongs to what contains it
    if recorded is not None and recorded.id in (None, observed.id):
        return True  # an invitation has no id before it is accepted
    if any((one.target, one.id) == (difference.address, observed.id) for one in case.desired.imports):
        return True
    # people of an Enterprise account register by themselves: there is no other way to come by them
    return difference.action is not Action.RETIRE and not difference.kind.can_create(difference.scope, difference.after)


def thresholds(case: Case) -> Iterable[Refusal]:
    """More retirements than the workspace allows in one apply, of everything and of each kind.

    Who only moves to another account, as the files say by name, is not lost.
    """
    limits = case.desired.guardrails
    lost = (one for one, _ in case.differences if one.action is Action.RETIRE and one.moves_to is None)
    retired = Counter(one.kind.kind for one in lost)
    managed = Counter(one.kind for one in case.recorded.resources.values())
    yield from _over(limits, retired.total(), managed.total(), "")
    for kind, limit in sorted(limits.by_kind.items()):
        yield from _over(limit, retired[kind], managed[kind], kind)


def _over(limits: Threshold, retired: int, managed: int, kind: str) -> Iterable[Refusal]:
    what = f"resources of the kind {kind}" if kind else "resources"
    place = f"guardrails.by_kind.{kind}" if kind else "guardrails"
    managed = max(1, managed)
    share = 100 * retired / managed
    if limits.max_deletes is not None and retired > limits.max_deletes:
        yield Refusal(
            guard="max_deletes",
            code="CF-GRD-003",
            summary=f"{retired} {what} would be retired, and the workspace allows {limits.max_deletes} at a time",
            why=f"'{place}.max_deletes' says so",
            do="retire them in several applies with --target, or raise the limit",
            waive=f"max_deletes.{kind}" if kind else "max_deletes",
        )
    if limits.max_delete_percent is not None and share > limits.max_delete_percent:
        yield Refusal(
            guard="max_delete_percent",
            code="CF-GRD-004",
            summary=f"{retired} of {managed} managed {what} ({share:.0f} %) would be retired, "
            f"and the workspace allows {limits.max_delete_percent:g} %",
            why=f"'{place}.max_delete_percent' says so",
            do="retire them in several applies with --target, or raise the limit",
            waive=f"max_delete_percent.{kind}" if kind else "max_delete_percent",
        )


def room_administrators(case: Case) -> Iterable[Refusal]:
    """Rooms that a change would leave with too few people who can look after them.

    A room that has too few already is let through as long as nothing takes one more away.
    """
    least = case.desired.guardrails.min_room_administrators
    rooms: dict[Address, Transition] = {}
    for difference, transition in case.differences:
        if difference.kind.kind == "room_member" and difference.action is not Action.FORGET:
            rooms.setdefault(Address(difference.address.parts[:-2]), transition)
    for room, transition in sorted(rooms.items() if least else ()):
        members = list(transition.whole.of_kind("room_member", room))
        now = sum(1 for _, observed, _ in members if observed and _administers(observed.values))
        then = sum(1 for _, _, values in members if values and _administers(values))
        is_new = transition.scope.parent is None or transition.scope.parent.id is None
        if then < least and (then < now or is_new):
            yield Refusal(
                guard="min_room_administrators",
                code="CF-GRD-010",
                address=str(room),
                summary=f"{room}: would have {then} administrators, and the workspace wants {least} at least",
                why="'guardrails.min_room_administrators' says so: nobody else could invite people or look after bots",
                do="make somebody else in the room an administrator, or lower the number",
                waive="min_room_administrators",
            )


def _administers(values: Values) -> bool:
    return values.get("role") == "administrator"


def freeze(case: Case) -> Iterable[Refusal]:
    """Changes in a time in which nothing is changed. What waits counts too: its gate may open in the middle of a run.

    Matters of the record alone (what is adopted as it is, or forgotten) change nothing and are let through.
    """
    for window in case.desired.guardrails.freeze:
        spell = frozen(window, case.at)
        held = [
            difference.address
            for difference, _ in case.differences
            if difference.address in case.stepping and difference.action.value not in window.allow
        ]
        if spell is None or not held:
            continue
        more = f" and {len(held) - 1} more" if len(held) > 1 else ""
        until = f"{spell.until.astimezone(ZoneInfo(window.zone)):%Y-%m-%d %H:%M} {window.zone}" if spell.until else ""
        yield Refusal(
            guard="freeze",
            code="CF-GRD-007",
            summary=f"changes are frozen {f'until {until}' if until else 'without an end'}: {held[0]}{more}",
            why=window.why,
            do=f"apply after {until}" if until else "give the freeze in 'guardrails.freeze' an end",
            waive="freeze",
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


JUDGED_ANEW = ("freeze", "policy")
"""Guards that can look at the clock: a saved plan is judged by them when it is done, and not when it was made."""

GUARDS: tuple[Callable[[Case], Iterable[Refusal]], ...] = (
    protection,
    fixed_fields,
    service_rules,
    ownership,
    thresholds,
    room_administrators,
    freeze,
    consent,
)


def judge(case: Case) -> list[Refusal]:
    """Every refusal of every guard, in a stable order."""
    return [refusal for guard in GUARDS for refusal in guard(case)]
