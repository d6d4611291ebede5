"""Service-linked roles of Amazon Chime as IAM has them and moto has not.

They have names of their own, there is one of each, and streaming makes the one that it needs by itself. A deletion is a
task, which takes its time and fails while something acts through the role [guide: Using service-linked roles; botocore
iam DeleteServiceLinkedRole].
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

STREAMING = "voiceconnector.chime.amazonaws.com"
ROLES = {
    "chime.amazonaws.com": "AWSServiceRoleForAmazonChime",
    "mediapipelines.chime.amazonaws.com": "AWSServiceRoleForAmazonChimeSDKMediaPipelines",
    "transcription.chime.amazonaws.com": "AWSServiceRoleForAmazonChimeTranscription",
    STREAMING: "AWSServiceRoleForAmazonChimeVoiceConnector",
}
"""[guide: Using service-linked roles]"""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What IAM sees of the rest of the sandbox: the time, how long a deletion takes, and what streams, by Region."""

    now: datetime
    deletion_seconds: float
    streaming: Mapping[str, Sequence[str]]


@dataclass(slots=True)
class _Task:
    """A deletion; without a `status` it is on its way."""

    role: str
    due: datetime
    status: str = ""
    users: Mapping[str, Sequence[str]] | None = None

    def told(self) -> dict[str, Any]:
        if not self.users:
            return {"Status": self.status or "IN_PROGRESS"}
        used = [{"Region": region, "Resources": [*arns]} for region, arns in self.users.items()]
        return {"Status": self.status, "Reason": {"Reason": "The role is in use.", "RoleUsageList": used}}


class LinkedRoles:
    """`look` is called where the sandbox runs, `started` anywhere, and all others in the thread of moto."""

    def __init__(self, account_id: str, outlook: Callable[[], Outlook]) -> None:
        self._account_id = account_id
        self._ask = outlook
        self._seen: Outlook | None = None
        self._started: set[str] = set()
        self._tasks: dict[str, _Task] = {}

    def started(self, service: str) -> None:
        """The service needs its role from now on, and makes it; moto is told when somebody asks IAM next."""
        self._started.add(service)

    def look(self) -> None:
        """See what a request to IAM finds."""
        self._seen = self._ask()

    def clear(self) -> None:
        self._started.clear()
        self._tasks.clear()

    def settle(self) -> None:
        """Bring moto up to date, before it is asked."""
        from moto.iam.models import iam_backends

        backend = iam_backends[self._account_id]["aws"]
        while self._started:
            service = self._started.pop()
            if not _is_there(backend, ROLES[service]):
                backend.create_service_linked_role(service, "", "")
        assert self._seen is not None
        for task in self._tasks.values():
            if not task.status and self._seen.now >= task.due:
                task.users = self._seen.streaming if task.role == ROLES[STREAMING] else None
                task.status = "FAILED" if task.users else "SUCCEEDED"
                if not task.users:
                    backend.delete_role(task.role)

    def submit(self, role: str) -> str:
        """The name of the task that deletes it; of the earlier one, while that is on its way."""
        assert self._seen is not None
        known = next((name for name, task in self._tasks.items() if task.role == role and not task.status), None)
        service = next(service for service, name in ROLES.items() if name == role)
        name = known or f"task/aws-service-role/{service}/{role}/{uuid.uuid4()}"
        self._tasks.setdefault(name, _Task(role, self._seen.now + timedelta(seconds=self._seen.deletion_seconds)))
        self.settle()
        return name

    def told(self, name: str) -> dict[str, Any] | None:
        """How a task stands; None for one that deletes no role of Amazon Chime."""
        task = self._tasks.get(name)
        return task.told() if task else None


def teach_roles(roles: LinkedRoles) -> None:
    """Once moto is loaded; it derives the names of roles by a rule that Amazon Chime does not follow."""
    from moto.core.responses import ActionResult
    from moto.iam.exceptions import InvalidInput
    from moto.iam.models import IAMBackend
    from moto.iam.responses import IamResponse

    derived, deleted = IAMBackend.create_service_linked_role, IAMBackend.delete_service_linked_role
    told = IamResponse.get_service_linked_role_deletion_status

    def create(self: Any, service_name: str, description: str, suffix: str) -> Any:
        name = ROLES.get(service_name)
        if name is None or suffix:
            return derived(self, service_name, description, suffix)
        if _is_there(self, name):
            raise InvalidInput(
                f"Service role name {name} has been taken in this account, please try a different suffix."
            )
        trust = {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service_name]}}
        return self.create_role(
            name,
            json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            f"/aws-service-role/{service_name}/",
            permissions_boundary=None,
            description=description,
            tags=[],
            max_session_duration="3600",
            linked_service=service_name,
        )

    def delete(self: Any, role_name: str) -> str:
        if role_name not in ROLES.values():
            return str(deleted(self, role_name))
        self.get_role(role_name)  # refused where there is none
        return roles.submit(role_name)

    def tell(self: Any) -> Any:
        found = roles.told(self._get_param("DeletionTaskId"))
        return told(self) if found is None else ActionResult(found)

    IAMBackend.create_service_linked_role = create  # type: ignore[method-assign]
    IAMBackend.delete_service_linked_role = delete  # type: ignore[method-assign]
    IamResponse.get_service_linked_role_deletion_status = tell  # type: ignore[method-assign]


def _is_there(backend: Any, name: str) -> bool:
    return any(role.name == name for role in backend.roles.values())
