"""One event of CloudTrail as a value: who asked for what, when, from where and with what.

[CloudTrail: record contents, userIdentity element; guide: Logging with CloudTrail]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

SOURCE = "chime.amazonaws.com"
"""Of both Chime services, and of the console."""
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """A successful write. Members of request and answer are called as in the service's model."""

    id: str
    name: str
    at: datetime
    who: str
    role: str
    source_address: str
    via: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any]


def read_event(record: Mapping[str, Any]) -> TrailEvent | None:
    """The event of a record; None for what changed nothing of Amazon Chime: reads, refused calls, other services."""
    is_read = str(record.get("readOnly")).lower() == "true"
    if record.get("eventSource") != SOURCE or is_read or record.get("errorCode"):
        return None
    at = _moment(record.get("eventTime"))
    if at is None:
        return None
    who, role = _person(_block(record, "userIdentity"))
    return TrailEvent(
        id=str(record.get("eventID", "")),
        name=str(record.get("eventName", "")),
        at=at,
        who=who,
        role=role,
        source_address=str(record.get("sourceIPAddress", "")),
        via=_means(record),
        request=_as_modelled(_block(record, "requestParameters")),
        answer=_as_modelled(_block(record, "responseElements")),
    )


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _block(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = record.get(name)
    return found if isinstance(found, Mapping) else {}


def _person(identity: Mapping[str, Any]) -> tuple[str, str]:
    """Who it was, and the role that she had assumed."""
    kind, arn = identity.get("type"), str(identity.get("arn", ""))
    if kind == "Root":
        return "root", ""
    if kind == "AssumedRole":
        _, role, session = (*arn.split("/"), "", "")[:3]
        return session, str(_block(_block(identity, "sessionContext"), "sessionIssuer").get("userName") or role)
    name = identity.get("userName") or arn.rpartition("/")[2] or identity.get("invokedBy")
    return str(name or identity.get("principalId") or "somebody"), ""


_PROGRAMS = {
    "chimeform": "chimeform",
    "terraform": "Terraform",
    "pulumi": "Pulumi",
    "cloudformation": "CloudFormation",
    "aws-cli": "AWS CLI",
    "boto3": "boto3",
    "botocore": "botocore",
}
"""What the user agent says → what it is called. The first that fits: each is built on those below it."""
_SDKS = {
    "aws-sdk-go": "AWS SDK for Go",
    "aws-sdk-java": "AWS SDK for Java",
    "aws-sdk-js": "AWS SDK for JavaScript",
}
"""What the console is built on too."""


def _means(record: Mapping[str, Any]) -> str:
    agent = str(record.get("userAgent", ""))
    is_console = str(record.get("sessionCredentialFromConsole")).lower() == "true"
    named = (name for sign, name in (_PROGRAMS | ({} if is_console else _SDKS)).items() if sign in agent.lower())
    return next(named, "console" if is_console else agent.partition(" ")[0] or "API")


def _as_modelled(value: Any) -> Any:
    """CloudTrail writes the first letter of each member small."""
    if isinstance(value, Mapping):
        return {name[:1].upper() + name[1:]: _as_modelled(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_modelled(item) for item in value]
    return value
