"""The ledger in an SQLite file: the embedded default.

An intent is on the disk when `append` returns, a commit is one transaction. Reading needs neither a writable file nor
a writable folder. Every write checks, in its own transaction, that the ledger is still this one's to write, so that a
process whose lock was broken by `unlock` can no longer change anything.

The file holds what it is given and nothing is hidden in it: callers keep secrets out.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from ..errors import LedgerError, LedgerLocked
from ..journal import Intent, Outcome, PlannedEffect, Settled
from ..recorded import Recorded, RecordedGate
from . import codec, sqlite_file
from .base import Amendment, LockInfo, RunRecord
from .liveness import LifeSign, Machine, is_alive, life_sign_path, sweep, this_machine
from .sqlite_errors import told

T = TypeVar("T")


class SqliteLedger:
    """One ledger file. Safe to use from several threads; several processes see each other's commits.

    `environment` is whose record it is, remembered with the lineage; a ledger of another one is refused.
    `keep_runs` is how many of the latest runs keep their journal. `busy_timeout` (seconds) is how long another
    program may keep the file to itself before that is an error.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        environment: str | None = None,
        busy_timeout: float = 5.0,
        keep_runs: int = 20,
    ) -> None:
        self.path = path
        self._clock = clock
        self._new_id = new_id
        self._environment = environment
        self._busy_timeout = busy_timeout
        self._keep_runs = keep_runs
        self._db: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._threads = threading.RLock()
        self._held: str | None = None
        self._taken_over: LockInfo | None = None

    # --- reading

    def read(self) -> Recorded:
        return self._look(self._recorded) or Recorded("", 0)

    def history(self, limit: int = 50) -> Sequence[RunRecord]:
        return self._look(lambda db: _runs(db, limit)) or ()

    def holder(self) -> LockInfo | None:
        return self._look(self._living_holder)

    def _recorded(self, db: sqlite3.Connection) -> Recorded:
        lineage, serial = self._identity(db) or ("", 0)
        gates = db.execute("SELECT id, address, since FROM gates ORDER BY id")
        return Recorded(
            lineage=lineage,
            serial=serial,
            resources=codec.load_resources(
                db.execute(
                    "SELECT address, kind, id, fields, protected, applied_at, confirmed FROM resources ORDER BY address"
                )
            ),
            gates={id_: RecordedGate(id_, codec.load_address(address), since) for id_, address, since in gates},
            open_intents=_open_intents(db),
        )

    def _identity(self, db: sqlite3.Connection) -> tuple[str, int] | None:
        """Lineage and serial, once something was recorded. Raises `LedgerError` for another environment's ledger."""
        row = db.execute("SELECT lineage, serial, environment FROM identity").fetchone()
        if row is None:
            return None
        if row[2] != self._environment:
            theirs, ours = (
                f"environment {name!r}" if name else "no environment" for name in (row[2], self._environment)
            )
            raise LedgerError(
                f"the ledger {self.path} belongs to {theirs}, and this command runs with {ours}",
                why="with the record of one environment, a plan for the other would retire what it does not know",
                do="give each environment its own `state.path`, or leave `path` out; check `--env` too",
                code="CF-LED-015",
            )
        return row[0], row[1]

    # --- the lock

    @property
    def taken_over(self) -> LockInfo | None:
        return self._taken_over

    @contextmanager
    def lock(self, info: LockInfo) -> Iterator[None]:
        sign = self._take(info)
        try:
            with told(self.path, writing=True), self._threads:
                sqlite_file.reserve(self._writable())
            yield
        finally:
            self._release(sign)

    def _take(self, info: LockInfo) -> LifeSign:
        sign: LifeSign | None = None
        try:
            with self._transaction(fenced=False) as db:
                sqlite_file.check_whole(db)
                holder = self._living_holder(db)
                if holder:
                    raise _locked(holder)
                left = db.execute("SELECT info FROM lock").fetchone()
                sign = LifeSign(life_sign_path(self.path, info.id))
                sweep(self.path, keep=sign.path)
                machine = this_machine()
                db.execute(
                    "INSERT OR REPLACE INTO lock VALUES (1, ?, ?, ?, ?)",
                    (info.id, codec.dump_lock(info), machine.host, machine.boot),
                )
        except BaseException:
            if sign:
                sign.close()
            raise
        self._held = info.id
        self._taken_over = codec.load_lock(left[0]) if left else None
        return sign

    def _release(self, sign: LifeSign) -> None:
        held, self._held = self._held, None
        try:
            with self._transaction(fenced=False) as db:
                db.execute("DELETE FROM lock WHERE id = ?", (held,))
        except LedgerError:
            # A disk that is full now must not hide why the run ended. The life sign goes, so the next run takes over.
            return
        finally:
            sign.close()

    def unlock(self, lock_id: str) -> LockInfo:
        if self.holder() is None:
            raise LedgerError(
                "the ledger is not locked",
                do="nothing needs to be done: run the command that was refused again",
                code="CF-LED-011",
            )
        with self._transaction(fenced=False) as db:
            row = db.execute("SELECT id, info FROM lock").fetchone()
            if row is None or row[0] != lock_id:
                raise LedgerError(
                    f"the ledger is not locked by {lock_id!r}",
                    why=f"its lock has the id {row[0]}" if row else "its lock was released a moment ago",
                    do="run the command that was refused again; it names the lock that is in the way, if there is one",
                    code="CF-LED-011",
                )
            db.execute("DELETE FROM lock")
            return codec.load_lock(row[1])

    def _living_holder(self, db: sqlite3.Connection) -> LockInfo | None:
        """Whose lock it is, unless its process is known to have ended."""
        row = db.execute("SELECT id, info, host, boot FROM lock").fetchone()
        if row is None:
            return None
        seen = this_machine().sees(Machine(row[2], row[3]))
        if seen and not is_alive(life_sign_path(self.path, row[0])):
            return None
        return codec.load_lock(row[1])

    def _check_ours(self, db: sqlite3.Connection) -> None:
        """A write is allowed to the holder, and without a lock while nobody else holds one."""
        if self._held is None:
            holder = self._living_holder(db)
            if holder:
                raise _locked(holder)
            return
        row = db.execute("SELECT id, info FROM lock").fetchone()
        if row is None or row[0] != self._held:
            by = codec.load_lock(row[1]) if row else None
            raise LedgerLocked(
                "this run no longer holds the ledger: its lock was broken",
                why=f"{by.who} on {by.where} holds it now, for {by.operation}" if by else "somebody ran `state unlock`",
                do="run the command again once the other run has ended; what was in flight is looked up then",
                code="CF-LED-010",
            )

    # --- writing

    def append(self, run: str, operation: str, at: str, effects: Sequence[PlannedEffect]) -> Intent:
        with self._transaction() as db:
            self._ensure_identity(db)
            made = db.execute("INSERT INTO intents (run, operation, at) VALUES (?, ?, ?)", (run, operation, at))
            intent = Intent(int(made.lastrowid or 0), run, operation, at, tuple(effects))
            db.executemany(
                "INSERT INTO steps (intent, position, step, effect) VALUES (?, ?, ?, ?)",
                (
                    (intent.id, position, effect.step, codec.dump_effect(effect))
                    for position, effect in enumerate(intent.effects)
                ),
            )
        return intent

    def commit(self, amendment: Amendment) -> int:
        with self._transaction() as db:
            self._ensure_identity(db)
            db.executemany(
                "DELETE FROM resources WHERE address = ?",
                ((codec.dump_address(address),) for address in amendment.forget),
            )
            db.executemany(
                "INSERT OR REPLACE INTO resources (address, kind, id, fields, protected, applied_at, confirmed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                map(codec.dump_resource, amendment.put),
            )
            if amendment.gates is not None:
                db.execute("DELETE FROM gates")
                db.executemany(
                    "INSERT INTO gates VALUES (?, ?, ?)",
                    ((gate.id, codec.dump_address(gate.address), gate.since) for gate in amendment.gates),
                )
            for outcome in amendment.outcomes:
                _enter(db, outcome, verdict=outcome.verdict, closes=codec.is_final(outcome.verdict))
            for settled in amendment.settled:
                _enter(db, settled, happened=settled.happened, closes=True)
            db.execute("UPDATE identity SET serial = serial + 1")
            return int(db.execute("SELECT serial FROM identity").fetchone()[0])

    def begin_run(self, record: RunRecord) -> None:
        with self._transaction() as db:
            _write_run(db, record)

    def end_run(self, record: RunRecord) -> None:
        with self._transaction() as db:
            _write_run(db, record)
            db.execute(
                "DELETE FROM intents WHERE run NOT IN (SELECT run FROM runs ORDER BY position DESC LIMIT ?)"
                " AND id NOT IN (SELECT intent FROM steps WHERE open)",
                (self._keep_runs,),
            )

    def _ensure_identity(self, db: sqlite3.Connection) -> None:
        if self._identity(db) is None:
            created = self._clock().isoformat(timespec="seconds")
            db.execute("INSERT INTO identity VALUES (1, ?, 0, ?, ?)", (self._new_id(), created, self._environment))

    # --- the file

    def close(self) -> None:
        with self._threads, told(self.path, writing=True):
            if self._db:
                self._db.close()
            self._db = None

    def _writable(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = sqlite_file.open_to_write(self.path, self._busy_timeout)
            self._file = sqlite_file.stamp(self.path)
        sqlite_file.check_in_place(self.path, self._file)
        return self._db

    @contextmanager
    def _transaction(self, *, fenced: bool = True) -> Iterator[sqlite3.Connection]:
        """Everything or nothing, on the disk at the end, and by nobody else than who may write."""
        with self._threads, told(self.path, writing=True):
            db = self._writable()
            db.execute("BEGIN IMMEDIATE")
            try:
                if fenced:
                    self._check_ours(db)
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def _look(self, query: Callable[[sqlite3.Connection], T]) -> T | None:
        """The query's answer on one consistent view, or None while there is no ledger yet."""
        with self._threads, told(self.path, writing=False):
            if self._db is None:
                return sqlite_file.read(self.path, query, self._busy_timeout)
            self._db.execute("BEGIN")
            try:
                return query(self._db)
            finally:
                self._db.execute("ROLLBACK")


def _enter(
    db: sqlite3.Connection,
    entry: Outcome | Settled,
    *,
    closes: bool,
    verdict: str | None = None,
    happened: bool | None = None,
) -> None:
    detail = codec.dump_outcome(entry) if isinstance(entry, Outcome) else codec.dump({"at": entry.at})
    known = db.execute(
        "UPDATE steps SET open = open AND NOT ? WHERE intent = ? AND step = ?", (closes, entry.intent, entry.step)
    )
    if not known.rowcount:
        raise LedgerError(
            f"the journal has no intent {entry.intent} with the step {entry.step!r}",
            why="an effect is announced before it happens; this one was not",
            do="this is a defect of chimeform: please report it",
            code="CF-LED-013",
        )
    db.execute(
        "INSERT INTO entries (intent, step, verdict, happened, detail) VALUES (?, ?, ?, ?, ?)",
        (entry.intent, entry.step, verdict, happened, detail),
    )


def _write_run(db: sqlite3.Connection, record: RunRecord) -> None:
    db.execute(
        "INSERT INTO runs (run, record) VALUES (?, ?) ON CONFLICT (run) DO UPDATE SET record = excluded.record",
        (record.run, codec.dump_run(record)),
    )


def _runs(db: sqlite3.Connection, limit: int) -> tuple[RunRecord, ...]:
    rows = db.execute("SELECT record FROM runs ORDER BY position DESC LIMIT ?", (limit,))
    return tuple(codec.load_run(record) for (record,) in rows)


def _open_intents(db: sqlite3.Connection) -> tuple[Intent, ...]:
    rows = db.execute(
        "SELECT intents.id, run, operation, at, step, effect FROM steps JOIN intents ON intents.id = steps.intent"
        " WHERE open ORDER BY steps.intent, position"
    )
    heads: dict[int, tuple[str, str, str]] = {}
    effects: dict[int, list[PlannedEffect]] = {}
    for id_, run, operation, at, step, effect in rows:
        heads[id_] = (run, operation, at)
        effects.setdefault(id_, []).append(codec.load_effect(step, effect))
    return tuple(Intent(id_, *head, tuple(effects[id_])) for id_, head in heads.items())


def _locked(holder: LockInfo) -> LedgerLocked:
    return LedgerLocked(
        f"the ledger is locked: {holder.who} on {holder.where} has been running {holder.operation} since"
        f" {holder.since} (lock {holder.id})",
        why="two runs at once would undo each other's work",
        do="wait until it has ended; if it is sure that it no longer runs, break its lock with"
        f" `chimeform state unlock {holder.id}`",
    )
