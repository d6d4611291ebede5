"""Chat bots of an Enterprise account and where their events go. Bots are never deleted."""

from __future__ import annotations

import ipaddress
import json
import re
import string
from typing import Any
from urllib.parse import SplitResult, urlsplit

from chimeform.sandbox.chime import domains
from chimeform.sandbox.chime.world import (
    bad_request,
    bots,
    changed,
    find_account,
    find_bot,
    find_enterprise,
    new_guid,
    not_found,
    over_limit,
    stamp,
)
from chimeform.sandbox.context import Context
from chimeform.sandbox.outbound import OutboundRefused
from chimeform.sandbox.paging import page
from chimeform.sandbox.store import Record

BOTS_PER_ACCOUNT = 10
"""[guide: Integrating chatbots]"""

CHALLENGE_SECONDS = 5.0
"""How long an endpoint may take to answer the challenge; the pages give a time only for events (2 s)."""

_NAME = re.compile(r"[A-Za-z0-9 +\-%_.@#!&()']{1,55}")
_LAMBDA = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:([A-Za-z0-9-_]{1,140})(?::[A-Za-z0-9$_-]+)?")
_TOKEN_ALPHABET = string.ascii_letters + string.digits


def create_bot(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """A bot of a claimed domain, by default the one claimed first. Two bots may have one name: no rule forbids it."""
    account_id, name = params["AccountId"], params["DisplayName"]
    find_enterprise(ctx, account_id, "a bot")
    if not _NAME.fullmatch(name) or not name.strip():
        raise bad_request("DisplayName is 1 to 55 letters, digits, blanks and + - % _ . @ # ! & ( ) '")
    claimed = domains.list_claimed(ctx, account_id)
    domain = (params.get("Domain") or (claimed[0] if claimed else "")).lower()
    if domain not in claimed:
        raise bad_request(f"domain '{domain}' is not claimed by the account")
    if len(bots(ctx).by("account", account_id)) >= BOTS_PER_ACCOUNT:
        raise over_limit(f"an account has at most {BOTS_PER_ACCOUNT} bots")
    now = stamp(ctx)
    bot = {
        "BotId": new_guid(ctx),
        # The guide's samples have two identifiers, the CLI's one: clients must not count on their being equal.
        "UserId": new_guid(ctx),
        "DisplayName": f"{name} (Bot)",
        "BotType": "ChatBot",
        "Disabled": False,
        "CreatedTimestamp": now,
        "UpdatedTimestamp": now,
        "BotEmail": f"{name.replace(' ', '')}-chimebot@{domain}",
        "SecurityToken": _new_token(ctx),
    }
    bots(ctx).put(str(bot["BotId"]), {"Bot": bot, "AccountId": account_id, "EventsConfiguration": None})
    return {"Bot": bot}


def get_bot(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"Bot": find_bot(ctx, params["AccountId"], params["BotId"])["Bot"]}


def list_bots(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Ten a page unless asked otherwise. A Team account has none."""
    find_account(ctx, params["AccountId"])
    chosen, token = page(bots(ctx).by("account", params["AccountId"]), params, 10, key=_bot_id)
    return {"Bots": [record["Bot"] for record in chosen], "NextToken": token}


def update_bot(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Stop or start a bot. UpdatedTimestamp stays, as in the shipped example [awscli: update-bot]."""
    record = find_bot(ctx, params["AccountId"], params["BotId"])
    record = changed(record, "Bot", Disabled=params.get("Disabled", record["Bot"]["Disabled"]))
    bots(ctx).put(params["BotId"], record)
    return {"Bot": record["Bot"]}


def regenerate_security_token(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = find_bot(ctx, params["AccountId"], params["BotId"])
    record = changed(record, "Bot", SecurityToken=_new_token(ctx))
    bots(ctx).put(params["BotId"], record)
    return {"Bot": record["Bot"]}


def remove_bots(ctx: Context, account_id: str) -> None:
    """Bots of an account that is being deleted: the only way in which one goes."""
    for record in bots(ctx).by("account", account_id):
        bots(ctx).remove(record["Bot"]["BotId"])


def put_events_configuration(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Send the bot's events to an HTTPS endpoint or to a Lambda function, which is tried out first.

    The other kind of target, if there was one, is replaced: the guide describes deleting it first, no error for not
    doing so.
    """
    record = find_bot(ctx, params["AccountId"], params["BotId"])
    endpoint, function = params.get("OutboundEventsHTTPSEndpoint"), params.get("LambdaFunctionArn")
    if bool(endpoint) == bool(function):
        raise bad_request("give either OutboundEventsHTTPSEndpoint or LambdaFunctionArn")
    configuration = {"BotId": params["BotId"]}
    if endpoint:
        _challenge(ctx, endpoint)
        configuration["OutboundEventsHTTPSEndpoint"] = endpoint
    elif function:
        _try_function(ctx, function)
        configuration["LambdaFunctionArn"] = function
    bots(ctx).put(params["BotId"], {**record, "EventsConfiguration": configuration})
    return {"EventsConfiguration": configuration}


def get_events_configuration(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = find_bot(ctx, params["AccountId"], params["BotId"])
    if record["EventsConfiguration"] is None:
        raise not_found("events configuration of bot", params["BotId"])
    return {"EventsConfiguration": record["EventsConfiguration"]}


def delete_events_configuration(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Deleting what is not there is no error: whether it is one is not documented."""
    record = find_bot(ctx, params["AccountId"], params["BotId"])
    bots(ctx).put(params["BotId"], {**record, "EventsConfiguration": None})
    return {}


def _challenge(ctx: Context, endpoint: str) -> None:
    """Prove an HTTPS endpoint as the service does: it must send the challenge back [guide: Integrating chatbots].

    A sandbox calls nothing but this machine. Hosts under the settings' `assumed_endpoints`, names that are reserved for
    examples, are taken as answering rightly; any other host cannot be proved and is refused. Loopback addresses may be
    plain http, so that a test needs no certificate.
    """
    parts = _parse_endpoint(endpoint)
    if _is_assumed(ctx, parts.hostname or ""):
        return
    challenge = _new_token(ctx)
    request = {"Challenge": challenge, "EventType": "HTTPSEndpointVerification"}
    try:
        status, headers, body = ctx.outbound.post_json(endpoint, request, CHALLENGE_SECONDS)
    except (OutboundRefused, OSError, ValueError) as error:
        raise bad_request(f"the endpoint of the bot cannot be reached: {error}") from error
    if status != 200:
        raise bad_request(f"the endpoint of the bot answered the challenge with status {status}, not 200")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise bad_request("the endpoint of the bot did not answer the challenge with application/json")
    if _read_challenge(body) != challenge:
        raise bad_request("the endpoint of the bot did not send the challenge back")


def _parse_endpoint(endpoint: str) -> SplitResult:
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname
    except ValueError as error:
        raise bad_request(f"the endpoint is not a URL: {error}") from error
    if not host or parts.scheme not in ("https", "http") or (parts.scheme == "http" and not _is_loopback(host)):
        raise bad_request("the endpoint must be an https URL")
    return parts


def _is_assumed(ctx: Context, host: str) -> bool:
    suffixes = [f".{suffix.lstrip('.').lower()}" for suffix in ctx.settings.assumed_endpoints]
    return not _is_loopback(host) and f".{host.rstrip('.')}".endswith(tuple(suffixes))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read_challenge(body: bytes) -> Any:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer.get("Challenge") if isinstance(answer, dict) else None


def _try_function(ctx: Context, function: str) -> None:
    """The dry run succeeds, unless the settings' `lambda_denied` has the function's name or ARN."""
    match = _LAMBDA.fullmatch(function)
    if match is None:
        raise bad_request("LambdaFunctionArn is not the ARN of a Lambda function")
    if {function, match[1]} & set(ctx.settings.lambda_denied):
        raise bad_request("the dry run of the Lambda function failed")


def _new_token(ctx: Context) -> str:
    return "".join(ctx.random.choices(_TOKEN_ALPHABET, k=43))


def _bot_id(record: Record) -> str:
    bot_id: str = record["Bot"]["BotId"]
    return bot_id
