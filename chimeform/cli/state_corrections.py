"""What a correction of the ledger by hand changes: from the record and a wish to one amendment, or to a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..address import Address
from ..diagnostics import nearest
from ..errors import Refused, UsageError
from ..ledger.base import Amendment, RunRecord
from ..recorded import Recorded, RecordedResource
from ..resources import kind_at


def find(recorded: Recorded, address: Address) -> RecordedResource:
    """The record of one address. `UsageError` with the nearest known one if there is none."""
    found = recorded.resources.get(address)
    if found is not None:
        return found
    guess = nearest(str(address), map(str, recorded.resources))
    raise UsageError(
        f"{address} is not in the ledger",
        why="the ledger holds what chimeform has created, adopted or imported",
        do=f"did you mean '{guess}'?" if guess else "'chimeform state list' shows what it holds",
        code="CF-STA-001",
    )


def rename(recorded: Recorded, source: Address, target: Address) -> Amendment:
    """Give what is recorded under `source`, with everything within it, the address `target`."""
    _refuse_open(recorded)
    find(recorded, source)
    if (kind := kind_at(source.parts)) is not kind_at(target.parts):
        raise UsageError(
            f"{target} is no place for an object of the kind {kind.kind if kind else '(unknown)'}",
            why="an object keeps its kind, whatever it is called",
            do=f"choose an address such as {'.'.join(kind.path).replace('*', 'NAME') if kind else source}",
            code="CF-STA-002",
        )
    moved = {
        address: _moved(address, source, target) for address in sorted(recorded.resources) if address.is_within(source)
    }
    if taken := next((new for new in moved.values() if new in recorded.resources), None):
        raise UsageError(
            f"{taken} is in the ledger already",
            why="an address names one object",
            do=f"choose another one, or make it free: chimeform state rm '{taken}'",
            code="CF-STA-003",
        )
    gates = (
        replace(gate, id=_moved_gate(gate.id, gate.address, moved[gate.address]), address=moved[gate.address])
        if gate.address in moved
        else gate
        for gate in recorded.gates.values()
    )
    put = tuple(replace(recorded.resources[old], address=new) for old, new in moved.items())
    return Amendment(put=put, forget=tuple(moved), gates=tuple(gates))


def forget(recorded: Recorded, addresses: Iterable[Address]) -> Amendment:
    """Take records out, with everything within them. A protected one stays: only the files release it."""
    _refuse_open(recorded)
    named = [find(recorded, address).address for address in addresses]
    gone = [address for address in recorded.resources if any(address.is_within(one) for one in named)]
    _refuse_protected(recorded, gone)
    gates = tuple(gate for gate in recorded.gates.values() if not any(gate.address.is_within(one) for one in named))
    return Amendment(forget=tuple(gone), gates=gates)


def take_back(recorded: Recorded, last: RunRecord | None) -> Amendment:
    """What the last line of the history takes to be undone. `Refused` if it was no correction, or is not the last."""
    if last is None or last.undo is None:
        what = f"the last thing in the history is '{last.operation}'" if last else "nothing has been done yet"
        raise Refused(
            f"there is no correction to take back: {what}",
            why="the last correction of the ledger by hand can be taken back, and nothing that was applied",
            do="change the files and apply them, or correct the ledger with 'chimeform state mv' or 'rm'",
            code="CF-STA-006",
        )
    if recorded.serial != last.undo.serial:
        raise Refused(
            f"the ledger has changed since '{last.operation}'",
            why="taking it back now could undo what came afterwards too",
            do="look at 'chimeform state list', and correct what is wrong with 'chimeform state mv' or 'rm'",
            code="CF-STA-007",
        )
    _refuse_open(recorded)
    return last.undo.amendment


def _moved(address: Address, source: Address, target: Address) -> Address:
    return Address(target.parts + address.parts[len(source.parts) :])


def _moved_gate(gate: str, old: Address, new: Address) -> str:
    return str(new) + gate.removeprefix(str(old))


def _refuse_open(recorded: Recorded) -> None:
    """What a killed run left open names addresses, which must not change before it is settled."""
    if recorded.open_intents:
        raise Refused(
            "the last run was cut short, and what it did is not settled yet",
            why=f"{len(recorded.open_intents)} calls were begun and have no outcome in the journal",
            do="run 'chimeform apply' first: it looks what became of them",
            code="CF-STA-004",
        )


def _refuse_protected(recorded: Recorded, gone: Sequence[Address]) -> None:
    kept = next((address for address in gone if recorded.resources[address].protected), None)
    if kept is not None:
        raise Refused(
            f"{kept} is protected",
            why="it was declared with 'prevent_destroy: true', and forgetting it would forget the protection",
            do=f"release it in the files: removed: [{{address: '{kept}', destroy: false}}]",
            code="CF-STA-005",
        )
