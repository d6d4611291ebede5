"""Whether the process that took a lock is still alive, with the kernel as the witness.

The holder keeps an exclusive lock on a small file of its own beside the ledger. The operating system lets go of it
when the process ends, however it ends, and neither a reused process id nor a container with its own numbering can
be taken for the holder. SQLite does the locking, so that it works the same on Linux, macOS and Windows, between
processes and between two ledgers of one process.
"""

from __future__ import annotations

import hashlib
import platform
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """`boot` is the kernel's own id for this start of the machine (containers share it), empty where there is none."""

    host: str
    boot: str

    def sees(self, other: Machine) -> bool:
        """Whether this machine's kernel knows the other's processes, or knows that they ended with a restart."""
        return self.host == other.host or (self.boot != "" and self.boot == other.boot)


@cache
def this_machine() -> Machine:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return Machine(platform.node(), boot)


class LifeSign:
    """A file that is locked for as long as this process lives, or until `close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._file.execute("PRAGMA journal_mode = OFF")  # nothing is ever written: no second file beside it
            self._file.execute("BEGIN EXCLUSIVE")
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        self._file.close()
        _remove(self.path)


def life_sign_path(ledger: Path, lock_id: str) -> Path:
    """One file for each lock: ids are never used twice, so neither are the files."""
    return ledger.with_name(f"{ledger.name}-lock-{hashlib.sha256(lock_id.encode()).hexdigest()[:16]}")


def is_alive(path: Path) -> bool:
    """False only when it is sure that nobody holds the file: it is gone, or its lock could be had."""
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=0)) as file:
            file.isolation_level = None
            file.execute("PRAGMA journal_mode = OFF")
            file.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        # busy: alive. Anything else (a folder that may only be read): it cannot be known, which is not "dead"
        return True
    return False


def sweep(ledger: Path, keep: Path) -> None:
    """Remove what killed processes left behind. Only inside the ledger's write transaction, in which signs are made."""
    for path in _signs(ledger):
        if path != keep and not is_alive(path):
            _remove(path)


def _signs(ledger: Path) -> Iterator[Path]:
    prefix = f"{ledger.name}-lock-"
    return (path for path in ledger.parent.iterdir() if path.name.startswith(prefix))


def _remove(path: Path) -> None:
    # A leftover says nothing wrong, and the next lock sweeps it away: Windows refuses while somebody looks at the file.
    with suppress(OSError):
        path.unlink()
