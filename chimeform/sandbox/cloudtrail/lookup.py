"""LookupEvents: the events of the last 90 days in one Region, newest first. [botocore cloudtrail LookupEvents]

Chosen where the model is silent: values are compared as they are written, with regard to case. Amazon Chime's events
name no resources, so a look-up by those finds nothing.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any

from chimeform.sandbox.cloudtrail.records import EVENT_SOURCE, event_id, identify, name_of, render
from chimeform.sandbox.context import ApiError, Context, Operation
from chimeform.sandbox.trail import Fact, Trail

KEPT = timedelta(days=90)
_PAGE = 50

REFUSALS = {
    "LookupAttributes": "InvalidLookupAttributesException",
    "StartTime": "InvalidTimeRangeException",
    "EndTime": "InvalidTimeRangeException",
    "EventCategory": "InvalidEventCategoryException",
    "MaxResults": "InvalidMaxResultsException",
    "NextToken": "InvalidNextTokenException",
}
"""Member of the request → the error for one that breaks the model."""


def lookup_events(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    now = ctx.clock.now()
    if not ctx.trail.has_time(ctx.region, now, ctx.settings.event_lookups_per_second):
        raise ApiError("ThrottlingException", "Rate exceeded")
    found = _chosen(ctx, params, now)
    size = params.get("MaxResults", _PAGE)
    shown = list(islice(found, size))
    answer: dict[str, Any] = {"Events": [_show(fact, ctx) for fact in shown]}
    if len(shown) == size and next(found, None) is not None:
        answer["NextToken"] = _write_token(params, shown[-1].sequence)
    return answer


def _chosen(ctx: Context, params: Mapping[str, Any], now: datetime) -> Iterator[Fact]:
    """The facts that are asked for, after those that earlier pages have shown."""
    fits = _read_attribute(params, ctx.trail)
    start, end = params.get("StartTime"), params.get("EndTime")
    if start is not None and end is not None and start > end:
        raise ApiError("InvalidTimeRangeException", "The start time is after the end time")
    if params.get("EventCategory"):
        return iter(())  # nothing here is unusual enough for an insight
    earliest = max(start or now - KEPT, now - KEPT)
    last = _read_token(params)
    return (
        fact
        for fact in ctx.trail.newest_first()
        if (last is None or fact.sequence < last)
        and fact.region == ctx.region
        and _seconds(fact.at) >= _seconds(earliest)
        and (end is None or fact.at.replace(microsecond=0) <= end)
        and fits(fact)
    )


def _read_attribute(params: Mapping[str, Any], trail: Trail) -> Callable[[Fact], bool]:
    attributes = params.get("LookupAttributes", ())
    if len(attributes) > 1:
        raise ApiError("InvalidLookupAttributesException", "You can use only one lookup attribute")
    if not attributes:
        return lambda _fact: True
    wanted, key = attributes[0]["AttributeValue"], attributes[0]["AttributeKey"]
    if key in _OF_CALLERS:
        read = _OF_CALLERS[key]
        return lambda fact: read(identify(fact, trail)) == wanted
    return lambda fact: _OF_EVENTS[key](fact) == wanted


def _show_flag(fact: Fact) -> str:
    return "true" if fact.is_read else "false"


_OF_EVENTS: Mapping[str, Callable[[Fact], str | None]] = {
    "EventId": event_id,
    "EventName": lambda fact: fact.name,
    "ReadOnly": _show_flag,
    "EventSource": lambda _fact: EVENT_SOURCE,
    "ResourceType": lambda _fact: None,
    "ResourceName": lambda _fact: None,
}
_OF_CALLERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "Username": name_of,
    "AccessKeyId": lambda identity: str(identity["accessKeyId"]),
}


def _show(fact: Fact, ctx: Context) -> dict[str, Any]:
    record = render(fact, ctx.trail, ctx.settings.hidden_members)
    return {
        "EventId": record["eventID"],
        "EventName": fact.name,
        "ReadOnly": _show_flag(fact),
        "AccessKeyId": record["userIdentity"]["accessKeyId"],
        "EventTime": fact.at,
        "EventSource": EVENT_SOURCE,
        "Username": name_of(record["userIdentity"]),
        "Resources": [],
        "CloudTrailEvent": json.dumps(record, separators=(",", ":")),
    }


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _write_token(params: Mapping[str, Any], sequence: int) -> str:
    return urlsafe_b64encode(json.dumps([_mark(params), sequence]).encode()).decode()


def _read_token(params: Mapping[str, Any]) -> int | None:
    """The place of the last event shown. A token belongs to the request that it continues [botocore NextToken]."""
    token = params.get("NextToken")
    if token is None:
        return None
    try:
        mark, sequence = json.loads(urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError):
        mark, sequence = None, 0
    if mark != _mark(params) or type(sequence) is not int:
        raise ApiError("InvalidNextTokenException", "The token is not valid, or belongs to another request")
    return sequence


def _mark(params: Mapping[str, Any]) -> str:
    asked = {name: value for name, value in params.items() if name not in ("NextToken", "MaxResults")}
    return sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()[:16]


OPERATIONS: dict[str, Operation] = {"LookupEvents": lookup_events}
