"""Chat rooms and who is in them. Enterprise accounts only."""

from __future__ import annotations

from typing import Any

from chimeform.sandbox.chime.world import (
    WIDEST_PAGE,
    bad_request,
    bots,
    changed,
    conflict,
    find_account,
    find_enterprise,
    item_error,
    membership_key,
    memberships,
    new_guid,
    not_found,
    over_limit,
    rooms,
    stamp,
    users,
)
from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.paging import page
from chimeform.sandbox.store import Record

ROOMS_PER_ACCOUNT = 1500
MEMBERSHIPS_PER_ROOM = 1000
MEMBERSHIPS_PER_PROFILE = 1000
"""Quotas [gr: Endpoints and quotas]. "Rooms per profile" is not checked: the API's rooms have an IAM principal as
their creator, not a profile. A membership is whatever ListRoomMemberships lists."""
WEBHOOKS_PER_ROOM = 10
"""[guide: Webhooks]"""


def create_room(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """The same ClientRequestToken gives the room that it made before; nothing makes names unique."""
    account_id, token = params["AccountId"], params.get("ClientRequestToken")
    find_enterprise(ctx, account_id, "a chat room")
    if token is not None and (made := rooms(ctx).by("token", (account_id, token))):
        return {"Room": made[0]["Room"]}
    if len(rooms(ctx).by("account", account_id)) >= ROOMS_PER_ACCOUNT:
        raise over_limit(f"an account has at most {ROOMS_PER_ACCOUNT} rooms")
    now = stamp(ctx)
    room = {
        "RoomId": new_guid(ctx),
        "Name": params["Name"],
        "AccountId": account_id,
        "CreatedBy": ctx.caller_arn,
        "CreatedTimestamp": now,
        "UpdatedTimestamp": now,
    }
    rooms(ctx).put(room["RoomId"], {"Room": room, "ClientRequestToken": token})
    return {"Room": room}


def get_room(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"Room": _find_room(ctx, params)["Room"]}


def list_rooms(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Rooms of the account, or those of them that a member is in. A Team account has none."""
    find_account(ctx, params["AccountId"])
    found: Any = rooms(ctx).by("account", params["AccountId"])
    if member_id := params.get("MemberId"):
        table = memberships(ctx)
        found = [record for record in found if membership_key(record["Room"]["RoomId"], member_id) in table]
    chosen, token = page(found, params, WIDEST_PAGE, key=_room_id)
    return {"Rooms": [record["Room"] for record in chosen], "NextToken": token}


def update_room(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = _find_room(ctx, params)
    if params.get("Name") is not None:
        record = changed(record, "Room", Name=params["Name"], UpdatedTimestamp=stamp(ctx))
        rooms(ctx).put(params["RoomId"], record)
    return {"Room": record["Room"]}


def delete_room(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Memberships and messages go with the room."""
    _find_room(ctx, params)
    _remove(ctx, params["RoomId"])
    return {}


def remove_rooms(ctx: Context, account_id: str) -> None:
    """All rooms of an account that is being deleted."""
    for record in rooms(ctx).by("account", account_id):
        _remove(ctx, record["Room"]["RoomId"])


def create_room_membership(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    _find_room(ctx, params)
    return {"RoomMembership": _describe(ctx, _add(ctx, params, params))}


def batch_create_room_membership(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Each item as CreateRoomMembership; what fails is in `Errors`."""
    _find_room(ctx, params)
    errors = []
    for item in params["MembershipItemList"]:
        try:
            _add(ctx, params, item)
        except ApiError as error:
            errors.append(item_error("MemberId", item.get("MemberId", ""), error))
    return {"Errors": errors}


def list_room_memberships(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    _find_room(ctx, params)
    chosen, token = page(memberships(ctx).by("room", params["RoomId"]), params, WIDEST_PAGE, key=_member_id)
    return {"RoomMemberships": [_describe(ctx, record) for record in chosen], "NextToken": token}


def update_room_membership(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """The role of a user; bots are always plain members [botocore UpdateRoomMembership]."""
    record = _find_membership(ctx, params)
    if record["MemberType"] != "User":
        raise bad_request("only the role of a user can be updated")
    if params.get("Role"):
        record = {**record, "Role": params["Role"], "UpdatedTimestamp": stamp(ctx)}
        memberships(ctx).put(membership_key(params["RoomId"], params["MemberId"]), record)
    return {"RoomMembership": _describe(ctx, record)}


def delete_room_membership(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """The rule that the last administrator cannot leave is the client's; the API is not said to have it.

    Webhooks are only removed in the client: the operation is for users and bots [botocore DeleteRoomMembership].
    """
    if _find_membership(ctx, params)["MemberType"] == "Webhook":
        raise bad_request("a webhook is removed in the client")
    memberships(ctx).remove(membership_key(params["RoomId"], params["MemberId"]))
    return {}


def create_webhook(ctx: Context, room_id: str, name: str) -> dict[str, Any]:
    """What an administrator of the room does in the client: no operation makes a webhook, and all list it."""
    room = rooms(ctx).get(room_id)
    if room is None:
        raise not_found("room", room_id)
    if not name.strip():
        raise bad_request("a webhook needs a name")
    there = [one for one in memberships(ctx).by("room", room_id) if one["MemberType"] == "Webhook"]
    if len(there) >= WEBHOOKS_PER_ROOM:
        raise over_limit(f"a room has at most {WEBHOOKS_PER_ROOM} webhooks")
    record = {
        **_membership(ctx, room_id, new_guid(ctx), "Webhook", "Member"),
        "FullName": f"{name} (Webhook)",
        "AccountId": room["Room"]["AccountId"],
    }
    memberships(ctx).put(membership_key(room_id, record["MemberId"]), record)
    return {"RoomMembership": _describe(ctx, record)}


def delete_webhook(ctx: Context, room_id: str, webhook_id: str) -> None:
    """The administrator removes it again."""
    record = memberships(ctx).get(membership_key(room_id, webhook_id))
    if record is None or record["MemberType"] != "Webhook":
        raise not_found("webhook", webhook_id)
    memberships(ctx).remove(membership_key(room_id, webhook_id))


def _find_room(ctx: Context, params: dict[str, Any]) -> Record:
    find_enterprise(ctx, params["AccountId"], "a chat room")
    record = rooms(ctx).get(params["RoomId"])
    if record is None or record["Room"]["AccountId"] != params["AccountId"]:
        raise not_found("room", params["RoomId"])
    return record


def _find_membership(ctx: Context, params: dict[str, Any]) -> Record:
    _find_room(ctx, params)
    record = memberships(ctx).get(membership_key(params["RoomId"], params["MemberId"]))
    if record is None:
        raise not_found("member", params["MemberId"])
    return record


def _add(ctx: Context, room: dict[str, Any], item: dict[str, Any]) -> Record:
    """Users of any account can be members: no page excludes outsiders. Bots are the account's own."""
    room_id, member_id, role = room["RoomId"], item.get("MemberId"), item.get("Role") or "Member"
    if member_id is None:
        raise bad_request("MemberId is missing")
    user, bot = users(ctx).get(member_id), bots(ctx).get(member_id)
    if bot is not None and bot["AccountId"] == room["AccountId"]:
        _check_bot(bot, role)
    elif user is None:
        raise not_found("member", member_id)
    if membership_key(room_id, member_id) in memberships(ctx):
        raise conflict(f"{member_id} is a member of the room")
    if len(memberships(ctx).by("room", room_id)) >= MEMBERSHIPS_PER_ROOM:
        raise over_limit(f"a room has at most {MEMBERSHIPS_PER_ROOM} members")
    if len(memberships(ctx).by("member", member_id)) >= MEMBERSHIPS_PER_PROFILE:
        raise over_limit(f"a profile is a member of at most {MEMBERSHIPS_PER_PROFILE} rooms")
    record = _membership(ctx, room_id, member_id, "Bot" if user is None else "User", role)
    memberships(ctx).put(membership_key(room_id, member_id), record)
    return record


def _membership(ctx: Context, room_id: str, member_id: str, member_type: str, role: str) -> Record:
    return {
        "RoomId": room_id,
        "MemberId": member_id,
        "MemberType": member_type,
        "Role": role,
        "InvitedBy": ctx.caller_arn,
        "UpdatedTimestamp": stamp(ctx),
    }


def _check_bot(bot: Record, role: str) -> None:
    """[guide: Integrating chatbots]"""
    if bot["Bot"]["Disabled"]:
        raise bad_request("a disabled bot cannot be added to a room")
    if bot["EventsConfiguration"] is None:
        raise bad_request("a bot without an endpoint cannot be added to a room")
    if role != "Member":
        raise bad_request("a bot can only be a plain member")


def _describe(ctx: Context, record: Record) -> dict[str, Any]:
    member = {"MemberId": record["MemberId"], "MemberType": record["MemberType"]}
    if record["MemberType"] == "Bot":
        bot = bots(ctx).get(record["MemberId"]) or {"Bot": {}, "AccountId": None}
        names = {"Email": bot["Bot"].get("BotEmail"), "FullName": bot["Bot"].get("DisplayName")}
        member |= {**names, "AccountId": bot["AccountId"]}
    elif record["MemberType"] == "Webhook":
        member |= {"FullName": record["FullName"], "AccountId": record["AccountId"]}
    else:
        user = (users(ctx).get(record["MemberId"]) or {"User": {}})["User"]
        names = {"Email": user.get("PrimaryEmail"), "FullName": user.get("DisplayName")}
        member |= {**names, "AccountId": user.get("AccountId")}
    shown = {name: record[name] for name in ("RoomId", "Role", "InvitedBy", "UpdatedTimestamp")}
    return {**shown, "Member": member}


def _remove(ctx: Context, room_id: str) -> None:
    for membership in memberships(ctx).by("room", room_id):
        memberships(ctx).remove(membership_key(room_id, membership["MemberId"]))
    rooms(ctx).remove(room_id)


def _room_id(record: Record) -> str:
    room_id: str = record["Room"]["RoomId"]
    return room_id


def _member_id(record: Record) -> str:
    member_id: str = record["MemberId"]
    return member_id
