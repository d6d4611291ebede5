"""Log groups of Voice Connectors in CloudWatch Logs, in the Region that the service's name says.

`DescribeLogGroups` `{}` answers `{"Groups": {name: {"Days"?, "Policy"?}}}` with every one that there is in the Region,
whosever connector it is of: one listing for all that are declared. `Policy` is the name of a policy of the whole AWS
account; the days are then those of that policy.

`PutRetentionPolicy` `{"Connector", "Log", "Days"}` sets a period, and makes the group where the service has not yet
written into it. `DeleteRetentionPolicy` `{"Connector", "Log"}` lifts it; where there is no group, there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..errors import ServiceError, ServiceFault
from ..regions import in_region, service_and_region
from ..resources.log_groups import EVERY_GROUP, group_name
from .aws import Services

_PAGE = 50
_EXISTS = "ResourceAlreadyExistsException"


class LogGroupServices:
    """The border's own operations. Safe to use from several threads."""

    def __init__(self, aws: Services) -> None:
        self._aws = aws

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        name, region = service_and_region(service)
        logs = in_region("logs", region)
        if operation == "DescribeLogGroups":
            return {"Groups": {group["logGroupName"]: _told(group) for group in self._groups(logs)}}
        if operation == "PutRetentionPolicy":
            return self._put(logs, group_name(request["Log"], request["Connector"]), request["Days"])
        if operation == "DeleteRetentionPolicy":
            return self._lift(logs, group_name(request["Log"], request["Connector"]))
        raise ValueError(f"{name} has no operation {operation}")

    def time(self) -> datetime:
        return self._aws.time()

    def _groups(self, logs: str) -> Iterator[Mapping[str, Any]]:
        request: dict[str, Any] = {"logGroupNamePrefix": EVERY_GROUP, "limit": _PAGE}
        while True:
            page = self._aws.call(logs, "DescribeLogGroups", request)
            yield from page.get("logGroups", ())
            if not page.get("nextToken"):
                return
            request["nextToken"] = page["nextToken"]

    def _put(self, logs: str, group: str, days: int) -> Mapping[str, Any]:
        period = {"logGroupName": group, "retentionInDays": days}
        try:
            self._aws.call(logs, "PutRetentionPolicy", period)
        except ServiceError as error:
            if error.fault is not ServiceFault.ABSENT:
                raise
            self._create(logs, group)
            self._aws.call(logs, "PutRetentionPolicy", period)
        return {}

    def _create(self, logs: str, group: str) -> None:
        try:
            self._aws.call(logs, "CreateLogGroup", {"logGroupName": group})
        except ServiceError as error:
            # the connector may have written its first line in the meantime
            if error.service_code != _EXISTS:
                raise

    def _lift(self, logs: str, group: str) -> Mapping[str, Any]:
        try:
            self._aws.call(logs, "DeleteRetentionPolicy", {"logGroupName": group})
        except ServiceError as error:
            if error.fault is not ServiceFault.ABSENT:
                raise
        return {}


def _told(group: Mapping[str, Any]) -> Mapping[str, Any]:
    found = {"Days": group.get("retentionInDays"), "Policy": group.get("retentionPolicyName")}
    return {name: value for name, value in found.items() if value is not None}
