"""Which IAM action a request to one of the other AWS services takes, and on which resource, as far as it names one.

The operation stands in the request of most protocols; where only its path says it, botocore's model of the service
tells.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from chimeform.sandbox.access import Access, Caller
from chimeform.sandbox.aws import HttpRequest
from chimeform.sandbox.moto_roles import ROLES
from chimeform.sandbox.wire import Query

UNGUARDED = frozenset({"sts:GetCallerIdentity"})
"""What everybody may do, also against an explicit deny [STS API reference: GetCallerIdentity]."""

# Most services have the same name in signatures and in IAM.
_PREFIXES = {"monitoring": "cloudwatch"}
# Operations of S3 that IAM knows by another name [service authorization reference: Amazon S3].
_S3_ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "UploadPart": "PutObject",
}
_ACTIONS = {"s3": _S3_ACTIONS, "lambda": {"Invoke": "InvokeFunction"}}
_UNKNOWN = "Unknown"


def access_of(request: HttpRequest, caller: Caller, account_id: str) -> Access | None:
    """What IAM is asked about a request; None for what needs no permission."""
    operation, service = _operation(request, caller.service), _PREFIXES.get(caller.service, caller.service)
    action = f"{service}:{_ACTIONS.get(service, {}).get(operation, operation)}"
    if action in UNGUARDED:
        return None
    find = _RESOURCES.get(service)
    return Access(action, **find(request, f"{caller.region}:{account_id}")) if find else Access(action)


# ---------------------------------------------------------------- resources


def directory_of(query: Query, caller: Caller, account_id: str) -> str:
    """The directory that a request of Directory Service Data is about; Amazon Chime's name none, and have no ARNs."""
    name = dict(query).get("DirectoryId") if caller.service == "ds-data" else None
    return f"arn:aws:ds:{caller.region}:{account_id}:directory/{name}" if name else "*"


def _secret(request: HttpRequest, place: str) -> dict[str, str]:
    """Its ARN ends in six characters that the name does not tell; a refusal calls it as the caller did."""
    name = _member(request, "SecretId") or _member(request, "Name")
    if name is None:
        return {}
    arn = name if name.startswith("arn:") else f"arn:aws:secretsmanager:{place}:secret:{name}-sndbox"
    return {"resource": arn, "called": name}


def _parameter(request: HttpRequest, place: str) -> dict[str, str]:
    name = _member(request, "Name")
    return {} if name is None else {"resource": f"arn:aws:ssm:{place}:parameter/{name.removeprefix('/')}"}


def _zone(request: HttpRequest, _place: str) -> dict[str, str]:
    found = re.match(r"/[^/]+/hostedzone/([^/]+)", request.raw_path.decode("latin-1"))
    return {"resource": f"arn:aws:route53:::hostedzone/{found[1]}"} if found else {}


def _bucket(request: HttpRequest, _place: str) -> dict[str, str]:
    path = unquote(request.raw_path.decode("latin-1")).strip("/")
    return {"resource": f"arn:aws:s3:::{path}"} if path else {}


def _log_group(request: HttpRequest, place: str) -> dict[str, str]:
    """A listing is asked for all groups, whatever prefix it has [terraform-provider-aws, issue 8804]."""
    name = _member(request, "logGroupName")
    group = f"arn:aws:logs:{place}:log-group:"
    return {"resource": f"{group}:log-stream:" if name is None else f"{group}{name}"}


def _alarm(request: HttpRequest, place: str) -> dict[str, str]:
    """Listings and what is about several alarms are asked for all of them."""
    name = _member(request, "AlarmName") or "*"
    return {"resource": f"arn:aws:cloudwatch:{place}:alarm:{name}"}


def _role(request: HttpRequest, place: str) -> dict[str, str]:
    account, form = place.partition(":")[2], request.form
    if service := form.get("AWSServiceName"):
        path = f"aws-service-role/{service}/{ROLES.get(service, '*')}"
    elif name := form.get("RoleName"):
        service = next((service for service, role in ROLES.items() if role == name), "")
        path = f"aws-service-role/{service}/{name}" if service else name
    else:
        return {}
    return {"resource": f"arn:aws:iam::{account}:role/{path}"}


def _rule(request: HttpRequest, place: str) -> dict[str, str]:
    name = _member(request, "Name") or _member(request, "Rule")
    return {} if name is None else {"resource": f"arn:aws:events:{place}:rule/{name}"}


def _topic(request: HttpRequest, _place: str) -> dict[str, str]:
    arn = request.form.get("TopicArn")
    return {"resource": arn} if arn else {}


def _queue(request: HttpRequest, place: str) -> dict[str, str]:
    name = _member(request, "QueueName") or (_member(request, "QueueUrl") or "").rpartition("/")[2]
    return {"resource": f"arn:aws:sqs:{place}:{name}"} if name else {}


def _function(request: HttpRequest, place: str) -> dict[str, str]:
    """Its own ARN, also where a request names a version of it, or calls it by its whole ARN."""
    found = re.match(r"/[^/]+/functions/([^/]+)", unquote(request.raw_path.decode("latin-1")))
    if found is None:
        return {}
    name = re.sub(r"^arn:[^:]+:lambda:[^:]+:[^:]+:function:", "", found[1]).partition(":")[0]
    return {"resource": f"arn:aws:lambda:{place}:function:{name}"}


_RESOURCES: Mapping[str, Callable[[HttpRequest, str], dict[str, str]]] = {
    "cloudwatch": _alarm,
    "iam": _role,
    "secretsmanager": _secret,
    "ssm": _parameter,
    "events": _rule,
    "lambda": _function,
    "logs": _log_group,
    "route53": _zone,
    "s3": _bucket,
    "sns": _topic,
    "sqs": _queue,
}


def _member(request: HttpRequest, name: str) -> str | None:
    """A text of a JSON request; a body that is none is the service's own business."""
    try:
        found = json.loads(request.body)
    except ValueError:
        return None
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else None


# ---------------------------------------------------------------- operations


def _operation(request: HttpRequest, service: str) -> str:
    path = request.raw_path.decode("latin-1")
    if found := re.fullmatch(r"/service/[^/]+/operation/([^/]+)", path):
        return found[1]
    if "x-amz-target" in request.headers or request.form.get("Action"):
        return request.operation
    fitting = [route for route in _routes(service) if route.fits(request, path.rstrip("/") or "/")]
    return max(fitting, key=lambda route: len(route.query) + len(route.headers)).operation if fitting else _UNKNOWN


@dataclass(frozen=True, slots=True)
class _Route:
    """How an operation is asked for by method, path, and the query keys and headers that it insists on."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: Mapping[str, str | None]
    headers: frozenset[str]

    def fits(self, request: HttpRequest, path: str) -> bool:
        given = dict(parse_qsl(request.query, keep_blank_values=True))
        return (
            request.method == self.method
            and self.path.fullmatch(path) is not None
            and all(key in given and value in (None, given[key]) for key, value in self.query.items())
            and self.headers <= request.headers.keys()
        )


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    from botocore.exceptions import UnknownServiceError
    from botocore.loaders import Loader

    try:
        model: Any = Loader().load_service_model(service, "service-2")
    except UnknownServiceError:
        return ()
    return tuple(_route(model, name) for name in model["operations"])


def _route(model: Any, operation: str) -> _Route:
    spec = model["operations"][operation]
    path, _, query = spec["http"]["requestUri"].partition("?")
    fixed: dict[str, str | None] = dict(parse_qsl(query, keep_blank_values=True))
    return _Route(
        operation,
        spec["http"]["method"],
        re.compile("".join(map(_pattern, re.split(r"(\{[^}]*\})", path.rstrip("/") or "/")))),
        {**dict.fromkeys(_required(model, spec, "querystring")), **fixed},
        frozenset(name.lower() for name in _required(model, spec, "header")),
    )


def _pattern(part: str) -> str:
    if part.startswith("{"):
        return ".+" if part.endswith("+}") else "[^/]+"
    return re.escape(part)


def _required(model: Any, spec: Any, location: str) -> Iterator[str]:
    shape = model["shapes"][spec["input"]["shape"]] if "input" in spec else {}
    for name in shape.get("required", ()):
        member = shape["members"][name]
        if member.get("location") == location:
            yield member["locationName"]
