"""Desired against live, with the ledger as the memory of who changed what.

For every address the three values are compared field by field, and each difference gets its cause: edited here,
changed there since the last apply, or both. Fields that no file names are not managed; objects that could not be read
are passed on as they are, and nothing is decided about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .address import Address
from .expiry import has_expired
from .language.desired import Declaration, Desired
from .live import Absent, Ambiguous, Live, Observed, Reading, Unknown, Values
from .plan import Action, Cause
from .recorded import Recorded, RecordedResource
from .relocation import departures
from .resources import at_first, containers_of, kind_at, kinds, scope_around
from .resources.base import Resource, Scope, Trait
from .resources.by_hand import ByHand

_MISSING = object()


@dataclass(frozen=True)
class FieldChange:
    name: str
    before: Any
    after: Any
    cause: Cause


@dataclass(frozen=True)
class Difference:
    """What is to become of one address. `before` and `after` are whole value sets; `fields` are those that differ.
    `near` are names that look like that of an object which is not there."""

    address: Address
    kind: type[Resource]
    action: Action
    reason: str
    scope: Scope
    before: Values
    after: Values
    fields: tuple[FieldChange, ...] = ()
    ignored: tuple[FieldChange, ...] = ()
    declaration: Declaration | None = None
    recorded: RecordedResource | None = None
    observed: Observed | None = None
    near: tuple[str, ...] = ()
    moved_from: Address | None = None
    moves_to: Address | None = None
    """Of what is retired: where it is made instead, before it is ended here."""

    @property
    def spec(self) -> Resource | None:
        return self.declaration.spec if self.declaration else None


@dataclass(frozen=True)
class Unread:
    """An address about which nothing can be decided, and why."""

    address: Address
    reading: Unknown | Ambiguous


@dataclass(frozen=True)
class Comparison:
    """`catch_up` are objects that are as declared, but that the ledger remembers otherwise."""

    differences: tuple[Difference, ...]
    catch_up: tuple[Difference, ...]
    unread: tuple[Unread, ...]


def compare(
    desired: Desired,
    recorded: Recorded,
    live: Live,
    moves: Mapping[Address, Address],
    *,
    gone: str = "is no longer in the files",
) -> Comparison:
    """Every address that differs, in the order of the addresses. Pure: the same inputs give the same outcome.

    `recorded` carries the new addresses already; `moves` tells where each moved one was. `gone` is the reason given for
    what is recorded and not declared.
    """
    forgotten = [one.address for one in desired.removed if not one.destroy]
    found_by_address: dict[Address, Difference] = {}
    catch_up: list[Difference] = []
    unread: list[Unread] = []
    leaving = departures(desired)
    expired = {address for address, one in desired.declarations.items() if has_expired(one.spec, live.at)}
    # another service may keep what stood in something that is gone
    known = lambda one: live.observed(one) or at_first(desired.spec(one)) or recorded.as_it_was(one)  # noqa: E731
    for address in sorted({*desired.declarations, *recorded.resources, *leaving}):
        kind = kind_at(address.parts)
        if kind is None:
            continue
        reading = live.readings.get(address, Unknown("it was not read"))
        if address in leaving and isinstance(live.readings.get(leaving[address]), Unknown | Ambiguous):
            reading = Unknown(f"{leaving[address]}, to which it moves, could not be read", code="CF-OBS-003")
        if isinstance(reading, Unknown | Ambiguous):
            unread.append(Unread(address, reading))
            continue
        side = _Side(
            address,
            kind,
            desired.declarations.get(address),
            recorded.resources.get(address),
            reading,
            scope_around(address, known, live.at),
            expired=bool(expired) and not expired.isdisjoint((address, *containers_of(address))),
        )
        if kind.reset_by:
            around = found_by_address.get(containers_of(address)[0])
            side = replace(side, is_reset=side.observed is not None and _brings(kind.reset_by, around))
        found = _declared(side) if side.is_declared else _undeclared(side, forgotten, gone)
        if address in leaving:
            found = _departing(side, found, leaving[address])
        if found is None and address in moves and side.record is not None:
            found = _difference(side, Action.ADOPT, f"moved here from {moves[address]}")
        if found:
            found_by_address[address] = replace(found, moved_from=moves.get(address))
        elif _record_is_old(side):
            catch_up.append(_difference(side, Action.ADOPT, "the record catches up"))
    _tell_arrivals(found_by_address)
    for address, reading in live.readings.items():
        if isinstance(reading, Unknown) and kind_at(address.parts) is None:
            unread.append(Unread(address, reading))  # a whole collection: nobody knows what is in it
    differences = (*found_by_address.values(), *_authoritative(desired, live))
    return Comparison(tuple(_with_containers(differences)), tuple(catch_up), tuple(unread))


def _with_containers(differences: Iterable[Difference]) -> Iterator[Difference]:
    """What ends with its container is forgotten along with it, and needs no call of its own; unless it is protected,
    which is a reason to keep the container."""
    found = list(differences)
    retired = {one.address for one in found if one.action is Action.RETIRE}
    for one in found:
        inside = containers_of(one.address)
        ends = one.action is Action.RETIRE and one.kind.api.ends_with_container and inside[0] in retired
        if ends and not (one.recorded and one.recorded.protected):
            yield replace(one, action=Action.FORGET, reason=f"goes with {inside[0]}")
        else:
            yield one


def _brings(field_name: str, around: Difference | None) -> bool:
    """Whether the change of a container gives a field another value."""
    return around is not None and any(one.name == field_name and one.after is not None for one in around.fields)


def scope_of(address: Address, desired: Desired, live: Live) -> Scope:
    """What contains the resource, each as it is, or as it will be right after its creation."""
    return scope_around(address, lambda one: live.observed(one) or at_first(desired.spec(one)), live.at)


@dataclass(frozen=True)
class _Side:
    """Everything that is known about one address."""

    address: Address
    kind: type[Resource]
    declaration: Declaration | None
    record: RecordedResource | None
    reading: Reading
    scope: Scope
    is_reset: bool = False
    """What is live will be gone by the time at which it counts: a change of the container resets it."""
    expired: bool = False
    """It, or something that contains it: what is inside of what has expired goes with it."""

    @property
    def observed(self) -> Observed | None:
        return self.reading if isinstance(self.reading, Observed) else None

    @property
    def is_declared(self) -> bool:
        return self.declaration is not None and not self.expired


def _difference(side: _Side, action: Action, reason: str, **rest: Any) -> Difference:
    before = side.observed.values if side.observed else {}
    return Difference(
        address=side.address,
        kind=side.kind,
        action=action,
        reason=reason,
        scope=side.scope,
        before=rest.pop("before", before),
        after=rest.pop("after", before),
        declaration=side.declaration,
        recorded=side.record,
        observed=side.observed,
        near=side.reading.near if isinstance(side.reading, Absent) else (),
        **rest,
    )


# ---------------------------------------------------------------- declared resources


def _declared(side: _Side) -> Difference | None:
    assert side.declaration is not None
    spec = side.declaration.spec
    wanted = spec.values()
    if side.observed is None and side.kind.is_object():
        reason = "was removed there since the last apply" if side.record else "is new in the files"
        if not side.kind.can_create(side.scope, wanted):
            return _difference(side, Action.WAIT, "can only be brought about by somebody else", after=wanted)
        fields = tuple(FieldChange(name, None, value, _cause_of_creation(side)) for name, value in wanted.items())
        return _difference(side, Action.CREATE, reason, before={}, after=wanted, fields=fields)
    seen = side.observed
    observed = (None if side.is_reset else seen) or Observed(None, side.kind.born_with(side.scope))
    side = replace(side, reading=observed)
    changes = list(_fields(side, wanted))
    ignored = tuple(change for change in changes if change.cause is Cause.IGNORED)
    fields = tuple(change for change in changes if change.cause is not Cause.IGNORED)
    after = _after(observed.values, wanted, fields, ignored)
    if side.kind.retired(observed, side.scope) and not side.kind.retired(replace(observed, values=after), side.scope):
        return _difference(side, Action.RESTORE, _reason(fields) or "was retired and is declared again",
                           after=after, fields=fields, ignored=ignored)  # fmt: skip
    if is_leaving(side.kind, observed, side.scope):
        return _difference(side, Action.RESTORE, "was retired and is declared again",
                           after=after, fields=fields, ignored=ignored)  # fmt: skip
    if fields:
        is_only_reset = side.is_reset and all(seen and seen.values.get(one.name) == one.after for one in fields)
        reason = f"the change of {side.kind.reset_by} puts it back" if is_only_reset else _reason(fields)
        return _difference(side, Action.UPDATE, reason, after=after, fields=fields, ignored=ignored)
    if side.record is None:
        reason = "exists already and fits" if side.kind.is_object() else "is as declared already"
        return _difference(side, Action.ADOPT, reason, after=after, ignored=ignored)
    if side.record.protected != _protects(side):
        return _difference(side, Action.ADOPT, "its protection is recorded", after=after, ignored=ignored)
    return None


def _protects(side: _Side) -> bool:
    lifecycle = side.declaration.spec.lifecycle if side.declaration else None
    return bool(lifecycle and lifecycle.prevent_destroy)


def is_leaving(kind: type[Resource], observed: Observed, scope: Scope) -> bool:
    """True where being retired is a matter of facts (a deletion queue), which no value in the files can ask for."""
    return kind.retired(replace(observed, values={}), scope)


def _cause_of_creation(side: _Side) -> Cause:
    return Cause.THEIRS if side.record else Cause.OURS


def _record_is_old(side: _Side) -> bool:
    """True where the object is as declared but the ledger says otherwise: an id that is known by now, a value that was
    changed alike here and there."""
    if side.record is None or side.declaration is None or side.observed is None:
        return False
    return side.record.id != side.observed.id or dict(side.record.values) != side.declaration.spec.values()


def _fields(side: _Side, wanted: Values) -> Iterable[FieldChange]:
    assert side.declaration is not None and side.observed is not None
    lifecycle = side.declaration.spec.lifecycle
    ignored = set(lifecycle.ignore) if lifecycle else set()
    settling = set(side.kind.settling(side.observed))
    recorded: Mapping[str, Any] = side.record.values if side.record and not side.is_reset else {}
    for name, trait in side.kind.traits().items():
        if trait.local or trait.ours:
            continue
        was, now = recorded.get(name, _MISSING), side.observed.values.get(name)
        if name in wanted:
            want = wanted[name]
        elif trait.resets and was is not _MISSING:
            want = trait.resets.to
        else:
            continue
        if same_value(trait, want, now):
            continue
        if name in settling and was == want:
            continue
        yield FieldChange(name, now, want, Cause.IGNORED if name in ignored else _cause(was, want, now))


def same_value(trait: Trait, want: Any, now: Any) -> bool:
    """Whether two values of a field mean the same; names that identify are compared as the service does."""
    if trait.natural_key and trait.natural_key.fold and isinstance(want, str) and isinstance(now, str):
        return want.casefold() == now.casefold()
    return bool(want == now)


def _cause(was: Any, want: Any, now: Any) -> Cause:
    if was is _MISSING or was == now:
        return Cause.OURS
    return Cause.THEIRS if was == want else Cause.CONFLICT


def _after(now: Values, wanted: Values, fields: Iterable[FieldChange], ignored: Iterable[FieldChange]) -> Values:
    after = {**now, **wanted, **{change.name: change.after for change in fields}}
    return after | {change.name: change.before for change in ignored}


def _reason(fields: Iterable[FieldChange]) -> str:
    causes = {change.cause for change in fields}
    if Cause.CONFLICT in causes or causes == {Cause.OURS, Cause.THEIRS}:
        return "changed here and there since the last apply"
    if causes == {Cause.THEIRS}:
        return "changed there since the last apply"
    return "edited here" if causes else ""


# ---------------------------------------------------------------- what the files no longer name


def _undeclared(side: _Side, forgotten: Iterable[Address], gone: str) -> Difference | None:
    if side.record is None:
        return None
    if any(side.address.is_within(one) for one in forgotten):
        return _difference(side, Action.FORGET, "is released by 'removed' and left as it is")
    if side.observed is None:
        why = side.reading.why if isinstance(side.reading, Absent) else ""
        return _difference(side, Action.FORGET, why or "is gone here and there")
    if not side.kind.api.retire and not any(ends(side.kind, side.observed.values)):
        return _difference(side, Action.FORGET, f"{gone}; {side.kind.retire_means}")
    if side.kind.retired(side.observed, side.scope) and _holds_something(side):
        return _retirement(side, "is retired already, and still holds what others may need")
    if side.kind.retired(side.observed, side.scope) or _is_off(side):
        return _difference(side, Action.FORGET, "is retired already")
    reason = "has expired" if side.expired else gone
    return _retirement(side, reason)


def _departing(side: _Side, found: Difference | None, target: Address) -> Difference | None:
    """What becomes of somebody at the old address, also where nobody recorded that anybody is there."""
    if found is None and side.observed is not None and not side.kind.retired(side.observed, side.scope):
        found = _retirement(side, "")
    if found is None or found.action is not Action.RETIRE:
        return found
    return replace(found, reason=f"moves to {target}", moves_to=target)


def _tell_arrivals(differences: dict[Address, Difference]) -> None:
    for one in [one for one in differences.values() if one.moves_to]:
        assert one.moves_to is not None
        arrival = differences.get(one.moves_to)
        if arrival is not None and arrival.action is Action.CREATE:
            differences[one.moves_to] = replace(arrival, reason=f"moves here from {one.address}")


def ends(kind: type[Resource], values: Values) -> Iterator[ByHand]:
    """What a person has to do to take away an object that has these values."""
    return (work for work in kind.by_hand if work.brings == "end" and (not work.when or work.when(values, {})))


def _holds_something(side: _Side) -> bool:
    """Somebody who was suspended in passing keeps a phone number until it is taken away."""
    before = side.observed.values if side.observed else {}
    return any(call.when is not None and call.when(before, {}) for call in side.kind.api.retire)


def _is_off(side: _Side) -> bool:
    """A setting is retired when it has no value left."""
    return not side.kind.is_object() and not (side.observed and side.observed.values)


def _retirement(side: _Side, reason: str) -> Difference:
    assert side.observed is not None
    return _difference(side, Action.RETIRE, reason, after={})


def _authoritative(desired: Desired, live: Live) -> Iterable[Difference]:
    """Live objects that nobody declared, in collections that the files claim completely."""
    for one in live.unmanaged:
        kind = kinds()[one.kind]
        owner = Address(one.address.parts[:-2]) if len(one.address.parts) > 2 else None
        spec = desired.spec(owner) if owner else None
        if one.address.parts[-2] not in getattr(spec, "authoritative", ()):
            continue
        side = _Side(one.address, kind, None, None, one.observed, scope_of(one.address, desired, live))
        if not kind.retired(one.observed, side.scope):
            yield _retirement(side, f"no file names it, and {owner} is authoritative for {one.address.parts[-2]}")


__all__ = [
    "Absent",
    "Comparison",
    "Difference",
    "FieldChange",
    "Unread",
    "compare",
    "is_leaving",
    "same_value",
    "scope_of",
]
