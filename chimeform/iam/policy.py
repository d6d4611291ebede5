"""From needs to policy documents: few statements, each for one service and one purpose, in documents that IAM takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .needs import Need, Purpose
from .permissions import EVERYTHING, Permission

LARGEST = 6144
"""Characters of a managed policy; white space does not count [IAM and AWS STS quotas]."""

_VERSION = "2012-10-17"
# Statements are called after their service; a Sid has letters and digits only.
_TITLES = {
    "cloudtrail": "CloudTrail",
    "cloudwatch": "CloudWatch",
    "events": "EventBridge",
    "ds": "DirectoryService",
    "ds-data": "DirectoryServiceData",
    "iam": "IAM",
    "logs": "CloudWatchLogs",
    "secretsmanager": "SecretsManager",
    "ssm": "ParameterStore",
}


@dataclass(frozen=True)
class Statement:
    """Actions of one service that are needed for one purpose, all on the same resources."""

    sid: str
    service: str
    purpose: Purpose
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    @property
    def is_unrestricted(self) -> bool:
        """Whether its actions know no resources, so that IAM takes nothing but `*` for them."""
        return self.resources == (EVERYTHING,)

    def as_json(self) -> dict[str, Any]:
        return {"Sid": self.sid, "Effect": "Allow", "Action": [*self.actions], "Resource": _plain(self.resources)}


@dataclass(frozen=True)
class Policy:
    """The least that is needed, and for whose sake each action is."""

    statements: tuple[Statement, ...]
    sakes: Mapping[str, tuple[str, ...]]
    """Action → kinds of resources, or what else is told."""

    @cached_property
    def documents(self) -> tuple[Mapping[str, Any], ...]:
        """Policy documents that allow it together; one, unless that would be larger than IAM takes."""
        documents: list[list[Statement]] = []
        for statement in (part for whole in self.statements for part in _parts(whole)):
            if not documents or size_of(_document([*documents[-1], statement])) > LARGEST:
                documents.append([])
            documents[-1].append(statement)
        return tuple(_document(one) for one in documents)


def make_policy(needs: Iterable[Need]) -> Policy:
    """The same needs in any order give the same policy. What several purposes take stands with the lightest of them."""
    purposes: dict[Permission, Purpose] = {}
    sakes: dict[str, set[str]] = {}
    weights = [*Purpose]
    for need in needs:
        known = purposes.get(need.permission, need.purpose)
        purposes[need.permission] = min(known, need.purpose, key=weights.index)
        sakes.setdefault(need.permission.action, set()).add(need.sake)
    return Policy(
        tuple(_statements(purposes)), {action: tuple(sorted(found)) for action, found in sorted(sakes.items())}
    )


def size_of(document: Mapping[str, Any]) -> int:
    """Its characters as IAM counts them."""
    return len(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def _statements(purposes: Mapping[Permission, Purpose]) -> Iterator[Statement]:
    groups: dict[tuple[str, Purpose], dict[str, set[str]]] = {}
    for permission, purpose in purposes.items():
        resources = groups.setdefault((permission.service, purpose), {}).setdefault(permission.action, set())
        resources.add(permission.resource)
    weights = [*Purpose]
    for service, purpose in sorted(groups, key=lambda group: (group[0], weights.index(group[1]))):
        alike: dict[tuple[str, ...], list[str]] = {}
        for action, resources in sorted(groups[service, purpose].items()):
            alike.setdefault(tuple(sorted(resources)), []).append(action)
        title = f"{_TITLES.get(service) or service.capitalize()}{purpose.value.capitalize()}"
        for number, (named, actions) in enumerate(sorted(alike.items()), start=1):
            yield Statement(f"{title}{_number(number)}", service, purpose, tuple(actions), named)


def _number(number: int) -> str:
    return "" if number == 1 else str(number)


# ---------------------------------------------------------------- documents


def _document(statements: Iterable[Statement]) -> dict[str, Any]:
    return {"Version": _VERSION, "Statement": [one.as_json() for one in statements]}


def _parts(statement: Statement) -> Iterator[Statement]:
    """The statement, or halves of it that each fit into a document."""
    if size_of(_document([statement])) <= LARGEST or len(statement.resources) == 1:
        yield statement
        return
    middle = len(statement.resources) // 2
    for letter, part in (("A", statement.resources[:middle]), ("B", statement.resources[middle:])):
        sid = f"{statement.sid}{letter}"
        yield from _parts(Statement(sid, statement.service, statement.purpose, statement.actions, part))


def _plain(texts: tuple[str, ...]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else [*texts]
