"""Groups by AWS Directory Service Data: Managed Microsoft ADs with data access enabled. [botocore ds-data]

Names are `SAMAccountName`s. Searches there know no wildcards, so near names are looked for among the groups that the
directory lists first. Members of other domains that the directory trusts are not told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ServiceError, ServiceFault
from .aws import Services
from .group_names import nearest, no_group, smtp_addresses

_SERVICE = "ds-data"
# each person is one more call: a page that is throttled half-way is read again from its beginning
_MEMBERS_A_PAGE = 20
_GROUPS_A_PAGE = 250
_PAGES_OF_GROUPS = 8
_DISPLAY_NAME = "displayName"
_PROXY_ADDRESSES = "proxyAddresses"


class DirectoryData:
    """`groups` of DirectoryServices through the border to AWS."""

    def __init__(self, aws: Services) -> None:
        self._aws = aws

    def find(self, operation: str, directory: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        directory_id = str(directory["id"])
        try:
            group = self._ask(operation, "DescribeGroup", DirectoryId=directory_id, SAMAccountName=name)
        except ServiceError as error:
            if error.fault is not ServiceFault.ABSENT:
                raise
            near = nearest(name, self._some_groups(operation, directory_id))
            return {"Groups": [], **({"Near": near} if near else {})}
        return {"Groups": [{"Id": group["SID"], "Name": group["SAMAccountName"], "IsUnit": False}]}

    def members(self, operation: str, directory: Mapping[str, Any], name: str, token: str | None) -> Mapping[str, Any]:
        directory_id = str(directory["id"])
        more = {"NextToken": token} if token else {}
        try:
            page = self._ask(
                operation,
                "ListGroupMembers",
                DirectoryId=directory_id,
                SAMAccountName=name,
                MaxResults=_MEMBERS_A_PAGE,
                **more,
            )
        except ServiceError as error:
            if error.fault is ServiceFault.ABSENT:
                raise no_group(operation, directory_id, name) from error
            raise
        names: dict[str, list[str]] = {"USER": [], "GROUP": [], "COMPUTER": []}
        for member in page["Members"]:
            names[member["MemberType"]].append(member["SAMAccountName"])
        people = [self._describe(operation, directory_id, user) for user in names["USER"]]
        answer = {"Members": [person for person in people if person], "Groups": names["GROUP"]}
        return {**answer, "NextToken": page["NextToken"]} if page.get("NextToken") else answer

    def _describe(self, operation: str, directory_id: str, user: str) -> Mapping[str, Any] | None:
        """A person, or nothing when she was deleted since the page was listed."""
        wanted = [_DISPLAY_NAME, _PROXY_ADDRESSES]
        try:
            found = self._ask(
                operation, "DescribeUser", DirectoryId=directory_id, SAMAccountName=user, OtherAttributes=wanted
            )
        except ServiceError as error:
            if error.fault is ServiceFault.ABSENT:
                return None
            raise
        others = {name.lower(): value for name, value in found.get("OtherAttributes", {}).items()}
        shown = others.get(_DISPLAY_NAME.lower(), {}).get("S")
        email = found.get("EmailAddress", "")
        return {
            "Id": found["SID"],
            "Key": email or found["SAMAccountName"],
            "UserName": found["SAMAccountName"],
            "DisplayName": shown or f"{found.get('GivenName', '')} {found.get('Surname', '')}".strip(),
            "Email": email,
            "ProxyAddresses": smtp_addresses(_texts(others.get(_PROXY_ADDRESSES.lower(), {}))),
            "Enabled": found.get("Enabled", True),
        }

    def _some_groups(self, operation: str, directory_id: str) -> list[str]:
        names: list[str] = []
        more: dict[str, str] = {}
        for _ in range(_PAGES_OF_GROUPS):
            page = self._ask(operation, "ListGroups", DirectoryId=directory_id, MaxResults=_GROUPS_A_PAGE, **more)
            names += [group["SAMAccountName"] for group in page["Groups"]]
            if not page.get("NextToken"):
                break
            more = {"NextToken": page["NextToken"]}
        return names

    def _ask(self, operation: str, asked: str, **request: Any) -> Mapping[str, Any]:
        try:
            return self._aws.call(_SERVICE, asked, request)
        except ServiceError as error:
            if error.reason in _REFUSALS:
                raise _refused(operation, request["DirectoryId"], error) from error
            raise


def _texts(value: Mapping[str, Any]) -> list[str]:
    """A directory gives one value as text and several as a set."""
    return [*value.get("SS", ()), *([value["S"]] if "S" in value else [])]


# Reason of the service → fault, summary, why, do, code.
_REFUSALS = {
    "DATA_DISABLED": (
        ServiceFault.DENIED,
        "data access is not enabled",
        "Directory Service Data answers for a directory only after somebody has enabled it there",
        "run 'aws ds enable-directory-data-access' for it, or declare 'ldap'",
        "CF-DIR-015",
    ),
    "INVALID_DIRECTORY_TYPE": (
        ServiceFault.INVALID,
        "it is no Managed Microsoft AD, so its groups can be read over LDAP only",
        "Directory Service Data serves Managed Microsoft ADs, neither AD Connectors nor Simple ADs",
        "declare 'ldap': the server, base, user and password with which its domain controllers are asked",
        "CF-DIR-016",
    ),
    "DIRECTORY_AUTH": (
        ServiceFault.DENIED,
        "there is no such directory in us-east-1, or these credentials may not read it",
        "Directory Service Data does not tell the two apart",
        "look for its ID in 'aws ds describe-directories --region us-east-1'",
        "CF-DIR-017",
    ),
    "LDAP_SIZE_LIMIT_EXCEEDED": (
        ServiceFault.LIMIT,
        "it gives no more entries",
        "the answer is larger than the directory allows",
        "declare 'ldap', which reads in pages",
        "CF-DIR-010",
    ),
}


def _refused(operation: str, directory_id: str, error: ServiceError) -> ServiceError:
    fault, summary, why, do, code = _REFUSALS[error.reason]
    return ServiceError(
        f"{operation} {directory_id}: {summary}",
        operation=operation,
        fault=fault,
        service_code=error.service_code,
        request_id=error.request_id,
        why=why,
        do=do,
        code=code,
    )
