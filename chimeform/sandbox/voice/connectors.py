"""Voice Connectors: the SIP trunks that everything else hangs on."""

from __future__ import annotations

from typing import Any

from chimeform.sandbox.chime.world import conflict
from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.voice.world import (
    CONNECTOR,
    GROUP,
    REGIONS,
    SESSION,
    add,
    arn,
    associated_numbers,
    check_quota,
    find,
    list_page,
    new_connector_id,
    read_tags,
    table,
    update,
)

DEFAULT_REGION = "us-east-1"
"""Where a connector is that names no Region, whichever Region's address is asked [botocore CreateVoiceConnector]."""


def create_voice_connector(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Names need not be unique; a connector without a NetworkType is IPV4_ONLY (no default is documented)."""
    region = params.get("AwsRegion", DEFAULT_REGION)
    there = len(table(ctx, CONNECTOR).by("region", region))
    check_quota(ctx.settings.voice_connector_quota, there, f"Voice Connectors in {region}")
    connector_id = new_connector_id(ctx)
    wire = {
        "VoiceConnectorId": connector_id,
        "AwsRegion": region,
        "Name": params["Name"],
        "OutboundHostName": f"{connector_id}.voiceconnector.chime.aws",
        "RequireEncryption": params["RequireEncryption"],
        "VoiceConnectorArn": arn(ctx, region, "vc", connector_id),
        "IntegrationType": params.get("IntegrationType"),
        "NetworkType": params.get("NetworkType", "IPV4_ONLY"),
    }
    return {"VoiceConnector": add(ctx, CONNECTOR, wire, Tags=read_tags(params))["VoiceConnector"]}


def get_voice_connector(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"VoiceConnector": find(ctx, CONNECTOR, params["VoiceConnectorId"])["VoiceConnector"]}


def list_voice_connectors(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    found, token = list_page(ctx, CONNECTOR, params)
    return {"VoiceConnectors": found, "NextToken": token}


def update_voice_connector(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Replace name and encryption. Routes that fit no encryption any more stay: no refusal is documented."""
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    after = update(ctx, CONNECTOR, record, Name=params["Name"], RequireEncryption=params["RequireEncryption"])
    return {"VoiceConnector": after["VoiceConnector"]}


def delete_voice_connector(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Take a connector away that no phone number and no group needs any more, with all that belongs to it.

    A SIP rule that names its host stands in the way of nothing: no such refusal is documented.
    """
    connector_id = params["VoiceConnectorId"]
    find(ctx, CONNECTOR, connector_id)
    if associated_numbers(ctx, "VoiceConnectorId", connector_id):
        raise still_numbered(f"Voice Connector {connector_id}")
    for group in table(ctx, GROUP).values():
        wire = group["VoiceConnectorGroup"]
        if any(item["VoiceConnectorId"] == connector_id for item in wire["VoiceConnectorItems"]):
            raise grouped(f"Voice Connector {connector_id} is in Voice Connector group {wire['VoiceConnectorGroupId']}")
    for session in table(ctx, SESSION).by("connector", connector_id):
        table(ctx, SESSION).remove(SESSION.identify(session))
    table(ctx, CONNECTOR).remove(connector_id)
    return {}


def list_available_voice_connector_regions(_ctx: Context, _params: dict[str, Any]) -> dict[str, Any]:
    return {"VoiceConnectorRegions": REGIONS}


def still_numbered(what: str) -> ApiError:
    """The refusal to delete something that phone numbers are associated with [botocore DeleteVoiceConnector]."""
    error = conflict(f"phone numbers are associated with {what}; disassociate them first")
    return ApiError(error.shape, error.message, code="PhoneNumberAssociationsExist")


def grouped(reason: str) -> ApiError:
    """The refusal to delete a group or a connector that are still together [domain page, section 20.1]."""
    error = conflict(reason)
    return ApiError(error.shape, error.message, code="VoiceConnectorGroupAssociationsExist")
