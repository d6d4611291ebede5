"""Groups of an Active Directory and who is in them, behind the same border as calls to AWS.

Two ways lead into a directory. Where the workspace declares `ldap`, its domain controllers are asked over LDAP, which
every kind of directory understands. Elsewhere AWS Directory Service Data answers, which serves Managed Microsoft ADs
with data access enabled and no other kind.

`FindGroup` `{"Directory": {"id", "ldap"?}, "Name"}` answers `{"Groups": [{"Id", "Name", "IsUnit"}], "Near"?: [name]}`
with one or none. `Name` is as the directory writes it, so that whoever asked sees a difference of case. An
organisational unit of that name is told only where there is no such group (and only by LDAP: Directory Service Data
knows no units). Without a group, `Near` has up to three names of groups that look like it.

`ListGroupMembers` `{"Directory", "Name", "NextToken"?}` answers `{"Members": [{"Id", "Key", "UserName", "DisplayName",
"Email", "ProxyAddresses", "Enabled"}], "Groups": [name], "NextToken"?}`. Members are people who are in the group
directly; `Key` is the primary address, or the user name of somebody who has none. `Groups` names the groups that are
members: whether Amazon Chime counts the people in those is not documented, so they are told and not followed. An
organisational unit, where there is no such group, has no members. A group that is not there is an error of the fault
`absent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from .aws import Services
from .directory_data import DirectoryData
from .ldap import LdapServers, Secrets
from .ldap_groups import LdapGroups

FIND_GROUP = "FindGroup"
LIST_GROUP_MEMBERS = "ListGroupMembers"


class Groups(Protocol):
    """One way into a directory, given as the request names it. Raises `ServiceError`."""

    def find(self, operation: str, directory: Mapping[str, Any], name: str) -> Mapping[str, Any]: ...

    def members(
        self, operation: str, directory: Mapping[str, Any], name: str, token: str | None
    ) -> Mapping[str, Any]: ...


class DirectoryServices:
    """Both ways, and the choice between them. Shared between threads."""

    def __init__(self, aws: Services, secrets: Secrets, root: Path = Path()) -> None:
        self._aws = aws
        self._data = DirectoryData(aws)
        self._ldap = LdapGroups(LdapServers(secrets, root))

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer for the group `request["Name"]`. Raises `ServiceError`, which never holds a password."""
        directory, name = request["Directory"], str(request["Name"])
        groups: Groups = self._ldap if directory.get("ldap") else self._data
        if operation == FIND_GROUP:
            return groups.find(operation, directory, name)
        if operation == LIST_GROUP_MEMBERS:
            return groups.members(operation, directory, name, request.get("NextToken"))
        raise ValueError(f"{service} has no operation {operation}")

    def time(self) -> datetime:
        return self._aws.time()
