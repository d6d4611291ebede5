"""The tables of the SQLite ledger, and how an older file becomes a newer one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..errors import LedgerError

APPLICATION_ID = 0x43484D46
"""`CHMF` in the file's header: whose file it is, so that another program's database is never touched."""

MIGRATIONS: tuple[str, ...] = (
    """
    -- of the record; the row comes with the first thing that is recorded
    CREATE TABLE identity (
        one INTEGER PRIMARY KEY CHECK (one = 1), lineage TEXT NOT NULL, serial INTEGER NOT NULL, created TEXT NOT NULL,
        environment TEXT
    );
    CREATE TABLE resources (
        address TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, id TEXT, fields TEXT NOT NULL,
        protected INTEGER NOT NULL, applied_at TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE gates (id TEXT NOT NULL PRIMARY KEY, address TEXT NOT NULL, since TEXT NOT NULL);
    -- ids are never used twice, not even after the journal was trimmed
    CREATE TABLE intents (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, operation TEXT NOT NULL, at TEXT NOT NULL
    );
    CREATE INDEX intents_by_run ON intents (run);
    -- a step is open until an outcome or a later look closes it
    CREATE TABLE steps (
        intent INTEGER NOT NULL REFERENCES intents ON DELETE CASCADE, position INTEGER NOT NULL, step TEXT NOT NULL,
        effect TEXT NOT NULL, open INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (intent, step)
    ) WITHOUT ROWID;
    CREATE INDEX open_steps ON steps (intent, position) WHERE open;
    -- outcomes (with a verdict) and what later looks found (happened), in the order in which they came
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY, intent INTEGER NOT NULL, step TEXT NOT NULL, verdict TEXT, happened INTEGER,
        detail TEXT NOT NULL, FOREIGN KEY (intent, step) REFERENCES steps ON DELETE CASCADE
    );
    CREATE INDEX entries_by_step ON entries (intent, step);
    CREATE TABLE runs (
        position INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL UNIQUE, record TEXT NOT NULL
    );
    CREATE TABLE lock (
        one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, info TEXT NOT NULL, host TEXT NOT NULL,
        boot TEXT NOT NULL
    );
    -- filled and emptied by every writer, so that the file has free pages
    CREATE TABLE reserve (room BLOB NOT NULL);
    """,
    """
    -- what people said was done by hand: name -> who, at
    ALTER TABLE resources ADD COLUMN confirmed TEXT NOT NULL DEFAULT '{}';
    """,
)
"""What leads from version N to N + 1. Released ones are never edited. SQLite 3.24 (2018) is enough for them."""


def check(db: sqlite3.Connection, path: Path) -> int | None:
    """The version of the file, or None when it is empty. Raises `LedgerError` for a file that is not ours to touch."""
    if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return None
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise LedgerError(
            f"the ledger {path} is the SQLite database of another program",
            why="it does not carry chimeform's mark, so chimeform leaves it as it is",
            do="name another file in `state: {path: …}`",
            code="CF-LED-007",
        )
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise LedgerError(
            f"the ledger {path} has format {version}, and this chimeform knows formats up to {len(MIGRATIONS)}",
            why="a newer chimeform has written it; an older one would lose what it does not know",
            do="use the newer chimeform everywhere where this workspace is applied",
            code="CF-LED-009",
        )
    return version


def migrate(db: sqlite3.Connection, version: int | None) -> None:
    """Bring the file to today's format. The caller has begun a transaction, so that it happens wholly or not at all."""
    for script in MIGRATIONS[version or 0 :]:
        for statement in script.split(";\n"):
            db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
