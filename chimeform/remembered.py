"""What no service shows: values that a person confirmed, and values that can only be written."""

from __future__ import annotations

from dataclasses import replace

from .address import Address
from .language.desired import Desired
from .live import Observed
from .recorded import Recorded
from .resources.base import Resource


def with_remembered(
    kind: type[Resource], address: Address, seen: Observed, desired: Desired, recorded: Recorded
) -> Observed:
    """What was read of an object, with what is known of it otherwise."""
    seen = _with_unshown(kind, address, seen, desired, recorded)
    record, said = recorded.resources.get(address), confirmed(kind, address, desired, recorded)
    if record is None or not said:
        return seen
    remembered = {
        name: record.values[name]
        for name, trait in kind.traits().items()
        if trait.console_only and name in record.values
    }
    return replace(seen, values={**remembered, **seen.values}, confirmed=said)


def confirmed(kind: type[Resource], address: Address, desired: Desired, recorded: Recorded) -> frozenset[str]:
    """The work by hand that was done. What was taken away and is declared again begins anew."""
    record = recorded.resources.get(address)
    said = frozenset(record.confirmed) if record else frozenset()
    return frozenset() if address in desired.declarations and kind.is_taken_away(said) else said


def _with_unshown(
    kind: type[Resource], address: Address, seen: Observed, desired: Desired, recorded: Recorded
) -> Observed:
    """What can only be written is as it was applied last; of what nobody has applied, as it is declared."""
    names = [name for name, trait in kind.traits().items() if trait.write_only]
    record, spec = recorded.resources.get(address), desired.spec(address)
    if not names or (record is None and spec is None):
        return seen
    told = record.values if record else spec.values() if spec else {}
    return replace(seen, values={**seen.values, **{name: told[name] for name in names if name in told}})
