"""Groups over LDAP, with the attributes of Active Directory.

Which of a group's names Amazon Chime compares is not documented: `sAMAccountName` counts here, and `cn` where no group
has it as its account name. Both are the same unless somebody renamed one of them.

Members are looked up by `memberOf`, which pages, and not by the group's `member`, of which large groups give 1,500
values at a time. People whose primary group it is (`primaryGroupID`, usually "Domain Users") stand in neither, and are
looked up with them. Whoever is outside of `base`, or in another domain, is not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ..errors import ServiceError, ServiceFault
from .group_names import nearest, no_group, smtp_addresses
from .ldap import Entry, LdapSearch, LdapServers

_GROUP_ATTRIBUTES = ["objectClass", "sAMAccountName", "cn", "ou", "objectSid", "objectGUID"]
_PERSON_ATTRIBUTES = [
    "objectClass",
    "sAMAccountName",
    "cn",
    "displayName",
    "mail",
    "proxyAddresses",
    "userAccountControl",
    "objectSid",
    "objectGUID",
]
_DISABLED = 0x2
_CANDIDATES = 200
_SHORTEST_WORD = 3


class LdapGroups:
    """`groups` of DirectoryServices through LDAP."""

    def __init__(self, servers: LdapServers) -> None:
        self._servers = servers

    def find(self, operation: str, directory: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        with self._servers.open(operation, directory["ldap"]) as search:
            group, unit = _look_up(operation, search, name)
            if group:
                return {"Groups": [{"Id": _id(group), "Name": _name(group, name), "IsUnit": False}]}
            found = [{"Id": _id(unit), "Name": unit.text("ou"), "IsUnit": True}] if unit else []
            near = nearest(name, _similar(search, name))
            return {"Groups": found, **({"Near": near} if near else {})}

    def members(self, operation: str, directory: Mapping[str, Any], name: str, token: str | None) -> Mapping[str, Any]:
        """All at once: cookies of pages belong to a connection, and this one ends with the answer."""
        with self._servers.open(operation, directory["ldap"]) as search:
            group, unit = _look_up(operation, search, name)
            if group is None and unit is None:
                raise no_group(operation, str(directory["ldap"]["base"]), name)
            # what lies in a unit is no member of it
            found = list(search.all(_members_filter(group), _PERSON_ATTRIBUTES)) if group else []
        groups = [entry for entry in found if _is(entry, "group")]
        people = [_person(entry) for entry in found if not _is(entry, "group")]
        return {
            "Members": sorted(people, key=lambda person: str(person["UserName"]).casefold()),
            "Groups": sorted(_account_name(entry) for entry in groups),
        }


def _look_up(operation: str, search: LdapSearch, name: str) -> tuple[Entry | None, Entry | None]:
    """The group of this name, and the organisational unit. Raises `ServiceError` where several groups share it."""
    text = _escape(name)
    chosen = (
        f"(|(&(objectClass=group)(|(sAMAccountName={text})(cn={text})))(&(objectClass=organizationalUnit)(ou={text})))"
    )
    found = sorted(search.all(chosen, _GROUP_ATTRIBUTES), key=lambda entry: entry.dn)
    groups = [entry for entry in found if _is(entry, "group")]
    units = [entry for entry in found if not _is(entry, "group")]
    by_account = [entry for entry in groups if _same(entry.text("sAMAccountName"), name)]
    best = by_account or groups
    if len(best) > 1:
        raise _ambiguous(operation, name, best)
    return (best[0] if best else None), (units[0] if units else None)


def _similar(search: LdapSearch, name: str) -> list[str]:
    """Groups with a word of the name in theirs, or with its first letters."""
    words = [word for word in name.split() if len(word) >= _SHORTEST_WORD]
    parts = [f"*{_escape(word)}*" for word in words] + [f"{_escape(name.strip()[:_SHORTEST_WORD])}*"]
    tests = "".join(f"(cn={part})(sAMAccountName={part})" for part in parts)
    found = search.some(f"(&(objectClass=group)(|{tests}))", ["sAMAccountName", "cn"], _CANDIDATES)
    return [_account_name(entry) for entry in found]


def _members_filter(group: Entry) -> str:
    ways = f"(memberOf={_escape(group.dn)})"
    if sid := _sid(group):
        ways += f"(primaryGroupID={sid.rpartition('-')[2]})"
    # a computer's class is derived from a user's
    return f"(&(|(objectClass=user)(objectClass=group))(!(objectClass=computer))(|{ways}))"


def _person(entry: Entry) -> dict[str, Any]:
    flags = entry.text("userAccountControl")
    name, email = entry.text("sAMAccountName"), entry.text("mail")
    return {
        "Id": _id(entry),
        "Key": email or name,
        "UserName": name,
        "DisplayName": entry.text("displayName") or entry.text("cn"),
        "Email": email,
        "ProxyAddresses": smtp_addresses(entry.texts("proxyAddresses")),
        "Enabled": not (flags and int(flags) & _DISABLED),
    }


def _is(entry: Entry, kind: str) -> bool:
    return kind in (text.lower() for text in entry.texts("objectClass"))


def _account_name(entry: Entry) -> str:
    return entry.text("sAMAccountName") or entry.text("cn")


def _name(group: Entry, asked: str) -> str:
    """The spelling of the name that was asked for, in whichever attribute it stands."""
    return next((text for text in (_account_name(group), group.text("cn")) if _same(text, asked)), _account_name(group))


def _same(text: str, name: str) -> bool:
    return text.casefold() == name.strip().casefold()


def _id(entry: Entry) -> str:
    """Security identifier, else GUID, else distinguished name: the steadiest that the directory tells."""
    if sid := _sid(entry):
        return sid
    guids = entry.values.get("objectguid")
    return str(UUID(bytes_le=guids[0])) if guids else entry.dn


def _sid(entry: Entry) -> str:
    """`S-1-5-21-…` from its binary form: revision, count, authority (6 bytes, big end first), parts (4, little end)."""
    sids = entry.values.get("objectsid")
    if not sids:
        return ""
    sid = sids[0]
    parts = [int.from_bytes(sid[at : at + 4], "little") for at in range(8, 8 + 4 * sid[1], 4)]
    return "-".join(["S", str(sid[0]), str(int.from_bytes(sid[2:8])), *map(str, parts)])


def _escape(text: str) -> str:
    from ldap3.utils.conv import escape_filter_chars

    return str(escape_filter_chars(text))


def _ambiguous(operation: str, name: str, groups: list[Entry]) -> ServiceError:
    places = "; ".join(entry.dn for entry in groups)
    return ServiceError(
        f"{operation}: {len(groups)} groups are called {name!r}",
        operation=operation,
        fault=ServiceFault.INVALID,
        why=f"which of them Amazon Chime takes cannot be known: {places}",
        do="write the account name (sAMAccountName) of the one that is meant, or narrow 'ldap.base'",
        code="CF-DIR-014",
    )
