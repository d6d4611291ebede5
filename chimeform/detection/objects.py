"""The objects that have drifted: changed, replaced, retired or missing, and those that somebody added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ..address import Address
from ..diff import same_value, scope_of
from ..drift import DriftedField, DriftedObject, Happened, InFiles, Severity
from ..live import Observed, Unmanaged
from ..plan import PlannedConsequence
from ..resources import kinds
from ..resources.base import Resource, Transition
from .case import Case, Side, worst

_LEAST: Mapping[Happened, Severity] = {Happened.CHANGED: "notice"}
"""How severe it is at least; `caution` for what is not named."""


def drifted(case: Case) -> Iterator[DriftedObject]:
    """What was applied and is otherwise now, an entry for each object."""
    for side in case.sides.values():
        if side.observed is None:
            yield _missing(case, side)
            continue
        gone = replace(side.observed, values={}, confirmed=frozenset())
        if side.kind.retired(gone, side.scope):
            reason = f"was retired there: {side.kind.retire_means}"
            next_step = "the next apply brings it back" if side.spec else "the next apply forgets it"
            yield _ended(case, side, Happened.RETIRED, reason, next_step)
            continue
        fields = tuple(_fields(case, side, side.observed))
        if side.record.id and side.observed.id and side.record.id != side.observed.id:
            yield _object(
                case,
                side,
                Happened.REPLACED,
                f"was removed there and made again: it was {side.record.id}, and is {side.observed.id} now",
                next_step="the next apply takes this one over",
                fields=fields,
            )
        elif fields:
            yield _object(case, side, Happened.CHANGED, "was changed there since the last apply", fields=fields)


def _missing(case: Case, side: Side) -> DriftedObject:
    within = case.missing_around(side.address)
    if within:
        # it comes back, if at all, with what it went with
        return _ended(case, side, Happened.MISSING, f"went with {within}", "", str(within))
    reason = "is not there any more"
    if not side.kind.is_collection():
        reason = f"{Address(side.address.parts[:-1])} cannot have it any more"
    if side.spec is None:
        next_step = "the next apply forgets it"
    elif side.kind.is_collection() and side.kind.can_create(side.scope, side.spec.values()):
        next_step = "the next apply makes it again"
    else:
        next_step = "it waits until it can be there again"
    return _ended(case, side, Happened.MISSING, reason, next_step)


def _ended(
    case: Case, side: Side, happened: Happened, reason: str, next_step: str, within: str | None = None
) -> DriftedObject:
    transition = Transition(side.address, "retire", side.record.values, {}, side.observed, side.scope, case.since)
    # what it means that a whole account is gone is said once
    told = () if within else _consequences(side.kind, transition)
    return _object(case, side, happened, reason, next_step=next_step, consequences=told, within=within)


def _object(
    case: Case,
    side: Side,
    happened: Happened,
    reason: str,
    *,
    next_step: str = "",
    fields: tuple[DriftedField, ...] = (),
    consequences: tuple[PlannedConsequence, ...] = (),
    within: str | None = None,
) -> DriftedObject:
    if fields:
        consequences = _of_change(case, side, fields)
    found = side.observed.id if side.observed else None
    return DriftedObject(
        address=str(side.address),
        kind=side.kind.kind,
        id=found or side.record.id,
        happened=happened,
        reason=reason,
        next=next_step,
        severity=worst(consequences, _LEAST.get(happened, "caution")),
        fields=fields,
        consequences=consequences,
        within=within,
        applied_at=side.record.applied_at,
        place=case.place(side.address),
    )


def _fields(case: Case, side: Side, observed: Observed) -> Iterator[DriftedField]:
    """The recorded fields that are something else there. What no service shows can only be as somebody said."""
    lifecycle = side.spec.lifecycle if side.spec else None
    left_alone = {*(lifecycle.ignore if lifecycle else ()), *side.kind.settling(observed)}
    wanted = side.spec.values() if side.spec else {}
    for name, trait in side.kind.traits().items():
        if name not in side.record.values or trait.wire is None or name in left_alone:
            continue
        applied, now, declared = side.record.values[name], observed.values.get(name), wanted.get(name)
        if same_value(trait, applied, now):
            continue
        if declared is None:
            files = InFiles.NOTHING
        elif same_value(trait, declared, applied):
            files = InFiles.AS_APPLIED
        else:
            files = InFiles.AS_LIVE if same_value(trait, declared, now) else InFiles.EDITED
        yield DriftedField(
            name=name,
            applied=applied,
            live=now,
            declared=declared,
            applied_text=trait.text(applied),
            live_text=trait.text(now),
            declared_text=trait.text(declared),
            files=files,
            place=case.place(side.address, name),
        )


def _of_change(case: Case, side: Side, fields: Iterable[DriftedField]) -> tuple[PlannedConsequence, ...]:
    """What the change means, without what was true before it."""
    now = side.observed.values if side.observed else {}
    before = {**now, **{one.name: one.applied for one in fields}}
    stays = Transition(side.address, "update", before, before, side.observed, side.scope, case.still)
    known = {one.name for one in side.kind.consequences(stays)}
    found = _consequences(side.kind, replace(stays, after=now, whole=case.since))
    return tuple(one for one in found if one.name not in known)


# ---------------------------------------------------------------- objects that no file names


def _unnamed(case: Case) -> Iterator[tuple[Unmanaged, Address | None]]:
    """With the account that is authoritative for it."""
    for one in case.live.unmanaged:
        owner = Address(one.address.parts[:-2]) if len(one.address.parts) > 2 else None
        spec = case.desired.spec(owner) if owner else None
        is_claimed = one.address.parts[-2] in getattr(spec, "authoritative", ())
        if case.selection.selects(one.address):
            yield one, owner if is_claimed else None


def claimed(case: Case) -> Iterator[DriftedObject]:
    """What the files claim completely has nothing but what they name; whoever is retired already does not count."""
    for one, owner in _unnamed(case):
        kind = kinds()[one.kind]
        scope = scope_of(one.address, case.desired, case.live)
        if owner is None or kind.retired(one.observed, scope):
            continue
        yield DriftedObject(
            address=str(one.address),
            kind=one.kind,
            id=one.observed.id,
            happened=Happened.UNMANAGED,
            reason=f"no file names it, and {owner} is authoritative for {one.address.parts[-2]}",
            next=f"the next apply retires it: {kind.retire_means}",
            severity="caution",
            place=case.place(one.address),
        )


def unclaimed(case: Case) -> Iterator[Unmanaged]:
    """What no file names, and no account claims to be without."""
    return (one for one, owner in _unnamed(case) if owner is None and not kinds()[one.kind].is_over(one.observed))


def _consequences(kind: type[Resource], transition: Transition) -> tuple[PlannedConsequence, ...]:
    """Without the last moment to undo it: nobody has seen when it happened."""
    return tuple(
        PlannedConsequence(name=one.name, severity=one.severity, text=one.text, source=one.source)
        for one in kind.consequences(transition)
    )
