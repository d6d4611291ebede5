"""What else a connector can be told: streaming, logs, emergency calls, the systems behind it."""

from __future__ import annotations

from typing import Any

from chimeform.sandbox.chime.world import bad_request
from chimeform.sandbox.context import Context
from chimeform.sandbox.moto_roles import STREAMING
from chimeform.sandbox.voice.world import CONNECTOR, configuration, configure, find, table

_LOGS = ("EnableSIPLogs", "EnableMediaMetricLogs")


def put_streaming(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Replace the streaming configuration; what is required of it, the model says."""
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    configure(ctx, CONNECTOR, record, "Streaming", params["StreamingConfiguration"])
    if not params["StreamingConfiguration"]["Disabled"]:
        ctx.needs_role(STREAMING)  # the first start makes it [guide: Using service-linked roles]
    return {"StreamingConfiguration": params["StreamingConfiguration"]}


def get_streaming(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    return {"StreamingConfiguration": configuration(record, "Streaming", "streaming configuration")}


def delete_streaming(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    configure(ctx, CONNECTOR, find(ctx, CONNECTOR, params["VoiceConnectorId"]), "Streaming", None)
    return {}


def streaming_connectors(ctx: Context) -> dict[str, list[str]]:
    """The ARNs of everything that streams, by Region."""
    found: dict[str, list[str]] = {}
    for record in table(ctx, CONNECTOR).values():
        if "Streaming" in record and not record["Streaming"]["Disabled"]:
            wire = record["VoiceConnector"]
            found.setdefault(wire["AwsRegion"], []).append(wire["VoiceConnectorArn"])
    return found


def put_logging(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Replace both switches; one that is not sent is off. There is no operation that deletes them.

    The real service also asks whether the caller may deliver to CloudWatch Logs; the sandbox knows no such rights.
    """
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    logging = {name: params["LoggingConfiguration"].get(name, False) for name in _LOGS}
    configure(ctx, CONNECTOR, record, "Logging", logging)
    return {"LoggingConfiguration": logging}


def get_logging(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    return {"LoggingConfiguration": record.get("Logging") or dict.fromkeys(_LOGS, False)}


def put_emergency_calling(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Route emergency calls: of the US only, and on a connector that has termination and origination.

    [domain page, section 20.2] The numbers come from a third party, so they are in no inventory.
    """
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    emergency = params["EmergencyCallingConfiguration"]
    for entry in emergency.get("DNIS", ()):
        if entry["CallingCountry"] != "US":
            raise bad_request(f"emergency calling is for the US, not for {entry['CallingCountry']}")
    for name in ("Termination", "Origination"):
        if name not in record:
            raise bad_request(f"emergency calling needs the {name.lower()} to be configured first")
    configure(ctx, CONNECTOR, record, "EmergencyCalling", emergency)
    return {"EmergencyCallingConfiguration": emergency}


def get_emergency_calling(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    found = configuration(record, "EmergencyCalling", "emergency calling configuration")
    return {"EmergencyCallingConfiguration": found}


def delete_emergency_calling(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    configure(ctx, CONNECTOR, find(ctx, CONNECTOR, params["VoiceConnectorId"]), "EmergencyCalling", None)
    return {}


def put_external_systems(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Replace both lists; one that is not sent is empty."""
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    systems = {name: params.get(name, []) for name in ("SessionBorderControllerTypes", "ContactCenterSystemTypes")}
    configure(ctx, CONNECTOR, record, "ExternalSystems", systems)
    return {"ExternalSystemsConfiguration": systems}


def get_external_systems(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    found = configuration(record, "ExternalSystems", "external systems configuration")
    return {"ExternalSystemsConfiguration": found}


def delete_external_systems(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    configure(ctx, CONNECTOR, find(ctx, CONNECTOR, params["VoiceConnectorId"]), "ExternalSystems", None)
    return {}
