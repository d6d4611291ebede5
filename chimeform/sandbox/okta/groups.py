"""Groups and who is in them. [Okta: Groups API]

Not published, and chosen: the built-in group Everyone can be neither changed nor deleted (E0000006); people who are
deactivated stay members and are not listed as such; a group that goes takes its assignments and push mappings along.
"""

from __future__ import annotations

from typing import Any

from chimeform.sandbox.context import Context
from chimeform.sandbox.okta import delivery
from chimeform.sandbox.okta.filters import Match, compile_filter
from chimeform.sandbox.okta.protocol import (
    Reply,
    Request,
    blank,
    forbidden,
    paginate,
    read_limit,
    read_object,
    read_text,
    taken,
    wrong_search,
)
from chimeform.sandbox.okta.users import show_user
from chimeform.sandbox.okta.world import (
    BUILT_IN,
    OKTA_GROUP,
    app_groups,
    apps,
    find_group,
    find_user,
    groups,
    mappings,
    memberships,
    put_group,
    stamp,
    users,
)
from chimeform.sandbox.store import Record

_FILTERED = frozenset({"id", "type", "lastUpdated", "lastMembershipUpdated"})
_SEARCHED = _FILTERED | {"created", "source.id"}


def list_groups(ctx: Context, request: Request) -> Reply:
    """`q` finds by the start of the name, up to 300 and without pages; `search` and `filter` exclude each other."""
    match = _matcher(request)
    found = [group for group in groups(ctx).values() if match(group)]
    if "q" in request.query:
        start = request.query["q"].casefold()
        named = [group for group in found if group["profile"]["name"].casefold().startswith(start)]
        limit = read_limit(request, default=300, most=10_000)
        return Reply([show_group(group, request) for group in named[:limit]])
    chosen, after = paginate(found, request, _id, default=10_000, most=10_000)
    return Reply([show_group(group, request) for group in chosen], after=after)


def _matcher(request: Request) -> Match:
    if "search" in request.query and "filter" in request.query:
        raise wrong_search()
    if text := request.query.get("search"):
        return compile_filter(text, lambda name: name in _SEARCHED or name.startswith("profile."), ignore_case=True)
    if text := request.query.get("filter"):
        return compile_filter(text, _FILTERED.__contains__)
    return lambda _group: True


def add_group(ctx: Context, request: Request) -> Reply:
    profile = _read_profile(ctx, request, None)
    return Reply(show_group(put_group(ctx, profile, OKTA_GROUP), request))


def get_group(ctx: Context, request: Request) -> Reply:
    return Reply(show_group(find_group(ctx, request.labels["group"]), request))


def replace_group(ctx: Context, request: Request) -> Reply:
    group = _find_own(ctx, request)
    changed = {**group, "profile": _read_profile(ctx, request, group["id"]), "lastUpdated": stamp(ctx)}
    groups(ctx).put(group["id"], changed)
    return Reply(show_group(changed, request))


def delete_group(ctx: Context, request: Request) -> Reply:
    group = _find_own(ctx, request)
    members = [item["user"] for item in memberships(ctx).by("group", group["id"])]
    for item in memberships(ctx).by("group", group["id"]):
        memberships(ctx).remove(f"{group['id']}/{item['user']}")
    for item in app_groups(ctx).by("group", group["id"]):
        app_groups(ctx).remove(f"{item['app']}/{group['id']}")
    for mapping in mappings(ctx).by("group", group["id"]):
        delivery.drop_target(ctx, mapping)
        mappings(ctx).remove(mapping["Mapping"]["id"])
    groups(ctx).remove(group["id"])
    delivery.push_users(ctx, members)
    return Reply(status=204)


def list_members(ctx: Context, request: Request) -> Reply:
    group = find_group(ctx, request.labels["group"])
    if group["type"] == BUILT_IN:
        people = list(users(ctx).values())
    else:
        people = [find_user(ctx, item["user"]) for item in memberships(ctx).by("group", group["id"])]
    there = [user for user in people if user["status"] != "DEPROVISIONED"]
    chosen, after = paginate(there, request, _id, default=1_000, most=1_000)
    return Reply([show_user(user, request) for user in chosen], after=after)


def add_member(ctx: Context, request: Request) -> Reply:
    group = _find_own(ctx, request)
    user = find_user(ctx, request.labels["user"])
    join(ctx, group, user["id"])
    delivery.push_users(ctx, [user["id"]])
    return Reply(status=204)


def join(ctx: Context, group: Record, user_id: str) -> None:
    """Somebody becomes a member; who is one already stays one."""
    key = f"{group['id']}/{user_id}"
    if key not in memberships(ctx):
        memberships(ctx).put(key, {"group": group["id"], "user": user_id, "since": stamp(ctx)})
        _note_membership(ctx, group)


def remove_member(ctx: Context, request: Request) -> Reply:
    group = _find_own(ctx, request)
    user = find_user(ctx, request.labels["user"])
    if (key := f"{group['id']}/{user['id']}") in memberships(ctx):
        memberships(ctx).remove(key)
        _note_membership(ctx, group)
        delivery.push_users(ctx, [user["id"]])
    return Reply(status=204)


def list_apps(ctx: Context, request: Request) -> Reply:
    """The apps that a group is assigned to, without what the apps' own endpoint tells beyond their names."""
    group = find_group(ctx, request.labels["group"])
    found = [apps(ctx).get(item["app"]) for item in app_groups(ctx).by("group", group["id"])]
    wire = [app["App"] for app in found if app is not None]
    chosen, after = paginate(wire, request, _id, default=20, most=200)
    names = ("id", "name", "label", "status", "created", "lastUpdated", "signOnMode")
    return Reply([{name: app[name] for name in names} for app in chosen], after=after)


def list_groups_of_user(ctx: Context, request: Request) -> Reply:
    user = find_user(ctx, request.labels["user"])
    found = [group for group in groups(ctx).values() if group["type"] == BUILT_IN]
    found += [find_group(ctx, item["group"]) for item in memberships(ctx).by("user", user["id"])]
    return Reply([show_group(group, request) for group in found])


def show_group(group: Record, request: Request) -> dict[str, Any]:
    own = f"groups/{group['id']}"
    shown = {"users": {"href": request.link(f"{own}/users")}, "apps": {"href": request.link(f"{own}/apps")}}
    return {**group, "_links": {"self": {"href": request.link(own)}, **shown}}


def _find_own(ctx: Context, request: Request) -> Record:
    """A group that the organisation's administrators may change."""
    group = find_group(ctx, request.labels["group"])
    if group["type"] != OKTA_GROUP:
        raise forbidden()
    return group


def _read_profile(ctx: Context, request: Request, own_id: str | None) -> dict[str, Any]:
    given = read_object(request.body, "profile")
    name = read_text(given, "name", longest=255)
    if not name.strip():
        raise blank("name")
    if any(group["id"] != own_id for group in groups(ctx).by("name", name.lower())):
        raise taken("name")
    # The published maximum of a description is 1024 characters; properties of a schema that was extended are kept.
    return {**given, "name": name, "description": read_text(given, "description", longest=1024) or None}


def _note_membership(ctx: Context, group: Record) -> None:
    groups(ctx).put(group["id"], {**group, "lastMembershipUpdated": stamp(ctx)})


def _id(record: Record) -> str:
    identifier: str = record["id"]
    return identifier
