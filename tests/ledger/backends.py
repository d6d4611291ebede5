"""The backends that the conformance suite is held against: a name and a place, which fit a command line."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from chimeform.address import Address
from chimeform.journal import PlannedEffect
from chimeform.ledger.base import Ledger, LockInfo
from chimeform.ledger.sqlite import SqliteLedger
from chimeform.recorded import RecordedResource

ROOT = Path(__file__).parents[2]
NOW = datetime(2027, 1, 31, 12, 0, tzinfo=UTC)


def new_id() -> str:
    return uuid.uuid4().hex


def open_sqlite(place: str) -> SqliteLedger:
    return SqliteLedger(Path(place) / "state" / "ledger.db", clock=lambda: NOW, new_id=new_id, keep_runs=3)


OPENERS: dict[str, Callable[[str], Ledger]] = {"sqlite": open_sqlite}


@dataclass(frozen=True)
class Backend:
    """One storage that any number of clients, in this process and in others, can open."""

    name: str
    place: str

    def open(self) -> Ledger:
        return OPENERS[self.name](self.place)

    def start(self, action: str, *arguments: str) -> subprocess.Popen[str]:
        """A client in a process of its own; see `client.py` for what it can be told to do."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.client", self.name, self.place, action, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def lock_info(id_: str = "lock-1", who: str = "jane") -> LockInfo:
    return LockInfo(id_, who, "apply", "2027-01-31T12:00:00Z", "build-7")


def user(name: str, *, id_: str | None = None, **values: object) -> RecordedResource:
    address = Address(("accounts", "acme", "users", f"{name}@acme.example"))
    return RecordedResource(address, "user", id_, values, applied_at="2027-01-31T12:00:00Z")


def effect(step: str, *, exists: bool = True, **values: object) -> PlannedEffect:
    return PlannedEffect(step, user(step).address, "user", "create", exists, values)
