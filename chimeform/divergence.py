"""The ledger against what is live, whatever the files say: what was changed, or is gone, since it was applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .address import Address
from .diff import is_leaving, same_value
from .live import Absent, Ambiguous, Live, Observed, Unknown
from .recorded import Recorded, RecordedResource
from .resources import kinds, scope_around
from .resources.base import Resource


@dataclass(frozen=True)
class DivergedField:
    """One value, as it is recorded and as it is; also in the words of people."""

    name: str
    recorded: Any
    live: Any
    recorded_text: str
    live_text: str


@dataclass(frozen=True)
class Divergence:
    """One recorded object that is not as the ledger has it; `reason` says more of what could not be read."""

    address: Address
    kind: str
    what: Literal["changed", "gone", "unread"]
    fields: tuple[DivergedField, ...] = ()
    reason: str = ""


def divergences(recorded: Recorded, live: Live) -> list[Divergence]:
    """Everything that differs, in the order of the addresses. Pure."""
    found = []
    for record in sorted(recorded.resources.values(), key=lambda one: one.address):
        one = _judged(record, live) if record.kind in kinds() else None
        if one is not None:
            found.append(one)
    return found


def _judged(record: RecordedResource, live: Live) -> Divergence | None:
    kind, address = kinds()[record.kind], record.address
    reading = live.readings.get(address, Unknown("it was not read"))
    if isinstance(reading, Unknown):
        return Divergence(address, record.kind, "unread", reason=reading.reason)
    if isinstance(reading, Ambiguous):
        ids = ", ".join(reading.ids)
        return Divergence(address, record.kind, "unread", reason=f"{len(reading.ids)} live objects fit it: {ids}")
    if isinstance(reading, Absent):
        return Divergence(address, record.kind, "gone") if kind.is_object() or record.values else None
    if is_leaving(kind, reading, scope_around(address, live.observed, live.at)):
        return Divergence(address, record.kind, "gone", reason=kind.retire_means)
    fields = tuple(_fields(kind, record, reading))
    return Divergence(address, record.kind, "changed", fields) if fields else None


def _fields(kind: type[Resource], record: RecordedResource, seen: Observed) -> Iterator[DivergedField]:
    if record.id is not None and seen.id != record.id:
        yield DivergedField("id", record.id, seen.id, record.id, str(seen.id))
    settling = set(kind.settling(seen))
    for name, was in record.values.items():
        trait, now = kind.traits().get(name), seen.values.get(name)
        if trait is None or trait.ours or name in settling or same_value(trait, was, now):
            continue
        yield DivergedField(name, was, now, trait.text(was), trait.text(now))
