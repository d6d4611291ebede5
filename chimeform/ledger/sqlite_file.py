"""Opening the SQLite ledger's file: durably for writing, without a trace for reading."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from ..errors import LedgerUnwritable
from . import sqlite_schema

T = TypeVar("T")

RESERVE = 1024 * 1024
"""Bytes that a writer sets aside, so that the outcomes of what is in flight can be recorded on a disk that fills up."""

_NO_SHARED_MEMORY = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
"""What SQLite answers when it may not make the file in which readers and the writer meet, or has no room for it."""

_CHECKPOINT_PAGES = 200  # of 4 KiB: the write-ahead file is used again before it outgrows the reserve
_CACHE_KIB = 64 * 1024


def open_to_write(path: Path, busy_timeout: float) -> sqlite3.Connection:
    """Create or open, bring to today's format, and make durable. A file that is not a ledger is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = _connect(path, "mode=rwc", busy_timeout)
    try:
        version = sqlite_schema.check(db, path)
        _set_up(db)
        if version != len(sqlite_schema.MIGRATIONS):
            db.execute("BEGIN IMMEDIATE")
            sqlite_schema.migrate(db, sqlite_schema.check(db, path))
            db.execute("COMMIT")
    except BaseException:
        db.close()
        raise
    return db


def _connect(path: Path, how: str, busy_timeout: float) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{how}"
    return sqlite3.connect(uri, uri=True, timeout=busy_timeout, isolation_level=None, check_same_thread=False)


def _set_up(db: sqlite3.Connection) -> None:
    for _ in range(10):
        try:
            # stays a rollback journal where shared memory does not work (network drives): slower and just as safe
            db.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            # the switch does not wait for somebody who is making the same one; the start of a transaction does
            db.execute("BEGIN IMMEDIATE")
            db.execute("ROLLBACK")
    db.execute("PRAGMA synchronous = EXTRA")  # FULL, and with a rollback journal the folder's entry too
    db.execute("PRAGMA fullfsync = ON")  # macOS: an ordinary sync does not reach the disk
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")


def check_whole(db: sqlite3.Connection) -> None:
    """Raise SQLite's own error for a damaged file, before anything leans on it. 20 ms for 100,000 resources."""
    verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        error = sqlite3.DatabaseError(verdict)
        error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_CORRUPT, "SQLITE_CORRUPT"
        raise error


def reserve(db: sqlite3.Connection) -> None:
    """Allocate free pages in the file and room in the write-ahead file.

    Two transactions, because pages that are taken and given back in one are never written.
    """
    db.execute("INSERT INTO reserve VALUES (zeroblob(?))", (RESERVE,))
    db.execute("DELETE FROM reserve")
    db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


def stamp(path: Path) -> tuple[int, int]:
    """Which file it is, whatever its name."""
    found = path.stat()
    return found.st_dev, found.st_ino


def check_in_place(path: Path, expected: tuple[int, int] | None) -> None:
    """A file that was deleted or replaced under a run still takes writes, and nobody would ever see them."""
    try:
        now = stamp(path)
    except FileNotFoundError:
        now = None
    if now != expected:
        raise LedgerUnwritable(
            f"the ledger {path} was deleted, moved or replaced while it was in use",
            why="what is written to the old file would be lost",
            do="put the file back and run the command again",
            code="CF-LED-012",
        )


def read(path: Path, query: Callable[[sqlite3.Connection], T], busy_timeout: float) -> T | None:
    """The query's answer on one consistent state of the file; None while there is no ledger.

    A file at rest is read as it lies, which needs no writable folder and leaves nothing behind. While a writer is at
    work (or was killed) its files are beside it and SQLite reads them too; where that would need a file that may not be
    made here, a copy is read.
    """
    try:
        path.stat()  # not `exists`: a folder that may not be entered must not look like a lost ledger
    except (FileNotFoundError, NotADirectoryError):
        return None
    before = _at_rest(path)
    if before is not None:
        try:
            answer = _ask(path, "mode=ro&immutable=1", query, busy_timeout)
        except sqlite3.DatabaseError:
            if _at_rest(path) == before:
                raise
        else:
            if _at_rest(path) == before:
                return answer
    try:
        return _ask(path, "mode=ro", query, busy_timeout)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in _NO_SHARED_MEMORY:
            raise
    with tempfile.TemporaryDirectory(prefix="chimeform-ledger-") as folder:
        for source in (path, *_beside(path)):
            if source.exists():
                shutil.copyfile(source, Path(folder) / source.name)
        return _ask(Path(folder) / path.name, "mode=rw", query, busy_timeout)


def _beside(path: Path) -> tuple[Path, Path]:
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-journal")


def _at_rest(path: Path) -> tuple[int, int, int] | None:
    """What would be different if somebody wrote; None when somebody is writing or has been stopped while writing."""
    if any(file.exists() and file.stat().st_size for file in _beside(path)):
        return None
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _ask(path: Path, how: str, query: Callable[[sqlite3.Connection], T], busy_timeout: float) -> T | None:
    with closing(_connect(path, how, busy_timeout)) as db:
        db.execute("BEGIN")
        version = sqlite_schema.check(db, path)
        if version is None:
            return None
        if version == len(sqlite_schema.MIGRATIONS):
            return query(db)
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
            db.backup(copy)
            sqlite_schema.migrate(copy, version)
            return query(copy)
