"""The operations of Directory Service Data. [botocore ds-data]

Chosen where the model is silent: a new user is enabled, since nothing here sets a password; a group is a global
security group unless it is said otherwise; lists are in the order in which objects came.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from chimeform.sandbox.chime.world import passed, stamp
from chimeform.sandbox.context import ApiError, Context, Directory, Operation
from chimeform.sandbox.directory_data.world import (
    GROUP,
    USER,
    find,
    invalid,
    key_of,
    memberships,
    objects,
    open_directory,
    put_new,
    remove,
    search,
    show_page,
    tokens,
)
from chimeform.sandbox.store import Record

_TOKEN_LIFE = timedelta(hours=8)


def create_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    directory = open_directory(ctx, params)
    wire = {
        "SAMAccountName": params["SAMAccountName"],
        "GroupScope": params.get("GroupScope", "Global"),
        "GroupType": params.get("GroupType", "Security"),
        "OtherAttributes": params.get("OtherAttributes", {}),
    }
    return _show_new(put_new(ctx, directory, GROUP, wire))


def create_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    directory = open_directory(ctx, params)
    name = params["SAMAccountName"]
    wire = {member: params.get(member) for member in ("SAMAccountName", "EmailAddress", "GivenName", "Surname")}
    wire |= {"Enabled": True, "UserPrincipalName": f"{name}@{directory.name}"}
    return _show_new(put_new(ctx, directory, USER, {**wire, "OtherAttributes": params.get("OtherAttributes", {})}))


def delete_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _delete(ctx, params, GROUP)


def delete_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _delete(ctx, params, USER)


def _delete(ctx: Context, params: dict[str, Any], kind: str) -> dict[str, Any]:
    remove(ctx, find(ctx, open_directory(ctx, params), params["SAMAccountName"], kind))
    return {}


def disable_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = find(ctx, open_directory(ctx, params), params["SAMAccountName"], USER)
    _put(ctx, record, {"Enabled": False})
    return {}


def update_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _update(ctx, params, GROUP, ("GroupScope", "GroupType"))


def update_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _update(ctx, params, USER, ("EmailAddress", "GivenName", "Surname"))


def _update(ctx: Context, params: dict[str, Any], kind: str, members: tuple[str, ...]) -> dict[str, Any]:
    """UpdateType says what happens to attributes: they are replaced unless it is REMOVE."""
    record = find(ctx, open_directory(ctx, params), params["SAMAccountName"], kind)
    given = {member: params[member] for member in members if member in params}
    others = dict(record["Wire"].get("OtherAttributes", {}))
    is_removal = params.get("UpdateType") == "REMOVE"
    for name, value in params.get("OtherAttributes", {}).items():
        _drop(others, name)
        if not is_removal:
            others[name] = value
    changes: dict[str, Any] = dict.fromkeys(given) if is_removal else given
    _put(ctx, record, {**changes, "OtherAttributes": others})
    return {}


def describe_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _describe(ctx, params, GROUP)


def describe_user(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _describe(ctx, params, USER)


def _describe(ctx: Context, params: dict[str, Any], kind: str) -> dict[str, Any]:
    """Other attributes are told as far as they are asked for by name."""
    directory = open_directory(ctx, params)
    wire = find(ctx, directory, params["SAMAccountName"], kind)["Wire"]
    asked = {name.lower() for name in params.get("OtherAttributes", ())}
    others = {name: value for name, value in wire.get("OtherAttributes", {}).items() if name.lower() in asked}
    return {**wire, **_place(directory), "OtherAttributes": others or None}


def list_groups(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _list(ctx, params, GROUP, "Groups")


def list_users(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _list(ctx, params, USER, "Users")


def _list(ctx: Context, params: dict[str, Any], kind: str, member: str) -> dict[str, Any]:
    directory = open_directory(ctx, params)
    chosen, token = show_page(objects(ctx).by("kind", (directory.directory_id, kind)), params)
    return {**_place(directory), member: [record["Wire"] for record in chosen], "NextToken": token}


def search_groups(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _search(ctx, params, GROUP, "Groups")


def search_users(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _search(ctx, params, USER, "Users")


def _search(ctx: Context, params: dict[str, Any], kind: str, member: str) -> dict[str, Any]:
    directory = open_directory(ctx, params)
    chosen, token = show_page(search(ctx, directory, kind, params), params)
    return {**_place(directory), member: [record["Wire"] for record in chosen], "NextToken": token}


def add_group_member(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    directory = open_directory(ctx, params)
    group, member = _find_pair(ctx, directory, params)
    if (key := f"{group}/{member}") in memberships(ctx):
        raise ApiError("ConflictException", f"{params['MemberName']} is a member of {params['GroupName']} already")
    if group == member:
        raise invalid("A group cannot be a member of itself", "INVALID_ATTRIBUTE_VALUE")
    memberships(ctx).put(key, {"Group": group, "Member": member})
    return {}


def remove_group_member(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    directory = open_directory(ctx, params)
    group, member = _find_pair(ctx, directory, params)
    if (key := f"{group}/{member}") not in memberships(ctx):
        raise ApiError("ResourceNotFoundException", f"{params['MemberName']} is no member of {params['GroupName']}")
    memberships(ctx).remove(key)
    return {}


def list_group_members(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    directory = open_directory(ctx, params)
    group = _key(find(ctx, directory, params["SAMAccountName"], GROUP))
    there = [objects(ctx).get(item["Member"]) for item in memberships(ctx).by("group", group)]
    chosen, token = show_page([record for record in there if record is not None], params)
    shown = [{**record["Wire"], "MemberType": record["Kind"]} for record in chosen]
    return {**_place(directory), "MemberRealm": directory.name, "Members": shown, "NextToken": token}


def list_groups_for_member(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """The groups that somebody is in by herself; those that these groups are in are not told."""
    directory = open_directory(ctx, params)
    member = _key(find(ctx, directory, params["SAMAccountName"], None))
    there = [objects(ctx).get(item["Group"]) for item in memberships(ctx).by("member", member)]
    chosen, token = show_page([record for record in there if record is not None], params)
    shown = [record["Wire"] for record in chosen]
    return {**_place(directory), "MemberRealm": directory.name, "Groups": shown, "NextToken": token}


def _once(name: str, run: Operation) -> Operation:
    """A write that a client token makes repeatable for eight hours [botocore ClientToken]."""

    def run_once(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
        token = params.pop("ClientToken", None)
        if token is None:
            return run(ctx, params)
        request = [name, json.dumps(params, sort_keys=True)]
        known = tokens(ctx).get(token)
        if known is not None and not passed(ctx, known["At"], _TOKEN_LIFE):
            if known["Request"] != request:
                raise ApiError("ConflictException", "The client token was used for another request")
            answer: dict[str, Any] = known["Answer"]
        else:
            answer = run(ctx, params)
        tokens(ctx).put(token, {"Request": request, "Answer": answer, "At": stamp(ctx)})
        return answer

    return run_once


def _find_pair(ctx: Context, directory: Directory, params: dict[str, Any]) -> tuple[str, str]:
    group = find(ctx, directory, params["GroupName"], GROUP)
    return _key(group), _key(find(ctx, directory, params["MemberName"], None))


def _key(record: Record) -> str:
    return key_of(record["DirectoryId"], record["Wire"]["SAMAccountName"])


def _put(ctx: Context, record: Record, changes: dict[str, Any]) -> None:
    wire = {name: value for name, value in {**record["Wire"], **changes}.items() if value is not None}
    objects(ctx).put(_key(record), {**record, "Wire": wire})


def _drop(attributes: dict[str, Any], name: str) -> None:
    """Attribute names are compared without regard to case [botocore OtherAttributes]."""
    for known in [known for known in attributes if known.lower() == name.lower()]:
        del attributes[known]


def _place(directory: Directory) -> dict[str, Any]:
    return {"DirectoryId": directory.directory_id, "Realm": directory.name}


def _show_new(record: Record) -> dict[str, Any]:
    wire = record["Wire"]
    return {"DirectoryId": record["DirectoryId"], "SAMAccountName": wire["SAMAccountName"], "SID": wire["SID"]}


OPERATIONS: dict[str, Operation] = {
    "AddGroupMember": _once("AddGroupMember", add_group_member),
    "CreateGroup": _once("CreateGroup", create_group),
    "CreateUser": _once("CreateUser", create_user),
    "DeleteGroup": _once("DeleteGroup", delete_group),
    "DeleteUser": _once("DeleteUser", delete_user),
    "DescribeGroup": describe_group,
    "DescribeUser": describe_user,
    "DisableUser": _once("DisableUser", disable_user),
    "ListGroupMembers": list_group_members,
    "ListGroups": list_groups,
    "ListGroupsForMember": list_groups_for_member,
    "ListUsers": list_users,
    "RemoveGroupMember": _once("RemoveGroupMember", remove_group_member),
    "SearchGroups": search_groups,
    "SearchUsers": search_users,
    "UpdateGroup": _once("UpdateGroup", update_group),
    "UpdateUser": _once("UpdateUser", update_user),
}
