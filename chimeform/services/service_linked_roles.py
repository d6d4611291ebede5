"""Service-linked roles of Amazon Chime in IAM, by what the files call them.

`ListRoles` `{}` answers `{"Roles": {name: whether it is there}}`, with one listing for all.

`CreateServiceLinkedRole` `{"Role"}` makes one; that it is there already, because streaming has made it in the meantime,
is as good. `DeleteServiceLinkedRole` `{"Role"}` asks for its deletion and waits for it, up to a minute: IAM deletes in
its own time, and says only then whether anything uses the role. Who asks again meanwhile is told of the same deletion
[botocore iam DeleteServiceLinkedRole].
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ..errors import ServiceError, ServiceFault
from ..resources.linked_services import LINKED_SERVICES, LinkedService
from .aws import Services

_PREFIX = "/aws-service-role/"
_UNDER_WAY = ("IN_PROGRESS", "NOT_STARTED")
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each further look at a deletion."""


class ServiceLinkedRoleServices:
    """The border's own operations. Safe to use from several threads."""

    def __init__(self, aws: Services, sleep: Callable[[float], object] = time.sleep) -> None:
        self._aws = aws
        self._sleep = sleep

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if operation == "ListRoles":
            there = set(self._names())
            return {"Roles": {name: linked.role in there for name, linked in LINKED_SERVICES.items()}}
        if operation == "CreateServiceLinkedRole":
            return self._create(LINKED_SERVICES[request["Role"]])
        if operation == "DeleteServiceLinkedRole":
            return self._delete(LINKED_SERVICES[request["Role"]])
        raise ValueError(f"{service} has no operation {operation}")

    def time(self) -> datetime:
        return self._aws.time()

    def _names(self) -> Iterator[str]:
        request = {"PathPrefix": _PREFIX}
        while True:
            page = self._aws.call("iam", "ListRoles", request)
            yield from (role["RoleName"] for role in page["Roles"])
            if not page.get("IsTruncated"):
                return
            request["Marker"] = page["Marker"]

    def _create(self, linked: LinkedService) -> Mapping[str, Any]:
        try:
            self._aws.call("iam", "CreateServiceLinkedRole", {"AWSServiceName": linked.principal})
        except ServiceError as error:
            if error.fault is not ServiceFault.INVALID or linked.role not in set(self._names()):
                raise
        return {}

    def _delete(self, linked: LinkedService) -> Mapping[str, Any]:
        try:
            task = self._aws.call("iam", "DeleteServiceLinkedRole", {"RoleName": linked.role})["DeletionTaskId"]
        except ServiceError as error:
            if error.fault is ServiceFault.ABSENT:
                return {}
            raise
        found = self._status(task)
        for pause in _PAUSES:
            if found["Status"] not in _UNDER_WAY:
                break
            self._sleep(pause)
            found = self._status(task)
        if found["Status"] in _UNDER_WAY:
            raise _not_yet(linked)
        if found["Status"] != "SUCCEEDED":
            raise _in_use(linked, found.get("Reason", {}))
        return {}

    def _status(self, task: str) -> Mapping[str, Any]:
        return self._aws.call("iam", "GetServiceLinkedRoleDeletionStatus", {"DeletionTaskId": task})


def _not_yet(linked: LinkedService) -> ServiceError:
    return ServiceError(
        f"DeleteServiceLinkedRole: IAM is still about to delete {linked.role}",
        operation="DeleteServiceLinkedRole",
        fault=ServiceFault.CONFLICT,
        why="IAM takes its time, and says at the end only whether anything uses the role",
        do="run the command again in some minutes; a second request joins the deletion that is under way",
        code="CF-SLR-003",
    )


def _in_use(linked: LinkedService, reason: Mapping[str, Any]) -> ServiceError:
    users = [one for region in reason.get("RoleUsageList", ()) for one in region.get("Resources", ())]
    return ServiceError(
        f"DeleteServiceLinkedRole: {linked.role} is in use" + (f" by {', '.join(users)}" if users else ""),
        operation="DeleteServiceLinkedRole",
        fault=ServiceFault.CONFLICT,
        why=reason.get("Reason") or "IAM deletes no role through which a service still acts",
        do="stop what uses it, and run the command again",
        code="CF-SLR-002",
    )
