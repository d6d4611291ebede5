"""What an operation of the service gets and what it may raise: the contract between the wire and the rules.

An operation is a function `(ctx: Context, params: dict[str, Any]) -> dict[str, Any]`. `params` is parsed and validated
against botocore's model and keyed by the model's member names (path, query and body merged; timestamps are aware
datetimes). The result is keyed by the output shape's member names; members that are None are left out, datetimes and
ISO strings are both accepted for timestamps.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chimeform.sandbox.clock import Clock
from chimeform.sandbox.outbound import Outbound
from chimeform.sandbox.store import Table, Tables
from chimeform.sandbox.trail import Trail

__all__ = ["ApiError", "Clock", "Context", "Directory", "Operation", "Outbound", "Settings", "Table", "Tables"]


class ApiError(Exception):
    """An error that the service answers with.

    `shape` is the name of the error shape (`ForbiddenException`); `code` the short value in the body (`Forbidden`), by
    default the one that belongs to the shape; `reason` the member of that name, for shapes that have one. The HTTP
    status comes from the service model.
    """

    def __init__(self, shape: str, message: str, *, code: str | None = None, reason: str | None = None) -> None:
        super().__init__(message)
        self.shape = shape
        self.message = message
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Settings:
    """What the world outside the requests is like: durations are seconds of the service's own clock."""

    order_seconds: float = 10.0
    calling_name_seconds: float = 3600.0
    joining_leaves: bool = True
    """Whether somebody who joins an account leaves the one that she was in. The pages do not say when she does."""
    phone_number_quota: int | None = None
    """Most phone numbers the AWS account may hold; None for no limit (a new AWS account really has 5)."""
    unavailable_numbers: tuple[str, ...] = ()
    """E.164 numbers that somebody else holds: search does not offer them and an order fails to get them."""
    numbers_per_series: int | None = None
    """How many numbers each area code, toll-free prefix or country has in all; None for as many as there are digits."""
    refused_calling_names: tuple[str, ...] = ()
    """Calling names that carriers do not take: their update ends as UpdateFailed."""
    voice_connector_quota: int | None = None
    """Most Voice Connectors per Region (documented: 3). This and the other quotas: [gr: Endpoints and quotas]."""
    voice_connector_group_quota: int | None = 3
    voice_connector_group_size: int | None = 3
    """Most connectors in a group."""
    calls_per_second_quota: int | None = 256
    """Highest CpsLimit of a termination (documented: 1 until it is raised; 256 is what CDK takes)."""
    sip_media_application_quota: int | None = None
    """Most SIP media applications per Region (documented: 30)."""
    voice_profile_domain_quota: int | None = None
    """Most voice profile domains per Region (documented: 3)."""
    voice_profile_quota: int | None = 20
    """Most voice profiles in a domain."""
    consistency_seconds: float = 0.0
    """How long the voice service does not see what was just created (the real one: up to a minute at times)."""
    lambda_denied: tuple[str, ...] = ()
    """Names or ARNs of Lambda functions whose dry run fails when a bot is pointed at them."""
    assumed_endpoints: tuple[str, ...] = (
        *(".example", ".test", ".invalid", ".localhost"),
        *(".example.com", ".example.net", ".example.org"),
    )
    """Host suffixes that a bot's HTTPS endpoint may have without being called: they are taken as answering rightly."""
    role_deletion_seconds: float = 0.0
    """How long IAM takes to delete a service-linked role."""
    scim_seconds: float = 0.0
    """How long a pushed group is not found by the console yet."""
    okta_rate_limit: int | None = None
    """Requests a minute that Okta takes of each family of its API (apps, groups, users); None for no limit."""
    okta_connection_apps: tuple[str, ...] = ("amazon_chime",)
    """Key names of the apps whose provisioning Okta lets be set up by API; the real one leaves Amazon Chime's out."""
    event_lookups_per_second: int | None = None
    """CloudTrail LookupEvents calls a second in a Region (documented: 2); None for no limit."""
    hidden_members: tuple[str, ...] = ()
    """Members (Email, E164PhoneNumber) that CloudTrail's events hide, as they always do with secrets."""


@dataclass(frozen=True, slots=True)
class Directory:
    """What AWS Directory Service knows of a directory; `kind` and `stage` are its Type and Stage."""

    directory_id: str
    name: str
    """The domain, such as corp.acme.example."""
    kind: str
    stage: str


FindDirectory = Callable[[str, str], Directory | None]
"""(identifier, Region) -> the directory; None when there is none."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a request may use: the world's tables and everything that would otherwise be ambient."""

    tables: Tables
    clock: Clock
    random: random.Random
    account_id: str
    """The twelve-digit AWS account that the sandbox plays."""
    caller_arn: str
    """IAM principal of the request."""
    outbound: Outbound
    settings: Settings
    trail: Trail
    """What CloudTrail recorded."""
    region: str = "us-east-1"
    """The AWS Region that the request was signed for."""
    lag_seconds: float = 0.0
    """Objects of the voice service that are younger than this are not seen."""
    find_directory: FindDirectory = lambda _directory_id, _region: None
    """Looks up a directory of AWS Directory Service."""
    needs_role: Callable[[str], None] = lambda _service: None
    """Tells IAM that a service makes its service-linked role, if it has none yet."""


Operation = Callable[[Context, dict[str, Any]], dict[str, Any]]
