"""From one difference to its calls, their complete requests and their effects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from .address import Address
from .diff import Difference, ends
from .live import Observed, Values
from .plan import Action, Effect
from .resources import containers_of, kind_at, named_by, nearby, object_around
from .resources.base import (
    Around,
    Call,
    Fact,
    IdempotencyToken,
    IdOf,
    IdOfReferred,
    Made,
    Merged,
    NamedId,
    Of,
    OutermostId,
    OwnId,
    ParentId,
    Recalled,
    Ref,
    Template,
)
from .resources.by_hand import ByHand

Work = TypeVar("Work", Call, ByHand)
Look = Callable[[Address], Observed | None]
"""Gives another resource as it is, or as it will be right after its creation."""


def calls_of(one: Difference) -> Iterator[Call]:
    """What the difference takes, in its surroundings."""
    return (call for call in _calls_of(one) if call.where is None or call.where(one.scope))


def _calls_of(one: Difference) -> Iterator[Call]:
    api = one.kind.api
    if one.action is Action.RETIRE:
        is_retired = one.observed is not None and one.kind.retired(one.observed, one.scope)
        for call in api.retire:
            if call.when(one.before, one.after) if call.when else not is_retired:
                yield call
        return
    made_by = {Action.CREATE: api.creation(one.after), Action.RESTORE: api.restore}.get(one.action)
    if made_by is not None:
        yield made_by
    if made_by is not None or one.action is Action.UPDATE:
        yield from _needed(api.updates, one)


def work_of(one: Difference) -> Iterator[ByHand]:
    """What a person has to do for it, in its surroundings."""
    return (work for work in _work_of(one) if work.where is None or work.where(one.scope))


def _work_of(one: Difference) -> Iterator[ByHand]:
    if one.action is Action.RETIRE:
        done = one.observed.confirmed if one.observed else frozenset()
        yield from (work for work in ends(one.kind, one.before) if work.name not in done)
    elif one.observed is None and one.action is Action.WAIT:
        brought = (work for work in one.kind.by_hand if work.brings == "existence")
        yield from (work for work in brought if work.when is None or work.when({}, one.after))
    elif one.action in (Action.CREATE, Action.RESTORE, Action.UPDATE):
        yield from _needed((work for work in one.kind.by_hand if work.brings == "values"), one)


def _needed(work: Iterable[Work], one: Difference) -> Iterator[Work]:
    """Of calls, or of work by hand, what this change takes."""
    before, after = _to_begin_with(one), one.after
    changed = {name for name in one.kind.managed_fields() if before.get(name) != after.get(name)}
    if one.action is not Action.CREATE:
        changed &= {change.name for change in one.fields}
    for each in work:
        touched = changed.intersection(each.sets + each.clears)
        if not touched:
            continue
        if each.when is not None:
            needed = each.when(before, after)
        else:
            needed = any(
                (name in each.sets and after.get(name) is not None)
                or (name in each.clears and before.get(name) is not None)
                for name in touched
            )
        if needed:
            yield each


def _to_begin_with(one: Difference) -> Values:
    """The values right after what makes the object, or as they are."""
    api = one.kind.api
    if one.action is Action.CREATE and (made_by := api.creation(one.after)):
        born = {**one.kind.born_with(one.scope), **made_by.means}
        return {**born, **{name: one.after.get(name) for name in made_by.sets}}
    if one.action is Action.RESTORE and api.restore:
        return {**one.before, **{name: one.after.get(name) for name in api.restore.sets}}
    return one.before


def effect_of(one: Difference, call: Call) -> Effect:
    if one.action is Action.RETIRE:
        gone = one.kind.is_object() and call is one.kind.api.retire[-1]
        return Effect(exists=not gone, values={} if gone else dict.fromkeys(call.clears))
    if call.ends:
        return Effect(exists=False)
    # what is sent only because the service replaces a whole is nobody's wish
    meant = {*(one.spec.values() if one.spec else ()), *(change.name for change in one.fields)}
    wanted = {name: one.after.get(name) for name in call.sets if name in meant}
    cleared = {name: wanted.get(name) for name in call.clears}
    return Effect(values={**{name: value for name, value in wanted.items() if value is not None}, **cleared})


def fill(template: Any, one: Difference, find: Look, *, is_whole: bool = False) -> Any:
    """A request from its template; members without a value are left out. With `is_whole` the service would take what is
    left out for taken away, so that values which no file names are sent as they are."""
    if isinstance(template, Of):
        return _wire_value(one, template.field, find, is_whole=is_whole)
    if isinstance(template, Made):
        return template.make(one.after if one.action is not Action.RETIRE else one.before)
    if isinstance(template, Merged):
        return template.make(one.before, one.after, one.observed.facts if one.observed else {})
    if isinstance(template, Recalled):
        return template.make(one.after, one.recorded.values if one.recorded else {})
    if isinstance(template, Around):
        return one.scope.nearest(template.path)
    if isinstance(template, OwnId):
        return _own_id(one)
    if isinstance(template, Fact):
        return one.observed.facts.get(template.name) if one.observed else None
    if isinstance(template, IdOfReferred):
        return _id_of_referred(one, template, find)
    if isinstance(template, IdempotencyToken):
        return {"$token": str(one.address)}
    if isinstance(template, Mapping):
        return _fill_members(template, one, find, is_whole=is_whole)
    other = _meant(template, one)
    return _id_at(other, find) if other else template


def _meant(template: Any, one: Difference) -> Address | None:
    """The resource whose id a template stands for."""
    if isinstance(template, ParentId):
        return object_around(containers_of(one.address))
    if isinstance(template, OutermostId):
        return containers_of(one.address)[-1]
    if isinstance(template, IdOf):
        return setting_of(template, one.address)
    if isinstance(template, NamedId):
        return next(referred(one, template.field, one.after.get(template.field)), None)
    return None


def _fill_members(template: Template, one: Difference, find: Look, *, is_whole: bool) -> dict[str, Any]:
    filled = {member: fill(source, one, find, is_whole=is_whole) for member, source in template.items()}
    return {member: value for member, value in filled.items() if value is not None}


def _wire_value(one: Difference, name: str, find: Look, *, is_whole: bool) -> Any:
    """The wanted value in the service's terms. What no file names is not sent, unless the whole is replaced."""
    managed = one.spec.values() if one.spec else one.before
    ignored = {change.name for change in one.ignored}
    values = one.before if one.action is Action.RETIRE else one.after
    value = values.get(name) if is_whole or (name in managed and name not in ignored) else None
    trait = one.kind.traits()[name]
    for ref in trait.refs:
        if ref.by_id:
            value = ref.replaced(value, partial(_told, ref, one.address, find))
    wire = trait.wire
    return wire.to(value) if value is not None and wire and wire.to else value


def _own_id(one: Difference) -> Any:
    if one.observed and one.observed.id:
        return one.observed.id
    if one.kind.api.id_field:
        return one.after.get(one.kind.api.id_field)
    return {"$id": str(one.address)}


def _id_at(address: Address, find: Look) -> Any:
    observed = find(address)
    return observed.id if observed and observed.id else {"$id": str(address)}


def setting_of(template: IdOf, address: Address) -> Address:
    """The setting in one of the containers of `address` that the template means."""
    steps = template.path.split(".")
    candidates = (container.child(*steps) for container in containers_of(address))
    return next(one for one in candidates if kind_at(one.parts))


def settings_needed(call: Call, address: Address) -> Iterator[Address]:
    """What has to be as declared before a call of the resource at `address`: settings whose ids it sends, and what the
    kind stands on."""
    yield from (setting_of(source, address) for source in call.sends.values() if isinstance(source, IdOf))
    kind = kind_at(address.parts)
    yield from (nearby(other, address) for other in (kind.api.stands_on if kind else ()))


# ---------------------------------------------------------------- references


def referred(one: Difference, name: str, value: Any) -> Iterator[Address]:
    """The addresses that the value of a field names."""
    trait = one.kind.traits().get(name)
    for ref in trait.refs if trait else ():
        yield from (named_by(ref, one.address, key) for key in ref.keys(value))


def region_of(one: Difference, call: Call, find: Look) -> str | None:
    """The Region that the call goes to, where it matters: that of the object, of what contains it, or of what its id is
    sent of."""
    if one.kind.api.is_regional:
        return _text(one.before.get("region") or one.after.get("region"))
    sent = next((source for source in call.sends.values() if isinstance(source, IdOfReferred)), None)
    if sent is None:
        return _text(one.scope.nearest("region"))
    other = find(_named_by_field(one, sent))
    return _text(other.values.get("region")) if other else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _named_by_field(one: Difference, source: IdOfReferred) -> Address:
    return next(referred(one, source.field, (one.before if source.before else one.after).get(source.field)))


def _id_of_referred(one: Difference, source: IdOfReferred, find: Look) -> Any:
    """What nobody knows by a key is named by its id already."""
    address = _named_by_field(one, source)
    return _id_at(address, find) if find(address) else address.name


def _told(ref: Ref, address: Address, find: Look, key: str) -> Any:
    """What the service is sent in place of a key."""
    other = named_by(ref, address, key)
    found = _id_at(other, find)
    there = find(other)
    return {str(ref.at): found, **{name: there.values.get(name) for name in ref.tells if there}} if ref.at else found
