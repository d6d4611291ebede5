"""What every border says alike of a call whose outcome nobody knows."""

from __future__ import annotations

from ..errors import ServiceError, ServiceFault


def lost(operation: str, how: str, *, code: str | None = None) -> ServiceError:
    """The answer never came, so that whoever asked has to look before anything is repeated."""
    return ServiceError(
        f"{operation}: the answer was lost ({how})",
        operation=operation,
        fault=ServiceFault.UNKNOWN_OUTCOME,
        why="the connection ended after the request was sent, so it may have taken effect",
        do="run the command again: it looks before it repeats anything",
        code=code,
    )
