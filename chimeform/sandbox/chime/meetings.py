"""The one meeting operation that the API still has; it is no administration."""

from __future__ import annotations

from typing import Any

from chimeform.sandbox.chime.world import new_guid
from chimeform.sandbox.context import Context


def create_meeting_dial_out(ctx: Context, _params: dict[str, Any]) -> dict[str, Any]:
    """Nobody is called, and no meeting is looked up: the sandbox has none."""
    return {"TransactionId": new_guid(ctx)}
