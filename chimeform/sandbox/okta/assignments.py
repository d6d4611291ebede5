"""Who may use an app: groups, whose members it is assigned to, and people. [Okta: Application groups, users]

Not published: the default priority of an assignment is the next free number, and taking somebody from an app whom a
group brings into it is refused with E0000046.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeform.sandbox.context import Context
from chimeform.sandbox.okta import delivery
from chimeform.sandbox.okta.protocol import (
    OktaError,
    Reply,
    Request,
    blank,
    malformed,
    not_found,
    paginate,
    read_object,
    read_text,
)
from chimeform.sandbox.okta.world import app_groups, app_users, find_app, find_group, find_user, links, stamp
from chimeform.sandbox.store import Record


def list_groups(ctx: Context, request: Request) -> Reply:
    app = find_app(ctx, request.labels["app"])["App"]
    found = list(app_groups(ctx).by("app", app["id"]))
    if start := request.query.get("q", "").casefold():
        names = {item["group"]: find_group(ctx, item["group"])["profile"]["name"].casefold() for item in found}
        found = [item for item in found if names[item["group"]].startswith(start)]
    chosen, after = paginate(found, request, _group, default=20, least=20, most=200)
    return Reply([_show_group(item, request) for item in chosen], after=after)


def get_group(ctx: Context, request: Request) -> Reply:
    app = find_app(ctx, request.labels["app"])["App"]
    return Reply(_show_group(_find_group(ctx, app["id"], request.labels["group"]), request))


def assign_group(ctx: Context, request: Request) -> Reply:
    """Assigning again changes priority and profile of the assignment."""
    app = find_app(ctx, request.labels["app"])["App"]
    group = find_group(ctx, request.labels["group"])
    there = app_groups(ctx).by("app", app["id"])
    before = app_groups(ctx).get(f"{app['id']}/{group['id']}")
    free = max((item["priority"] for item in there), default=-1) + 1
    priority = request.body.get("priority")
    if priority is None:
        priority = before["priority"] if before is not None else free
    if type(priority) is not int or not 0 <= priority <= 100:
        raise malformed()
    profile = dict(read_object(request.body, "profile"))
    item = {"app": app["id"], "group": group["id"], "priority": priority, "profile": profile, "since": stamp(ctx)}
    app_groups(ctx).put(f"{app['id']}/{group['id']}", item)
    delivery.push_group(ctx, group["id"])
    return Reply(_show_group(item, request))


def unassign_group(ctx: Context, request: Request) -> Reply:
    app = find_app(ctx, request.labels["app"])["App"]
    group = find_group(ctx, request.labels["group"])
    if (key := f"{app['id']}/{group['id']}") in app_groups(ctx):
        app_groups(ctx).remove(key)
        delivery.push_group(ctx, group["id"])
    return Reply(status=204)


def list_users(ctx: Context, request: Request) -> Reply:
    """Everybody who has the app, by herself or by a group: those by themselves first."""
    app = find_app(ctx, request.labels["app"])["App"]
    found = delivery.assigned_users(ctx, app["id"])
    if start := request.query.get("q", "").casefold():
        found = {user_id: item for user_id, item in found.items() if _starts(find_user(ctx, user_id), start)}
    chosen, after = paginate(list(found), request, str, default=50, most=500)
    return Reply([_show_user(ctx, app, user_id, found[user_id], request) for user_id in chosen], after=after)


def get_user(ctx: Context, request: Request) -> Reply:
    app, user, item = _find_user(ctx, request)
    return Reply(_show_user(ctx, app, user["id"], item, request))


def assign_user(ctx: Context, request: Request) -> Reply:
    app = find_app(ctx, request.labels["app"])["App"]
    user_id = read_text(request.body, "id", longest=100)
    if not user_id:
        raise blank("id")
    user = find_user(ctx, user_id)
    key = f"{app['id']}/{user['id']}"
    if key in app_users(ctx):
        raise OktaError(409, "E0000062", "The specified user is already assigned to the application.")
    profile = dict(read_object(request.body, "profile"))
    item = {"app": app["id"], "user": user["id"], "since": stamp(ctx), "scope": "USER", "profile": profile}
    app_users(ctx).put(key, item)
    delivery.push_users(ctx, [user["id"]])
    return Reply(_show_user(ctx, app, user["id"], item, request))


def unassign_user(ctx: Context, request: Request) -> Reply:
    app, user, item = _find_user(ctx, request)
    if item["scope"] != "USER":
        raise OktaError(403, "E0000046", "Deactivate application for user forbidden.")
    app_users(ctx).remove(f"{app['id']}/{user['id']}")
    delivery.push_users(ctx, [user["id"]])
    return Reply(status=204)


def _find_group(ctx: Context, app_id: str, group_id: str) -> Record:
    item = app_groups(ctx).get(f"{app_id}/{group_id}")
    if item is None:
        raise not_found(group_id, "AppGroup")
    return item


def _find_user(ctx: Context, request: Request) -> tuple[Record, Record, Mapping[str, Any]]:
    app: Record = find_app(ctx, request.labels["app"])["App"]
    user = find_user(ctx, request.labels["user"])
    item = delivery.find_assignment(ctx, app["id"], user["id"])
    if item is None:
        raise not_found(request.labels["user"], "AppUser")
    return app, user, item


def _starts(user: Record, start: str) -> bool:
    names = ("login", "firstName", "lastName", "email")
    return any(str(user["profile"].get(name) or "").casefold().startswith(start) for name in names)


def _show_group(item: Record, request: Request) -> dict[str, Any]:
    app, group = f"apps/{item['app']}", f"groups/{item['group']}"
    targets = {"self": f"{app}/{group}", "app": app, "group": group}
    return {
        "id": item["group"],
        "lastUpdated": item["since"],
        "priority": item["priority"],
        "profile": item["profile"],
        "_links": {name: {"href": request.link(path)} for name, path in targets.items()},
    }


def _show_user(ctx: Context, app: Record, user_id: str, item: Mapping[str, Any], request: Request) -> dict[str, Any]:
    user = find_user(ctx, user_id)
    link = links(ctx).get(f"{app['id']}/{user_id}")
    is_provisioning = "GROUP_PUSH" in app["features"]
    shown = {name: user["profile"].get(name) for name in ("email", "firstName", "lastName")} if is_provisioning else {}
    return {
        "id": user_id,
        "externalId": link["external"] if link is not None else None,
        "created": item["since"],
        "lastUpdated": item["since"],
        "scope": item["scope"],
        "status": ("PROVISIONED" if link is not None else "STAGED") if is_provisioning else "ACTIVE",
        "statusChanged": item["since"],
        "syncState": ("SYNCHRONIZED" if link is not None else "OUT_OF_SYNC") if is_provisioning else "DISABLED",
        "credentials": {"userName": user["profile"]["login"]},
        "profile": {**shown, **item["profile"]},
        "_links": {
            "app": {"href": request.link(f"apps/{app['id']}")},
            "user": {"href": request.link(f"users/{user_id}")},
        },
    }


def _group(item: Record) -> str:
    group_id: str = item["group"]
    return group_id
