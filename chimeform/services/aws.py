"""The border to AWS: one method in, plain values or a classified `ServiceError` out.

botocore's own retries are off. They repeat writes whose outcome is unknown, and its newer modes do not know Chime's
`ThrottledClientException`; `services.calls` does both jobs.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import ChimeformError, ServiceError, ServiceFault
from ..iam.permissions import action_of
from ..language.desired import Aws
from ..regions import service_and_region
from .aws_session import advice_about, is_about_credentials, open_session
from .outcome import lost

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session

_CONNECT_SECONDS = 5
_READ_SECONDS = 30
_CONNECTIONS = 64
_EMPTY_OBJECT = str(len("{}"))
# Amazon Chime takes directories from there only, whatever the workspace's own region is [guide: Active Directory]
# of which CloudTrail keeps the events there
# what the voice service has of the whole AWS account (numbers, groups, rules, settings) is asked for there too
_REGIONS = {"chime-sdk-voice": "us-east-1", "cloudtrail": "us-east-1", "ds": "us-east-1", "ds-data": "us-east-1"}


class Services(Protocol):
    """Anything that answers calls: AWS, or AWS behind pacing and retries. A service may be named with the Region that
    its call goes to (`regions.in_region`)."""

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]: ...

    def time(self) -> datetime:
        """The services' own time, as far as it has been seen; cool-downs are theirs, not this machine's."""
        ...


class AwsServices:
    """botocore clients by service and Region, made once and shared between threads."""

    def __init__(self, settings: Aws) -> None:
        self._settings = settings
        self._session: Session | None = None
        self._clients: dict[str, BaseClient] = {}
        # clients are safe to share between threads, their creation is not
        self._making = threading.Lock()
        self._ahead = 0.0

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """One API call. Raises `ServiceError`, which never holds what was sent."""
        import botocore.exceptions as failures

        client = self._client(service)
        try:
            answer: Mapping[str, Any] = client._make_api_call(operation, dict(request))  # type: ignore[attr-defined]
        except failures.ClientError as error:
            raise _refused(service, operation, error) from error
        except (failures.EndpointConnectionError, failures.ConnectTimeoutError, failures.ProxyConnectionError) as error:
            raise _unreachable(service, operation) from error
        except failures.NoCredentialsError as error:
            raise _no_credentials(operation) from error
        except failures.ParamValidationError as error:
            raise ServiceError(
                f"{operation}: the request does not fit the service's model",
                operation=operation,
                fault=ServiceFault.INVALID,
                why=str(error),
                do="this is a fault of chimeform; please report it",
            ) from error
        except (failures.HTTPClientError, failures.BotoCoreError) as error:
            if is_about_credentials(error):
                raise _unsigned(operation, error) from error
            raise lost(operation, type(error).__name__) from error
        if _is_cut_off(answer):
            raise lost(operation, "it broke off after its head")
        self._note_time(answer)
        return answer

    def time(self) -> datetime:
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + self._ahead, UTC)

    def _note_time(self, answer: Mapping[str, Any]) -> None:
        sent = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if sent:
            ahead = parsedate_to_datetime(sent).timestamp() - datetime.now(UTC).timestamp()
            # the header counts whole seconds: less is noise, which would make two plans of one moment differ
            self._ahead = ahead if abs(ahead) > 2 else 0.0

    def _client(self, service: str) -> BaseClient:
        with self._making:
            if service not in self._clients:
                self._clients[service] = self._make_client(service)
            return self._clients[service]

    def _make_client(self, service: str) -> BaseClient:
        import botocore.exceptions as failures
        from botocore.config import Config

        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            max_pool_connections=_CONNECTIONS,
            user_agent_extra="chimeform",
            parameter_validation=True,
        )
        name, region = service_and_region(service)
        region = region or _REGIONS.get(name, self._settings.region)
        if self._session is None:
            self._session = open_session(self._settings)
        try:
            return self._session.create_client(name, region_name=region, config=config)
        except (failures.BotoCoreError, ValueError) as error:
            raise ChimeformError(f"cannot reach AWS: {error}", code="CF-AWS-003") from error


_THROTTLES = {"ThrottledClientException", "ThrottlingException", "Throttling", "TooManyRequestsException", "SlowDown"}
_DENIED_STATUS = (401, 403)
# what some services send with status 400, like everything else that they refuse
_BY_CODE = {
    "EntityDoesNotExistException": ServiceFault.ABSENT,
    "ResourceNotFoundException": ServiceFault.ABSENT,
    "ParameterNotFound": ServiceFault.ABSENT,
    "AWS.SimpleQueueService.NonExistentQueue": ServiceFault.ABSENT,
    "QueueDoesNotExist": ServiceFault.ABSENT,
    "DirectoryDoesNotExistException": ServiceFault.ABSENT,
    "AccessDeniedException": ServiceFault.DENIED,
    "InsufficientPermissionsException": ServiceFault.DENIED,
    "DirectoryUnavailableException": ServiceFault.SERVICE,
}
_BY_STATUS = {404: ServiceFault.ABSENT, 409: ServiceFault.CONFLICT, 429: ServiceFault.THROTTLED}


def fault_of(code: str, status: int) -> ServiceFault:
    """The class of a refusal, by what the service calls it and by the HTTP status."""
    if code in _THROTTLES or status == 429:
        return ServiceFault.THROTTLED
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code.startswith("ResourceLimitExceeded"):
        return ServiceFault.LIMIT
    if status in _DENIED_STATUS:
        return ServiceFault.DENIED
    if status >= 500:
        return ServiceFault.SERVICE
    return _BY_STATUS.get(status, ServiceFault.INVALID)


_ADVICE = {
    ServiceFault.DENIED: "allow the action {action} for these credentials",
    ServiceFault.THROTTLED: "wait a little, or lower 'aws.requests_per_second'",
    ServiceFault.LIMIT: "ask AWS for a higher quota, or remove what is not needed",
    ServiceFault.CONFLICT: "wait until the other change is through, and run the command again",
    ServiceFault.SERVICE: "run the command again; if it stays, look at the AWS Health Dashboard",
    ServiceFault.ABSENT: "run 'chimeform plan': somebody may have removed it",
    ServiceFault.INVALID: "look at the values in the files; the service says no more than this",
}


def _advice(fault: ServiceFault, code: str) -> str:
    # the service says "forbidden" both for a missing permission and for what an account's type does not have
    if code.startswith("Forbidden"):
        return "look whether the type of the account allows it; if it does, allow the action {action}"
    return _ADVICE[fault]


def _refused(service: str, operation: str, error: Any) -> ServiceError:
    said, meta = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
    code, status = str(said.get("Code", "")), int(meta.get("HTTPStatusCode", 0))
    fault = fault_of(code, status)
    message = str(said.get("Message", "")).strip() or "no reason given"
    action = _refused_action(message) or action_of(service_and_region(service)[0], operation)
    return ServiceError(
        f"{operation}: {message} ({code})",
        operation=operation,
        fault=fault,
        service_code=code,
        request_id=str(meta.get("RequestId", "")),
        reason=str(error.response.get("Reason", "")),
        do=_advice(fault, code).format(action=action),
        code="CF-AWS-403" if fault is ServiceFault.DENIED else "CF-AWS-001",
    )


def _refused_action(message: str) -> str | None:
    """The action that IAM names; it may be another one, which the operation takes too."""
    found = re.search(r"not authorized to perform: ([\w-]+:\w+)", message)
    return found[1] if found else None


def _is_cut_off(answer: Mapping[str, Any]) -> bool:
    """botocore takes an answer whose announced body never came for a success without members."""
    announced = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("content-length", "0")
    return answer.keys() <= {"ResponseMetadata"} and announced not in ("0", _EMPTY_OBJECT)


def _unreachable(service: str, operation: str) -> ServiceError:
    return ServiceError(
        f"{operation}: {service} cannot be reached",
        operation=operation,
        fault=ServiceFault.UNREACHABLE,
        why="no connection was made, so nothing happened",
        do="check the network, the proxy and AWS_ENDPOINT_URL, and run the command again",
        code="CF-AWS-004",
    )


def _no_credentials(operation: str) -> ServiceError:
    return ServiceError(
        f"{operation}: there are no AWS credentials",
        operation=operation,
        fault=ServiceFault.DENIED,
        do="name a profile in 'aws.profile', or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        code="CF-AWS-005",
    )


def _unsigned(operation: str, error: Exception) -> ServiceError:
    """Credentials that ran out during the run and cannot be renewed."""
    why, do = advice_about(error)
    return ServiceError(
        f"{operation}: the AWS credentials cannot be had any more",
        operation=operation,
        fault=ServiceFault.DENIED,
        why=why,
        do=do,
        code="CF-AWS-006",
    )
