"""Voice Connector groups: inbound calls fail over from one connector to the next."""

from __future__ import annotations

from typing import Any

from chimeform.sandbox.chime.world import bad_request, new_guid
from chimeform.sandbox.context import Context
from chimeform.sandbox.voice.connectors import grouped, still_numbered
from chimeform.sandbox.voice.world import (
    CONNECTOR,
    GROUP,
    add,
    arn,
    associated_numbers,
    check_quota,
    find,
    list_page,
    table,
    update,
)


def create_voice_connector_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    check_quota(ctx.settings.voice_connector_group_quota, len(table(ctx, GROUP)), "Voice Connector groups")
    items = params.get("VoiceConnectorItems", [])
    _check_items(ctx, items)
    group_id = new_guid(ctx)
    wire = {
        "VoiceConnectorGroupId": group_id,
        "Name": params["Name"],
        "VoiceConnectorItems": items,
        # The kind of the resource in the ARN is not documented.
        "VoiceConnectorGroupArn": arn(ctx, ctx.region, "vcg", group_id),
        "CallDistributionType": params.get("CallDistributionType"),
    }
    return {"VoiceConnectorGroup": add(ctx, GROUP, wire, Tags={})["VoiceConnectorGroup"]}


def get_voice_connector_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"VoiceConnectorGroup": find(ctx, GROUP, params["VoiceConnectorGroupId"])["VoiceConnectorGroup"]}


def list_voice_connector_groups(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    found, token = list_page(ctx, GROUP, params)
    return {"VoiceConnectorGroups": found, "NextToken": token}


def update_voice_connector_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Replace name and items as a whole: an empty list empties the group. A distribution that is not sent stays."""
    record = find(ctx, GROUP, params["VoiceConnectorGroupId"])
    _check_items(ctx, params["VoiceConnectorItems"])
    members = {name: params[name] for name in ("Name", "VoiceConnectorItems", "CallDistributionType") if name in params}
    return {"VoiceConnectorGroup": update(ctx, GROUP, record, **members)["VoiceConnectorGroup"]}


def delete_voice_connector_group(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Take away a group that has neither items nor phone numbers [botocore DeleteVoiceConnectorGroup]."""
    group_id = params["VoiceConnectorGroupId"]
    record = find(ctx, GROUP, group_id)
    if record["VoiceConnectorGroup"]["VoiceConnectorItems"]:
        raise grouped(f"Voice Connector group {group_id} has items; remove them first")
    if associated_numbers(ctx, "VoiceConnectorGroupId", group_id):
        raise still_numbered(f"Voice Connector group {group_id}")
    table(ctx, GROUP).remove(group_id)
    return {}


def _check_items(ctx: Context, items: list[dict[str, Any]]) -> None:
    """At most so many connectors, each of ours. A connector may be in several groups: nothing says otherwise."""
    size = ctx.settings.voice_connector_group_size
    if size is not None and len(items) > size:
        # UpdateVoiceConnectorGroup knows no ResourceLimitExceeded.
        raise bad_request(f"a Voice Connector group has at most {size} items")
    for item in items:
        find(ctx, CONNECTOR, item["VoiceConnectorId"])
