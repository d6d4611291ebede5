"""What a run that was killed may have made: the journal names it, the record does not yet.

An object whose block was removed before the next run would otherwise belong to nobody. So attempts are read like
recorded objects; those that are there are recorded when their intents are settled, and retired like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from ..address import Address
from ..diff import scope_of
from ..journal import Intent, PlannedEffect, Settled
from ..language.desired import Desired
from ..ledger.base import Amendment
from ..live import Absent, Live, Observed
from ..plan import Action
from ..recorded import Recorded, RecordedResource
from ..resources import key_values, kind_at
from .looking import has_happened
from .one_off import DONE_ONCE

_BRINGS = (Action.CREATE, Action.RESTORE)


def with_attempts(recorded: Recorded, declared: Collection[Address]) -> Recorded:
    """The record and what open intents were to bring into being, as far as neither record nor files name it."""
    attempts = {
        address: record
        for address, record in _attempts(recorded.open_intents).items()
        if address not in recorded.resources and address not in declared
    }
    return replace(recorded, resources={**recorded.resources, **attempts}) if attempts else recorded


def without_failed_attempts(recorded: Recorded, live: Live) -> Recorded:
    """An attempt of which the service knows nothing is nobody's business any more."""
    kept = {
        address: record
        for address, record in recorded.resources.items()
        if not (_is_attempt(record) and isinstance(live.readings.get(address), Absent))
    }
    return replace(recorded, resources=kept) if len(kept) < len(recorded.resources) else recorded


def settlement(recorded: Recorded, live: Live, desired: Desired, at: str) -> Amendment:
    """Close what a killed run left open: the live objects say what became of it. What it made is recorded."""
    settled: list[Settled] = []
    put: dict[Address, RecordedResource] = {}
    made = _attempts(recorded.open_intents)
    for intent, effect in _open(recorded.open_intents):
        if effect.action == DONE_ONCE:
            continue  # nothing live shows it; the next one-off operation tells of it
        reading = live.readings.get(effect.address)
        happened = _has_happened(effect, live, desired)
        if happened is None:
            continue
        settled.append(Settled(intent.id, effect.step, happened=happened, at=at))
        known = recorded.resources.get(effect.address)
        if happened and isinstance(reading, Observed) and effect.address in made and (not known or _is_attempt(known)):
            put[effect.address] = replace(made[effect.address], id=reading.id, applied_at=at)
    return Amendment(put=tuple(put.values()), settled=tuple(settled))


def _has_happened(effect: PlannedEffect, live: Live, desired: Desired) -> bool | None:
    kind, reading = kind_at(effect.address.parts), live.readings.get(effect.address)
    if kind is None or reading is None:
        return False
    return has_happened(effect, reading, scope_of(effect.address, desired, live))


def _attempts(intents: tuple[Intent, ...]) -> Mapping[Address, RecordedResource]:
    found: dict[Address, RecordedResource] = {}
    for _, effect in _open(intents):
        kind = kind_at(effect.address.parts)
        if kind is None or not kind.is_object() or effect.action not in _BRINGS:
            continue
        begun = found.get(effect.address)
        earlier = begun.values if begun else key_values(effect.address)
        values = {**earlier, **{name: value for name, value in effect.values.items() if value is not None}}
        found[effect.address] = RecordedResource(effect.address, effect.kind, None, values)
    return found


def _open(intents: tuple[Intent, ...]) -> Iterator[tuple[Intent, PlannedEffect]]:
    return ((intent, effect) for intent in intents for effect in intent.effects)


def _is_attempt(record: RecordedResource) -> bool:
    """Everything that was applied says when."""
    return not record.applied_at
