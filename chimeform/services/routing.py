"""One border for all services: each call goes to whoever answers for the service that it names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import UsageError
from ..language.desired import Aws, Dns
from ..regions import service_and_region
from .alarms import AlarmServices
from .aws import AwsServices, Services
from .bot_tokens import BotTokens
from .buckets import BucketServices
from .directory import DirectoryServices
from .dns import DnsServices
from .event_rules import EventRuleServices
from .event_targets import EventTargetServices
from .log_groups import LogGroupServices
from .okta import OktaServices
from .okta_operations import OPERATIONS
from .secrets import SecretStores, WithSecrets
from .service_linked_roles import ServiceLinkedRoleServices

RESOLVER_VARIABLE = "CHIMEFORM_DNS_RESOLVER"
"""Names the DNS server in place of `dns.resolver`, as `AWS_ENDPOINT_URL` does for AWS."""


class RoutedServices:
    """Services by name; whatever has no name here is `others`' business, and so is the time."""

    def __init__(self, others: Services, named: Mapping[str, Services]) -> None:
        self._others = others
        self._named = named

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        name, _ = service_and_region(service)
        return self._named.get(name, self._others).call(service, operation, request)

    def time(self) -> datetime:
        return self._others.time()


def all_services(aws: Aws, dns: Dns, process_env: Mapping[str, str], root: Path = Path()) -> Services:
    """Everything that a workspace can reach; `root` is its folder, which files are named from."""
    reached = AwsServices(aws)
    secrets = SecretStores(reached, process_env)
    return RoutedServices(
        WithSecrets(reached, secrets),
        {
            "alarms": AlarmServices(reached),
            "bot-tokens": BotTokens(reached, secrets),
            "buckets": BucketServices(reached, aws.expected_account),
            "directory": DirectoryServices(reached, secrets, root),
            "dns": DnsServices(_with_resolver(dns, process_env)),
            "event-rules": EventRuleServices(reached),
            "event-targets": EventTargetServices(reached, aws.expected_account),
            "log-groups": LogGroupServices(reached),
            "service-linked-roles": ServiceLinkedRoleServices(reached),
            "okta": OktaServices(secrets, process_env, operations=OPERATIONS),
        },
    )


def _with_resolver(dns: Dns, process_env: Mapping[str, str]) -> Dns:
    resolver = process_env.get(RESOLVER_VARIABLE)
    if not resolver:
        return dns
    try:
        return Dns.model_validate({**dns.model_dump(), "resolver": resolver})
    except ValidationError as error:
        raise UsageError(
            f"{RESOLVER_VARIABLE} is {resolver!r}, which is not the address of a DNS server",
            do="write it like 192.0.2.53, 127.0.0.1:5353 or [2001:db8::53]:53",
            code="CF-DNS-003",
        ) from error
