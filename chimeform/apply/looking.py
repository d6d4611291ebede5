"""Whether a step's effect is there: used when an answer was lost, and for what a killed run left open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..address import Address
from ..journal import PlannedEffect
from ..live import Absent, Observed, Reading
from ..plan import Action, PlannedChange, Step
from ..resources import kinds, scope_around
from ..resources.base import Scope


def effect_of(step: Step, change: PlannedChange, token: str = "") -> PlannedEffect:
    """The journal's form of what a step is about to bring about."""
    return PlannedEffect(
        step=step.id,
        address=Address.parse(step.address),
        kind=step.kind,
        # a step runs only when nothing holds it any more
        action=change.intended.value,
        exists=step.effect.exists,
        values=dict(step.effect.values),
        token=token,
    )


def scope_in(readings: Mapping[Address, Reading], address: Address, now: datetime) -> Scope:
    """What surrounds the object at `address`, as it was just read."""

    def find(container: Address) -> Observed | None:
        reading = readings.get(container)
        return reading if isinstance(reading, Observed) else None

    return scope_around(address, find, now)


def has_happened(effect: PlannedEffect, reading: Reading, scope: Scope) -> bool | None:
    """True or False if the live object shows it, None if it cannot be told (the read failed, several candidates)."""
    kind = kinds()[effect.kind]
    if isinstance(reading, Absent):
        return not effect.exists
    if not isinstance(reading, Observed):
        return None
    retired = kind.retired(reading, scope)
    if not effect.exists:
        return retired
    if effect.action == Action.RESTORE and retired:
        return False
    unseen = {*kind.settling(reading), *(name for name, trait in kind.traits().items() if trait.ours)}
    return all(_shows(reading.values, name, value) or name in unseen for name, value in effect.values.items())


def _shows(values: Mapping[str, Any], name: str, wanted: Any) -> bool:
    found = values.get(name)
    if isinstance(found, str) and isinstance(wanted, str):
        return found.casefold() == wanted.casefold()
    return bool(found == wanted)
