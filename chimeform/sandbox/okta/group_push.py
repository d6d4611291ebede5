"""Group push mappings: which groups an app gets, with those of their members who have the app.

[Okta: Group push mappings] Chosen where the pages are silent: a mapping that is still ACTIVE is not deleted
(E0000107), one source group is pushed to an app once (E0000001), and the identifier of a target is not found among
the organisation's own groups.
"""

from __future__ import annotations

from typing import Any

from chimeform.sandbox.context import Context
from chimeform.sandbox.okta import delivery
from chimeform.sandbox.okta.protocol import (
    OktaError,
    Reply,
    Request,
    blank,
    invalid,
    not_found,
    paginate,
    read_text,
    wrong_state,
)
from chimeform.sandbox.okta.world import find_app, find_group, mappings, new_id, stamp, targets
from chimeform.sandbox.store import Record


def list_mappings(ctx: Context, request: Request) -> Reply:
    app_id = find_app(ctx, request.labels["app"])["App"]["id"]
    found = [record["Mapping"] for record in mappings(ctx).by("app", app_id)]
    for name in ("sourceGroupId", "status"):
        if wanted := request.query.get(name):
            found = [mapping for mapping in found if mapping[name] == wanted]
    if since := request.query.get("lastUpdated"):
        found = [mapping for mapping in found if mapping["lastUpdated"] >= since.removesuffix("Z")]
    chosen, after = paginate(found, request, _id, default=100, most=1_000)
    return Reply([_show(mapping, app_id, request) for mapping in chosen], after=after)


def create_mapping(ctx: Context, request: Request) -> Reply:
    """Push a group under a name, or to a target that an earlier mapping left behind."""
    record = find_app(ctx, request.labels["app"])
    app_id: str = record["App"]["id"]
    if record.get("Connection", {}).get("status") != "ENABLED":
        raise OktaError(400, "E0000027", "Group push bad request : provisioning is not enabled for the app")
    source = read_text(request.body, "sourceGroupId", longest=100)
    if not source:
        raise blank("sourceGroupId")
    group = find_group(ctx, source)
    if any(item["Mapping"]["sourceGroupId"] == source for item in mappings(ctx).by("app", app_id)):
        raise invalid("sourceGroupId", "sourceGroupId: the group is pushed to the app already")
    target = _find_target(ctx, app_id, request)
    now = stamp(ctx)
    mapping = {
        "id": new_id(ctx, "gPm"),
        "sourceGroupId": group["id"],
        "targetGroupId": target["id"],
        "status": _read_status(request, "ACTIVE"),
        "created": now,
        "lastUpdated": now,
        "lastPush": None,
        "errorSummary": None,
    }
    mappings(ctx).put(str(mapping["id"]), {"App": app_id, "Name": target["name"], "Mapping": mapping})
    delivery.push_group(ctx, group["id"])
    stored: Record = _find(ctx, app_id, str(mapping["id"]))["Mapping"]
    return Reply(_show(stored, app_id, request), status=201)


def get_mapping(ctx: Context, request: Request) -> Reply:
    record = _find(ctx, request.labels["app"], request.labels["mapping"])
    return Reply(_show(record["Mapping"], record["App"], request))


def update_mapping(ctx: Context, request: Request) -> Reply:
    """An inactive mapping keeps its target as it is; membership is pushed again once it is active."""
    record = _find(ctx, request.labels["app"], request.labels["mapping"])
    changed = {**record["Mapping"], "status": _read_status(request, ""), "lastUpdated": stamp(ctx)}
    mappings(ctx).put(changed["id"], {**record, "Mapping": changed})
    delivery.push_group(ctx, changed["sourceGroupId"])
    stored: Record = _find(ctx, record["App"], changed["id"])["Mapping"]
    return Reply(_show(stored, record["App"], request))


def delete_mapping(ctx: Context, request: Request) -> Reply:
    record = _find(ctx, request.labels["app"], request.labels["mapping"])
    if "deleteTargetGroup" not in request.query:
        raise OktaError(400, "E0000028", "The request is missing a required parameter.")
    if record["Mapping"]["status"] == "ACTIVE":
        raise wrong_state()
    if request.flag("deleteTargetGroup", default=False):
        delivery.drop_target(ctx, record)
    mappings(ctx).remove(record["Mapping"]["id"])
    return Reply(status=204)


def _find_target(ctx: Context, app_id: str, request: Request) -> Record:
    """Either a name or an identifier has to be given, not both. A name that the app has is linked to."""
    target_id = read_text(request.body, "targetGroupId", longest=100)
    name = read_text(request.body, "targetGroupName", longest=255)
    if bool(target_id) == bool(name.strip()):
        raise invalid("targetGroupId", "Either targetGroupId or targetGroupName must be given, and not both")
    known = [target for target in targets(ctx).values() if target["app"] == app_id]
    for target in known:
        if target["id"] == target_id or (name and target["name"] == name):
            return target
    if target_id:
        raise not_found(target_id, "UserGroup")
    target = {"id": new_id(ctx, "00g"), "app": app_id, "name": name}
    targets(ctx).put(target["id"], target)
    return target


def _read_status(request: Request, default: str) -> str:
    status = read_text(request.body, "status", longest=20, default=default)
    if status not in ("ACTIVE", "INACTIVE"):
        raise invalid("status", "status: must be ACTIVE or INACTIVE")
    return status


def _find(ctx: Context, app_id: str, mapping_id: str) -> Record:
    find_app(ctx, app_id)
    record = mappings(ctx).get(mapping_id)
    if record is None or record["App"] != app_id:
        raise not_found(mapping_id, "GroupPushMapping")
    return record


def _show(mapping: Record, app_id: str, request: Request) -> dict[str, Any]:
    paths = {
        "app": f"apps/{app_id}",
        "sourceGroup": f"groups/{mapping['sourceGroupId']}",
        "targetGroup": f"groups/{mapping['targetGroupId']}",
    }
    return {**mapping, "_links": {name: {"href": request.link(path)} for name, path in paths.items()}}


def _id(mapping: Record) -> str:
    mapping_id: str = mapping["id"]
    return mapping_id
