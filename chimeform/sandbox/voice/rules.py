"""SIP rules: which calls go to which SIP media applications."""

from __future__ import annotations

import re
from typing import Any

from chimeform.sandbox.chime import inventory, numbering
from chimeform.sandbox.chime.world import bad_request, conflict, new_guid
from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.store import Record
from chimeform.sandbox.voice.applications import targets
from chimeform.sandbox.voice.associations import check_free, hold
from chimeform.sandbox.voice.numbers import find_visible
from chimeform.sandbox.voice.world import (
    APPLICATION,
    CONNECTOR,
    RULE,
    add,
    associated_numbers,
    find,
    list_page,
    table,
    update,
)

_E164 = re.compile(r"\+?[1-9]\d{1,14}", re.ASCII)


def create_sip_rule(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """A rule for an own number, which is associated with it, or for the host name of an own connector.

    [botocore CreateSipRule] Several rules may name one host: nothing says otherwise.
    """
    triggers = {"ToPhoneNumber": _read_number, "RequestUriHostname": _read_host}
    number, value = triggers[params["TriggerType"]](ctx, params["TriggerValue"])
    wire = {
        "SipRuleId": new_guid(ctx),
        "Name": params["Name"],
        "Disabled": params.get("Disabled", False),
        "TriggerType": params["TriggerType"],
        "TriggerValue": value,
        "TargetApplications": _read_targets(ctx, params["TargetApplications"]),
    }
    record = add(ctx, RULE, wire)
    if number is not None:
        hold(ctx, number, "SipRuleId", record["SipRule"]["SipRuleId"])
    return {"SipRule": record["SipRule"]}


def get_sip_rule(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"SipRule": find(ctx, RULE, params["SipRuleId"])["SipRule"]}


def list_sip_rules(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """All rules, or those that target an application."""
    found = None
    if (application_id := params.get("SipMediaApplicationId")) is not None:
        find(ctx, APPLICATION, application_id)
        found = [record for record in table(ctx, RULE).values() if targets(record, application_id)]
    rules, token = list_page(ctx, RULE, params, found)
    return {"SipRules": rules, "NextToken": token}


def update_sip_rule(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Change name, targets and whether it is disabled; what triggers a rule can never change."""
    record = find(ctx, RULE, params["SipRuleId"])
    members: dict[str, Any] = {name: params[name] for name in ("Name", "Disabled") if name in params}
    if "TargetApplications" in params:
        members["TargetApplications"] = _read_targets(ctx, params["TargetApplications"])
    return {"SipRule": update(ctx, RULE, record, **members)["SipRule"]}


def delete_sip_rule(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Take away a disabled rule; its number is free again [botocore SipRule; guide: Deleting phone numbers]."""
    record = find(ctx, RULE, params["SipRuleId"])
    if not record["SipRule"]["Disabled"]:
        raise conflict(f"SIP rule {params['SipRuleId']} is enabled; disable it first")
    for number in associated_numbers(ctx, "SipRuleId", params["SipRuleId"]):
        inventory.unassign(ctx, number["PhoneNumber"]["E164PhoneNumber"])
    table(ctx, RULE).remove(params["SipRuleId"])
    return {}


def _read_number(ctx: Context, value: str) -> tuple[Record, str]:
    """A number that is ours, of the right product type and free; one that another rule has is a conflict."""
    if not _E164.fullmatch(value):
        raise bad_request(f"TriggerValue: '{value}' is no phone number in E.164 format")
    try:
        record = find_visible(ctx, value, inventory.find_held)
    except ApiError as error:
        raise bad_request(error.message) from error  # the operation knows no NotFoundException
    number = record["PhoneNumber"]
    if number["ProductType"] != numbering.SIP_MEDIA:
        raise bad_request(f"the number of a rule must have the product type {numbering.SIP_MEDIA}")
    if any(entry["Name"] == "SipRuleId" for entry in number["Associations"]):
        raise conflict(f"phone number {value} triggers another SIP rule")
    check_free(record)
    return record, number["E164PhoneNumber"]


def _read_host(ctx: Context, value: str) -> tuple[None, str]:
    if not table(ctx, CONNECTOR).by("host", value):
        raise bad_request(f"TriggerValue: '{value}' is the outbound host name of no Voice Connector")
    return None, value


def _read_targets(ctx: Context, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Targets with their Regions filled in; one application a Region [botocore CreateSipRule]."""
    read, regions = [], set()
    for target in given:
        try:
            application = find(ctx, APPLICATION, target.get("SipMediaApplicationId", ""))["SipMediaApplication"]
        except ApiError as error:
            raise bad_request(error.message) from error  # not every operation here knows NotFoundException
        region = application["AwsRegion"]
        if target.get("AwsRegion", region) != region:
            raise bad_request(f"SIP media application {application['SipMediaApplicationId']} is in {region}")
        if region in regions:
            raise bad_request(f"a SIP rule has one SIP media application a Region; {region} has two")
        regions.add(region)
        read.append({**target, "AwsRegion": region})
    return read
