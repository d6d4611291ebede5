"""SIP media applications, the calls that they place, and the Alexa skills that they once had."""

from __future__ import annotations

from typing import Any

from chimeform.sandbox.chime.world import bad_request, conflict, new_guid, not_found
from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.store import Record
from chimeform.sandbox.voice.numbers import find_visible
from chimeform.sandbox.voice.world import (
    APPLICATION,
    CALL,
    RULE,
    add,
    arn,
    check_quota,
    configure,
    find,
    list_page,
    read_tags,
    table,
    update,
)

_LOGS = "EnableSipMediaApplicationMessageLogs"


def create_sip_media_application(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Its one endpoint is a Lambda function of the same Region; whether that exists is Lambda's to know."""
    region = params["AwsRegion"]
    _check_endpoints(params["Endpoints"], region)
    there = len(table(ctx, APPLICATION).by("region", region))
    check_quota(ctx.settings.sip_media_application_quota, there, f"SIP media applications in {region}")
    application_id = new_guid(ctx)
    wire = {
        "SipMediaApplicationId": application_id,
        "AwsRegion": region,
        "Name": params["Name"],
        "Endpoints": params["Endpoints"],
        "SipMediaApplicationArn": arn(ctx, region, "sma", application_id),
    }
    return {"SipMediaApplication": add(ctx, APPLICATION, wire, Tags=read_tags(params))["SipMediaApplication"]}


def get_sip_media_application(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"SipMediaApplication": _find(ctx, params)["SipMediaApplication"]}


def list_sip_media_applications(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    found, token = list_page(ctx, APPLICATION, params)
    return {"SipMediaApplications": found, "NextToken": token}


def update_sip_media_application(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = _find(ctx, params)
    if "Endpoints" in params:
        _check_endpoints(params["Endpoints"], record["SipMediaApplication"]["AwsRegion"])
    members = {name: params[name] for name in ("Name", "Endpoints") if name in params}
    return {"SipMediaApplication": update(ctx, APPLICATION, record, **members)["SipMediaApplication"]}


def delete_sip_media_application(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Take away an application that no rule targets, be it disabled or not [domain page, section 20.6]."""
    application_id = params["SipMediaApplicationId"]
    _find(ctx, params)
    for record in table(ctx, RULE).values():
        if targets(record, application_id):
            raise conflict(f"SIP rule {record['SipRule']['SipRuleId']} targets SIP media application {application_id}")
    table(ctx, APPLICATION).remove(application_id)
    return {}


def put_logging(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Set the switch; a request without it changes nothing."""
    record = _find(ctx, params)
    given = params.get("SipMediaApplicationLoggingConfiguration", {})
    logging = {_LOGS: given.get(_LOGS, record.get("Logging", {}).get(_LOGS, False))}
    configure(ctx, APPLICATION, record, "Logging", logging)
    return {"SipMediaApplicationLoggingConfiguration": logging}


def get_logging(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"SipMediaApplicationLoggingConfiguration": _find(ctx, params).get("Logging") or {_LOGS: False}}


def refuse_alexa_skill(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Reading and writing Alexa skills "is no longer available for use" [botocore]: GoneException."""
    _find(ctx, params)
    raise ApiError("GoneException", "Alexa skills of SIP media applications are no longer available")


def create_call(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Place a call from a number of the inventory. Nobody is called.

    The operation knows no NotFoundException; an unknown application is a bad request. That the number must belong to
    the application is not documented.
    """
    try:
        _find(ctx, params)
        find_visible(ctx, params["FromPhoneNumber"])
    except ApiError as error:
        raise bad_request(error.message) from error
    call = add(ctx, CALL, {"TransactionId": new_guid(ctx)}, SipMediaApplicationId=params["SipMediaApplicationId"])
    return {"SipMediaApplicationCall": call["SipMediaApplicationCall"]}


def update_call(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Hand arguments to the application of a call. Nothing runs; calls of the sandbox never end."""
    _find(ctx, params)
    call = find(ctx, CALL, params["TransactionId"])
    if call["SipMediaApplicationId"] != params["SipMediaApplicationId"]:
        raise not_found("call", params["TransactionId"])
    return {"SipMediaApplicationCall": call["SipMediaApplicationCall"]}


def targets(rule: Record, application_id: str) -> bool:
    return any(item["SipMediaApplicationId"] == application_id for item in rule["SipRule"]["TargetApplications"])


def _find(ctx: Context, params: dict[str, Any]) -> Record:
    return find(ctx, APPLICATION, params["SipMediaApplicationId"])


def _check_endpoints(endpoints: list[dict[str, Any]], region: str) -> None:
    """The model allows an endpoint without a function, which would be none."""
    for endpoint in endpoints:
        function = endpoint.get("LambdaArn")
        if function is None:
            raise bad_request("an endpoint needs a LambdaArn")
        if function.split(":")[3] != region:
            raise bad_request(f"the function {function} is not in the application's Region {region}")
