"""Rules of EventBridge about the streams of Voice Connectors, in the Region that the service's name says.

A rule without a name is the connector's own, which is called after its id. `DescribeRule`
`{"Connector"?, "Rules": [name or None]}` answers `{"Rules": [rule or None]}`, each rule as `{"Name", "Arn", "Statuses",
"Enabled", "Description"?, "Targets"?: [ARN], "MessageGroup"?}`; while there is no connector, it has no rule.

`PutRule` `{"Connector", "Rule"?, "Statuses", "Enabled", "Description"?}` replaces a rule; its role stays.
`PutTargets` `{"Connector", "Rule"?, "Targets": [ARN], "MessageGroup"?}` makes these the only targets. What else
somebody has set at one of them (an input, a dead-letter queue) stays. `DeleteRule` `{"Connector", "Rules"}` takes rules
away, their targets first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..errors import ServiceError, ServiceFault
from ..regions import in_region, service_and_region
from ..resources.event_targets import Target
from ..resources.streaming_pattern import DEFAULT_NAME, pattern_for, statuses_in
from .aws import Services, fault_of

_PAGE = 100
_DISABLED = "DISABLED"


class EventRuleServices:
    """The border's own operations. Safe to use from several threads."""

    def __init__(self, aws: Services) -> None:
        self._aws = aws

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Raises `ServiceError`; for targets that were refused, with each of them and the reason."""
        name, region = service_and_region(service)
        rules, connector = _Rules(self._aws, in_region("events", region)), request.get("Connector")
        if operation == "DescribeRule":
            return {"Rules": [rules.look(_named(one, connector), connector) for one in request["Rules"]]}
        if operation == "PutRule":
            rules.put(_named(request.get("Rule"), connector), request)
        elif operation == "PutTargets":
            rules.put_targets(_named(request.get("Rule"), connector), request["Targets"], request.get("MessageGroup"))
        elif operation == "DeleteRule":
            for one in request["Rules"]:
                rules.delete(_named(one, connector))
        else:
            raise ValueError(f"{name} has no operation {operation}")
        return {}

    def time(self) -> datetime:
        return self._aws.time()


def _named(name: str | None, connector: str | None) -> str | None:
    return name or (f"{DEFAULT_NAME}{connector}" if connector else None)


class _Rules:
    """The rules of one Region, on its default bus, where events of AWS arrive."""

    def __init__(self, aws: Services, events: str) -> None:
        self._aws = aws
        self._events = events

    def look(self, name: str | None, connector: str | None) -> Mapping[str, Any] | None:
        rule = self._describe(name) if name else None
        if rule is None:
            return None
        targets = self._targets(str(name))
        found = {
            "Name": rule["Name"],
            "Arn": rule["Arn"],
            "Statuses": statuses_in(rule.get("EventPattern"), connector),
            "Enabled": rule.get("State") != _DISABLED,
            "Description": rule.get("Description"),
            "Targets": sorted(one["Arn"] for one in targets) or None,
            "MessageGroup": _group_of(targets),
        }
        return {member: value for member, value in found.items() if value is not None}

    def put(self, name: str | None, request: Mapping[str, Any]) -> None:
        before = self._describe(str(name)) or {}
        statuses = request["Statuses"]
        # somebody who leaves a pattern alone (`lifecycle.ignore`) gets it back as it is
        is_foreign = isinstance(statuses, Mapping)
        pattern = statuses["pattern"] if is_foreign else pattern_for(request["Connector"], statuses)
        sent = {
            "Name": name,
            "EventPattern": pattern,
            "State": "ENABLED" if request["Enabled"] else _DISABLED,
            "Description": request.get("Description"),
            "RoleArn": before.get("RoleArn"),
        }
        self._call("PutRule", {member: value for member, value in sent.items() if value is not None})

    def put_targets(self, name: str | None, wanted: Sequence[str], group: str | None) -> None:
        """First what is too much goes, because a rule has room for few."""
        there = self._targets(str(name))
        kept: dict[str, Mapping[str, Any]] = {}
        for one in there:
            if one["Arn"] in wanted:
                kept.setdefault(one["Arn"], one)
        self._remove(str(name), [one for one in there if one not in kept.values()])
        wishes = [_wish(arn, kept.get(arn), group) for arn in wanted]
        if changed := [one for one in wishes if one not in kept.values()]:
            answer = self._call("PutTargets", {"Rule": name, "Targets": changed})
            _check("PutTargets", answer, changed)

    def delete(self, name: str | None) -> None:
        """Of a rule that is gone already, nothing is left to do."""
        try:
            self._remove(str(name), self._targets(str(name)))
            self._call("DeleteRule", {"Name": name})
        except ServiceError as error:
            if error.fault is not ServiceFault.ABSENT:
                raise

    def _remove(self, name: str, targets: Sequence[Mapping[str, Any]]) -> None:
        if targets:
            answer = self._call("RemoveTargets", {"Rule": name, "Ids": [one["Id"] for one in targets]})
            _check("RemoveTargets", answer, targets)

    def _describe(self, name: str) -> Mapping[str, Any] | None:
        try:
            return self._call("DescribeRule", {"Name": name})
        except ServiceError as error:
            if error.fault is ServiceFault.ABSENT:
                return None
            raise

    def _targets(self, name: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        request: dict[str, Any] = {"Rule": name, "Limit": _PAGE}
        while True:
            page = self._call("ListTargetsByRule", request)
            found += page.get("Targets", ())
            if not page.get("NextToken"):
                return found
            request["NextToken"] = page["NextToken"]

    def _call(self, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._aws.call(self._events, operation, request)


def _wish(arn: str, before: Mapping[str, Any] | None, group: str | None) -> Mapping[str, Any]:
    wish = dict(before or {"Id": f"chimeform-{hashlib.sha256(arn.encode()).hexdigest()[:32]}", "Arn": arn})
    if Target.of(arn).is_ordered_queue:
        wish["SqsParameters"] = {"MessageGroupId": group} if group else None
    return {member: value for member, value in wish.items() if value is not None}


def _group_of(targets: Sequence[Mapping[str, Any]]) -> str | None:
    """The message group that all FIFO queues have."""
    groups = {one.get("SqsParameters", {}).get("MessageGroupId") for one in targets if _is_ordered(one["Arn"])}
    return groups.pop() if len(groups) == 1 else None


def _is_ordered(arn: str) -> bool:
    """Somebody may have put a target there that the files could not name."""
    return arn.startswith("arn:") and arn.split(":")[2] == "sqs" and Target.of(arn).is_ordered_queue


def _check(operation: str, answer: Mapping[str, Any], targets: Sequence[Mapping[str, Any]]) -> None:
    """Targets can fail inside an answer that says "success" [botocore PutTargets FailedEntries]."""
    failed = answer.get("FailedEntries") or ()
    if not answer.get("FailedEntryCount"):
        return
    arns = {one["Id"]: one["Arn"] for one in targets}
    told = [*_told(failed, arns)]
    faults = {fault_of(str(one.get("ErrorCode", "")), 400) for one in failed}
    raise ServiceError(
        f"{operation}: {len(told)} of {len(targets)} targets were refused: {'; '.join(told)}",
        operation=operation,
        fault=faults.pop() if len(faults) == 1 else ServiceFault.INVALID,
        service_code=str(failed[0].get("ErrorCode", "")) if failed else "",
        do="look at the reason of each; the others are in place, and the next apply goes on from there",
        code="CF-EVT-007",
    )


def _told(failed: Sequence[Mapping[str, Any]], arns: Mapping[str, str]) -> Iterator[str]:
    for one in failed:
        target = arns.get(str(one.get("TargetId")), one.get("TargetId"))
        yield f"{target}: {one.get('ErrorMessage') or 'no reason given'} ({one.get('ErrorCode')})"
