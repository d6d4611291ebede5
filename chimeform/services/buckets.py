"""Buckets of Amazon S3 that call detail records go into, and the part of their policies that is ours.

`DescribeBucket` `{"Bucket"}` answers `{"State": "there" | "absent" | "elsewhere" | "denied", "Encryption"?}`: whether
the bucket is one of this AWS account's and within reach, and how it encrypts by default, as far as the credentials can
see. A HEAD request is refused without a reason, so that the owner is told apart by asking twice.

`GetBucketPolicy` `{"Buckets": [name]}` answers `{"Account", "Policies": {name: policy or None}}`.

`PutBucketPolicy` `{"Bucket", "Policy": {"Statement"}}` makes these the only statements of ours in the bucket's policy,
and `DeleteBucketPolicy` `{"Bucket"}` takes ours away, and the policy itself when nothing else is in it. Amazon S3 has
no condition for the change of a policy, so that each reads it right before it writes, and writes only what differs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..errors import ServiceError, ServiceFault
from ..resources.bucket_policy import Policy, has_ours, merged
from .aws import Services

SERVICE = "buckets"


class BucketServices:
    """The border's own operations. Safe to use from several threads."""

    def __init__(self, aws: Services, expected_account: str | None = None) -> None:
        self._aws = aws
        self._account = expected_account

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Raises `ServiceError`; of fault `invalid` for a policy that nobody here understands."""
        if operation == "DescribeBucket":
            return self._describe(request["Bucket"])
        if operation == "GetBucketPolicy":
            policies = {bucket: self._policy(bucket) for bucket in sorted(set(request["Buckets"]))}
            return {"Account": self._own_account(), "Policies": policies}
        if operation == "PutBucketPolicy":
            return self._write(request["Bucket"], request["Policy"]["Statement"])
        if operation == "DeleteBucketPolicy":
            return self._write(request["Bucket"], ())
        raise ValueError(f"{service} has no operation {operation}")

    def time(self) -> datetime:
        return self._aws.time()

    def _own_account(self) -> str:
        if self._account is None:
            # several threads may ask at first, and are told the same
            self._account = str(self._aws.call("sts", "GetCallerIdentity", {})["Account"])
        return self._account

    # -- the bucket

    def _describe(self, bucket: str) -> Mapping[str, Any]:
        fault = self._head({"Bucket": bucket, "ExpectedBucketOwner": self._own_account()})
        if fault is ServiceFault.DENIED:
            fault = self._head({"Bucket": bucket})
            return {"State": {None: "elsewhere", ServiceFault.ABSENT: "absent"}.get(fault, "denied")}
        if fault is ServiceFault.ABSENT:
            return {"State": "absent"}
        encryption = self._encryption(bucket)
        return {"State": "there", **({"Encryption": encryption} if encryption else {})}

    def _head(self, request: Mapping[str, Any]) -> ServiceFault | None:
        try:
            self._aws.call("s3", "HeadBucket", request)
        except ServiceError as error:
            if error.fault in (ServiceFault.ABSENT, ServiceFault.DENIED):
                return error.fault
            raise
        return None

    def _encryption(self, bucket: str) -> str | None:
        try:
            answer = self._aws.call("s3", "GetBucketEncryption", {"Bucket": bucket})
        except ServiceError as error:
            if error.fault in (ServiceFault.ABSENT, ServiceFault.DENIED):
                return None
            raise
        rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
        found = (rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for rule in rules)
        return next((one for one in found if one), None)

    # -- its policy

    def _policy(self, bucket: str) -> Policy | None:
        try:
            text = self._aws.call("s3", "GetBucketPolicy", {"Bucket": bucket})["Policy"]
        except ServiceError as error:
            if error.fault is ServiceFault.ABSENT:
                return None
            raise
        try:
            policy: Policy = json.loads(text)
            has_ours(policy, bucket)
        except ValueError as error:
            raise _not_understood(bucket, error) from error
        return policy

    def _write(self, bucket: str, statements: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        before = self._policy(bucket)
        after = merged(before, bucket, statements)
        if after == before:
            return {}
        if after is None:
            self._aws.call("s3", "DeleteBucketPolicy", {"Bucket": bucket})
        else:
            text = json.dumps(after, ensure_ascii=False, separators=(",", ":"))
            self._aws.call("s3", "PutBucketPolicy", {"Bucket": bucket, "Policy": text})
        return {}


def _not_understood(bucket: str, error: ValueError) -> ServiceError:
    return ServiceError(
        f"GetBucketPolicy: the policy of the bucket {bucket} is not of the form that IAM describes",
        operation="GetBucketPolicy",
        fault=ServiceFault.INVALID,
        why=f"{error}; what is not understood is never written over",
        do="correct the policy by hand, or leave 'manage_bucket_policy' out and keep it yourself",
        code="CF-CDR-004",
    )
