"""Proxy phone sessions: two people call one another without learning each other's number.

The service ends them on 7 April 2026 by its own notice; the sandbox goes on answering, as no refusal is documented.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle
from typing import Any

from chimeform.sandbox.chime.world import bad_request, changed, new_guid, not_found, passed, stamp
from chimeform.sandbox.clock import format_timestamp, parse_timestamp
from chimeform.sandbox.context import Context
from chimeform.sandbox.store import Record
from chimeform.sandbox.voice.world import (
    CONNECTOR,
    SESSION,
    add,
    associated_numbers,
    configuration,
    configure,
    find,
    list_page,
    table,
    update,
)


def put_proxy(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Replace the proxy; the countries come back under another name than they were sent [botocore Proxy]."""
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    proxy = {
        "DefaultSessionExpiryMinutes": params["DefaultSessionExpiryMinutes"],
        "PhoneNumberCountries": params["PhoneNumberPoolCountries"],
        "FallBackPhoneNumber": params.get("FallBackPhoneNumber"),
        "Disabled": params.get("Disabled", False),
    }
    configure(ctx, CONNECTOR, record, "Proxy", proxy)
    return {"Proxy": proxy}


def get_proxy(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"Proxy": configuration(find(ctx, CONNECTOR, params["VoiceConnectorId"]), "Proxy", "proxy")}


def delete_proxy(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    configure(ctx, CONNECTOR, find(ctx, CONNECTOR, params["VoiceConnectorId"]), "Proxy", None)
    return {}


def create_proxy_session(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Open a session on a connector whose proxy is configured and not disabled [botocore Proxy].

    Each participant gets a number of the connector, or its own one where the connector has none: how the service
    chooses is not documented.
    """
    connector = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    proxy = connector.get("Proxy")
    if proxy is None or proxy["Disabled"]:
        raise bad_request("the Voice Connector has no proxy that is enabled")
    own = [
        record["PhoneNumber"]["E164PhoneNumber"]
        for record in associated_numbers(ctx, "VoiceConnectorId", params["VoiceConnectorId"])
    ]
    people = params["ParticipantPhoneNumbers"]
    kept = ("VoiceConnectorId", "Name", "Capabilities", "NumberSelectionBehavior", "GeoMatchLevel", "GeoMatchParams")
    wire = {
        **{name: params.get(name) for name in kept},
        "ProxySessionId": new_guid(ctx),
        "Status": "Open",
        "ExpiryMinutes": params.get("ExpiryMinutes", proxy["DefaultSessionExpiryMinutes"]),
        "Participants": [
            {"PhoneNumber": person, "ProxyPhoneNumber": number}
            for person, number in zip(people, cycle(own) if own else people, strict=False)
        ],
    }
    return {"ProxySession": add(ctx, SESSION, wire)["ProxySession"]}


def get_proxy_session(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"ProxySession": _find_session(ctx, params)["ProxySession"]}


def list_proxy_sessions(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    find(ctx, CONNECTOR, params["VoiceConnectorId"])
    every = [_settle(ctx, record) for record in table(ctx, SESSION).by("connector", params["VoiceConnectorId"])]
    wanted = params.get("Status")
    found = [record for record in every if wanted in (None, record["ProxySession"]["Status"])]
    sessions, token = list_page(ctx, SESSION, params, found)
    return {"ProxySessions": sessions, "NextToken": token}


def update_proxy_session(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Replace the capabilities, and the minutes where they are sent."""
    record = _find_session(ctx, params)
    minutes = params.get("ExpiryMinutes", record["ProxySession"]["ExpiryMinutes"])
    after = update(ctx, SESSION, record, Capabilities=params["Capabilities"], ExpiryMinutes=minutes)
    return {"ProxySession": after["ProxySession"]}


def delete_proxy_session(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Close the session: closed ones can be listed, so they must stay [botocore ProxySessionStatus]."""
    record = _find_session(ctx, params)
    if record["ProxySession"]["Status"] != "Closed":
        update(ctx, SESSION, record, Status="Closed", EndedTimestamp=stamp(ctx))
    return {}


def _find_session(ctx: Context, params: dict[str, Any]) -> Record:
    find(ctx, CONNECTOR, params["VoiceConnectorId"])
    record = find(ctx, SESSION, params["ProxySessionId"])
    if record["ProxySession"]["VoiceConnectorId"] != params["VoiceConnectorId"]:
        raise not_found("proxy session", params["ProxySessionId"])
    return _settle(ctx, record)


def _settle(ctx: Context, record: Record) -> Record:
    """A session closes when its minutes are over, counted from its last change; that is its end, whoever looks when."""
    wire = record["ProxySession"]
    lasts = timedelta(minutes=wire["ExpiryMinutes"])
    if wire["Status"] == "Closed" or not passed(ctx, wire["UpdatedTimestamp"], lasts):
        return record
    ended = format_timestamp(parse_timestamp(wire["UpdatedTimestamp"]) + lasts)
    after = changed(record, "ProxySession", Status="Closed", EndedTimestamp=ended)
    table(ctx, SESSION).put(wire["ProxySessionId"], after)
    return after
