"""Events in the form of CloudTrail's records. [guide: Logging with CloudTrail; CloudTrail: record contents]

Members are called as in the service's model, with a small first letter. What CloudTrail hides of Chime's members is not
documented: here it is secrets, and whatever the setting `hidden_members` names.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from chimeform.sandbox.access import user_name
from chimeform.sandbox.context import ApiError
from chimeform.sandbox.shapes import Model
from chimeform.sandbox.trail import ApiCall, Fact, Move, Trail
from chimeform.sandbox.wire import load_model

EVENT_SOURCE = "chime.amazonaws.com"
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_SECRETS = frozenset({"SecurityToken", "Password", "JoinToken"})
_VERSION = "1.09"


def render(fact: Fact, trail: Trail, hidden: Container[str] = ()) -> dict[str, Any]:
    """The record of a fact."""
    request, response, message = _describe(fact, hidden) if isinstance(fact, ApiCall) else _describe_move(fact)
    record: dict[str, Any] = {
        "eventVersion": _VERSION,
        "userIdentity": identify(fact, trail),
        "eventTime": show_time(fact.at),
        "eventSource": EVENT_SOURCE,
        "eventName": fact.name,
        "awsRegion": fact.region,
        "sourceIPAddress": fact.address,
        "userAgent": fact.agent.decode("latin-1"),
        "requestParameters": request or None,
        "responseElements": response or None,
        "requestID": fact.request_id,
        "eventID": event_id(fact),
        "readOnly": fact.is_read,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": trail.account_id,
        "eventCategory": "Management",
    }
    if fact.error is not None:
        record |= {"errorCode": fact.error, "errorMessage": message}
    if isinstance(fact, Move):
        record["sessionCredentialFromConsole"] = "true"
    return record


def event_id(fact: Fact) -> str:
    """The same at every look; two events of one request (a directory is authorised and connected) have two."""
    digest = sha256(f"{fact.request_id}/{fact.name}".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


def show_time(moment: datetime) -> str:
    """CloudTrail tells whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def identify(fact: Fact, trail: Trail) -> dict[str, Any]:
    """The `userIdentity` of a record."""
    account_id = trail.account_id
    if isinstance(fact, Move):
        key = f"ASIA{_digits(fact.person or 'root')[:16]}"
        context = {"attributes": {"creationDate": show_time(fact.at), "mfaAuthenticated": "true"}}
        if fact.person is None:
            arn = f"arn:aws:iam::{account_id}:root"
            who: dict[str, Any] = {"type": "Root", "principalId": account_id, "arn": arn, "accountId": account_id}
            return {**who, "accessKeyId": key, "sessionContext": context}
        return {**_user(account_id, fact.person), "accessKeyId": key, "sessionContext": context}
    key = fact.caller.access_key
    session = trail.find_session(key)
    if session is None:
        return {**_user(account_id, user_name(key)), "accessKeyId": key}
    role_id = session.user_id.partition(":")[0]
    issuer = {"type": "Role", "principalId": role_id, "arn": session.role_arn, "accountId": account_id}
    return {
        "type": "AssumedRole",
        "principalId": session.user_id,
        "arn": session.arn,
        "accountId": account_id,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {**issuer, "userName": session.role_arn.rpartition("/")[2]},
            "attributes": {"mfaAuthenticated": "false"},
        },
    }


def name_of(identity: Mapping[str, Any]) -> str:
    """What LookupEvents calls the user name: that of the user, or of the role's session."""
    if identity["type"] == "Root":
        return "root"
    return str(identity.get("userName") or identity["arn"].rpartition("/")[2])


def _user(account_id: str, name: str) -> dict[str, Any]:
    return {
        "type": "IAMUser",
        "principalId": f"AIDA{_digits(name)[:17]}",
        "arn": f"arn:aws:iam::{account_id}:user/{name}",
        "accountId": account_id,
        "userName": name,
    }


def _digits(text: str) -> str:
    return sha256(text.encode()).hexdigest().upper()


Described = tuple[Any, Any, str]
"""Request parameters, response elements and the sentence of a refusal."""


def _describe(call: ApiCall, hidden: Container[str]) -> Described:
    endpoint = call.endpoint
    model = _model(endpoint.service)
    operation = model["operations"][endpoint.name]
    try:
        params = endpoint.read_request(call.labels, call.query, {}, call.body)
    except ApiError:
        params = {}  # what the service could not read is no parameter of the event
    request = _show(model, operation["input"]["shape"], params, hidden) if "input" in operation else None
    answer = json.loads(call.answer) if call.answer else {}
    if call.error is not None:
        return request, None, str(answer.get("Message", ""))
    response = _show(model, operation["output"]["shape"], answer, hidden) if "output" in operation else None
    return request, response, ""


def _describe_move(move: Move) -> Described:
    return move.request, move.response, move.message


def _show(model: Model, shape_name: str, value: Any, hidden: Container[str]) -> Any:
    shape = model["shapes"][shape_name]
    kind = shape["type"]
    if kind == "structure":
        shown = {}
        for name, ref in shape["members"].items():
            if (member := value.get(name)) is None:
                continue
            is_hidden = name in _SECRETS or name in hidden
            shown[name[:1].lower() + name[1:]] = HIDDEN if is_hidden else _show(model, ref["shape"], member, hidden)
        return shown
    if kind == "list":
        return [_show(model, shape["member"]["shape"], item, hidden) for item in value]
    if kind == "map":
        return {key: _show(model, shape["value"]["shape"], item, hidden) for key, item in value.items()}
    return show_time(value) if isinstance(value, datetime) else value


@cache
def _model(service: str) -> Model:
    return load_model(service)
