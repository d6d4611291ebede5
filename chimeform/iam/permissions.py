"""What one operation takes in AWS: the IAM actions behind it, on the resources that its request names.

An operation of AWS is an action of the same name; both Amazon Chime services have the prefix `chime`, no ARNs and no
condition keys [guide: How Amazon Chime works with IAM]. The DNS, Okta and directories are no services of AWS, but what
is asked of them may need a secret from a store, or goes through Directory Service Data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..language.desired import Aws
from ..resources.event_targets import Target
from ..resources.linked_services import LINKED_SERVICES
from ..resources.log_groups import group_name
from ..resources.streaming_pattern import DEFAULT_NAME

EVERYTHING = "*"
NAMING = frozenset(
    {"HostedZoneId", "Org", "Store", "Directory", "Bucket", "Buckets", "Log", "Role", "Rule", "Rules", "Targets"}
)
"""The members of requests that name AWS resources, or places of secrets."""

_PREFIXES = {"chime-sdk-voice": "chime"}
_DNS = "dns"
"""It asks nobody for permission."""
_NO_SUFFIX = re.compile(r"(?<!-[A-Za-z0-9]{6})\Z")
_SECRET_WRITERS = frozenset({"OktaStoreClientSecret", "StoreSecurityToken", "RotateSecurityToken"})
"""They put a secret into the store; all others that name one only read it."""
_DIRECTORY_DATA = {
    # a group that is not there is looked for among those with a similar name
    "FindGroup": ("DescribeGroup", "ListGroups"),
    # the addresses of members stand with each of them
    "ListGroupMembers": ("DescribeUser", "ListGroupMembers"),
}

_BUCKET_ACTIONS = {
    "DescribeBucket": ("ListBucket", "GetEncryptionConfiguration"),
    "GetBucketPolicy": ("GetBucketPolicy",),
    "PutBucketPolicy": ("GetBucketPolicy", "PutBucketPolicy"),
    # what is left of others is written back
    "DeleteBucketPolicy": ("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"),
}

_RULE_ACTIONS = {
    "DescribeRule": ("DescribeRule", "ListTargetsByRule"),
    "PutRule": ("DescribeRule", "PutRule"),
    "PutTargets": ("ListTargetsByRule", "PutTargets", "RemoveTargets"),
    "DeleteRule": ("ListTargetsByRule", "RemoveTargets", "DeleteRule"),
}
_TARGET_ACTIONS = {
    "sns": ("GetTopicAttributes",),
    "sqs": ("GetQueueUrl", "GetQueueAttributes"),
    "lambda": ("GetPolicy", "GetFunctionConfiguration"),
}


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """An action on the resources of an ARN, which may hold wildcards; `*` where the action knows no resources."""

    action: str
    resource: str = EVERYTHING

    @property
    def service(self) -> str:
        return self.action.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Partition:
    """Where the resources of a workspace are: what its files say of Region and AWS account. What stands in something of
    another Region is `there`."""

    region: str
    account: str
    there: str | None = None

    @classmethod
    def of(cls, aws: Aws) -> Partition:
        """Without `expected_account` any account is meant: a policy reaches into its own alone anyway."""
        return cls(aws.region, aws.expected_account or "*")

    def within(self, region: str | None) -> Partition:
        """Around what stands in something of a Region."""
        return replace(self, there=region)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def arn_there(self, service: str, resource: str) -> str:
        """Of what is in the Region of a Voice Connector, and not in the workspace's own."""
        return replace(self, region=self.there or self.region).arn(service, resource)


def action_of(service: str, operation: str) -> str | None:
    """The IAM action of the same name, or None for a service that is not one of AWS."""
    return None if service == _DNS or service in _BORDERS else f"{_PREFIXES.get(service, service)}:{operation}"


def permissions_of(
    service: str, operation: str, request: Mapping[str, Any], partition: Partition
) -> Iterator[Permission]:
    """What the operation takes; of the request, only the members of `NAMING` matter."""
    if service == _DNS:
        return
    if service in _BORDERS:
        yield from _BORDERS[service](operation, request, partition)
    elif "HostedZoneId" in request:
        # hosted zones belong to no Region, and their ARNs name no account
        yield Permission(f"{service}:{operation}", f"arn:aws:route53:::hostedzone/{request['HostedZoneId']}")
    else:
        yield Permission(f"{_PREFIXES.get(service, service)}:{operation}")


def permissions_of_history(aws: Aws) -> Iterator[Permission]:
    """What it takes to see who changed something: CloudTrail's events, which know no resources, and the log files."""
    yield Permission("cloudtrail:LookupEvents")
    if aws.cloudtrail is not None:
        bucket, account = f"arn:aws:s3:::{aws.cloudtrail.bucket}", Partition.of(aws).account
        folder = f"{aws.cloudtrail.prefix.strip('/')}/".lstrip("/")
        yield Permission("s3:ListBucket", bucket)
        yield Permission("s3:GetObject", f"{bucket}/{folder}AWSLogs/{account}/CloudTrail/us-east-1/*")


# ---------------------------------------------------------------- services that are not AWS's


def _of_okta(operation: str, request: Mapping[str, Any], partition: Partition) -> Iterator[Permission]:
    """Every request has the token of the organisation; some hand a secret on."""
    yield from _reads((request.get("Org") or {}).get("token"), partition)
    takes = _writes if operation in _SECRET_WRITERS else _reads
    yield from takes(request.get("Store"), partition)


def _of_bot_tokens(operation: str, request: Mapping[str, Any], partition: Partition) -> Iterator[Permission]:
    """The token is read with the bot. Before a new one is made, the store is looked at."""
    yield Permission("chime:GetBot")
    if operation == "RotateSecurityToken":
        yield Permission("chime:RegenerateSecurityToken")
    if operation != "StoreSecurityToken":
        yield from _reads(request.get("Store"), partition)
    if operation in _SECRET_WRITERS:
        yield from _writes(request.get("Store"), partition)


def _of_directory(operation: str, request: Mapping[str, Any], partition: Partition) -> Iterator[Permission]:
    """By LDAP with a password from a store, else by Directory Service Data, whose every action takes a second one
    [service authorization reference: AWS Directory Service Data]."""
    directory = request["Directory"]
    if directory.get("ldap"):
        yield from _reads(directory["ldap"]["password"], partition)
        return
    arn = partition.arn("ds", f"directory/{directory['id']}")
    yield Permission("ds:AccessDSData", arn)
    for asked in _DIRECTORY_DATA[operation]:
        yield Permission(f"ds-data:{asked}", arn)


def _of_buckets(operation: str, request: Mapping[str, Any], _partition: Partition) -> Iterator[Permission]:
    """HEAD is allowed by listing [service authorization reference: Amazon S3]; what is written is read before it."""
    buckets = request.get("Buckets") or (request["Bucket"],)
    for bucket in buckets:
        yield from (Permission(f"s3:{action}", f"arn:aws:s3:::{bucket}") for action in _BUCKET_ACTIONS[operation])


def _of_log_groups(operation: str, request: Mapping[str, Any], partition: Partition) -> Iterator[Permission]:
    """A listing is allowed on all groups or none, whatever prefix it has; what is done to a group, on those of every
    connector, because the id of one that is made again is in its name [service authorization reference: CloudWatch
    Logs]."""
    if operation == "DescribeLogGroups":
        yield Permission("logs:DescribeLogGroups", partition.arn_there("logs", "log-group:*"))
        return
    groups = partition.arn_there("logs", f"log-group:{group_name(request['Log'], '*')}")
    if operation == "PutRetentionPolicy":
        yield Permission("logs:CreateLogGroup", groups)
    yield Permission(f"logs:{operation}", groups)


def _of_alarms(operation: str, _request: Mapping[str, Any], partition: Partition) -> Iterator[Permission]:
    """CloudWatch knows alarms by name, and a renamed one by both of its names: all of the Region are meant."""
    alarms = partition.arn_there("cloudwatch", "alarm:*")
    yield from (Permission(f"cloudwatch:{action}", alarms) for action in _ALARM_ACTIONS[operation])


_ALARM_ACTIONS = {
    "DescribeAlarms": ("DescribeAlarms",),
    # what is there is read before, as every plan does it
    "CreateAlarm": ("PutMetricAlarm",),
    "PutAlarm": ("PutMetricAlarm", "DeleteAlarms"),
    "DeleteAlarms": ("DeleteAlarms",),
}


def _of_service_linked_roles(operation: str, request: Mapping[str, Any], partition: Partition) -> Iterator[Permission]:
    """IAM has no Regions, knows a deletion by its task, and lists all roles or none [service authorization reference:
    IAM]."""
    if operation == "ListRoles":
        yield Permission("iam:ListRoles", EVERYTHING)
        return
    yield Permission(
        f"iam:{operation}", f"arn:aws:iam::{partition.account}:{LINKED_SERVICES[request['Role']].resource}"
    )
    if operation == "DeleteServiceLinkedRole":
        yield Permission("iam:GetServiceLinkedRoleDeletionStatus", EVERYTHING)


def _of_event_rules(operation: str, request: Mapping[str, Any], partition: Partition) -> Iterator[Permission]:
    """On the rules by their names; those that have none of their own are called after a connector, whose id may be
    another one when it is made again. What is written is looked at before it."""
    names = request["Rules"] if "Rules" in request else [request.get("Rule")]
    for name in names:
        rule = partition.arn_there("events", f"rule/{name or f'{DEFAULT_NAME}*'}")
        yield from (Permission(f"events:{action}", rule) for action in _RULE_ACTIONS[operation])


def _of_event_targets(_operation: str, request: Mapping[str, Any], _partition: Partition) -> Iterator[Permission]:
    """What the only operation there is asks of each, in whichever Region and account it is."""
    for arn in request["Targets"]:
        target = Target.of(arn)
        # a version or an alias is asked for with the function's own name and a qualifier
        named = ":".join(arn.split(":")[:7])
        yield from (Permission(f"{target.service}:{action}", named) for action in _TARGET_ACTIONS[target.service])


_BORDERS: Mapping[str, Callable[[str, Mapping[str, Any], Partition], Iterator[Permission]]] = {
    "alarms": _of_alarms,
    "buckets": _of_buckets,
    "bot-tokens": _of_bot_tokens,
    "okta": _of_okta,
    "directory": _of_directory,
    "event-rules": _of_event_rules,
    "event-targets": _of_event_targets,
    "log-groups": _of_log_groups,
    "service-linked-roles": _of_service_linked_roles,
}


# ---------------------------------------------------------------- secrets


def permissions_of_secret(place: Mapping[str, Any], partition: Partition) -> Iterator[Permission]:
    """What reading a secret takes that no call of a kind asks for: the address of a webhook."""
    return _reads(place, partition)


def _reads(place: Mapping[str, Any] | None, partition: Partition) -> Iterator[Permission]:
    return _in_store(place, partition, secretsmanager=("GetSecretValue",), ssm=("GetParameter",))


def _writes(place: Mapping[str, Any] | None, partition: Partition) -> Iterator[Permission]:
    """A new version of a secret, or its first one."""
    return _in_store(place, partition, secretsmanager=("CreateSecret", "PutSecretValue"), ssm=("PutParameter",))


def _in_store(
    place: Mapping[str, Any] | None, partition: Partition, **actions: tuple[str, ...]
) -> Iterator[Permission]:
    """Actions by the store; the environment takes none."""
    for store, name in (place or {}).items():
        if name is not None:
            for action in actions.get(store, ()):
                yield Permission(f"{store}:{action}", _secret_arn(store, str(name), partition))


def _secret_arn(store: str, name: str, partition: Partition) -> str:
    if store == "ssm":
        return partition.arn("ssm", f"parameter/{name.removeprefix('/')}")
    # Secrets Manager puts a hyphen and six characters of its own behind the name [AWS Secrets Manager: ARNs]
    if name.startswith("arn:"):
        return _NO_SUFFIX.sub("-??????", name)
    return partition.arn("secretsmanager", f"secret:{name}-??????")
