"""The ledger's interface: lock, read, append, commit, history. One conformance suite holds every backend to it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from ..address import Address
from ..journal import Intent, Outcome, PlannedEffect, Settled
from ..recorded import Recorded, RecordedGate, RecordedResource


@dataclass(frozen=True, slots=True)
class LockInfo:
    """Who holds the ledger, for what, since when (ISO-8601 UTC) and from where.

    `id` is new for every lock and is what `state unlock` asks for.
    """

    id: str
    who: str
    operation: str
    since: str
    where: str


@dataclass(frozen=True, slots=True)
class Amendment:
    """What one commit changes in the record. Everything in it happens, or nothing."""

    put: tuple[RecordedResource, ...] = ()
    forget: tuple[Address, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    settled: tuple[Settled, ...] = ()
    gates: tuple[RecordedGate, ...] | None = None
    """All gates that are closed now; None leaves the recorded ones as they are."""

    def inverse(self, before: Recorded) -> Amendment:
        """What brings resources and gates back to what they were before. The journal is no part of it."""
        touched = sorted({*self.forget, *(one.address for one in self.put)})
        return Amendment(
            put=tuple(before.resources[address] for address in touched if address in before.resources),
            forget=tuple(address for address in touched if address not in before.resources),
            gates=None if self.gates is None else tuple(before.gates.values()),
        )


@dataclass(frozen=True, slots=True)
class Undo:
    """What takes a correction by hand back, as long as the record still has the `serial` that it had right after it."""

    serial: int
    amendment: Amendment


@dataclass(frozen=True, slots=True)
class Waiver:
    """A rule that somebody set aside for one run, why, and what it had refused. Who and when is the run's."""

    rule: str
    reason: str
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One line of the history. `counts` is the number of steps by verdict; a correction by hand has its `undo`, and a
    one-off operation says what it was `about`."""

    run: str
    operation: str
    who: str
    started: str
    ended: str | None
    result: str
    counts: dict[str, int] = field(default_factory=dict)
    undo: Undo | None = None
    waivers: tuple[Waiver, ...] = ()
    about: tuple[str, ...] = ()


class Ledger(Protocol):
    """Everything raises `LedgerError` or one of its kinds, with a sentence that says what to do."""

    def read(self) -> Recorded:
        """The record now. Each open intent carries only those of its effects that are still open.

        A step is open until it has an outcome that is done or failed, or is settled. Before the first `append` or
        `commit` the lineage is empty and the serial 0, also for a ledger that does not exist. Nothing is written.
        """
        ...

    def lock(self, info: LockInfo) -> AbstractContextManager[None]:
        """Hold the ledger for one writer, and prove that it can be written. `LedgerLocked` names who holds it.

        Nobody else can write meanwhile; without any lock each single write is allowed and atomic.
        """
        ...

    def unlock(self, lock_id: str) -> LockInfo:
        """Break a lock by the id that the error printed; returns whose it was. Its holder cannot write any more."""
        ...

    def holder(self) -> LockInfo | None:
        """Who holds the lock now; None also when its process is known to have ended."""
        ...

    @property
    def taken_over(self) -> LockInfo | None:
        """The lock of a process that had ended without releasing it, which the last `lock` took over."""
        ...

    def append(self, run: str, operation: str, at: str, effects: Sequence[PlannedEffect]) -> Intent:
        """Write an intent; it is durable when this returns."""
        ...

    def commit(self, amendment: Amendment) -> int:
        """Change the record atomically and return the new serial. `forget` comes before `put`."""
        ...

    def begin_run(self, record: RunRecord) -> None: ...

    def end_run(self, record: RunRecord) -> None: ...

    def history(self, limit: int = 50) -> Sequence[RunRecord]: ...

    def close(self) -> None: ...
