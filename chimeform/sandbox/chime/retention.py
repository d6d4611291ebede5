"""How long chat is kept, and redaction of single messages. Enterprise accounts only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chimeform.sandbox.chime.world import accounts, bad_request, find_enterprise, not_found, rooms, stamp
from chimeform.sandbox.clock import parse_timestamp
from chimeform.sandbox.context import Context
from chimeform.sandbox.store import Record

GRACE = timedelta(days=30)
"""Between a change and the permanent deletion of what it hides [guide: Managing chat retention policies]."""

LONGEST = 5475
"""Fifteen years of 365 days."""

POLICIES = ("RoomRetentionSettings", "ConversationRetentionSettings")


def get_retention_settings(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _describe(find_enterprise(ctx, params["AccountId"], "chat retention")["Retention"])


def put_retention_settings(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """A policy that is not sent stays as it is; one sent without RetentionDays is turned off.

    Only a change of days restarts the thirty days; putting what is there already does not.
    """
    record = find_enterprise(ctx, params["AccountId"], "chat retention")
    before = record["Retention"]
    after = dict(before)
    for policy in POLICIES:
        if (sent := params["RetentionSettings"].get(policy)) is not None:
            after[policy] = _check_days(sent.get("RetentionDays"))
    if any(after.get(policy) != before.get(policy) for policy in POLICIES):
        after["ChangedOn"] = stamp(ctx)
        accounts(ctx).put(params["AccountId"], {**record, "Retention": after})
    return _describe(after)


def redact_conversation_message(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """No API lists conversations or messages, so any identifier is taken for one of a stored message."""
    find_enterprise(ctx, params["AccountId"], "redaction")
    return {}


def redact_room_message(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """The room must be one of the account; any message identifier is taken, as no API lists messages."""
    find_enterprise(ctx, params["AccountId"], "redaction")
    room = rooms(ctx).get(params["RoomId"])
    if room is None or room["Room"]["AccountId"] != params["AccountId"]:
        raise not_found("room", params["RoomId"])
    return {}


def _check_days(days: int | None) -> int | None:
    if days is not None and not 1 <= days <= LONGEST:
        raise bad_request(f"RetentionDays is between 1 and {LONGEST}")
    return days


def _describe(retention: Record) -> dict[str, Any]:
    days = {policy: retention.get(policy) for policy in POLICIES}
    settings = {policy: {} if value is None else {"RetentionDays": value} for policy, value in days.items()}
    on = any(value is not None for value in days.values())
    deletion = parse_timestamp(retention["ChangedOn"]) + GRACE if on else None
    return {"RetentionSettings": settings, "InitiateDeletionTimestamp": deletion}
