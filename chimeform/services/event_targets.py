"""Whether the targets of rules are there and let EventBridge in, as far as the credentials can see.

`DescribeTargets` `{"Targets": [ARN]}` answers `{"Absent": [ARN], "Shut": [ARN]}`: those of which it is certain. A
target that nobody lets us look at is in neither.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..errors import ServiceError, ServiceFault
from ..regions import in_region, service_and_region
from ..resources.event_targets import Target, is_shut
from .aws import Services


class EventTargetServices:
    """The border's own operation. Safe to use from several threads."""

    def __init__(self, aws: Services, expected_account: str | None = None) -> None:
        self._aws = aws
        self._account = expected_account

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        name, _ = service_and_region(service)
        if operation != "DescribeTargets":
            raise ValueError(f"{name} has no operation {operation}")
        absent, shut = [], []
        for target in map(Target.of, request["Targets"]):
            try:
                if is_shut(self._policy(target), target):
                    shut.append(target.arn)
            except ServiceError as error:
                if error.fault is ServiceFault.ABSENT and self._is_certain(target):
                    absent.append(target.arn)
                elif error.fault not in (ServiceFault.ABSENT, ServiceFault.DENIED):
                    raise
            except ValueError:
                continue  # a policy of no known form may let anybody in
        return {"Absent": absent, "Shut": shut}

    def time(self) -> datetime:
        return self._aws.time()

    def _policy(self, target: Target) -> Any:
        """The target's policy, None where it has none. Raises `ServiceError`; of fault `absent` where there is no such
        target, and ValueError for a text that is no policy."""
        read = {"sns": self._of_topic, "sqs": self._of_queue, "lambda": self._of_function}[target.service]
        text = read(in_region(target.service, target.region), target)
        return json.loads(text) if text else None

    def _of_topic(self, sns: str, target: Target) -> str | None:
        return _text(self._aws.call(sns, "GetTopicAttributes", {"TopicArn": target.arn}), "Attributes", "Policy")

    def _of_queue(self, sqs: str, target: Target) -> str | None:
        owner = {"QueueName": target.name, "QueueOwnerAWSAccountId": target.account}
        url = self._aws.call(sqs, "GetQueueUrl", owner)["QueueUrl"]
        found = self._aws.call(sqs, "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["Policy"]})
        return _text(found, "Attributes", "Policy")

    def _of_function(self, functions: str, target: Target) -> str | None:
        """A function without a policy and no function at all are refused alike, so that it is asked twice."""
        try:
            return _text(self._aws.call(functions, "GetPolicy", {"FunctionName": target.arn}), "Policy")
        except ServiceError as error:
            if error.fault is not ServiceFault.ABSENT:
                raise
        self._aws.call(functions, "GetFunctionConfiguration", {"FunctionName": target.arn})
        return None

    def _is_certain(self, target: Target) -> bool:
        """Another account's queue may be there, and hidden [SQS API reference: GetQueueUrl]."""
        return target.account == self._own_account()

    def _own_account(self) -> str:
        if self._account is None:
            # several threads may ask at first, and are told the same
            self._account = str(self._aws.call("sts", "GetCallerIdentity", {})["Account"])
        return self._account


def _text(answer: Any, *path: str) -> str | None:
    for step in path:
        answer = answer.get(step) or {}
    return str(answer) if answer else None
