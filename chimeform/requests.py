"""From one difference to its calls, their complete requests and their effects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .address import Address
from .diff import Difference
from .live import Live
from .plan import Action, Effect
from .resources import parent_address
from .resources.base import Call, Made, Of, OwnId, ParentId, Template


def calls_of(one: Difference) -> Iterator[Call]:
    api = one.kind.api
    if one.action is Action.CREATE:
        assert api.create is not None
        yield api.create
        made = {name: one.after.get(name) for name in api.create.sets}
        yield from _updates(one, {**one.kind.born_with(one.scope), **made}, one.after)
    elif one.action is Action.RESTORE:
        assert api.restore is not None
        yield api.restore
        yield from _updates(one, {**one.before, **{name: one.after.get(name) for name in api.restore.sets}}, one.after)
    elif one.action is Action.UPDATE:
        yield from _updates(one, one.before, one.after)
    elif one.action is Action.RETIRE:
        is_retired = one.observed is not None and one.kind.retired(one.observed, one.scope)
        for call in api.retire:
            if call.when(one.before, one.after) if call.when else not is_retired:
                yield call


def _updates(one: Difference, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Call]:
    changed = {name for name in one.kind.managed_fields() if before.get(name) != after.get(name)}
    if one.action is not Action.CREATE:
        changed &= {change.name for change in one.fields}
    for call in one.kind.api.updates:
        touched = changed.intersection(call.sets + call.clears)
        if not touched:
            continue
        if call.when is not None:
            needed = call.when(before, after)
        else:
            needed = any(
                (name in call.sets and after.get(name) is not None)
                or (name in call.clears and before.get(name) is not None)
                for name in touched
            )
        if needed:
            yield call


def effect_of(one: Difference, call: Call) -> Effect:
    if one.action is Action.RETIRE:
        gone = one.kind.is_collection() and call is one.kind.api.retire[-1]
        return Effect(exists=not gone, values={} if gone else dict.fromkeys(call.clears))
    wanted = {name: one.after.get(name) for name in call.sets}
    cleared = {name: wanted.get(name) for name in call.clears}
    return Effect(values={**{name: value for name, value in wanted.items() if value is not None}, **cleared})


def fill(template: Any, one: Difference, live: Live) -> Any:
    """A request from its template; members without a value are left out."""
    if isinstance(template, Of):
        return _wire_value(one, template.field)
    if isinstance(template, Made):
        return template.make(one.after if one.action is not Action.RETIRE else one.before)
    if isinstance(template, OwnId):
        return _own_id(one)
    if isinstance(template, ParentId):
        return _parent_id(one, live)
    if isinstance(template, Mapping):
        return _fill_members(template, one, live)
    return template


def _fill_members(template: Template, one: Difference, live: Live) -> dict[str, Any]:
    filled = {member: fill(source, one, live) for member, source in template.items()}
    return {member: value for member, value in filled.items() if value is not None}


def _wire_value(one: Difference, name: str) -> Any:
    """The wanted value in the service's terms. What no file names is not sent."""
    managed = one.spec.values() if one.spec else one.before
    ignored = {change.name for change in one.ignored}
    value = one.after.get(name) if name in managed and name not in ignored else None
    wire = one.kind.traits()[name].wire
    return wire.to(value) if value is not None and wire and wire.to else value


def _own_id(one: Difference) -> Any:
    if one.observed and one.observed.id:
        return one.observed.id
    if one.kind.api.id_field:
        return one.after.get(one.kind.api.id_field)
    return {"$id": str(one.address)}


def _parent_id(one: Difference, live: Live) -> Any:
    parts = parent_address(one.kind, one.address.parts)
    assert parts is not None
    observed = live.observed(Address(parts))
    return observed.id if observed and observed.id else {"$id": str(Address(parts))}
