"""What SQLite and the operating system complain about, as sentences."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import LedgerError, LedgerUnwritable

_REBUILD = (
    "restore the file from a backup; without one, move it away and run `chimeform plan`: live objects are bound again"
    " by their natural keys (protection and history start anew)"
)
_FULL_BELOW = 64 * 1024
"""Bytes. SQLite reports a full disk as several kinds of failure; with less room than this, that is what it is."""


@contextmanager
def told(path: Path, *, writing: bool) -> Iterator[None]:
    """Turn storage failures into `LedgerError` or, where something was to be written, `LedgerUnwritable`."""
    try:
        yield
    except sqlite3.Error as error:
        raise _from_sqlite(error, path, writing=writing) from error
    except OSError as error:
        raise _from_system(error, path, writing=writing) from error
    except json.JSONDecodeError as error:
        raise _damaged(path, f"a row cannot be read: {error.msg}", writing=writing) from error


def _from_sqlite(error: sqlite3.Error, path: Path, *, writing: bool) -> LedgerError:
    extended = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    detail = f"SQLite says: {error} ({name})"
    match extended & 0xFF:
        case sqlite3.SQLITE_FULL:
            return _full(path, detail)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return _closed_to_us(path, detail, writing=writing)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_ERROR:  # our statements are right, so a table or text is not
            return _damaged(path, detail, writing=writing)
        case sqlite3.SQLITE_NOTADB:
            return _error(
                writing,
                f"the ledger {path} is not a ledger: it is not an SQLite file",
                why=detail,
                do="name another file in `state: {path: …}`, or put the right one back",
                code="CF-LED-007",
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return _error(
                writing,
                f"the ledger {path} is in use by another program",
                why=f"something else (a database browser, a backup) keeps the file to itself; {detail}",
                do="close that program and run the command again",
                code="CF-LED-008",
            )
        case sqlite3.SQLITE_CONSTRAINT:
            return LedgerError(
                "chimeform tried to record something that contradicts itself",
                why=detail,
                do="this is a defect of chimeform: please report it",
                code="CF-LED-013",
            )
        case _:
            return _from_elsewhere(extended, path, detail, writing=writing)


def _from_elsewhere(extended: int, path: Path, detail: str, *, writing: bool) -> LedgerError:
    if writing and _room(path) < _FULL_BELOW:
        return _full(path, detail)
    if extended & 0xFF == sqlite3.SQLITE_CANTOPEN or _is_folder(path):
        return _closed_to_us(path, detail, writing=writing)
    return _failing(path, detail, writing=writing)


def _from_system(error: OSError, path: Path, *, writing: bool) -> LedgerError:
    detail = f"the operating system says: {error.strerror or error}"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return _full(path, detail)
    if error.errno == errno.EIO:
        return _failing(path, detail, writing=writing)
    return _closed_to_us(path, detail, writing=writing)


def _is_folder(path: Path) -> bool:
    """`Path.is_dir` raises where a folder on the way may not be entered."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _room(path: Path) -> int:
    for folder in path.absolute().parents:
        if _is_folder(folder):
            return shutil.disk_usage(folder).free
    return _FULL_BELOW


def _error(writing: bool, summary: str, *, why: str, do: str, code: str) -> LedgerError:  # noqa: FBT001
    return (LedgerUnwritable if writing else LedgerError)(summary, why=why, do=do, code=code)


def _full(path: Path, detail: str) -> LedgerError:
    return LedgerUnwritable(
        f"the disk of the ledger {path} is full",
        why=f"nothing is changed that cannot be written down first; {detail}",
        do="make room on that disk (or lift the quota) and run the command again: it goes on where it stopped",
        code="CF-LED-004",
    )


def _closed_to_us(path: Path, detail: str, *, writing: bool) -> LedgerError:
    if _is_folder(path):
        return _error(
            writing,
            f"the ledger {path} is a folder",
            why="the ledger is one SQLite file",
            do="name a file in `state: {path: …}`",
            code="CF-LED-003",
        )
    if not writing:
        return LedgerError(
            f"the ledger {path} cannot be read",
            why=detail,
            do="let this user read the file and its folder",
            code="CF-LED-001",
        )
    return LedgerUnwritable(
        f"the ledger {path} cannot be written",
        why=f"the file, its folder or its disk is read-only for this user, and nothing is changed that cannot be"
        f" written down first; {detail}",
        do="let this user write to the file and to its folder, or name another place in `state: {path: …}`",
        code="CF-LED-003",
    )


def _damaged(path: Path, detail: str, *, writing: bool) -> LedgerError:
    return _error(writing, f"the ledger {path} is damaged", why=detail, do=_REBUILD, code="CF-LED-006")


def _failing(path: Path, detail: str, *, writing: bool) -> LedgerError:
    return _error(
        writing,
        f"the disk of the ledger {path} does not work as it should",
        why=detail,
        do="look at the disk, its quota and, on a network drive, whether it supports file locks; then run the command"
        " again: it goes on where it stopped",
        code="CF-LED-005",
    )
