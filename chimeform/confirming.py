"""What a person says was done by hand, as a change of the record. Pure.

Only what no service shows is confirmed. What can be seen is looked at, and nobody is believed against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from .address import Address
from .errors import Refused, StalePlan, UsageError
from .ledger.base import Amendment, RunRecord
from .live import Live, Observed
from .plan import Plan, PlannedGate
from .recorded import Confirmation, Recorded, RecordedResource
from .resources import key_values, kind_at, parent_address
from .resources.base import Resource


class Seen(Protocol):
    """A plan with what it was made from."""

    @property
    def plan(self) -> Plan: ...

    @property
    def recorded(self) -> Recorded: ...

    @property
    def live(self) -> Live: ...


def is_confirmable(gate: PlannedGate) -> bool:
    return gate.confirms is not None


def check_told(gates: Sequence[PlannedGate], told: Mapping[str, str]) -> None:
    """Compare what a person says was set (`regions=us-east-1`) with what the files want. Raises `UsageError`."""
    wanted = {name: value for gate in gates for name, value in _texts(gate).items()}
    for name, said in told.items():
        if name not in wanted:
            raise UsageError(
                f"{name!r} is nothing that has to be told",
                why=f"what is confirmed here: {', '.join(wanted)}" if wanted else "it is seen in the service itself",
                do="leave it out",
                code="CF-USE-009",
            )
        if _items(said) not in [_items(text) for text in wanted[name]]:
            raise UsageError(
                f"{name}: {said!r} was set, and the files say {wanted[name][0]!r}",
                why="what is confirmed stands for the live value, so it has to be what is declared",
                do="set it again in the console, or correct the files",
                code="CF-CNF-003",
            )


def _texts(gate: PlannedGate) -> dict[str, tuple[str, str]]:
    """Each value to be confirmed, as people write it and as it is in the files."""
    traits = _kind(Address.parse(gate.address)).traits()
    return {name: (traits[name].text(value), str(value)) for name, value in (gate.confirms or {}).items()}


def _items(text: str) -> list[str]:
    return sorted(part.strip().casefold() for part in text.split(","))


def confirmation(seen: Seen, gates: Sequence[PlannedGate], told: Confirmation) -> Amendment:
    """The records that remember it, and the gates that are left. Raises `Refused` for what cannot be true yet."""
    put: dict[Address, RecordedResource] = {}
    forget: list[Address] = []
    for gate in gates:
        _check_possible(seen, gate)
        address = Address.parse(gate.address)
        change = next((one for one in seen.plan.changes if one.address == gate.address), None)
        old = put.get(address) or seen.recorded.resources.get(address) or _fresh(seen, address, told)
        said = _still_said(_kind(address), old, gate)
        put[address] = replace(
            old,
            values={**old.values, **(gate.confirms or {})},
            protected=old.protected or bool(change and change.protect),
            confirmed={**said, gate.name: told},
        )
        if change and change.moved_from:
            forget.append(Address.parse(change.moved_from))
    names = {gate.id for gate in gates}
    left = tuple(gate for name, gate in seen.recorded.gates.items() if name not in names)
    return Amendment(put=tuple(put.values()), forget=tuple(forget), gates=left)


def _still_said(kind: type[Resource], old: RecordedResource, gate: PlannedGate) -> Mapping[str, Confirmation]:
    """What was taken away and is declared again begins anew; what set the same values otherwise is over."""
    if kind.is_taken_away(old.confirmed):
        return {}
    over = {work.name for work in kind.by_hand if set(work.sets) & (gate.confirms or {}).keys()}
    return {name: told for name, told in old.confirmed.items() if name not in over}


def _check_possible(seen: Seen, gate: PlannedGate) -> None:
    address = Address.parse(gate.address)
    parts = parent_address(_kind(address), address.parts)
    if parts and not isinstance(seen.live.readings.get(Address(parts)), Observed):
        raise Refused(
            f"{address}: {Address(parts)} is not there yet",
            why="what does not exist has no settings that somebody could have changed",
            do="run 'chimeform apply' first",
            code="CF-CNF-001",
        )
    if gate.contradicted:
        raise Refused(
            f"{address}: {gate.contradicted}",
            why="what can be seen is looked at, and it is not so",
            do=f"'chimeform pending show {address}' prints the steps",
            code="CF-CNF-002",
        )


def _fresh(seen: Seen, address: Address, told: Confirmation) -> RecordedResource:
    kind, observed = _kind(address), seen.live.observed(address)
    own_id = observed.id if observed else None
    return RecordedResource(address, kind.kind, own_id, key_values(address), applied_at=told.at)


def _kind(address: Address) -> type[Resource]:
    kind = kind_at(address.parts)
    assert kind is not None
    return kind


def last_purpose(history: Sequence[RunRecord]) -> str:
    """What was asked for last, newest run first."""
    return next((run.operation for run in history if run.operation in ("apply", "destroy")), "apply")


def last_end(history: Sequence[RunRecord]) -> str | None:
    """When the last run that applied something ended, newest run first. ISO-8601."""
    return next((run.ended for run in history if run.operation in ("apply", "destroy") and run.ended), None)


def check_serial(seen: Seen, now: Recorded) -> None:
    """Raise `StalePlan` if the record is not the one that the plan was made from."""
    if (now.lineage, now.serial) != (seen.plan.ledger.lineage, seen.plan.ledger.serial):
        raise StalePlan("something was applied meanwhile", do="run the command again")
