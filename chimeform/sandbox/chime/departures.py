"""What is undone when a user's record goes: the number returns to the inventory, the places in rooms are freed.

The pages are silent on both. An association or a membership of somebody who cannot be read any more could never be
taken away through the API, so the sandbox ends it together with the record.
"""

from __future__ import annotations

from chimeform.sandbox.chime import inventory
from chimeform.sandbox.chime.world import membership_key, memberships, users
from chimeform.sandbox.context import Context
from chimeform.sandbox.store import Record


def remove_user(ctx: Context, record: Record) -> None:
    user = record["User"]
    inventory.settle(ctx)
    if "PrimaryProvisionedNumber" in user:
        inventory.unassign(ctx, user["PrimaryProvisionedNumber"])
    leave_rooms(ctx, user["UserId"])
    users(ctx).remove(user["UserId"])


def leave_rooms(ctx: Context, member_id: str) -> None:
    for membership in memberships(ctx).by("member", member_id):
        memberships(ctx).remove(membership_key(membership["RoomId"], member_id))
