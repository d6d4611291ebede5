"""What is told when nobody agreed to what a command would do."""

from __future__ import annotations

from ..errors import ChimeformError, UsageError


def not_approved(what: str, do: str, *, may_ask: bool) -> ChimeformError:
    """`what` nobody agreed to, and what to `do` where there is nobody who could be asked."""
    if may_ask:
        return ChimeformError("nothing was done: only 'yes' is taken for a yes", code="CF-USE-008")
    return UsageError(
        "nothing was done: there is nobody to ask",
        why=f"this is no terminal, and {what} that nobody has agreed to is not done",
        do=do,
        code="CF-USE-006",
    )
