"""Which calls a connector takes out (termination) and brings in (origination), and who may place them."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network
from typing import Any

from chimeform.sandbox.chime.world import bad_request
from chimeform.sandbox.context import Context
from chimeform.sandbox.store import Record
from chimeform.sandbox.voice.world import CONNECTOR, configuration, configure, find

ROUTES = 20
"""Most routes of an origination [botocore Origination; elsewhere the manual says ten]."""
CREDENTIALS = 10
"""Most termination credentials of a connector [Terraform aws_chime_voice_connector_termination_credentials]."""
_PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


def put_termination(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Replace the termination as a whole.

    Countries are needed; addresses are ranges of /27 to /32 outside the private ones of RFC 1918, which says nothing of
    IPv6; calls per second go up to the quota [botocore Termination; domain page, section 20.2]. The default number may
    be any: that it must be one of the inventory is not documented.
    """
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    given = params["Termination"]
    countries = given.get("CallingRegions")
    if not countries:
        raise bad_request("Termination.CallingRegions is required")
    for country in countries:
        if not _COUNTRY.fullmatch(country):
            raise bad_request(f"CallingRegions: '{country}' is no ISO 3166-1 alpha-2 country")
    for block in given.get("CidrAllowedList", ()):
        _check_range(block)
    limit, quota = given.get("CpsLimit", 1), ctx.settings.calls_per_second_quota
    if quota is not None and limit > quota:
        raise bad_request(f"CpsLimit {limit} is over the quota of {quota} calls per second")
    termination = {"CpsLimit": limit, "CidrAllowedList": [], "Disabled": False, **given}
    configure(ctx, CONNECTOR, record, "Termination", termination)
    return {"Termination": termination}


def get_termination(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    return {"Termination": configuration(record, "Termination", "termination")}


def delete_termination(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Credentials stay: that they go with the termination is not documented."""
    record = _find_without_emergency_calling(ctx, params["VoiceConnectorId"], "termination")
    configure(ctx, CONNECTOR, record, "Termination", None)
    return {}


def get_termination_health(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """The last SIP OPTIONS that came from the customer's equipment; NotFoundException as long as none did."""
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    return {"TerminationHealth": configuration(record, "TerminationHealth", "termination health")}


def put_origination(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Replace the origination as a whole; it needs Routes or Disabled [botocore Origination].

    A host is a public IPv4 address or a full domain name, and a connector that requires encryption takes TCP only [CDK
    VoiceConnector]. Without encryption a route that names no protocol keeps none: no default is documented.
    """
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    given = params["Origination"]
    routes = given.get("Routes", [])
    if not routes and "Disabled" not in given:
        raise bad_request("Origination needs Routes or Disabled")
    if len(routes) > ROUTES:
        raise bad_request(f"an origination has at most {ROUTES} routes")
    is_encrypted = record["VoiceConnector"]["RequireEncryption"]
    origination = {
        "Routes": [_read_route(route, is_encrypted=is_encrypted) for route in routes],
        "Disabled": given.get("Disabled", False),
    }
    configure(ctx, CONNECTOR, record, "Origination", origination)
    return {"Origination": origination}


def get_origination(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    return {"Origination": configuration(record, "Origination", "origination")}


def delete_origination(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = _find_without_emergency_calling(ctx, params["VoiceConnectorId"], "origination")
    configure(ctx, CONNECTOR, record, "Origination", None)
    return {}


def put_credentials(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Add credentials, or replace those of the same user names; the others stay. Passwords are never kept."""
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    names = dict.fromkeys(record.get("Usernames", ()))
    for credential in params.get("Credentials", ()):
        name = credential.get("Username")
        if not name:
            raise bad_request("a credential needs a Username")
        if not name.isascii() or not credential.get("Password", "").isascii():
            raise bad_request("user names and passwords are US-ASCII")
        names[name] = None
    if len(names) > CREDENTIALS:
        raise bad_request(f"a Voice Connector has at most {CREDENTIALS} termination credentials")
    configure(ctx, CONNECTOR, record, "Usernames", list(names) or None)
    return {}


def list_credentials(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """User names only. NotFoundException when there are none, as Terraform relies on."""
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    return {"Usernames": configuration(record, "Usernames", "termination credentials")}


def delete_credentials(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """User names that are not there are no error: none is documented."""
    record = find(ctx, CONNECTOR, params["VoiceConnectorId"])
    kept = [name for name in record.get("Usernames", ()) if name not in params["Usernames"]]
    configure(ctx, CONNECTOR, record, "Usernames", kept or None)
    return {}


def _find_without_emergency_calling(ctx: Context, connector_id: str, what: str) -> Record:
    """Emergency calling must be deleted first [botocore DeleteVoiceConnectorTermination, …Origination].

    That deleting what was never set is an error is not documented; then the state is the one that was asked for.
    """
    record = find(ctx, CONNECTOR, connector_id)
    if "EmergencyCalling" in record:
        raise bad_request(f"delete the emergency calling configuration before the {what}")
    return record


def _read_route(given: dict[str, Any], *, is_encrypted: bool) -> dict[str, Any]:
    host = given.get("Host", "")
    if not _is_public_host(host):
        raise bad_request(f"Host '{host}' is no public IPv4 address and no full domain name")
    if is_encrypted and given.get("Protocol") == "UDP":
        raise bad_request("a Voice Connector that requires encryption takes TCP routes only")
    return {"Port": 5060, **({"Protocol": "TCP"} if is_encrypted else {}), **given}


def _is_public_host(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        labels = host.removesuffix(".").split(".")
        return len(host) <= 255 and len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
    # A connector of both networks may have routes of IPv6: no page says that it may not.
    return not isinstance(address, IPv4Address) or not any(address in block for block in _PRIVATE)


def _check_range(text: str) -> None:
    try:
        block = ip_network(text, strict=False)
    except ValueError as error:
        raise bad_request(f"CidrAllowedList: '{text}' is no CIDR block") from error
    if "/" not in text:
        raise bad_request(f"CidrAllowedList: '{text}' has no prefix length")
    if not isinstance(block, IPv4Network):
        return
    if block.prefixlen < 27:
        raise bad_request(f"CidrAllowedList: {text} is larger than /27")
    if any(block.subnet_of(private) for private in _PRIVATE):
        raise bad_request(f"CidrAllowedList: {text} is a private range")
