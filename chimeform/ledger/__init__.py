"""The ledger: what chimeform did last, and the journal of what it is doing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from ..errors import LedgerError
from .base import Ledger


class StateBlock(Protocol):
    """The `state:` block of a workspace, as far as the ledger is concerned."""

    @property
    def backend(self) -> str: ...

    @property
    def path(self) -> str | None: ...


def open_ledger(
    root: Path,
    state: StateBlock,
    environment: str | None,
    *,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Ledger:
    """The ledger of a workspace's folder. Nothing is opened or created before it is used.

    Without `state.path`, every environment has a ledger of its own: `.chimeform/ENV.db`.
    """
    if state.backend != "local":
        raise LedgerError(
            f"this chimeform keeps no ledger in {state.backend!r}",
            do="write `state: {backend: local}`, or leave the block out",
            code="CF-LED-014",
        )
    from .sqlite import SqliteLedger

    default = f".chimeform/{quote(environment, safe=' @+') if environment else 'default'}.db"
    return SqliteLedger(root / (state.path or default), clock=clock, new_id=new_id, environment=environment)
