"""What Okta pushes to Amazon Chime when something changes: people of connected apps, and pushed groups.

A push goes to whichever account the connection's token belongs to now. Where Amazon Chime does not take it (the key
was deleted, the domain is not claimed) nothing changes there; the next change, or the next step of an administrator
in the Amazon Chime console, pushes again. Okta itself waits for somebody to retry the task.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chimeform.sandbox.chime import scim
from chimeform.sandbox.context import Context
from chimeform.sandbox.okta.world import (
    app_groups,
    app_users,
    apps,
    find_group,
    groups,
    links,
    mappings,
    memberships,
    stamp,
    targets,
    users,
)
from chimeform.sandbox.store import Record

_ACTIVE = frozenset({"ACTIVE", "PROVISIONED", "PASSWORD_EXPIRED", "RECOVERY", "LOCKED_OUT"})
_KEPT = _ACTIVE | {"SUSPENDED"}
"""Statuses with which somebody keeps what she has in an app; a suspended person is not newly provisioned."""


def push_users(ctx: Context, user_ids: Iterable[str]) -> None:
    """Bring people up to date in every connected app."""
    wanted = list(user_ids)
    for record in apps(ctx).by("connected", "pushing"):
        _push(ctx, record, wanted)


def push_group(ctx: Context, group_id: str) -> None:
    """Bring the members of a group up to date."""
    push_users(ctx, _members(ctx, group_id))


def push_app(ctx: Context, app_id: str) -> None:
    """Bring everybody up to date whom an app has or had."""
    for record in apps(ctx).by("connected", "pushing"):
        if record["App"]["id"] != app_id:
            continue
        there = dict.fromkeys([*assigned_users(ctx, app_id), *(link["user"] for link in links(ctx).by("app", app_id))])
        _push(ctx, record, there)


def push_everything(ctx: Context) -> None:
    for record in apps(ctx).by("connected", "pushing"):
        push_app(ctx, record["App"]["id"])


def drop_target(ctx: Context, mapping: Record) -> None:
    """Delete a pushed group in Amazon Chime."""
    targets(ctx).remove(mapping["Mapping"]["targetGroupId"])
    app = apps(ctx).get(mapping["App"])
    if app is not None and (account_id := _account_of(ctx, app)) is not None:
        scim.remove_group(ctx, account_id, mapping["Name"])


def assigned_users(ctx: Context, app_id: str) -> dict[str, Mapping[str, Any]]:
    """Who has an app, with the assignment: her own, or else one by a group (scope GROUP)."""
    found: dict[str, Mapping[str, Any]] = {item["user"]: item for item in app_users(ctx).by("app", app_id)}
    for item in app_groups(ctx).by("app", app_id):
        for user_id in _members(ctx, item["group"]):
            if user_id not in found and _is_there(ctx, user_id):
                found[user_id] = _by_group(item, user_id)
    return found


def find_assignment(ctx: Context, app_id: str, user_id: str) -> Mapping[str, Any] | None:
    own = app_users(ctx).get(f"{app_id}/{user_id}")
    if own is not None or not _is_there(ctx, user_id):
        return own
    for item in app_groups(ctx).by("app", app_id):
        if _is_member(ctx, item["group"], user_id):
            return _by_group(item, user_id)
    return None


def _push(ctx: Context, record: Record, user_ids: Iterable[str]) -> None:
    account_id = _account_of(ctx, record)
    app_id = record["App"]["id"]
    pushed = [item for item in mappings(ctx).by("app", app_id) if item["Mapping"]["status"] != "INACTIVE"]
    for item in pushed:
        _note_push(ctx, item, is_taken=account_id is not None)
    if account_id is None:
        return
    for item in pushed:
        scim.put_group(ctx, account_id, item["Name"])
    for user_id in user_ids:
        external = _push_user(ctx, record, account_id, user_id)
        if external is not None:
            for item in pushed:
                is_in = _is_member(ctx, item["Mapping"]["sourceGroupId"], user_id)
                scim.put_member(ctx, account_id, item["Name"], external, is_in=is_in)
            scim.settle_user(ctx, account_id, external)


def _push_user(ctx: Context, record: Record, account_id: str, user_id: str) -> str | None:
    """Create, update or remove one person as far as the app's features allow; her identifier there if she stays."""
    app_id, features = record["App"]["id"], record["Features"]
    key = f"{app_id}/{user_id}"
    link = links(ctx).get(key)
    external = link["external"] if link is not None and scim.has_user(ctx, account_id, link["external"]) else None
    user = users(ctx).get(user_id)
    is_assigned = user is not None and find_assignment(ctx, app_id, user_id) is not None
    if user is None or not is_assigned or user["status"] not in _KEPT:
        if external is not None and not features["deactivate"]:
            return None
        if external is not None:
            scim.remove_user(ctx, account_id, external)
        links(ctx).remove(key)
        return None
    may_write = features["create"] and user["status"] in _ACTIVE if external is None else features["profile"]
    if may_write:
        profile = user["profile"]
        external = scim.put_user(ctx, account_id, external, profile["email"], _display_name(profile))
    if external is None:
        links(ctx).remove(key)
    elif link is None or link["external"] != external:
        links(ctx).put(key, {"app": app_id, "user": user_id, "external": external})
    return external


def _account_of(ctx: Context, record: Record) -> str | None:
    """The account that takes what an app pushes; None while its token is not accepted."""
    digest = record.get("Connection", {}).get("digest")
    return scim.find_account(ctx, digest) if digest is not None else None


def _note_push(ctx: Context, item: Record, *, is_taken: bool) -> None:
    mapping = item["Mapping"]
    error = None if is_taken else "Amazon Chime does not accept the token of the provisioning connection"
    if is_taken and mapping["status"] == "ACTIVE" and mapping["lastPush"] is not None:
        return
    status = "ACTIVE" if is_taken else "ERROR"
    changed = {**mapping, "status": status, "errorSummary": error}
    if is_taken:
        changed["lastPush"] = stamp(ctx)
    mappings(ctx).put(mapping["id"], {**item, "Mapping": changed})


def _members(ctx: Context, group_id: str) -> list[str]:
    if find_group(ctx, group_id)["type"] == "BUILT_IN":
        return list(users(ctx))
    return [item["user"] for item in memberships(ctx).by("group", group_id)]


def _is_member(ctx: Context, group_id: str, user_id: str) -> bool:
    group = groups(ctx).get(group_id)
    if group is not None and group["type"] == "BUILT_IN":
        return True
    return f"{group_id}/{user_id}" in memberships(ctx)


def _is_there(ctx: Context, user_id: str) -> bool:
    user = users(ctx).get(user_id)
    return user is not None and user["status"] != "DEPROVISIONED"


def _by_group(item: Record, user_id: str) -> Mapping[str, Any]:
    return {"app": item["app"], "user": user_id, "since": item["since"], "scope": "GROUP", "profile": item["profile"]}


def _display_name(profile: Mapping[str, Any]) -> str | None:
    if shown := profile.get("displayName"):
        return str(shown)
    return " ".join(str(profile[name]) for name in ("firstName", "lastName") if profile.get(name)) or None
